"""What waits in the database alone, beyond memory: how much it is, and how far its pages have been read."""

from dataclasses import dataclass

from bot.domain.inbox import InboxItem


@dataclass(slots=True)
class Beyond:
    """A count of rows, about right while pages are being read. `last_read` is where the next page goes on.

    `arrived` are those among them that came since the last page was asked for.
    """

    count: int = 0
    arrived: int = 0
    last_read: InboxItem | None = None

    def come(self) -> None:
        """Count a row that was just received and finds no place in memory."""
        self.count += 1
        self.arrived += 1

    def gone(self) -> None:
        """Count off a row that ended there."""
        self.count = max(self.count - 1, 0)

    def read_again(self, more: int) -> None:
        """Begin at the first page once more: so many rows are there that nobody counted."""
        self.count += more
        self.last_read = None
