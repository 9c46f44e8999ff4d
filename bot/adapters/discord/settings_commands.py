"""The settings' commands of `/mod`. The desk checks that an admin asks, and refuses where the YAML file decides."""

from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.invites import invites_for
from bot.adapters.discord.localising import said
from bot.adapters.discord.presses import actor_of, answered
from bot.domain.actions import Mode
from bot.domain.answer import (
    Answer,
    AnswerKind,
    Change,
    ExemptChange,
    LimitChange,
    LimitName,
    ModeChange,
    ModeratorsChange,
    PlaceChange,
    PlaceName,
    PolicyChange,
    Switch,
)
from bot.domain.ids import CategoryId, ChannelId, PersonId, PolicyId
from bot.domain.people import Actor
from bot.domain.reasons import reason
from bot.ports.desk import SettingsDesk

LONGEST_POLICY = 60_000
"""Most bytes of an uploaded policy."""
_MOST_CHOICES = 25
_MOST_TRIED = 500
Offered = Callable[[discord.Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
Talk = discord.TextChannel | discord.ForumChannel | discord.VoiceChannel | discord.Thread
Limit = app_commands.Range[int, 0, 100_000]
Tried = app_commands.Range[int, 1, _MOST_TRIED]


async def _change(interaction: discord.Interaction, desk: SettingsDesk, *changes: Change) -> None:
    """Make changes one after another; the first refusal ends it."""
    actor = actor_of(interaction)
    if actor is None:
        return

    async def made() -> Answer:
        answer = Answer(kind=AnswerKind.REFUSED, lines=(reason("press.nothing_chosen"),))
        for change in changes:
            answer = await desk.change(actor, change)
            if answer.kind is not AnswerKind.DONE:
                break
        return answer

    await answered(interaction, lambda _catalogue: made())


def add_settings_commands(mod: app_commands.Group, desk: SettingsDesk) -> None:
    """Put the settings' commands into the group."""
    offered = _offered(desk)
    _add_policies(mod, desk, offered)
    _add_uploads(mod, desk, offered)
    _add_channel(mod, desk, offered)
    _add_exempt(mod, desk)
    _add_mode(mod, desk, offered)
    _add_limits(mod, desk)


def _offered(desk: SettingsDesk) -> Offered:
    """Return what completes the name of a policy as it is typed."""

    async def offered(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        actor = actor_of(interaction)
        if actor is None:
            return []
        wanted = typed.casefold()
        policies = [
            policy
            for policy in await desk.policies(actor.community)
            if wanted in policy.id.casefold() or wanted in policy.title.casefold()
        ]
        return [app_commands.Choice(name=policy.title[:100], value=policy.id) for policy in policies[:_MOST_CHOICES]]

    return offered


def _add_policies(mod: app_commands.Group, desk: SettingsDesk, offered: Offered) -> None:
    group = app_commands.Group(name="policies", description=said("verb.policies"), parent=mod)

    @group.command(name="switch", description=said("verb.policies_switch"))
    @app_commands.describe(policy=said("option.policy"), switch=said("option.switch"), channel=said("option.channel"))
    @app_commands.autocomplete(policy=offered)
    async def switch_policy(
        interaction: discord.Interaction, policy: str, switch: Switch, channel: Talk | None = None
    ) -> None:
        where = ChannelId(str(channel.id)) if channel is not None else None
        await _change(interaction, desk, PolicyChange(policy=PolicyId(policy), switch=switch, channel=where))

    @group.command(name="dry-run", description=said("verb.policies_dry_run"))
    @app_commands.describe(policy=said("option.policy"), messages=said("option.messages"))
    @app_commands.autocomplete(policy=offered)
    async def dry_run(interaction: discord.Interaction, policy: str, messages: Tried = 100) -> None:
        actor = actor_of(interaction)
        if actor is not None:
            await answered(interaction, lambda _catalogue: desk.dry_run(actor, PolicyId(policy), messages))


def _add_uploads(mod: app_commands.Group, desk: SettingsDesk, _offered: Offered) -> None:
    group = next(child for child in mod.commands if isinstance(child, app_commands.Group))

    @group.command(name="upload", description=said("verb.policies_upload"))
    @app_commands.describe(file=said("option.file"))
    async def upload(interaction: discord.Interaction, file: discord.Attachment) -> None:
        actor = actor_of(interaction)
        if actor is not None:
            await answered(interaction, lambda _catalogue: _uploaded(desk, actor, file))


async def _uploaded(desk: SettingsDesk, actor: Actor, file: discord.Attachment) -> Answer:
    if file.size > LONGEST_POLICY:
        return Answer(kind=AnswerKind.REFUSED, lines=(reason("policies.file_too_large", most=LONGEST_POLICY),))
    text = (await file.read()).decode("utf-8", "replace")
    return await desk.add_policy(actor, file.filename, text)


def _add_channel(mod: app_commands.Group, desk: SettingsDesk, offered: Offered) -> None:
    @mod.command(name="channel", description=said("verb.channel"))
    @app_commands.describe(channel=said("option.channel"), policy=said("option.policy"), switch=said("option.switch"))
    @app_commands.autocomplete(policy=offered)
    async def channel_policy(interaction: discord.Interaction, channel: Talk, policy: str, switch: Switch) -> None:
        change = PolicyChange(policy=PolicyId(policy), switch=switch, channel=ChannelId(str(channel.id)))
        await _change(interaction, desk, change)


def _add_exempt(mod: app_commands.Group, desk: SettingsDesk) -> None:
    @mod.command(name="exempt", description=said("verb.exempt"))
    @app_commands.describe(
        role=said("option.role"),
        channel=said("option.channel"),
        member=said("option.member"),
        switch=said("option.switch"),
    )
    async def exempt(
        interaction: discord.Interaction,
        role: discord.Role | None = None,
        channel: Talk | None = None,
        member: discord.User | None = None,
        switch: Switch = Switch.ON,
    ) -> None:
        changes = []
        if role is not None:
            changes.append(ExemptChange(switch=switch, role=str(role.id)))
        if channel is not None:
            changes.append(ExemptChange(switch=switch, channel=ChannelId(str(channel.id))))
        if member is not None:
            changes.append(ExemptChange(switch=switch, person=PersonId(str(member.id))))
        await _change(interaction, desk, *changes)

    @mod.command(name="roles", description=said("verb.roles"))
    @app_commands.describe(
        quarantine=said("option.quarantine"), escalate=said("option.escalate"), moderators=said("option.moderators")
    )
    async def roles(
        interaction: discord.Interaction,
        quarantine: discord.Role | None = None,
        escalate: discord.Role | None = None,
        moderators: discord.Role | None = None,
    ) -> None:
        changes: list[Change] = []
        if quarantine is not None:
            changes.append(PlaceChange(name=PlaceName.QUARANTINE_ROLE, id=str(quarantine.id)))
        if escalate is not None:
            changes.append(PlaceChange(name=PlaceName.ESCALATE_TO, id=str(escalate.id)))
        if moderators is not None:
            changes.append(ModeratorsChange(switch=Switch.ON, role=str(moderators.id)))
        await _change(interaction, desk, *changes)


def _add_mode(mod: app_commands.Group, desk: SettingsDesk, offered: Offered) -> None:
    @mod.command(name="mode", description=said("verb.mode"))
    @app_commands.describe(mode=said("option.mode"), policy=said("option.policy"), category=said("option.category"))
    @app_commands.choices(
        mode=[
            app_commands.Choice(name=said("mode.practises"), value=Mode.SHADOW.value),
            app_commands.Choice(name=said("mode.earnest"), value=Mode.LIVE.value),
        ]
    )
    @app_commands.autocomplete(policy=offered)
    async def mode_of(
        interaction: discord.Interaction, mode: str, policy: str | None = None, category: str | None = None
    ) -> None:
        actor = actor_of(interaction)
        if actor is None:
            return
        change = ModeChange(
            mode=Mode(mode),
            policy=PolicyId(policy) if policy else None,
            category=CategoryId(category) if category else None,
        )
        await answered(interaction, lambda _catalogue: _set_mode(interaction, desk, actor, change))


async def _set_mode(interaction: discord.Interaction, desk: SettingsDesk, actor: Actor, change: ModeChange) -> Answer:
    """Change the mode; when something goes live that the bot has no permission for, name it with a link."""
    answer = await desk.change(actor, change)
    if answer.kind is not AnswerKind.DONE or change.mode is not Mode.LIVE or interaction.guild is None:
        return answer
    policies = await desk.policies(actor.community)
    lines = (*answer.lines, *invites_for(interaction.guild, interaction.application_id, policies, change))
    return Answer(kind=answer.kind, lines=lines)


def _add_limits(mod: app_commands.Group, desk: SettingsDesk) -> None:
    @mod.command(name="limits", description=said("verb.limits"))
    @app_commands.describe(limit=said("option.limit"), number=said("option.number"))
    async def limits(interaction: discord.Interaction, limit: LimitName, number: Limit) -> None:
        await _change(interaction, desk, LimitChange(name=limit, number=number))
