"""Files and folders that this user may not look into: one sentence, also for root, who is kept from them here."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_DROP_FROM_BOUNDING_SET = 24
_OVERRIDES, _READS_ALL = 1, 2


def without_roots_privilege() -> None:
    """Give up what lets root read everything, for the program that is started next; others have it not."""
    for capability in (_OVERRIDES, _READS_ALL):
        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


@pytest.fixture
def closed(folder: Path) -> Path:
    """Return a folder with a file in it that nobody may look into."""
    made = folder / "closed"
    made.mkdir()
    (made / "file").write_text("words")
    made.chmod(0o000)
    return made


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("policy list --config CLOSED/file", "this file may not be read"),
        ("cases list --db CLOSED/file", "may not look into its folder"),
        ("backup --restore CLOSED/file --yes", "may not look into its folder"),
        ("replay CLOSED/file", "ermission denied"),
        ("eval spam --copies --golden CLOSED/file", "this file may not be read"),
        ("policy list", "this folder can't be read"),
        ("init --yes --folder CLOSED/deeper", "can't be written"),
    ],
)
def test_what_may_not_be_looked_into_is_one_sentence(line: str, said: str, closed: Path) -> None:
    """Each command that reads or writes a path that somebody names."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    if line == "policy list":
        environment["HALLMOOT_POLICIES"] = str(closed)
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "bot", *line.replace("CLOSED", str(closed)).split()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
        preexec_fn=without_roots_privilege,
    )
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert said in " ".join(ended.stderr.split())
    assert not any(word in ended.stderr for word in ("went wrong", "Traceback", "Errno"))
