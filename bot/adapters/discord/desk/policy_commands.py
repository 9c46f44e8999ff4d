"""`/mod policies` and `/mod channel`: which rules hold where, rules of one's own, and trying them."""

import discord
from discord import app_commands

from bot.adapters.discord.desk.asking import SWITCHES, Completes, Talk, ask, change, policies_of
from bot.adapters.discord.desk.localising import said
from bot.adapters.discord.desk.progress import Progress
from bot.adapters.discord.outgoing.drawing import speaking
from bot.domain.answer import Answer, AnswerKind, Listed, PolicyChange, Switch
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.people import Actor
from bot.domain.reasons import reason
from bot.ports.desk import SettingsDesk

LONGEST_POLICY = 60_000
"""Most bytes of an uploaded policy."""
_MOST_TRIED = 500
Tried = app_commands.Range[int, 1, _MOST_TRIED]


def add_policy_commands(mod: app_commands.Group, desk: SettingsDesk) -> None:
    """Put the policies' commands into the group."""
    group = app_commands.Group(name="policies", description=said("verb.policies"), parent=mod)
    offered = policies_of(desk)
    _add_list(group, desk)
    _add_switch(group, desk, offered)
    _add_dry_run(group, desk, offered)
    _add_upload(group, desk)
    _add_channel(mod, desk, offered)


def _add_list(group: app_commands.Group, desk: SettingsDesk) -> None:
    @group.command(name="list", description=said("verb.policies_list"))
    async def list_policies(interaction: discord.Interaction) -> None:
        await ask(interaction, lambda actor: desk.listed(actor, Listed.POLICIES))


def _add_switch(group: app_commands.Group, desk: SettingsDesk, offered: Completes) -> None:
    @group.command(name="switch", description=said("verb.policies_switch"))
    @app_commands.describe(policy=said("option.policy"), switch=said("option.switch"), channel=said("option.channel"))
    @app_commands.choices(switch=SWITCHES)
    @app_commands.autocomplete(policy=offered)
    async def switch_policy(
        interaction: discord.Interaction, policy: str, switch: str, channel: Talk | None = None
    ) -> None:
        where = ChannelId(str(channel.id)) if channel is not None else None
        wanted = PolicyChange(policy=PolicyId(policy), switch=Switch(switch), channel=where)
        await change(interaction, desk, Listed.POLICIES, wanted)


def _add_dry_run(group: app_commands.Group, desk: SettingsDesk, offered: Completes) -> None:
    @group.command(name="dry-run", description=said("verb.policies_dry_run"))
    @app_commands.describe(policy=said("option.policy"), messages=said("option.messages"))
    @app_commands.autocomplete(policy=offered)
    async def dry_run(interaction: discord.Interaction, policy: str, messages: Tried = 100) -> None:
        tell = Progress(interaction, speaking(str(interaction.locale))).tell
        await ask(interaction, lambda actor: desk.dry_run(actor, PolicyId(policy), messages, tell))


def _add_upload(group: app_commands.Group, desk: SettingsDesk) -> None:
    @group.command(name="upload", description=said("verb.policies_upload"))
    @app_commands.describe(file=said("option.file"))
    async def upload(interaction: discord.Interaction, file: discord.Attachment) -> None:
        await ask(interaction, lambda actor: _uploaded(desk, actor, file))


async def _uploaded(desk: SettingsDesk, actor: Actor, file: discord.Attachment) -> Answer:
    if file.size > LONGEST_POLICY:
        return Answer(kind=AnswerKind.REFUSED, lines=(reason("policies.file_too_large", most=LONGEST_POLICY),))
    text = (await file.read()).decode("utf-8", "replace")
    return await desk.add_policy(actor, file.filename, text)


def _add_channel(mod: app_commands.Group, desk: SettingsDesk, offered: Completes) -> None:
    @mod.command(name="channel", description=said("verb.channel"))
    @app_commands.describe(channel=said("option.channel"), policy=said("option.policy"), switch=said("option.switch"))
    @app_commands.choices(switch=SWITCHES)
    @app_commands.autocomplete(policy=offered)
    async def channel_policy(interaction: discord.Interaction, channel: Talk, policy: str, switch: str) -> None:
        where = ChannelId(str(channel.id))
        wanted = PolicyChange(policy=PolicyId(policy), switch=Switch(switch), channel=where)
        await change(interaction, desk, Listed.POLICIES, wanted)
