"""A directory that a test writes: nobody may do anything until it says so."""

from datetime import datetime, timedelta

from bot.domain.ids import ChannelId, CommunityId, PersonId
from bot.domain.people import UNKNOWN_GROWTH, Actor, Growth, Permission
from bot.ports.directory import Directory


class ScriptedDirectory(Directory):
    """`grants` says who may do what, but in channels that are `closed` to them. It can change, as roles do."""

    def __init__(self) -> None:
        self.grants: dict[PersonId, frozenset[Permission]] = {}
        self.community: CommunityId | None = None
        self.grown = UNKNOWN_GROWTH
        self.closed: set[tuple[PersonId, ChannelId]] = set()

    def only_in(self, community: CommunityId) -> None:
        """Let all grants be of this community, and none hold elsewhere."""
        self.community = community

    def grant(self, person: str, *permissions: Permission) -> None:
        """Let somebody do this from now on, and nothing else."""
        self.grants[PersonId(person)] = frozenset(permissions)

    def close(self, channel: str, person: str) -> None:
        """Let somebody do nothing in a channel."""
        self.closed.add((PersonId(person), ChannelId(channel)))

    def revoke(self, person: str) -> None:
        """Take all of somebody's rights away."""
        self.grants.pop(PersonId(person), None)

    async def growth(self, community: CommunityId, around: datetime, within: timedelta) -> Growth:
        """Return what the script says, whenever it is asked for."""
        del community, around, within
        return self.grown

    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return what the script says."""
        if self.community not in (None, actor.community):
            return False
        if channel is not None and (actor.person, channel) in self.closed:
            return False
        return permission in self.grants.get(actor.person, frozenset())
