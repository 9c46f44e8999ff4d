"""A directory that a test writes: nobody may do anything until it says so."""

from bot.domain.ids import ChannelId, CommunityId, PersonId
from bot.domain.people import Actor, Permission
from bot.ports.directory import Directory


class ScriptedDirectory(Directory):
    """`grants` says who may do what. It can change at any time, as roles do."""

    def __init__(self) -> None:
        self.grants: dict[PersonId, frozenset[Permission]] = {}
        self.community: CommunityId | None = None

    def only_in(self, community: CommunityId) -> None:
        """Let all grants be of this community, and none hold elsewhere."""
        self.community = community

    def grant(self, person: str, *permissions: Permission) -> None:
        """Let somebody do this from now on, and nothing else."""
        self.grants[PersonId(person)] = frozenset(permissions)

    def revoke(self, person: str) -> None:
        """Take all of somebody's rights away."""
        self.grants.pop(PersonId(person), None)

    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return what the script says."""
        del channel
        if self.community not in (None, actor.community):
            return False
        return permission in self.grants.get(actor.person, frozenset())
