"""`hallmoot backlog`: what waits, and letting go of it, beside a run."""

import asyncio
import io
import json
import sys
from pathlib import Path

import pytest

from bot.cli.main import run
from bot.domain.coverage import Coverage
from bot.domain.states import State
from bot.storage.sqlite.store import open_readonly, open_store
from tests.factories import AT, COMMUNITY, OTHER_COMMUNITY, message, report


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a database in which three messages and a report wait in one community, one message in another."""
    path = tmp_path / "records.db"
    asyncio.run(_fill(path))
    return path


async def _fill(path: Path) -> None:
    store = await open_store(path, exclusive=True)
    for number in range(3):
        await store.inbox.accept(message(f"number {number}", id=str(number)), AT)
    await store.inbox.accept(report(message(id="1").ref), AT)
    await store.inbox.accept(message("elsewhere", community=OTHER_COMMUNITY), AT)
    await store.close()


async def _coverage(path: Path) -> Coverage:
    store = await open_readonly(path)
    try:
        return await store.inbox.coverage(None, None, None)
    finally:
        await store.close()


async def _waiting_reports(path: Path) -> int:
    store = await open_readonly(path)
    try:
        return sum(item.report is not None for item in await store.inbox.waiting(9))
    finally:
        await store.close()


def test_it_shows_how_many_wait_in_each_community(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In words or as JSON; a report of one of them is no other message."""
    assert run(["backlog", "show", "--db", str(database), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {COMMUNITY: 3, OTHER_COMMUNITY: 1}
    assert run(["backlog", "show", "--db", str(database)]) == 0
    assert f"{COMMUNITY}: 3 waiting" in capsys.readouterr().out


def test_one_communitys_messages_are_forgotten_and_on_record(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its report and the other community's message wait on."""
    assert run(["backlog", "forget", "--db", str(database), "--community", COMMUNITY, "--yes"]) == 0
    assert capsys.readouterr().out.startswith("3 messages")
    coverage = asyncio.run(_coverage(database))
    assert coverage.reasons == ((State.NOT_JUDGED, "forgotten", 3),)
    assert run(["backlog", "show", "--db", str(database), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {OTHER_COMMUNITY: 1}
    assert asyncio.run(_waiting_reports(database)) == 1
    assert run(["audit", "verify", "--db", str(database)]) == 0
    assert f"{COMMUNITY}: 1 entries" in capsys.readouterr().out


def test_everything_can_be_forgotten_and_then_nothing_is_left(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time there is nothing to forget."""
    assert run(["backlog", "forget", "--db", str(database), "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"forgotten": 4}
    assert run(["backlog", "forget", "--db", str(database), "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"forgotten": 0}


def test_without_a_database_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And makes none."""
    assert run(["backlog", "forget", "--db", str(tmp_path / "none.db")]) == 2
    assert "there is none" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def test_nothing_is_forgotten_before_somebody_says_that_it_is_meant(
    database: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question names every community that it reaches, and how many messages wait there."""
    for answer in ("", "n\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        assert run(["backlog", "forget", "--db", str(database)]) == 2
        asked = capsys.readouterr().err
        assert (f"{COMMUNITY}: 3" in asked, f"{OTHER_COMMUNITY}: 1" in asked) == (True, True)
    assert run(["backlog", "show", "--db", str(database), "--community", COMMUNITY, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {COMMUNITY: 3}
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert run(["backlog", "forget", "--db", str(database), "--community", OTHER_COMMUNITY]) == 0
    assert capsys.readouterr().out.strip() == "1 message is on record as not judged: forgotten."
