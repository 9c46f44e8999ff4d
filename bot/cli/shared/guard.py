"""The last line before a user: every error ends as one message and an exit status, never as a traceback.

Little is imported here, and the rest once it is needed: this module is read before anything can be guarded.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EDQUOT, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS

DONE = 0
CHECK_FOUND = 1
UNUSABLE = 2
INTERRUPTED = 130
_ABOUT_A_PATH = frozenset({EACCES, EDQUOT, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS})
"""What the system says of a path that somebody named. Where it is read, more is said; this is the net beneath."""
_STOPPED = "Stopped. What was done is kept."


class Interrupted(Exception):
    """Ctrl-C ended a command. The command-line library would take a KeyboardInterrupt for itself, and say nothing."""


def guarded(run: Callable[[], object]) -> int:
    """Run a command and return its exit status."""
    try:
        status = _status_of(run)
        sys.stdout.flush()
    except SystemExit:
        return status  # the reader of our output has gone, which is no fault
    except (KeyboardInterrupt, Interrupted):
        _tell(_STOPPED)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a user never sees a traceback; it goes into a file
        _tell(_said(error))
        return UNUSABLE
    return status


def _status_of(run: Callable[[], object]) -> int:
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else DONE
    return DONE


@contextmanager
def ended_at_once_by_ctrl_c() -> Iterator[None]:
    """End the process on Ctrl-C while the block runs, which only reads program text: nothing has begun yet.

    An exception would come up in the middle of some import, and not each library passes it on as it is.
    """

    def end(_number: int, _frame: object) -> None:
        os.write(2, f"{_STOPPED}\n".encode("ascii"))
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread() or _somebody_listens():
        yield
        return
    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _somebody_listens() -> bool:
    """Return whether Ctrl-C has another meaning than Python's own here: in a test, or in a shell's background."""
    return signal.getsignal(signal.SIGINT) is not signal.default_int_handler


def guard_the_background() -> None:
    """Let what fails in a thread, or while things are cleared away, end as one message too; for a process of ours."""
    threading.excepthook = lambda failed: _tell_of(failed.exc_value)
    sys.unraisablehook = lambda failed: _tell_of(failed.exc_value)


def _tell_of(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
        _tell(_unexpected(error))


def _tell(text: str) -> None:
    from bot.cli.shared.output import err  # noqa: PLC0415 - see above

    err().print(text, soft_wrap=True)


def _said(error: Exception) -> str:
    from bot.domain.errors import HallmootError  # noqa: PLC0415 - see above

    if isinstance(error, HallmootError):
        return f"hallmoot: {error}"
    if isinstance(error, OSError) and error.errno in _ABOUT_A_PATH and error.filename is not None:
        return f"hallmoot: {error.filename}: this can't be used ({(error.strerror or str(error)).lower()})."
    return _unexpected(error)


def _unexpected(error: BaseException) -> str:
    import tempfile  # noqa: PLC0415 - see above
    import traceback  # noqa: PLC0415 - the same

    from bot.logs import redact  # noqa: PLC0415 - the same

    said = redact("".join(traceback.format_exception(error)))
    report = None
    with (
        suppress(OSError),
        tempfile.NamedTemporaryFile("w", prefix="hallmoot-", suffix=".txt", delete=False, encoding="utf-8") as file,
    ):
        file.write(str(said))
        report = file.name
    where = (
        f"What happened is written to {report}; please attach it to a report of the fault."
        if report
        else f"There was no room to write down where; it said: {redact(str(error))}"
    )
    return f"hallmoot: something went wrong ({type(error).__name__}). Nothing that was committed is lost.\n{where}"
