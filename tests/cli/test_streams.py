"""Standard streams as they come: closed, full, without a reader, with ASCII alone; and a folder that is gone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTED = [sys.executable, "-m", "bot"]
LINES = ["--version", "--help", "policy show spam", "policy list --json", "doctor"]


def shell(line: str, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in a shell that says where its streams lead: `$RUN` is the command."""
    return subprocess.run(  # noqa: S603 - our own words
        ["/bin/bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={
            **os.environ,
            "OLLAMA_HOST": "http://127.0.0.1:9",
            "PYTHONPATH": str(ROOT),
            "RUN": " ".join([*STARTED, line]),
            **environment,
        },
    )


def fails(line: str) -> int:
    """Return the status with which a line ends where all is well."""
    return 1 if line == "doctor" else 0


@pytest.mark.parametrize("line", LINES)
def test_closed_output_ends_quietly(line: str) -> None:
    """Nobody wanted to read it; the work is done all the same."""
    ended = shell(line, "$RUN >&-")
    assert ended.returncode == fails(line), ended.stderr
    assert "went wrong" not in ended.stderr


@pytest.mark.parametrize("line", LINES)
def test_output_and_remarks_closed_end_quietly(line: str) -> None:
    """Standard input too."""
    ended = shell(line, "$RUN <&- >&- 2>&-")
    assert (ended.returncode, ended.stdout, ended.stderr) == (fails(line), "", "")


@pytest.mark.parametrize("line", LINES)
def test_a_reader_that_has_gone_ends_it_quietly(line: str) -> None:
    """As in `| head -0`: the pipe is closed before the first word is written."""
    ended = shell(line, 'exec 3>&1; { $RUN; echo "status $?" >&3; } | true')
    assert "went wrong" not in ended.stderr
    assert "Broken pipe" not in ended.stderr
    assert ended.stdout in {f"status {fails(line)}\n", "status 0\n"}


@pytest.mark.parametrize("line", LINES)
def test_full_output_is_one_sentence(line: str) -> None:
    """Where the words go to has no room."""
    ended = shell(line, "$RUN >/dev/full")
    assert ended.returncode == 2
    assert "went wrong" not in ended.stderr
    assert "Standard output can't be written to (no space left on device)" in " ".join(ended.stderr.split())


@pytest.mark.parametrize("line", LINES)
def test_remarks_that_nobody_takes_are_no_reason_to_stop(line: str) -> None:
    """Standard error is full, or its reader has gone."""
    assert shell(line, "$RUN 2>/dev/full").returncode == fails(line)


@pytest.mark.parametrize("line", LINES)
def test_with_ascii_alone_everything_can_be_read(line: str) -> None:
    """Our own signs are written otherwise, and what others wrote as escapes."""
    ended = shell(line, "$RUN", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert ended.returncode == fails(line), ended.stderr
    assert (ended.stdout + ended.stderr).isascii()


def test_our_own_signs_have_a_way_to_be_written_in_ascii() -> None:
    """A sign that is left out of a sentence would change it."""
    program = "from bot.cli.shared.streams import make_fit; make_fit(); print('10 ≥ 2 …, grün')"
    ended = shell("", f'{sys.executable} -c "{program}"', PYTHONIOENCODING="ascii")
    assert ended.stdout == "10 >= 2 ..., gr\\xfcn\n"


@pytest.mark.parametrize("line", LINES[2:])
def test_a_folder_that_is_gone_is_one_sentence(line: str, folder: Path) -> None:
    """Somebody removed it while a shell was in it."""
    gone = folder / "gone"
    gone.mkdir()
    ended = shell(line, f"cd '{gone}' && rmdir '{gone}' && $RUN")
    said = ended.stdout + ended.stderr
    assert ended.returncode == (1 if line == "doctor" else 2)
    assert "The folder that this was started in is gone" in said
    assert "went wrong" not in said
