"""`/mod setup`: one page of choices, then the desk saves, measures, and begins with recent messages."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.desk.interacting import actor_of, answered
from bot.adapters.discord.desk.localising import said
from bot.adapters.discord.desk.progress import Progress
from bot.adapters.discord.outgoing.answers import text_view
from bot.adapters.discord.outgoing.checks import WORDS
from bot.adapters.discord.outgoing.drawing import is_number, speaking
from bot.domain.answer import Answer, SetupPlan
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.people import Actor
from bot.domain.policy import AppliesWhen, Policy
from bot.domain.reasons import reason
from bot.domain.settings import CommunitySettings
from bot.messages.catalogue import Catalogue, languages
from bot.messages.readable import plain_line
from bot.ports.desk import SettingsDesk

_PAGE_SECONDS = 15 * 60
_MOST_OPTIONS = 25
_LONGEST_OPTION = 100
_MOST_CHANNELS = 25
_POSTING = ("view_channel", "send_messages", "read_message_history")
_CHANNEL, _ROLE = discord.SelectDefaultValueType.channel, discord.SelectDefaultValueType.role
View = discord.ui.LayoutView


def add_setup(mod: app_commands.Group, desk: SettingsDesk) -> None:
    """Put the command into the group."""

    @mod.command(name="setup", description=said("verb.setup"))
    async def setup(interaction: discord.Interaction) -> None:
        actor = actor_of(interaction)
        if actor is not None:
            await answered(interaction, lambda catalogue: _page(desk, actor, catalogue))


async def _page(desk: SettingsDesk, actor: Actor, catalogue: Catalogue) -> View | Answer:
    """Return the page; whoever may not set up is told so, and who may, before they choose anything."""
    refusal = await desk.why_no_setup(actor)
    if refusal is not None:
        lacks_right = any(line.code == "press.not_an_admin" for line in refusal.lines)
        more = (reason("setup.needs_manage_server"),) if lacks_right else ()
        return replace(refusal, lines=(*refusal.lines, *more))
    policies, now = await desk.policies(actor.community), await desk.settings(actor.community)
    return SetupPage(desk, actor, policies, now, catalogue)


class SetupPage(View):
    """All choices at once: what to choose stands above each menu.

    What holds now is chosen already; the first time what fits most servers.
    """

    def __init__(
        self,
        desk: SettingsDesk,
        actor: Actor,
        policies: tuple[Policy, ...],
        now: CommunitySettings,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(timeout=_PAGE_SECONDS)
        self._desk = desk
        self._actor = actor
        self._catalogue = catalogue
        self._touched: set[discord.ui.Item[Any]] = set()
        channels = [discord.ChannelType.text, discord.ChannelType.forum]
        self.mod_log: discord.ui.ChannelSelect[SetupPage] = discord.ui.ChannelSelect(
            channel_types=channels, default_values=_channels((now.mod_log,) if now.mod_log is not None else ())
        )
        self.moderators: discord.ui.RoleSelect[SetupPage] = discord.ui.RoleSelect(
            min_values=0, max_values=_MOST_OPTIONS, default_values=_roles(now.moderators)
        )
        self.called: discord.ui.RoleSelect[SetupPage] = discord.ui.RoleSelect(
            min_values=0, max_values=1, default_values=_roles((now.escalate_to,) if now.escalate_to else ())
        )
        self.policies: discord.ui.Select[SetupPage] = _policy_menu(policies, now, catalogue)
        self.channels: discord.ui.ChannelSelect[SetupPage] = discord.ui.ChannelSelect(
            channel_types=[*channels, discord.ChannelType.voice],
            min_values=0,
            max_values=_MOST_CHANNELS,
            placeholder=catalogue.say("policies.everywhere"),
            default_values=_channels(_kept_to(now)),
        )
        self.language: discord.ui.Select[SetupPage] = _language_menu(now, catalogue)
        self.add_item(discord.ui.TextDisplay(catalogue.say("setup.welcome")))
        self._ask("setup.mod_log", self.mod_log)
        self._ask("setup.moderators", self.moderators)
        self._ask("setup.escalate_to", self.called)
        self._ask("setup.policies", self.policies)
        self._ask("setup.channels", self.channels)
        self._ask("setup.language", self.language)
        self._add_buttons()

    def _ask(self, code: str, menu: discord.ui.Item[Any]) -> None:
        menu.callback = self._noting(menu)  # type: ignore[method-assign, assignment]  # its choice is read when the page is sent
        row: discord.ui.ActionRow[SetupPage] = discord.ui.ActionRow()
        self.add_item(discord.ui.TextDisplay(self._catalogue.say(code)))
        self.add_item(row.add_item(menu))

    def _noting(self, menu: discord.ui.Item[Any]) -> Callable[[discord.Interaction], Coroutine[Any, Any, None]]:
        """Note that a menu was used: until then it holds what it began with, and afterwards perhaps nothing."""

        async def noted(interaction: discord.Interaction) -> None:
            self._touched.add(menu)
            await interaction.response.defer()

        return noted

    def _ids(self, menu: "discord.ui.ChannelSelect[SetupPage] | discord.ui.RoleSelect[SetupPage]") -> list[int]:
        """Return what is chosen in a menu of channels or roles."""
        return [each.id for each in (menu.values if menu in self._touched else menu.default_values)]

    def _add_buttons(self) -> None:
        row: discord.ui.ActionRow[SetupPage] = discord.ui.ActionRow()
        go_on: discord.ui.Button[SetupPage] = discord.ui.Button(
            label=self._catalogue.say("setup.continue"), style=discord.ButtonStyle.success
        )
        go_on.callback = self._continue  # type: ignore[method-assign]  # discord.py's own way to set one
        self.add_item(row.add_item(go_on))

    async def _continue(self, interaction: discord.Interaction) -> None:
        """Take the page; it stays open for a correction while something is missing or would not work."""
        await answered(interaction, lambda catalogue: self._take(interaction, catalogue))

    async def _take(self, interaction: discord.Interaction, catalogue: Catalogue) -> View | Answer:
        guild, chosen = interaction.guild, self._chosen_mod_log()
        if guild is None or chosen is None or not self._chosen_policies():
            return text_view(self._catalogue.say("setup.incomplete"))
        channel = guild.get_channel(chosen)
        if channel is None:
            return text_view(self._catalogue.say("command.unknown_channel", channel=chosen))
        lacking = lacking_in(channel)
        if lacking:
            words = ", ".join(WORDS[permission] for permission in lacking)
            return text_view(
                self._catalogue.say("setup.mod_log_not_writable", channel=f"#{channel.name}", permission=words)
            )
        if channel.permissions_for(guild.default_role).view_channel:
            return text_view(self._catalogue.say("setup.mod_log_is_public", channel=f"#{channel.name}"))
        self.stop()
        return await self._desk.set_up(self._actor, self._plan(chosen), Progress(interaction, catalogue).tell)

    def _chosen_mod_log(self) -> int | None:
        return next(iter(self._ids(self.mod_log)), None)

    def _chosen_policies(self) -> list[str]:
        return self.policies.values or [option.value for option in self.policies.options if option.default]

    def _plan(self, mod_log: int) -> SetupPlan:
        language = self.language.values or [option.value for option in self.language.options if option.default]
        return SetupPlan(
            mod_log=ChannelId(str(mod_log)),
            moderators=frozenset(map(str, self._ids(self.moderators))),
            policies=tuple(PolicyId(policy) for policy in self._chosen_policies()),
            channels=frozenset(ChannelId(str(channel)) for channel in self._ids(self.channels)),
            language=language[0],
            escalate_to=next(map(str, self._ids(self.called)), ""),
        )


def _channels(ids: Iterable[str]) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=int(each), type=_CHANNEL) for each in sorted(ids) if is_number(each)]


def _roles(ids: Iterable[str]) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=int(each), type=_ROLE) for each in sorted(ids) if is_number(each)]


def _kept_to(now: CommunitySettings) -> frozenset[ChannelId]:
    """Return the channels that all policies are kept to; none where they differ, or hold everywhere."""
    kept = {switch.channels for switch in now.policies}
    return frozenset(sorted(kept.pop())[:_MOST_CHANNELS]) if len(kept) == 1 else frozenset()


def lacking_in(channel: discord.abc.GuildChannel) -> tuple[str, ...]:
    """Return what the bot lacks to post cards in a channel, by discord.py's names."""
    held = channel.permissions_for(channel.guild.me)
    return tuple(permission for permission in _POSTING if not getattr(held, permission))


def _policy_menu(
    policies: tuple[Policy, ...], now: CommunitySettings, catalogue: Catalogue
) -> "discord.ui.Select[SetupPage]":
    """Offer the policies, each with when it is asked; those in use are chosen, at first those for everything."""
    options = [
        discord.SelectOption(
            label=plain_line(policy.title, _LONGEST_OPTION),
            value=policy.id,
            description=plain_line(_about(policy, catalogue), _LONGEST_OPTION),
            default=_is_used(policy, now),
        )
        for policy in policies[:_MOST_OPTIONS]
    ]
    return discord.ui.Select(options=options, min_values=1, max_values=max(1, len(options)))


def _is_used(policy: Policy, now: CommunitySettings) -> bool:
    return AppliesWhen.EVERYTHING in policy.applies_when if now.mod_log is None else now.switch(policy.id) is not None


def _about(policy: Policy, catalogue: Catalogue) -> str:
    """Return when a policy is asked, and its rules."""
    chosen = [when for when in AppliesWhen if when in policy.applies_when]
    asked = [AppliesWhen.EVERYTHING] if AppliesWhen.EVERYTHING in chosen else chosen
    words = ", ".join(catalogue.say(f"setup.asked_{when.value}") for when in asked)
    return f"{words}: {', '.join(rule.title for rule in policy.categories)}"


def _language_menu(now: CommunitySettings, catalogue: Catalogue) -> "discord.ui.Select[SetupPage]":
    spoken = catalogue.language if now.mod_log is None else now.language
    options = [
        discord.SelectOption(
            label=speaking(language).say("setup.language_name"), value=language, default=language == spoken
        )
        for language in languages()
    ]
    return discord.ui.Select(options=options)
