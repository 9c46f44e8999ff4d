"""Every command, given something that can't be what it expects: one message, exit status 2, and never a crash file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Ended, hallmoot

EXPORT = str(Path(__file__).parents[2] / "examples" / "exports" / "conversation.jsonl")
WITH_SETTINGS = [
    "demo",
    "run",
    "judge -p spam hello",
    f"replay {EXPORT}",
    "eval spam --copies",
    "export",
    "erase --community c --author a --yes",
    "backup",
    "backup --restore copy.db",
    "stats",
    "policy list",
    "policy show spam",
    "policy prompt spam",
    "policy diff spam harassment",
    "cases list",
    "cases show 1",
    "cases search word",
    "cases missed",
    "audit list",
    "audit verify",
    "backlog show",
    "backlog forget",
]
WITH_RECORDS = [
    "run",
    "export",
    "erase --community c --author a --yes",
    "backup",
    "stats",
    "cases list",
    "cases show 1",
    "cases search word",
    "cases missed",
    "audit list",
    "audit verify",
    "backlog show",
    "backlog forget",
]
WITH_A_FILE = [
    "judge -p BAD hello",
    "replay BAD",
    f"replay {EXPORT} --policy BAD",
    "eval BAD --copies",
    "eval spam --copies --golden BAD",
    "backup --restore BAD",
    "policy show BAD",
    "policy prompt BAD",
    "policy diff BAD spam",
]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _too_long(path: Path) -> Path:
    return path.with_name("x" * 300)


def _below_a_file(path: Path) -> Path:
    path.write_text("words")
    return path / "inside"


def _binary(path: Path) -> Path:
    path.write_bytes(bytes(range(256)) * 20)
    return path


def _utf16(path: Path) -> Path:
    path.write_bytes("id: x\n".encode("utf-16"))
    return path


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


KINDS: list[Callable[[Path], Path]] = [_folder, _loop, _too_long, _below_a_file, _binary, _utf16, _pipe]


def refused(ended: Ended) -> str:
    """Return what was said by a command that could not use what it was given, having looked at how it ended."""
    said = ended.out + ended.err
    assert ended.status == 2, said
    assert ended.err.startswith(("hallmoot: ", "Usage: ")), said
    assert not any(word in said for word in ("went wrong", "Traceback", "Errno")), said
    return said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", WITH_SETTINGS)
def test_settings_that_are_no_file(line: str, kind: Callable[[Path], Path], folder: Path) -> None:
    """Named by an option; the folder is what a container makes of a file that is not there."""
    bad = kind(folder / "bad.yaml")
    assert str(bad) in refused(hallmoot(*line.split(), "--config", str(bad)))


@pytest.mark.parametrize("kind", KINDS[:1])
def test_settings_of_the_folder_or_of_a_variable_that_are_no_file(
    kind: Callable[[Path], Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read in the same way."""
    kind(folder / "config.yaml")
    assert "config.yaml: this is a folder" in refused(hallmoot("policy", "list"))
    monkeypatch.setenv("HALLMOOT_CONFIG", str(folder))
    assert f"{folder}: this is a folder" in refused(hallmoot("policy", "list"))
    ended = hallmoot("doctor")
    assert (ended.status, "this is a folder" in ended.out) == (1, True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", WITH_RECORDS)
def test_a_database_that_is_none(
    line: str, kind: Callable[[Path], Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands there stays as it is."""
    monkeypatch.setenv("HALLMOOT_DISCORD_TOKEN", "not a real one")
    bad = kind(folder / "bad.db")
    assert "bad" in refused(hallmoot(*line.split(), "--db", str(bad))) or kind is _too_long


@pytest.mark.parametrize("kind", KINDS)
def test_the_check_up_goes_on_without_the_records(
    kind: Callable[[Path], Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts them as a fault, and looks at the rest."""
    monkeypatch.setenv("HALLMOOT_DB", str(kind(folder / "bad.db")))
    ended = hallmoot("doctor", "--json")
    assert (ended.status, ended.err) == (1, "")
    found = {finding["check"]: finding["grade"] for finding in ended.json}
    expected = "fault" if kind not in {_loop, _too_long, _below_a_file} else "fine"  # nothing is there in these places
    assert (found["records"], found["model"]) == (expected, "fault")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", WITH_A_FILE)
def test_a_file_that_is_none(line: str, kind: Callable[[Path], Path], folder: Path) -> None:
    """A policy, a chat export, a golden file, a backup."""
    bad = str(kind(folder / "bad.csv"))
    if kind is _folder and line in {"policy show BAD", "replay BAD"}:
        return  # a folder may be both, and what is missing in it is told elsewhere
    refused(hallmoot(*[bad if word == "BAD" else word for word in line.split()]))


@pytest.mark.parametrize("variable", ["discord", "notify"])
def test_a_folder_where_a_secret_is_expected(variable: str, folder: Path) -> None:
    """As above, for each key that names a file with one."""
    (folder / "secret").mkdir()
    key = {"discord": "discord:\n  token_file: secret\n", "notify": "degraded:\n  notify_url_file: secret\n"}[variable]
    (folder / "config.yaml").write_text(key)
    assert "secret: this is a folder" in refused(hallmoot("policy", "list"))


@pytest.mark.parametrize(
    "line", ["policy new abc --folder BAD", "init --yes --folder BAD", "bench copies --folder BAD"]
)
def test_nothing_can_be_written_below_a_file(line: str, folder: Path) -> None:
    """Where a folder is expected, a file stands."""
    (folder / "bad").write_text("words")
    refused(hallmoot(*["bad" if word == "BAD" else word for word in line.split()]))
