"""The process's own facts in memory."""

from copy import deepcopy

from bot.ports.facts import Facts
from tests.memory.records import Records


class MemoryFacts(Facts):
    """The facts of the in-memory store."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def load(self, name: str) -> dict[str, object] | None:
        """Return what was saved."""
        return deepcopy(self._records.facts.get(name))

    async def save(self, name: str, values: dict[str, object]) -> None:
        """Replace what was saved."""
        self._records.facts[name] = deepcopy(values)
