"""Replays: the same records however they are cut up, and the same cases from every format that can hold them."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.exports.export import Export
from bot.adapters.exports.rows import BrokenRow, ReadRow
from bot.domain.actions import Action
from bot.domain.events import Event, Message
from bot.domain.ids import CommunityId
from bot.domain.question import Question
from bot.domain.records import CaseFilter
from bot.domain.states import State
from bot.domain.verdict import Verdict
from bot.inference.scripted import ScriptedClassifier
from bot.lab.own_time import OwnTimeClock
from bot.storage.sqlite.store import open_readonly
from tests.factories import AT, COMMUNITY, delete, edit, later, message, report
from tests.lab.replays import objects_to_the_word, replay_into, replaying_into
from tests.samples import write
from tests.samples.source import BY_KEY, LINES, WICKED

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
FORMATS = {
    "JSON lines": "conversation.jsonl",
    "Slack": "slack",
    "DiscordChatExporter": "discord",
    "CSV": "conversation.csv",
}
SHOWN_BY = {
    "What a message says, names, emoji, right-to-left text": {
        *("plain", "rtl", "emoji", "bad-reply", "in-thread", "trip-bad", "edited-to-bad", "copy-1", "copy-2"),
    },
    "What an edited message said before": {"edited-to-fine", "edited-twice"},
    "Messages that were deleted": {"deleted"},
    "Forwarded words": {"forward"},
    "Polls": {"poll"},
    "Names of files": {"file-name"},
    "Descriptions of files": {"file-alt"},
    "Members' reports": {"reported"},
}
"""Which lines of the source make a case only where a format holds this; the words are those of docs/replay.md."""


def _table() -> dict[str, dict[str, bool]]:
    """Return the table of docs/replay.md: what, and whether each format holds it."""
    lines = [line for line in (ROOT / "docs" / "replay.md").read_text("utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    header = cells[0][1:]
    return {
        row[0]: {name: cell.startswith("yes") for name, cell in zip(header, row[1:], strict=True)} for row in cells[2:]
    }


def _events(path: Path) -> Iterator[Event]:
    for row in Export(path=path, now=NOW, community=CommunityId(COMMUNITY)).rows():
        assert not isinstance(row, BrokenRow), row
        if isinstance(row, ReadRow):
            yield row.event


def _key_of(message_id: str) -> str:
    """Return the source's key of a message, whichever format named it."""
    names = {**{write.discord_id(key): key for key in BY_KEY}, **{write.slack_ts(key): key for key in BY_KEY}}
    return names.get(message_id, message_id)


async def _cases(database: Path) -> set[str]:
    store = await open_readonly(database)
    try:
        cases = await store.cases.find(CommunityId(COMMUNITY), CaseFilter(limit=1_000))
        return {_key_of(case.ref.message) for case in cases}
    finally:
        await store.close()


def test_the_source_is_long_and_varied_enough() -> None:
    """At least 200 messages, with everything the table speaks of."""
    assert len(LINES) == 217
    assert set().union(*SHOWN_BY.values()) <= set(BY_KEY)


@pytest.mark.parametrize("name", FORMATS)
async def test_each_format_leads_to_the_cases_that_it_can_hold(tmp_path: Path, name: str) -> None:
    """No more and no fewer than the table in the docs says."""
    table = _table()
    assert set(SHOWN_BY) | {"Which authors are programs", "Threads, and what a message answers"} == set(table)
    expected = set().union(*(keys for what, keys in SHOWN_BY.items() if table[what][name]))
    if not table["Which authors are programs"][name]:
        expected |= {"of-a-bot"}
    await replay_into(tmp_path / "r.db", _events(ROOT / "examples" / "exports" / FORMATS[name]))
    assert await _cases(tmp_path / "r.db") == expected


@pytest.mark.parametrize("name", FORMATS)
def test_answers_and_threads_are_known_where_the_table_says_so(name: str) -> None:
    """The replies of the source answer something, or nothing at all."""
    events = [event for event in _events(ROOT / "examples" / "exports" / FORMATS[name]) if isinstance(event, Message)]
    answering = {
        _key_of(event.ref.message) for event in events if event.reply_to is not None or event.parent is not None
    }
    expected = {line.key for line in LINES if line.answers or line.thread}
    assert answering == (expected if _table()["Threads, and what a message answers"][name] else set())


async def test_each_event_has_its_own_time_however_the_file_is_ordered(tmp_path: Path) -> None:
    """With the newest first, nothing is stale: every violation would be removed, not only the first."""
    events = [message(f"{WICKED} number {number}", id=str(number), at=later(-86_400 * number)) for number in range(5)]
    await replay_into(tmp_path / "r.db", events)
    store = await open_readonly(tmp_path / "r.db")
    try:
        cases = await store.cases.find(None, CaseFilter())
    finally:
        await store.close()
    assert [(case.number, case.ref.message, case.action) for case in cases] == [
        (number + 1, str(number), Action.DELETE) for number in range(5)
    ]
    assert [case.opened_at for case in cases] == [later(-86_400 * number) for number in range(5)]


async def test_every_text_of_an_edited_message_is_judged_at_its_own_time(tmp_path: Path) -> None:
    """An edit waits until the text before it has its verdict, and a deletion too."""
    first = message("nothing to see in here", id="1")
    model = ScriptedClassifier(objects_to_the_word)
    events = (first, edit(f"{WICKED} to see in here", of=first), message("another message here", id="2"), delete())
    await replay_into(tmp_path / "r.db", events, model=model)
    assert [question.text for question in model.asked] == [
        "nothing to see in here",
        f"{WICKED} to see in here",
        "another message here",
    ]
    assert await _cases(tmp_path / "r.db") == {"1"}


async def test_a_text_said_again_in_one_window_costs_one_question(tmp_path: Path) -> None:
    """The second waits for the verdict on the first."""
    model = ScriptedClassifier(objects_to_the_word)
    words = "the very same words, twice over"
    await replay_into(tmp_path / "r.db", (message(words, id="1"), message(words, id="2", by="bob")), model=model)
    assert len(model.asked) == 1


async def test_what_was_said_in_the_same_window_is_known_to_a_quotation(tmp_path: Path) -> None:
    """The evidence stands in another's words, however few messages lie between the two, and wherever it was stopped."""
    said = message(f"{WICKED} is what you all are", id="1", by="bob")
    answer = message(f"> {WICKED} is what you all are\nplease do not say such things", id="2", at=later(5))
    made_up = message("> nobody said " + WICKED + "\nplease do not say such things", id="3", at=later(9))
    await replay_into(tmp_path / "whole.db", (said, answer, made_up))
    assert await _cases(tmp_path / "whole.db") == {"1", "3"}
    await replay_into(tmp_path / "parts.db", (said, answer))
    await replay_into(tmp_path / "parts.db", (said, answer, made_up))
    assert await _cases(tmp_path / "parts.db") == {"1", "3"}


async def test_a_report_makes_a_case_for_people(tmp_path: Path) -> None:
    """Whatever the model says of the message."""
    await replay_into(tmp_path / "r.db", (message(id="1"), report(by="rita")))
    assert await _cases(tmp_path / "r.db") == {"1"}


class _NeverPastFive(ScriptedClassifier):
    """Answers five questions; at the sixth it asks for a stop and is silent."""

    stop: Callable[[], None]

    async def judge(self, question: Question) -> Verdict:
        """Answer, or wait for ever."""
        if len(self.asked) == 5:
            self.stop()
            await asyncio.Event().wait()
        return await super().judge(question)


async def test_a_stop_concludes_what_is_judged_and_leaves_the_rest_waiting(tmp_path: Path) -> None:
    """In order: the first messages are done, none beyond the first that has no verdict."""
    events = [message(f"message number {number} of ten", id=str(number), at=later(number)) for number in range(10)]
    model = _NeverPastFive()
    async with replaying_into(tmp_path / "r.db", model) as found:
        replay = found.replay(lambda _: None)
        model.stop = replay.stop
        await replay.run(events)
        states = [item.state for event in events if (item := await found.store.inbox.current(event.ref)) is not None]
    assert states == [State.DONE] * 5 + [State.WAITING] * 5
    resumed = ScriptedClassifier()
    assert (await replay_into(tmp_path / "r.db", events, model=resumed)).judged_now == 5
    assert [question.text for question in resumed.asked] == [
        f"message number {number} of ten" for number in range(5, 10)
    ]


def test_the_clock_knows_the_time_of_each_task() -> None:
    """Outside of any event it is the latest time seen."""
    clock = OwnTimeClock()
    with clock.at(later(60)):
        with clock.at(AT):
            assert clock.now() == AT
        assert clock.now() == later(60)
    assert clock.now() == later(60)


def _long_conversation(path: Path, count: int) -> None:
    """Write a conversation: 1 of 100 wicked, 1 of 50 a copy, some edited, deleted, reported, bots' and empty."""
    rows: list[dict[str, object]] = []
    for number in range(count):
        at = AT + timedelta(seconds=number * 20 - count * 20)
        words = f"message {number} is about {'a ' + WICKED if number % 100 == 7 else 'nothing'} in particular"
        if number % 50 == 49:
            words = f"the same words as ever, number {number // 500}"
        row: dict[str, object] = {
            "id": str(number),
            "channel": f"c{number % 5}",
            "author": f"a{number % 97}",
            "at": at.isoformat(),
            "text": "" if number % 400 == 3 else words,
            "bot": number % 200 == 11,
        }
        rows.append(row)
        if number % 300 == 150:
            soon = (at + timedelta(seconds=5)).isoformat()
            rows.append(
                row | {"kind": "edit", "edited_at": soon, "text": f"edited {WICKED if number % 600 == 150 else ''}"}
            )
        if number % 900 == 800:
            rows.append({"kind": "edit", **row, "edited_at": (at + timedelta(seconds=9)).isoformat()})
        if number % 700 == 7:
            rows.append({"kind": "delete", "id": row["id"], "channel": row["channel"], "at": row["at"]})
        if number % 1_000 == 500:
            rows.append(
                {"kind": "report", "id": row["id"], "channel": row["channel"], "at": row["at"], "reporter": "rita"}
            )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _run(file: Path, database: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.lab.replay_process", str(file), str(database), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603 - our own module


def _told(process: subprocess.Popen[str], status: int = 0) -> tuple[int, int, int]:
    out, _ = process.communicate(timeout=240)
    assert process.returncode == status
    events, judged, megabytes = (int(word) for word in out.split()) if out else (0, 0, 0)
    return events, judged, megabytes


_OF_CHANCE = {"salt", "details_hash", "previous_hash", "entry_hash"}
"""Columns that rest on random salts: two runs never share them."""


def _rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(database) as raw:
        tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {}
        for table in tables:
            if table.startswith("case_words_"):
                continue
            columns = [row[1] for row in raw.execute(f'PRAGMA table_info("{table}")') if row[1] not in _OF_CHANCE]
            named = ", ".join(f'"{column}"' for column in columns)
            found[table] = raw.execute(f'SELECT {named} FROM "{table}" ORDER BY {named}').fetchall()  # noqa: S608
    return found


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in memory where the machine has one: 5,000 commits need not wait for a disk each."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_a_replay_that_was_killed_stopped_and_resumed_equals_an_uninterrupted_one(in_memory: Path) -> None:
    """20,000 messages, row by row, under 300 MiB each: killed within a window, later stopped within another."""
    file = in_memory / "long.jsonl"
    _long_conversation(file, 20_000)
    whole = _run(file, in_memory / "whole.db")
    _told(_run(file, in_memory / "cut.db", "--kill-at", "6100"), status=-9)
    stopped_events, stopped_asked, stopped_memory = _told(_run(file, in_memory / "cut.db", "--stop-at", "7100"))
    events, asked, memory = _told(_run(file, in_memory / "cut.db"))
    whole_events, whole_asked, whole_memory = _told(whole)
    assert whole_events == events > 20_000
    assert stopped_events < 15_000
    silent, window = stopped_asked - 7_099, 64
    assert 0 < silent <= 4
    assert 0 <= 6_100 + 7_099 + asked - whole_asked <= window
    assert max(stopped_memory, memory, whole_memory) < 300
    ours, theirs = _rows(in_memory / "cut.db"), _rows(in_memory / "whole.db")
    assert {name: len(rows) for name, rows in ours.items()} == {name: len(rows) for name, rows in theirs.items()}
    assert len(ours["messages"]) == 20_000
    assert len(ours["cases"]) > 200
    assert [name for name in ours if ours[name] != theirs[name]] == []
