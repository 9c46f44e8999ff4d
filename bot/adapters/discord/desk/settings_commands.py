"""The settings' commands of `/mod`. The desk checks that an admin asks, and refuses where the YAML file decides."""

from dataclasses import replace

import discord
from discord import app_commands

from bot.adapters.discord.desk.asking import SWITCHES, Talk, ask, change, policies_of, rules_of
from bot.adapters.discord.desk.localising import said
from bot.adapters.discord.doctor.invites import invites_for
from bot.domain.actions import STRICTNESS, Action, Mode
from bot.domain.answer import (
    Answer,
    AnswerKind,
    Change,
    ExemptChange,
    LimitChange,
    LimitName,
    Listed,
    ModeChange,
    ModeratorsChange,
    OwnAction,
    PlaceChange,
    PlaceName,
    Switch,
)
from bot.domain.built_in import built_in_policies
from bot.domain.ids import CategoryId, ChannelId, PersonId, PolicyId
from bot.domain.people import Actor
from bot.domain.reasons import Reason, reason
from bot.ports.desk import SettingsDesk

Limit = app_commands.Range[int, 0, 100_000]
_MODES = [
    app_commands.Choice(name=said("mode.practises"), value=Mode.SHADOW.value),
    app_commands.Choice(name=said("mode.earnest"), value=Mode.LIVE.value),
]
_ACTIONS = [
    app_commands.Choice(name=said("mode.own_action"), value=OwnAction.OWN.value),
    *(app_commands.Choice(name=said(f"action.{action.value}"), value=action.value) for action in STRICTNESS),
]
_LIMITS = [app_commands.Choice(name=said(f"limit.{limit.value}"), value=limit.value) for limit in LimitName]


def add_settings_commands(mod: app_commands.Group, desk: SettingsDesk) -> None:
    """Put the settings' commands into the group."""
    _add_status(mod, desk)
    _add_exempt(mod, desk)
    _add_roles(mod, desk)
    _add_mode(mod, desk)
    _add_limits(mod, desk)


def _add_status(mod: app_commands.Group, desk: SettingsDesk) -> None:
    @mod.command(name="status", description=said("verb.status"))
    async def status(interaction: discord.Interaction) -> None:
        async def shown(actor: Actor) -> Answer:
            return await _with_invites(interaction, desk, actor, await desk.status(actor))

        await ask(interaction, shown)


def _add_exempt(mod: app_commands.Group, desk: SettingsDesk) -> None:
    @mod.command(name="exempt", description=said("verb.exempt"))
    @app_commands.describe(
        role=said("option.role"),
        channel=said("option.channel"),
        member=said("option.member"),
        switch=said("option.switch_exempt"),
    )
    @app_commands.choices(switch=SWITCHES)
    async def exempt(
        interaction: discord.Interaction,
        role: discord.Role | None = None,
        channel: Talk | None = None,
        member: discord.User | None = None,
        switch: str = Switch.ON.value,
    ) -> None:
        changes, chosen = list[Change](), Switch(switch)
        if role is not None:
            changes.append(ExemptChange(switch=chosen, role=str(role.id)))
        if channel is not None:
            changes.append(ExemptChange(switch=chosen, channel=ChannelId(str(channel.id))))
        if member is not None:
            changes.append(ExemptChange(switch=chosen, person=PersonId(str(member.id))))
        await change(interaction, desk, Listed.EXEMPTIONS, *changes)


def _add_roles(mod: app_commands.Group, desk: SettingsDesk) -> None:
    @mod.command(name="roles", description=said("verb.roles"))
    @app_commands.describe(
        quarantine=said("option.quarantine"),
        escalate=said("option.escalate"),
        moderators=said("option.moderators"),
        switch=said("option.switch_roles"),
    )
    @app_commands.choices(switch=SWITCHES)
    async def roles(
        interaction: discord.Interaction,
        quarantine: discord.Role | None = None,
        escalate: discord.Role | None = None,
        moderators: discord.Role | None = None,
        switch: str = Switch.ON.value,
    ) -> None:
        changes, chosen = list[Change](), Switch(switch)
        for name, role in ((PlaceName.QUARANTINE_ROLE, quarantine), (PlaceName.ESCALATE_TO, escalate)):
            if role is not None:
                changes.append(PlaceChange(name=name, id=str(role.id) if chosen is Switch.ON else None))
        if moderators is not None:
            changes.append(ModeratorsChange(switch=chosen, role=str(moderators.id)))
        await change(interaction, desk, Listed.PLACES, *changes)


def _add_mode(mod: app_commands.Group, desk: SettingsDesk) -> None:
    @mod.command(name="mode", description=said("verb.mode"))
    @app_commands.describe(
        mode=said("option.mode"),
        policy=said("option.policy"),
        category=said("option.category"),
        action=said("option.action"),
    )
    @app_commands.choices(mode=_MODES, action=_ACTIONS)
    @app_commands.autocomplete(policy=policies_of(desk, *built_in_policies()), category=rules_of(desk))
    async def mode_of(
        interaction: discord.Interaction,
        mode: str,
        policy: str | None = None,
        category: str | None = None,
        action: str | None = None,
    ) -> None:
        wanted = ModeChange(
            mode=Mode(mode),
            policy=PolicyId(policy) if policy else None,
            category=CategoryId(category) if category else None,
            action=_action(action),
        )

        async def set_mode(actor: Actor) -> Answer:
            answer = await desk.change(actor, wanted)
            return await _with_invites(interaction, desk, actor, answer) if wanted.mode is Mode.LIVE else answer

        await ask(interaction, set_mode)


def _action(chosen: str | None) -> Action | OwnAction | None:
    if chosen is None:
        return None
    return OwnAction.OWN if chosen == OwnAction.OWN else Action(chosen)


async def _with_invites(interaction: discord.Interaction, desk: SettingsDesk, actor: Actor, answer: Answer) -> Answer:
    """Return an answer with a link for each permission that rules in earnest need and the bot lacks."""
    if answer.kind is not AnswerKind.DONE or interaction.guild is None:
        return answer
    settings, policies = await desk.settings(actor.community), await desk.policies(actor.community)
    invites = invites_for(interaction.guild, interaction.application_id, settings, policies)
    at = _place_of_invites(answer.lines)
    return replace(answer, lines=(*answer.lines[:at], *invites, *answer.lines[at:]))


def _place_of_invites(lines: tuple[Reason, ...]) -> int:
    """Return where a link belongs: behind what it is for, and before the counts, which end with a heading of theirs."""
    codes = [line.code for line in lines]
    if "status_of.cant_do" in codes:
        return codes.index("status_of.cant_do") + 1
    return codes.index("status_of.last_week") if "status_of.last_week" in codes else len(codes)


def _add_limits(mod: app_commands.Group, desk: SettingsDesk) -> None:
    @mod.command(name="limits", description=said("verb.limits"))
    @app_commands.describe(limit=said("option.limit"), number=said("option.number"))
    @app_commands.choices(limit=_LIMITS)
    async def limits(interaction: discord.Interaction, limit: str | None = None, number: Limit | None = None) -> None:
        if limit is not None and number is not None:
            await change(interaction, desk, Listed.LIMITS, LimitChange(name=LimitName(limit), number=number))
            return
        half = (reason("limits.both"),) if limit is not None or number is not None else ()

        async def shown(actor: Actor) -> Answer:
            listed = await desk.listed(actor, Listed.LIMITS)
            return replace(listed, lines=(*half, *listed.lines)) if listed.kind is AnswerKind.DONE else listed

        await ask(interaction, shown)
