"""What commands print: whatever members and the model wrote, the terminal stays as it is, and JSON can be read."""

import io
import json
import sys

import pytest
from rich.table import Table

from bot.cli.shared.output import err, heading, out, print_json
from bot.cli.shared.tallies import show_coverage
from bot.domain.coverage import Coverage
from bot.domain.states import State

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m\u202etxet\ud800 [red]markup[/red] :smile:\r!"


def test_nothing_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """As a line, in a table, as a heading, among faults."""
    table = Table(title="cases")
    table.add_column("Who")
    table.add_row(HOSTILE)
    out().print(HOSTILE)
    out().print(table)
    out().print(heading(HOSTILE))
    err().print(f"hallmoot: {HOSTILE}", soft_wrap=True)
    shown = capsys.readouterr()
    for text in (shown.out, shown.err):
        assert all(line.isprintable() for line in text.split("\n"))
        assert "[red]markup[/red] :smile:" in text
        text.encode()


def test_json_is_safe_to_look_at_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters beyond ASCII and halves of characters are written as escapes."""
    print_json({"text": HOSTILE, "good": "Grüße 漢 🙂"})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"text": HOSTILE, "good": "Grüße 漢 🙂"}
    assert all(line.isprintable() for line in shown.split("\n"))
    assert "Grüße 漢 🙂" in shown
    shown.encode()


COUNTED = Coverage(
    by_state=((State.DONE, 3),),
    reasons=(),
    undecided=(),
    sources=(("VIOLATES", "near_copy", 3),),
    attachments_unjudged=0,
    unread=(),
    gaps=(),
    unwatched=(),
    since=None,
    until=None,
)


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        """Return that somebody looks at it."""
        return True


def test_what_coverage_says_stands_on_lines_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipe none is broken; on a narrow terminal each goes on beneath its own beginning."""
    show_coverage(COUNTED)
    title, *lines = capsys.readouterr().out.splitlines()
    assert (title, len(lines) >= 3) == ("Coverage", True)
    assert all(line.startswith("  ") and line.endswith(".") for line in lines)
    monkeypatch.setenv("COLUMNS", "50")
    screen = _Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    show_coverage(COUNTED)
    narrow = screen.getvalue().splitlines()[1:]
    assert len(narrow) > len(lines)
    assert all(line.startswith("  ") and len(line) <= 50 for line in narrow)
    assert " ".join(line.strip() for line in narrow) == " ".join(line.strip() for line in lines)
