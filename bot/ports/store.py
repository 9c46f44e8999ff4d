"""All records together. Each concern has its own port; no connection is seen above `storage`."""

from abc import abstractmethod
from typing import Protocol

from bot.ports.audit import Audit
from bot.ports.cases import Cases
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.facts import Facts
from bot.ports.inbox import Inbox
from bot.ports.incidents import Incidents
from bot.ports.keeping import Keeping
from bot.ports.settings import StoredSettings


class Store(Protocol):
    """What `storage` implements twice: in SQLite and in memory."""

    @property
    @abstractmethod
    def inbox(self) -> Inbox:
        """Return the deliveries."""

    @property
    @abstractmethod
    def cases(self) -> Cases:
        """Return decisions, cases, effects and reviews."""

    @property
    @abstractmethod
    def audit(self) -> Audit:
        """Return the audit chains."""

    @property
    @abstractmethod
    def settings(self) -> StoredSettings:
        """Return saved community settings."""

    @property
    @abstractmethod
    def incidents(self) -> Incidents:
        """Return the incidents."""

    @property
    @abstractmethod
    def facts(self) -> Facts:
        """Return what the process remembers of itself."""

    @property
    @abstractmethod
    def cursors(self) -> Cursors:
        """Return how far each channel was delivered."""

    @property
    @abstractmethod
    def deliveries(self) -> Deliveries:
        """Return what platforms delivered, by their own ids."""

    @property
    @abstractmethod
    def keeping(self) -> Keeping:
        """Return retention, erasure and backups."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what is being written and let go of the database."""
