"""The last line before a user: every error ends as one message and an exit status, never as a traceback."""

import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable

from bot.cli.output import err
from bot.domain.errors import HallmootError
from bot.logs import redact

DONE = 0
CHECK_FOUND = 1
UNUSABLE = 2
INTERRUPTED = 130


def guarded(run: Callable[[], object]) -> int:
    """Run a command and return its exit status."""
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else DONE
    except HallmootError as error:
        err().print(f"hallmoot: {error}", soft_wrap=True)
        return UNUSABLE
    except KeyboardInterrupt:
        err().print("Stopped. What was done is kept.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing more can be said, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 - a user never sees a traceback; it goes into a file
        err().print(_unexpected(error), soft_wrap=True)
        return UNUSABLE
    return DONE


def guard_the_background() -> None:
    """Let what fails in a thread, or while things are cleared away, end as one message too; for a process of ours."""
    threading.excepthook = lambda failed: _tell_of(failed.exc_value)
    sys.unraisablehook = lambda failed: _tell_of(failed.exc_value)


def _tell_of(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
        err().print(_unexpected(error), soft_wrap=True)


def _unexpected(error: BaseException) -> str:
    said = redact("".join(traceback.format_exception(error)))
    with tempfile.NamedTemporaryFile("w", prefix="hallmoot-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(str(said))
    return (
        f"hallmoot: something went wrong ({type(error).__name__}). Nothing that was committed is lost.\n"
        f"What happened is written to {file.name}; please attach it to a report of the fault."
    )
