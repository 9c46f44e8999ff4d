"""What the process has to remember of itself from one start to the next."""

from abc import abstractmethod
from typing import Protocol


class Facts(Protocol):
    """Small JSON-like mappings, each under a name: the speed measured at set-up, an outage that is going on."""

    @abstractmethod
    async def load(self, name: str) -> dict[str, object] | None:
        """Return what was saved under this name, or None when nothing was."""

    @abstractmethod
    async def save(self, name: str, values: dict[str, object]) -> None:
        """Replace what was saved under this name, in one transaction."""
