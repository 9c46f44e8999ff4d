"""The check-up of one server: what the bot can read, where cards go, and whether it may do what its rules ask for."""

from collections.abc import Iterable, Sequence

import discord

from bot.adapters.discord.doctor.invites import grown, needed
from bot.adapters.discord.ids import number_of
from bot.adapters.discord.outgoing.checks import IN_CHANNEL, IN_GUILD, WORDS
from bot.domain.actions import Action
from bot.domain.finding import Finding, Grade
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings

_READING = ("view_channel", "read_message_history")
_POSTING = ("view_channel", "send_messages", "read_message_history")
_NAMED = 5
"""How many channels a finding names."""
Channels = Sequence[discord.abc.GuildChannel]


class Server:
    """One server as Discord shows it to the bot."""

    def __init__(
        self,
        guild: discord.Guild,
        me: discord.Member,
        channels: Channels,
        application_id: int,
        settings: CommunitySettings,
    ) -> None:
        self._guild = guild
        self._me = me
        self._channels = channels
        self._application_id = application_id
        self._settings = settings
        unread = settings.exempt_channels | settings.moderator_channels
        self._talk = [
            channel
            for channel in channels
            if not isinstance(channel, discord.CategoryChannel) and str(channel.id) not in unread
        ]

    def findings(self, policies: tuple[Policy, ...]) -> list[Finding]:
        """Return what is to be said of it."""
        actions = {action for acting in needed(self._settings, policies).values() for action in acting}
        return [self._reading(), self._mod_log(), self._audit_log(), *self._acting(actions)]

    def _finding(self, check: str, grade: Grade, found: str, remedy: str = "") -> Finding:
        return Finding(check=f"{self._guild.name}: {check}", grade=grade, found=found, remedy=remedy)

    def _link(self, permission: str) -> str:
        return grown(self._application_id, self._guild, (permission,), self._me)

    def _lacks(self, channel: discord.abc.GuildChannel, names: Iterable[str]) -> list[str]:
        held = channel.permissions_for(self._me)
        return [WORDS[name] for name in names if not getattr(held, name)]

    def _reading(self) -> Finding:
        shut = [channel for channel in self._talk if self._lacks(channel, _READING)]
        if not shut:
            return self._finding("reading", Grade.FINE, f"All {len(self._talk)} channels can be read.")
        words = " and ".join(WORDS[name] for name in _READING)
        remedy = f"Give the bot's role {words} there, or leave these channels out with /mod exempt."
        return self._finding("reading", Grade.ADVICE, f"It can't read {_named(shut)}.", remedy)

    def _mod_log(self) -> Finding:
        if self._settings.mod_log is None:
            remedy = "An admin chooses one with /mod setup."
            return self._finding("mod log", Grade.FAULT, "No channel for cards is chosen.", remedy)
        wanted = number_of(self._settings.mod_log)
        channel = next((channel for channel in self._channels if channel.id == wanted), None)
        if channel is None:
            remedy = "Choose another one with /mod setup."
            return self._finding("mod log", Grade.FAULT, "The chosen channel is gone or hidden.", remedy)
        lacking = self._lacks(channel, _POSTING)
        if lacking:
            found = f"The bot can't post in #{channel.name}: it lacks {', '.join(lacking)}."
            return self._finding("mod log", Grade.FAULT, found, "Give it these in the channel's settings.")
        if channel.permissions_for(self._guild.default_role).view_channel:
            found = f"Everybody can read #{channel.name}, and with it the reasoning behind each case."
            return self._finding("mod log", Grade.ADVICE, found, "Hide it from everybody but moderators.")
        return self._finding("mod log", Grade.FINE, f"Cards go to #{channel.name}.")

    def _audit_log(self) -> Finding:
        if self._me.guild_permissions.view_audit_log:
            return self._finding("audit log", Grade.FINE, "What other moderators do is seen.")
        found = "What other moderators do is not seen, so it does not count in an author's history."
        return self._finding(
            "audit log", Grade.ADVICE, found, f"Give the bot View Audit Log: {self._link('view_audit_log')}"
        )

    def _acting(self, actions: set[Action]) -> list[Finding]:
        """Return what stands in the way of the rules that act."""
        wanted = [action for action in (*IN_CHANNEL, *IN_GUILD) if action in actions]
        if not wanted:
            return [self._finding("acting", Grade.FINE, "No rule acts in earnest here, so nothing more is needed.")]
        found = [finding for action in wanted for finding in self._permission(action)]
        if Action.QUARANTINE in actions:
            found += self._quarantine()
        if not found:
            words = ", ".join(sorted({WORDS[(IN_CHANNEL | IN_GUILD)[action]] for action in wanted}))
            found = [self._finding("acting", Grade.FINE, f"The rules that act have what they need: {words}.")]
        return found

    def _permission(self, action: Action) -> list[Finding]:
        """Return whether the permission for an action is missing, in the server or in some of its channels."""
        name = (IN_CHANNEL | IN_GUILD)[action]
        if not getattr(self._me.guild_permissions, name):
            found = f"A rule is to {_DOES[action]}, and the bot lacks {WORDS[name]}. Such cases go to people."
            return [self._finding("acting", Grade.FAULT, found, f"Give it: {self._link(name)}")]
        shut = [channel for channel in self._talk if self._lacks(channel, (name,))] if action in IN_CHANNEL else []
        if not shut:
            return []
        found = f"A rule is to {_DOES[action]}, and the bot lacks {WORDS[name]} in {_named(shut)}."
        return [
            self._finding("acting", Grade.ADVICE, found, "Give it in these channels' settings, for the bot's role.")
        ]

    def _quarantine(self) -> list[Finding]:
        role = self._guild.get_role(number_of(self._settings.quarantine_role or ""))
        if role is None or role.is_default() or role.managed:
            remedy = "An admin chooses one with /mod roles."
            return [
                self._finding(
                    "acting", Grade.FAULT, "A rule is to quarantine members, and no role for it is chosen.", remedy
                )
            ]
        if role >= self._me.top_role:
            remedy = "Move the bot's role above it, in the server's settings under Roles."
            found = f"The role {role.name} stands above the bot's own, so it can't be given."
            return [self._finding("acting", Grade.FAULT, found, remedy)]
        return []


_DOES = {
    Action.DELETE: "remove messages",
    Action.SLOWMODE: "slow channels down",
    Action.LOCKDOWN: "close channels",
    Action.TIMEOUT: "time members out",
    Action.QUARANTINE: "quarantine members",
    Action.KICK: "kick members",
    Action.BAN: "ban members",
}


def _named(channels: Sequence[discord.abc.GuildChannel]) -> str:
    names = ", ".join(f"#{channel.name}" for channel in channels[:_NAMED])
    return f"{names} and {len(channels) - _NAMED} more" if len(channels) > _NAMED else names
