"""`hallmoot`: where the process begins.

Nothing is imported here but the guard: from its first moment on, Ctrl-C and every fault end as one sentence. The
commands are in `tree.py`.
"""

import sys
from collections.abc import Sequence

from bot.cli.shared.guard import ended_at_once_by_ctrl_c, guard_the_background, guarded
from bot.cli.shared.streams import make_fit


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; nothing but a message ever reaches the user."""
    return guarded(lambda: _begin(arguments))


def main() -> None:
    """Run the command line that the process was started with; the process ends with the command's exit status."""
    make_fit()
    guard_the_background()
    sys.exit(run(sys.argv[1:]))


def _begin(arguments: Sequence[str]) -> None:
    with ended_at_once_by_ctrl_c():
        from bot.cli.tree import app  # noqa: PLC0415 - see above
    app(args=list(arguments), prog_name="hallmoot")
