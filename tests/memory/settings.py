"""Community settings in memory."""

from copy import deepcopy

from bot.domain.audit import AuditNote
from bot.domain.ids import CommunityId
from bot.domain.policy import PolicyUpload
from bot.ports.settings import StoredSettings
from tests.memory.records import Records


class MemorySettings(StoredSettings):
    """The saved settings of the in-memory store."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def load(self, community: CommunityId) -> dict[str, object] | None:
        """Return what was saved."""
        return deepcopy(self._records.settings.get(community))

    async def save(self, community: CommunityId, values: dict[str, object], note: AuditNote) -> None:
        """Replace what was saved, with its audit entry."""
        self._records.settings[community] = deepcopy(values)
        self._records.append((note,))

    async def communities(self) -> tuple[CommunityId, ...]:
        """Return every community with saved settings."""
        return tuple(sorted(self._records.settings))

    async def save_upload(self, upload: PolicyUpload, note: AuditNote) -> None:
        """Keep a policy that a community sent, with its audit entry."""
        self._records.uploads[upload.community, upload.policy] = upload
        self._records.append((note,))

    async def uploads(self) -> tuple[PolicyUpload, ...]:
        """Return what all communities sent."""
        return tuple(upload for _, upload in sorted(self._records.uploads.items()))
