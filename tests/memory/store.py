"""All records in memory."""

from bot.ports.audit import Audit
from bot.ports.cases import Cases
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.facts import Facts
from bot.ports.inbox import Inbox
from bot.ports.incidents import Incidents
from bot.ports.keeping import Keeping
from bot.ports.settings import StoredSettings
from bot.ports.store import Store
from tests.memory.audit import MemoryAudit
from tests.memory.cases import MemoryCases
from tests.memory.cursors import MemoryCursors
from tests.memory.deliveries import MemoryDeliveries
from tests.memory.facts import MemoryFacts
from tests.memory.inbox import MemoryInbox
from tests.memory.incidents import MemoryIncidents
from tests.memory.keeping import MemoryKeeping
from tests.memory.records import Records
from tests.memory.settings import MemorySettings


class MemoryStore(Store):
    """A store for runs that keep nothing, and for tests."""

    def __init__(self) -> None:
        records = Records()
        self._inbox = MemoryInbox(records)
        self._cases = MemoryCases(records)
        self._audit = MemoryAudit(records)
        self._settings = MemorySettings(records)
        self._facts = MemoryFacts(records)
        self._keeping = MemoryKeeping(records)
        self._cursors = MemoryCursors(records, self._inbox)
        self._deliveries = MemoryDeliveries(records)
        self._incidents = MemoryIncidents(records)

    @property
    def inbox(self) -> Inbox:
        """Return the deliveries."""
        return self._inbox

    @property
    def cases(self) -> Cases:
        """Return decisions, cases, effects and reviews."""
        return self._cases

    @property
    def audit(self) -> Audit:
        """Return the audit chains."""
        return self._audit

    @property
    def settings(self) -> StoredSettings:
        """Return saved community settings."""
        return self._settings

    @property
    def incidents(self) -> Incidents:
        """Return the incidents."""
        return self._incidents

    @property
    def facts(self) -> Facts:
        """Return what the process remembers of itself."""
        return self._facts

    @property
    def cursors(self) -> Cursors:
        """Return how far each channel was delivered."""
        return self._cursors

    @property
    def deliveries(self) -> Deliveries:
        """Return what platforms delivered."""
        return self._deliveries

    @property
    def keeping(self) -> Keeping:
        """Return retention and erasure."""
        return self._keeping

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""
