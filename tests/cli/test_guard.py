"""What fails where nobody expected it: a message and a report without secrets, never a trace on the terminal."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import stats
from bot.cli.shared.guard import UNUSABLE, guarded
from tests.cli.running import hallmoot

SECRET = "xoxb-123456789-abcdef"
IN_A_THREAD = f"""
import threading
from bot.cli.shared.guard import guard_the_background

def fail():
    raise ValueError("no entry for {SECRET}")

guard_the_background()
failing = threading.Thread(target=fail)
failing.start()
failing.join()
"""
AT_THE_END = f"""
from bot.cli.shared.guard import guard_the_background

class Failing:
    def __del__(self):
        raise ValueError("no entry for {SECRET}")

guard_the_background()
made = Failing()
del made
"""


def reported(said: str) -> str:
    """Return the report that a message names, after taking it away."""
    [name] = re.findall(r"written to (\S+\.txt)", said)
    report = Path(name)
    try:
        return report.read_text()
    finally:
        report.unlink()


def test_an_unexpected_error_is_a_message_and_a_report_for_its_owner_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The report says where it was; the secret is in neither."""

    def fail() -> None:
        raise ValueError(f"no entry for {SECRET}")

    assert guarded(fail) == UNUSABLE
    said = capsys.readouterr().err
    [name] = re.findall(r"written to (\S+\.txt)", said)
    assert Path(name).stat().st_mode & 0o077 == 0
    report = reported(said)
    assert "Traceback" not in said
    assert "Traceback" in report
    assert SECRET not in said + report


def test_ctrl_c_in_the_middle_of_a_command_says_that_what_was_done_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that reads the command line would end without a word."""

    def press(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stats, "settings_for", press)
    ended = hallmoot("stats")
    assert (ended.status, ended.err) == (130, "Stopped. What was done is kept.\n")


@pytest.mark.parametrize("program", [IN_A_THREAD, AT_THE_END])
def test_what_fails_in_the_background_leaves_no_trace_on_the_terminal(program: str) -> None:
    """Python writes these to the terminal by itself, secrets and all."""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own words
    report = reported(ended.stderr)
    assert "Traceback" not in ended.stderr
    assert "no entry for" in report
    assert SECRET not in ended.stdout + ended.stderr + report
