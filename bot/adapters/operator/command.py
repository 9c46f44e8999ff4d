"""Telling the operator by running a command on this machine, without a shell."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping

from bot.adapters.operator.wording import wording
from bot.domain.notice import OperatorNote
from bot.logs import get_logger
from bot.ports.operator import Operator

_SECONDS = 30.0

_log = get_logger(__name__)


class CommandOperator(Operator):
    """Runs one command, word by word, with the text as its last word. What it prints is not read."""

    def __init__(self, command: tuple[str, ...], *, seconds: float = _SECONDS) -> None:
        self._command = command
        self._seconds = seconds

    async def tell(self, note: OperatorNote) -> bool:
        """Run it. A command that fails would fail again, so only one that took too long is tried later."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                wording(note),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=_without_secrets(os.environ),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            _log.warning("operator_not_told", by="command", command=self._command[0], error=str(error))
            return True
        try:
            status = await asyncio.wait_for(process.wait(), self._seconds)
        except TimeoutError:
            await _end(process)
            _log.warning("operator_not_told", by="command", command=self._command[0], error="it took too long")
            return False
        except asyncio.CancelledError:
            await _end(process)
            raise
        if status:
            _log.warning("operator_not_told", by="command", command=self._command[0], status=status)
        return True


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a command and what it started: both are a group of processes of their own."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    await process.wait()


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without our tokens and addresses: the command needs none, and others may see its own."""
    return {name: value for name, value in environment.items() if not name.startswith("HALLMOOT_")}
