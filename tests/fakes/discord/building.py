"""Building a world: guilds, roles, members, channels; silently, before the bot is there."""

from datetime import UTC, datetime, timedelta

import discord

from tests.fakes.discord.rules import MEMBER_DEFAULT
from tests.fakes.discord.stage import Stage
from tests.fakes.discord.things import FORUM, PUBLIC_THREAD, TEXT, VOICE, Channel, Guild, Member, Role, User, new_id

KINDS = {"text": TEXT, "voice": VOICE, "forum": FORUM}


class Building(Stage):
    """Makes the things that a test begins with."""

    def guild(self, name: str, **bot_permissions: bool) -> Guild:
        """Make a guild with the bot in it, whose own role stands at position 10 with these permissions."""
        owner = self.user(f"{name}-owner")
        guild = Guild(id=new_id(), name=name, owner=owner)
        guild.roles[guild.id] = Role(guild.id, "@everyone", 0, MEMBER_DEFAULT)
        self.guilds[guild.id] = guild
        self.join(guild, owner)
        own_role = self.role(guild, "hallmoot", 10, **bot_permissions)
        self.join(guild, self.bot, own_role)
        return guild

    def user(self, name: str, *, bot: bool = False) -> User:
        """Make an account that is in no guild yet."""
        user = User(id=new_id(), name=name, bot=bot)
        self.users[user.id] = user
        return user

    def role(self, guild: Guild, name: str, position: int, **permissions: bool) -> Role:
        """Make a role."""
        role = Role(new_id(), name, position, discord.Permissions(**permissions).value)
        guild.roles[role.id] = role
        return role

    def join(self, guild: Guild, user: User, *roles: Role) -> Member:
        """Make an account a member, silently: for building, before the bot is there."""
        member = Member(user, guild, {role.id for role in roles}, datetime.now(UTC) - timedelta(days=30))
        guild.members[user.id] = member
        return member

    def member(self, guild: Guild, name: str, *roles: Role) -> Member:
        """Make an account and its membership."""
        return self.join(guild, self.user(name), *roles)

    def moderator(self, guild: Guild, name: str = "mod", **permissions: bool) -> Member:
        """Make a member whose role holds these permissions; without any, those of a usual moderator."""
        held = permissions or {"manage_messages": True, "moderate_members": True, "kick_members": True}
        return self.member(guild, name, self.role(guild, name, 5, **held))

    def channel(self, guild: Guild, name: str, kind: str = "text", parent: Channel | None = None) -> Channel:
        """Make a channel: text, voice or forum; silently, before the bot is there."""
        channel = Channel(id=new_id(), name=name, kind=KINDS[kind], guild=guild, parent=parent)
        self.add_channel(channel)
        return channel

    def thread(self, parent: Channel, name: str, owner: Member, *tags: str) -> Channel:
        """Make a thread or a forum's post, with tags the forum gets where it lacks them."""
        thread = Channel(
            id=new_id(), name=name, kind=PUBLIC_THREAD, guild=parent.guild, parent=parent, owner=owner.user
        )
        for tag in tags:
            number = new_id()
            parent.tags[number] = tag
            thread.applied_tags.append(number)
        self.add_channel(thread)
        return thread

    def deny(self, channel: Channel, subject: Role | Member, **permissions: bool) -> None:
        """Deny permissions to a role or member in one channel."""
        key = subject.id if isinstance(subject, Role) else subject.user.id
        channel.overwrites[key] = (int(isinstance(subject, Member)), 0, discord.Permissions(**permissions).value)
