"""Community settings on record. A community that the YAML file names is not kept here."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.audit import AuditNote
from bot.domain.ids import CommunityId
from bot.domain.policy import PolicyUpload
from bot.domain.settings import CommunitySettings


class StoredSettings(Protocol):
    """Raw settings as a JSON-like mapping; `config` checks them and fills in defaults."""

    @abstractmethod
    async def load(self, community: CommunityId) -> dict[str, object] | None:
        """Return what was saved, or None when nothing was."""

    @abstractmethod
    async def save(self, community: CommunityId, values: dict[str, object], note: AuditNote) -> None:
        """Replace what was saved, with its audit entry in the same transaction. Unknown keys are kept as given."""

    @abstractmethod
    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community with saved settings."""

    @abstractmethod
    async def save_upload(self, upload: PolicyUpload, note: AuditNote) -> None:
        """Keep a policy that a community sent, in place of an earlier one of that id, with its audit entry."""

    @abstractmethod
    async def uploads(self) -> tuple[PolicyUpload, ...]:
        """Return what all communities sent, by community and id."""


class SettingsSource(Protocol):
    """Where the core asks what a community has decided: its YAML entry, else what is stored, else the defaults."""

    @abstractmethod
    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return the settings that hold now."""
