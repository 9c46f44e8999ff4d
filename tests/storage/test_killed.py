"""A process that is killed while it writes: what it acknowledged is there, and the next one can go on at once."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from bot.storage.sqlite.store import open_store
from tests.factories import ref

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("acknowledged", [1, 150])
async def test_nothing_acknowledged_is_lost(tmp_path: Path, acknowledged: int) -> None:
    """However far it came, the database is whole, unlocked, and holds every message that was reported as taken in."""
    path = tmp_path / "hallmoot.db"
    command = [sys.executable, "-m", "tests.storage.accepting", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: ASYNC220, S603 - our own
        assert process.stdout is not None
        said = list(islice(process.stdout, acknowledged))
        process.kill()
        said += process.stdout.readlines()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store = await open_store(path, exclusive=True)
    found = [await store.inbox.current(ref(number.strip())) for number in said if number.endswith("\n")]
    await store.close()
    assert len(found) >= acknowledged
    assert None not in found
