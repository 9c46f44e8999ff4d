"""Running a command line in the test's own process, in an empty folder."""

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.cli.main import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the JSON document that it printed."""
        return json.loads(self.out)


def hallmoot(*arguments: str, piped: str = "") -> Ended:
    """Run `hallmoot` with these arguments; `piped` is its standard input."""
    out, err, given = io.StringIO(), io.StringIO(), io.StringIO(piped)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _standard_input(given):
        status = run(arguments)
    return Ended(status=status, out=out.getvalue(), err=err.getvalue())


@contextlib.contextmanager
def _standard_input(given: io.StringIO) -> Iterator[None]:
    before, sys.stdin = sys.stdin, given
    try:
        yield
    finally:
        sys.stdin = before
