"""What is kept, for how long, and copies of it."""

from abc import abstractmethod
from datetime import datetime
from pathlib import PurePath
from typing import Protocol

from bot.domain.ids import CommunityId, PersonId
from bot.domain.keeping import Backup, Cutoffs, Dropped, ErasureReceipt


class Keeping(Protocol):
    """Retention, erasure and backups."""

    @abstractmethod
    async def drop_words(self, cutoffs: Cutoffs) -> Dropped:
        """Drop the words of what is older, in short transactions; the skeleton of each decision stays.

        Words are the texts of messages and reports, evidence, rationale, reasoning and returned texts. A message that
        has not reached a terminal state keeps its words. Running it twice drops nothing more.
        """

    @abstractmethod
    async def erase(self, community: CommunityId, person: PersonId, at: datetime) -> ErasureReceipt:
        """Erase a person from every table of a community, in one transaction, and note it in the erasure ledger.

        Their messages go; cases about these keep number, rule, outcome and reviews, under a name that leads nowhere.
        As reporter or moderator they are unnamed. Audit details that name them go; the chain still verifies.
        """

    @abstractmethod
    async def backup(self, path: PurePath) -> Backup:
        """Copy everything to a new file while the store is in use, and check the copy. StorageError when it fails."""
