"""Take in messages for ever, and say of each that it is on record: for a test that kills this process meanwhile."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from bot.storage.sqlite.store import SqliteStore, open_store
from tests.factories import AT, message

CALLERS = 20


async def _accept(path: Path) -> None:
    store = await open_store(path, exclusive=True)
    numbers = count(1)
    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(_caller(store, numbers))


async def _caller(store: SqliteStore, numbers: "count[int]") -> None:
    for number in numbers:
        await store.inbox.accept(message(f"message number {number}", id=str(number)), AT)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_accept(Path(sys.argv[1])))
