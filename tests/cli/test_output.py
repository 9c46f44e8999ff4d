"""What commands print: whatever members and the model wrote, the terminal stays as it is, and JSON can be read."""

import json

import pytest
from rich.table import Table

from bot.cli.shared.output import err, heading, out, print_json

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
