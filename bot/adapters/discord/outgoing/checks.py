"""Whether an effect is possible at all: asked before every call, since ten thousand refusals in ten minutes ban a host.

Discord's rules as its reference has them: a permission for each action, one's own highest role above the target's,
nothing against the owner, no timeout for administrators. Whoever presses needs all that themselves.
"""

import discord

from bot.adapters.discord.ids import number_of
from bot.adapters.discord.outgoing.places import Place, Places
from bot.domain.actions import Action
from bot.domain.decision import BOT, Effect
from bot.domain.reasons import PlatformReason, Reason, reason

IN_GUILD: dict[Action, str] = {
    Action.TIMEOUT: "moderate_members",
    Action.QUARANTINE: "manage_roles",
    Action.KICK: "kick_members",
    Action.BAN: "ban_members",
}
IN_CHANNEL: dict[Action, str] = {
    Action.DELETE: "manage_messages",
    Action.SLOWMODE: "manage_channels",
    Action.LOCKDOWN: "manage_roles",
}
NEEDS_NOTHING = frozenset({Action.FLAG, Action.WARN, Action.NOTICE})
WORDS = {
    "view_channel": "View Channel",
    "read_message_history": "Read Message History",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "moderate_members": "Timeout Members",
    "manage_roles": "Manage Roles",
    "kick_members": "Kick Members",
    "ban_members": "Ban Members",
    "manage_messages": "Manage Messages",
    "manage_channels": "Manage Channels",
    "manage_threads": "Manage Threads",
    "view_audit_log": "View Audit Log",
    "manage_guild": "Manage Server",
}
"""Discord's own English names of the permissions, as its settings show them."""


def missing(permission: str, channel: Place | None = None) -> Reason:
    """Return the reason that names a permission, and the channel where it is one's."""
    where = {"channel": channel.name} if channel is not None else {}
    return reason(PlatformReason.MISSING_PERMISSION, permission=WORDS[permission], **where)


def capabilities(guild: discord.Guild) -> frozenset[Action]:
    """Return what the bot's own roles let it do in a server at all."""
    held = guild.me.guild_permissions
    needed = IN_GUILD | IN_CHANNEL
    able = {action for action, permission in needed.items() if getattr(held, permission)}
    return frozenset(able | NEEDS_NOTHING | {Action.ESCALATE, Action.LIFT})


class Checks:
    """Answers why an effect is not possible; None when it is. Raises what discord.py raises."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def why_not(self, effect: Effect) -> Reason | None:
        """Return the first thing that stands in the way."""
        if effect.action is Action.RESTORE:
            return reason(PlatformReason.NOT_SUPPORTED)
        guild = self._places.guild(effect.community)
        if guild is None:
            return await self._places.away(effect.community)
        if effect.action in NEEDS_NOTHING:
            return None
        if effect.action in IN_CHANNEL or is_lift_of_channel(effect):
            return await self._channel(effect)
        if effect.action in IN_GUILD or effect.action is Action.LIFT:
            return await self._person(guild, effect)
        return None

    async def _channel(self, effect: Effect) -> Reason | None:
        channel_id = effect.message.channel if effect.action is Action.DELETE and effect.message else effect.channel
        channel = await self._places.channel(effect.community, channel_id) if channel_id else None
        if channel is None:
            return reason(PlatformReason.CHANNEL_GONE)
        held = channel.permissions_for(channel.guild.me)
        for permission in ("view_channel", *_needed(effect, channel)):
            if not getattr(held, permission):
                return missing(permission, channel)
        if effect.action is Action.LOCKDOWN and is_closed(channel):
            return reason(PlatformReason.ALREADY_CLOSED)
        return None

    async def _person(self, guild: discord.Guild, effect: Effect) -> Reason | None:
        needed = IN_GUILD.get(_in_question(effect))
        if needed is not None and not getattr(guild.me.guild_permissions, needed):
            return missing(needed)
        if effect.person is None:
            return reason(PlatformReason.NOT_A_MEMBER)
        why = self._role(guild, effect) if effect.action is Action.QUARANTINE else None
        if why is not None:
            return why
        if number_of(effect.person) == guild.me.id:
            return reason(PlatformReason.OWN_ACCOUNT)
        member = await self._places.member(guild, effect.person)
        if member is None:
            # An account that is no member can be banned, and a ban can be lifted.
            is_fine = effect.action in (Action.BAN, Action.LIFT)
            return None if is_fine else reason(PlatformReason.NOT_A_MEMBER)
        return _above(guild, member, _in_question(effect)) or await self._above_presser(guild, member, effect)

    async def _above_presser(self, guild: discord.Guild, member: discord.Member, effect: Effect) -> Reason | None:
        """Return why Discord would not let whoever asks do this themselves: the bot's higher role is not lent to them.

        What the bot did, every moderator may take back, whatever their role.
        """
        if effect.by == BOT or effect.action is Action.LIFT or number_of(effect.by) == guild.owner_id:
            return None
        presser = await self._places.member(guild, effect.by)
        is_below = presser is not None and member.top_role < presser.top_role
        return None if is_below else reason(PlatformReason.ABOVE_PRESSER)

    @staticmethod
    def _role(guild: discord.Guild, effect: Effect) -> Reason | None:
        role = guild.get_role(number_of(effect.role))
        if role is None or role.is_default() or role.managed:
            return reason(PlatformReason.NO_ROLE)
        return None if role < guild.me.top_role else reason(PlatformReason.ROLE_ORDER)


def _needed(effect: Effect, channel: Place) -> tuple[str, ...]:
    """Return what an effect on a channel or a message takes; an archived thread has to be opened, and closed again."""
    if not isinstance(channel, discord.Thread):
        return (IN_CHANNEL.get(_in_question(effect), "manage_channels"),)
    if effect.action is not Action.DELETE:
        return ("manage_threads",)
    return ("manage_messages", "manage_threads") if channel.archived else ("manage_messages",)


def _in_question(effect: Effect) -> Action:
    """Return the action whose rules hold: whoever lifts something needs what it takes to do it."""
    return effect.told_of if effect.action is Action.LIFT and effect.told_of is not None else effect.action


def is_lift_of_channel(effect: Effect) -> bool:
    """Return whether this lifts a slowmode or a lockdown: its key names a channel, whomever the case is about."""
    return effect.action is Action.LIFT and effect.key.target.startswith("channel:")


def _above(guild: discord.Guild, member: discord.Member, action: Action) -> Reason | None:
    if member.id == guild.owner_id:
        return reason(PlatformReason.OWNER)
    if action is Action.TIMEOUT and member.guild_permissions.administrator:
        return reason(PlatformReason.ADMINISTRATOR)
    if action is not Action.QUARANTINE and member.top_role >= guild.me.top_role:
        return reason(PlatformReason.ROLE_ORDER)
    return None


def is_closed(channel: Place) -> bool:
    """Return whether ordinary members already can't write there."""
    if isinstance(channel, discord.Thread):
        return channel.locked
    return channel.overwrites_for(channel.guild.default_role).send_messages is False
