"""Where people's changes of settings and policies are written down."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.answer import Change, SetupPlan
from bot.domain.audit import AuditNote
from bot.domain.ids import CommunityId
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings


class SettingsBook(Protocol):
    """A community's settings and the policies it can choose from, to read and to change.

    A change is checked with everything else that the community has decided before it is saved, together with its audit
    note. A change that changes nothing is not written. Where the YAML file names the community, nothing but a stop is.
    """

    @abstractmethod
    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return the settings that hold now."""

    @abstractmethod
    def file_of(self, community: CommunityId) -> str | None:
        """Return the name of the YAML file where it names the community, else None."""

    @abstractmethod
    def policies(self, community: CommunityId) -> tuple[Policy, ...]:
        """Return the policies that the community can choose from: those of the files and its own."""

    @abstractmethod
    async def change(self, community: CommunityId, change: Change, note: AuditNote) -> CommunitySettings:
        """Make a change and return what holds now. Raises ConfigError, with nothing saved, when it does not fit."""

    @abstractmethod
    async def set_up(self, community: CommunityId, plan: SetupPlan, note: AuditNote) -> CommunitySettings:
        """Save what a setup collected and return what holds now. Raises ConfigError, with nothing saved."""

    @abstractmethod
    async def add_policy(self, community: CommunityId, name: str, text: str, note: AuditNote) -> Policy:
        """Check a policy file, keep it and offer it to this community; it practises, where it is in use already.

        `name` is what the file was called. Raises PolicyError with every fault in it, and nothing is kept.
        """
