"""`hallmoot replay`: what it prints, what it keeps, and what it makes of files that can't be used."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Ended, hallmoot
from tests.fakes.ollama.brain import Brain, Heard, Rule
from tests.fakes.ollama.faults import Fault
from tests.fakes.ollama.models import USUAL_MODEL, StoredModel
from tests.fakes.ollama.running import running_ollama
from tests.fakes.ollama.server import StandIn
from tests.samples.source import WICKED

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "examples" / "exports"
JSON_LINES = str(EXPORTS / "conversation.jsonl")


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    """Return a stand-in that objects to the word of the sample conversation."""
    with running_ollama(StandIn(brain=Brain(rules=(Rule(WICKED),)))) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A replay of the whole conversation: what it said as JSON, and its database."""

    told: Any
    database: Path


@pytest.fixture(scope="module")
def whole(server: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Return a whole replay, made once."""
    database = tmp_path_factory.mktemp("whole") / "kept.db"
    return Whole(told=_replay(server, JSON_LINES, "--save", str(database), "--json").json, database=database)


def _replay(server: StandIn, *arguments: str) -> Ended:
    return hallmoot("replay", *arguments, "--policy", "harassment", "--ollama", server.url)


def test_it_shows_cases_verdicts_and_coverage(server: StandIn) -> None:
    """And what would have been removed."""
    ended = _replay(server, JSON_LINES, "--channel", "workshop")
    assert ended.status == 0
    assert "would have removed the message" in ended.out
    assert "70 messages came in" in ended.out
    assert "files were seen and not opened" in ended.out
    assert "gpt-oss-safeguard:20b" in ended.out
    assert not (Path.cwd() / "data").exists()


def test_as_json_it_is_one_document(whole: Whole) -> None:
    """With every count, the newest cases and the skipped rows."""
    told = whole.told
    assert told["coverage"]["seen"] == 217
    assert told["cases"] == len(told["newest_cases"]) > 10
    assert told["skipped"] == {"rows": 0, "first": []}
    assert told["stopped"] is False
    assert sum(row["cases"] for row in told["by_rule"]) == sum(row["cases"] for row in told["by_day"]) == told["cases"]


def test_without_a_model_it_says_so_and_what_the_file_holds(folder: Path) -> None:
    """Nothing is presented as a judgement, nothing is on record, and the status says that nothing was judged."""
    arguments = ("replay", str(EXPORTS / "slack"), "--policy", "spam", "--save", "kept.db")
    ended = hallmoot(*arguments)
    assert ended.status == 2
    assert "No model answered, so nothing was judged and nothing is on record." in ended.out
    assert "Nobody answers at http://127.0.0.1:9" in ended.out
    assert "222 events are in it" in ended.out
    assert not list(folder.glob("kept.db*"))
    told = hallmoot(*arguments, "--json").json
    assert (told["model"], told["read"], told["judged_now"]) == (None, 222, 0)


def test_a_model_that_is_removed_ends_it_with_a_part_and_resuming_judges_the_rest(whole: Whole) -> None:
    """Status 1, how to go on, a heading that tells of both, and in the end what an undisturbed replay says."""
    brain = _Counting(rules=(Rule(WICKED),))
    with running_ollama(StandIn(brain=brain)) as server:
        brain.at, brain.then = 40, lambda: server.models.remove(USUAL_MODEL)
        ended = _replay(server, JSON_LINES, "--save", "kept.db", "--wait", "0")
        assert ended.status == 1
        assert "Judged by gpt-oss-safeguard:20b" in ended.out
        assert "The model went away and did not come back in time" in ended.out
        assert "The same command with --resume goes on from here." in ended.out
        assert "No model answered" not in ended.out
        server.models.add(StoredModel(USUAL_MODEL))
        resumed = _replay(server, JSON_LINES, "--save", "kept.db", "--resume", "--json")
    assert resumed.status == 0
    assert (resumed.json["coverage"], resumed.json["newest_cases"]) == (
        whole.told["coverage"],
        whole.told["newest_cases"],
    )


def test_a_model_that_cannot_start_ends_it_with_nothing_and_says_so(folder: Path) -> None:
    """Status 2, as without any model; the server's own words; no heading over an empty table; and it can be resumed."""
    del folder
    with running_ollama(StandIn()) as server:
        server.faults.on(Fault.NO_MEMORY)
        ended = _replay(server, JSON_LINES, "--save", "kept.db", "--wait", "0")
    assert (ended.status, "nothing is judged yet" in ended.out, "a part" in ended.out) == (2, True, False)
    assert "requires more system memory" in " ".join(ended.out.split())
    assert ("Rests on" in ended.out, "--resume goes on from here" in ended.out) == (False, True)


@dataclass(slots=True)
class _Counting(Brain):
    """Counts what it thinks about, and lets something happen at one of them."""

    count: int = 0
    at: int = 0
    then: Callable[[], None] = lambda: None

    def think(self, heard: Heard) -> str:
        """Count, and think."""
        self.count += 1
        if self.count == self.at:
            self.then()
        return Brain.think(self, heard)


def test_on_a_terminal_of_fifty_columns_it_counts_messages(server: StandIn, folder: Path) -> None:
    """From the first window on, with the time that is left, and no line is wider than the terminal."""
    arguments = [JSON_LINES, "--policy", "harassment", "--ollama", server.url]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "bot", "replay", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin", "TERM": "xterm"},
    )
    os.close(theirs)
    shown = _all_of(ours)
    assert process.wait(60) == 0
    frames = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).strip() for line in re.split(r"[\r\n]+", shown)]
    counts = [int(found[1]) for frame in frames if (found := re.search(r"(\d+)/223", frame))]
    assert counts == sorted(counts)
    assert any(0 < count < 64 for count in counts)
    assert any(re.search(r"\d+/223 +\d+:\d\d left", frame) for frame in frames)
    assert max(len(frame) for frame in frames) <= 50


def _all_of(terminal: int) -> str:
    """Return what a process writes to its terminal until it lets go of it."""
    pieces = []
    with suppress(OSError):  # how a terminal tells of its end
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    os.close(terminal)
    return b"".join(pieces).decode()


def test_a_part_can_be_taken_by_time_channel_and_sample(server: StandIn) -> None:
    """A channel by its id or its name; one that is not there is told with those that are."""
    discord = str(EXPORTS / "discord")
    by_channel = _replay(server, discord, "--channel", "workshop", "--json").json
    by_id = _replay(server, discord, "--channel", "700000000000000101", "--json").json
    assert by_channel["coverage"]["seen"] == by_id["coverage"]["seen"] == 70
    span = ("--since", "2026-10-05T09:30:00", "--until", "2026-10-05T10:00:00")
    assert 0 < _replay(server, discord, *span, "--json").json["coverage"]["seen"] < 100
    assert _replay(server, discord, "--sample", "10", "--json").json["coverage"]["seen"] == 10
    ended = _replay(server, discord, "--channel", "attic")
    assert (ended.status, "Nothing was sent in attic. Channels: general, glue, off-topic" in ended.err) == (2, True)


def test_its_records_are_kept_and_looked_at_by_the_other_commands(whole: Whole) -> None:
    """Cases by list and search, and counts by stats."""
    kept = ("--db", str(whole.database))
    assert len(hallmoot("cases", "list", *kept, "--json").json) == whole.told["cases"]
    found = hallmoot("cases", "search", "prizes", "await", *kept, "--json").json
    assert {case["message"] for case in found} == {"copy-1", "copy-2"}
    stats = hallmoot("stats", *kept, "--json").json
    assert (stats["cases"], stats["coverage"]) == (whole.told["cases"], whole.told["coverage"])
    assert stats["removed"] == 0  # a recording only practises
    assert {entry["became"] for entry in stats["by_rule"]} == {"flag", "reported"}
    assert "2026-10-05" in hallmoot("stats", *kept).out


def test_a_kept_replay_is_resumed_only_with_what_it_was_begun_with(server: StandIn, whole: Whole) -> None:
    """And a database that is there is never begun anew."""
    kept = ("--save", str(whole.database))
    again = _replay(server, JSON_LINES, *kept, "--resume", "--json").json
    assert (again["judged_now"], again["coverage"]) == (0, whole.told["coverage"])
    assert "exists already" in _replay(server, JSON_LINES, *kept).err
    other = _replay(server, str(EXPORTS / "conversation.csv"), *kept, "--resume")
    assert (other.status, "was begun with another file" in other.err) == (2, True)
    assert "there is nothing to resume" in _replay(server, JSON_LINES, "--save", "new.db", "--resume").err
    assert "--resume needs --save" in _replay(server, JSON_LINES, "--resume").err


def test_named_policies_are_asked_whatever_a_communitys_settings_switch_on(server: StandIn, folder: Path) -> None:
    """The settings that the file has for the community hold in all else: here an exempt channel."""
    (folder / "config.yaml").write_text(
        "communities:\n  discord:700000000000000001:\n    policies:\n      spam: {}\n"
        "    exempt_channels: [700000000000000100]\n"
    )
    told = _replay(server, str(EXPORTS / "discord"), "--sample", "40", "--json").json
    assert "SCREENED_OUT:exempt_channel" in told["coverage"]["reasons"]
    assert told["coverage"]["judged"] > 10


def test_broken_rows_are_told_beside_the_results(server: StandIn, folder: Path) -> None:
    """On standard error, each with its place; the rest is judged."""
    row = {"id": "1", "channel": "c", "author": "a", "at": "2026-10-05T09:00:00Z", "text": "hello"}
    lines = [json.dumps(row), "{", json.dumps(row), json.dumps(row | {"id": "2", "at": "2999-01-01T00:00:00Z"})]
    (folder / "chat.jsonl").write_text("\n".join(lines))
    ended = _replay(server, "chat.jsonl")
    assert (ended.status, "1 message came in" in ended.out) == (0, True)
    assert "Rows that were skipped: 3" in ended.err
    assert "chat.jsonl:3: a message with the id '1' came before" in ended.err
    assert "chat.jsonl:4: it is from the future" in ended.err


@pytest.mark.parametrize(
    ("name", "content", "options", "told"),
    [
        ("cut.zip", b"PK\x03\x04 and no more", (), "damaged or cut short"),
        ("table.csv", b"a,b\n1,2\n", ("--text-column", "words"), "there is no column 'words'"),
        ("nothing.jsonl", b"", (), "this file is empty"),
        ("words.txt", b"just some words", (), "no format that is known"),
        (
            "telegram.json",
            b'{\n "name": "Club",\n "type": "g",\n "id": 1,\n "messages": []\n}',
            (),
            "an export of Telegram",
        ),
        ("chat.db", b"SQLite format 3\0" + bytes(100), (), "an SQLite database"),
        ("broken.jsonl", b'{"id": "1"}\n{"id": "2"}\n', (), "Nothing in there could be read as a message."),
    ],
)
def test_files_that_can_not_be_used_get_one_message(
    server: StandIn, folder: Path, name: str, content: bytes, options: tuple[str, ...], told: str
) -> None:
    """Exit status 2, and no traceback."""
    (folder / name).write_bytes(content)
    ended = _replay(server, name, *options)
    assert (ended.status, told in ended.err) == (2, True)
    assert "Traceback" not in ended.err


def test_every_entry_of_the_file_is_accounted_for(server: StandIn, folder: Path) -> None:
    """Read, left out by its kind, not asked for, broken: the sum is what stands in the export."""
    entries = [
        {"type": "message", "user": "U1", "text": f"hello number {number}", "ts": f"17600000{number:02}.0"}
        for number in range(6)
    ]
    entries[1]["subtype"] = entries[2]["subtype"] = "channel_join"
    del entries[3]["ts"]
    for name, value in {
        "users.json": [],
        "channels.json": [{"id": "C1", "name": "hall"}],
        "hall/2025-10-09.json": entries,
    }.items():
        (folder / "export" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "export" / name).write_text(json.dumps(value))
    ended = _replay(server, "export", "--until", "2025-10-09T08:53:25")
    assert (
        "Of 6 entries in the file 2 were read, 3 left out (channel_join 2, not asked for 1), 1 can't be used."
        in ended.out
    )
    told = _replay(server, "export", "--json").json["entries"]
    assert told == {"total": 6, "read": 3, "left_out": {"channel_join": 2}, "broken": 1}


def test_a_full_disk_is_one_sentence(server: StandIn, folder: Path) -> None:
    """Whatever was under way at the same time: the records can't grow, and the command says so."""
    limit = 600_000
    process = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-c", _WITH_LITTLE_ROOM.format(limit=limit), JSON_LINES, server.url],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
        check=False,
        timeout=120,
    )
    assert process.returncode == 2
    assert "Traceback" not in process.stderr
    assert "something went wrong" not in process.stderr
    assert "kept.db" in process.stderr


_WITH_LITTLE_ROOM = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
from bot.cli.main import run
sys.exit(run(["replay", sys.argv[1], "--policy", "harassment", "--ollama", sys.argv[2], "--save", "kept.db"]))
"""
"""A file that may not grow is what a full disk is to the database."""


def test_a_slack_zip_file_is_read_as_it_was_downloaded(server: StandIn, folder: Path) -> None:
    """With a hostile entry in it, which is told by name."""
    with zipfile.ZipFile(folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (EXPORTS / "slack").rglob("*.json"):
            archive.write(file, file.relative_to(EXPORTS / "slack"))
        archive.writestr("../evil.json", "[]")
    ended = _replay(server, "export.zip", "--channel", "workshop", "--json")
    assert ended.json["coverage"]["seen"] == 70
    assert [row["place"] for row in ended.json["skipped"]["first"]] == ["export.zip/../evil.json"]


def test_ctrl_c_ends_it_cleanly_and_resume_finishes_it(server: StandIn, folder: Path, whole: Whole) -> None:
    """Status 130, a summary of what was done, and in the end what a replay without a stop says."""
    arguments = [JSON_LINES, "--policy", "harassment", "--save", "kept.db", "--ollama", server.url, "--json"]
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "bot", "replay", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
    )
    _until_asked(server, process)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    told = json.loads(out)
    assert (process.returncode, told["stopped"]) == (130, True)
    assert 0 < told["judged_now"] < whole.told["judged_now"]
    resumed = hallmoot("replay", *arguments, "--resume").json
    assert resumed["judged_now"] + told["judged_now"] == whole.told["judged_now"]
    assert (resumed["coverage"], resumed["newest_cases"]) == (whole.told["coverage"], whole.told["newest_cases"])


def _until_asked(server: StandIn, process: "subprocess.Popen[str]") -> None:
    """Wait until the process has asked the model thirty times."""
    before = len(server.requests)
    while len(server.requests) - before < 30 and process.poll() is None:
        time.sleep(0.01)
