"""What Discord allows: permissions, role order, and the refusals it answers with."""

from datetime import UTC, datetime

from discord import Permissions

from tests.fakes.discord.things import Channel, Guild, Member

ALL = Permissions.all().value
ADMINISTRATOR = Permissions(administrator=True).value
_READ_ONLY = Permissions(view_channel=True, read_message_history=True).value
MEMBER_DEFAULT = Permissions(
    view_channel=True,
    read_message_history=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    attach_files=True,
).value


class Refusal(Exception):
    """An answer that is no success: HTTP status, Discord's own code, a text."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


def gone(what: str) -> Refusal:
    """Return the 404 for an unknown message, channel, member, user, ban, or interaction."""
    codes = {"Channel": 10003, "Guild": 10004, "Member": 10007, "Message": 10008, "Role": 10011, "User": 10013}
    codes |= {"Webhook": 10015, "Ban": 10026, "Interaction": 10062}
    return Refusal(404, codes[what], f"Unknown {what}")


def malformed(text: str) -> Refusal:
    """Return the 400 for a body that breaks a limit."""
    return Refusal(400, 50035, f"Invalid Form Body: {text}")


def base_permissions(guild: Guild, member: Member) -> int:
    """Return a member's permissions before any channel's overwrites."""
    if member.user.id == guild.owner.id:
        return ALL
    held = guild.roles[guild.id].permissions
    for role in member.roles:
        held |= guild.roles[role].permissions
    return ALL if held & ADMINISTRATOR else held


def permissions_in(channel: Channel, member: Member) -> int:
    """Return a member's permissions in a channel; a thread has its parent's."""
    guild = member.guild
    held = base_permissions(guild, member)
    if held == ALL:
        return ALL
    place = channel.parent if channel.is_thread and channel.parent else channel
    everyone = place.overwrites.get(guild.id)
    if everyone:
        held = held & ~everyone[2] | everyone[1]
    of_roles = [place.overwrites[role] for role in member.roles if role in place.overwrites]
    for _, _, deny in of_roles:
        held &= ~deny
    for _, allow, _ in of_roles:
        held |= allow
    own = place.overwrites.get(member.user.id)
    if own:
        held = held & ~own[2] | own[1]
    if not held & Permissions(view_channel=True).value:
        return 0
    timed_out = member.timeout_until is not None and member.timeout_until > datetime.now(UTC)
    return held & _READ_ONLY if timed_out else held


def demand(channel: Channel, member: Member, **wanted: bool) -> None:
    """Raise the 403 that Discord answers when a member lacks these permissions in a channel."""
    held = permissions_in(channel, member)
    if not held & Permissions(view_channel=True).value:
        raise Refusal(403, 50001, "Missing Access")
    if held & (needed := Permissions(**wanted).value) != needed:
        raise Refusal(403, 50013, "Missing Permissions")


def demand_in_guild(guild: Guild, member: Member, **wanted: bool) -> None:
    """Raise the 403 that Discord answers when a member lacks these permissions in the whole guild."""
    if base_permissions(guild, member) & (needed := Permissions(**wanted).value) != needed:
        raise Refusal(403, 50013, "Missing Permissions")


def top_position(guild: Guild, member: Member) -> int:
    """Return the position of the highest role; the owner stands above all."""
    if member.user.id == guild.owner.id:
        return 1_000_000
    return max((guild.roles[role].position for role in member.roles), default=0)


def demand_above(guild: Guild, actor: Member, target: Member) -> None:
    """Raise the 403 for acting on somebody whose highest role is not below one's own."""
    if top_position(guild, actor) <= top_position(guild, target):
        raise Refusal(403, 50013, "Missing Permissions")


def demand_open(channel: Channel) -> None:
    """Raise the 400 for changing anything in a thread that is in the archive."""
    if channel.archived:
        raise Refusal(400, 50083, "Thread is archived")
