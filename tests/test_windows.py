"""What is known of Windows without one: every module is imported as there, and the lock and the signals are tried.

Nothing here was run on a real Windows. Modules that it lacks are hidden, `sys.platform` says that it is one, and
`msvcrt` is a stand-in that locks a byte as the real one does.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
AS_ON_WINDOWS = """
import asyncio, fcntl as real, importlib, os, pathlib, sys, types
# Libraries of others bring their own ways for Windows, which can't be read here: they come first.
import aiohttp, aiosqlite, discord, httpx, ollama, openai_harmony, pydantic, rapidfuzz, rich.progress
import slack_bolt.async_app, slack_sdk.socket_mode.aiohttp, splintr, structlog, typer, yaml
import rich.live, rich.table, rich.panel, discord.app_commands, concurrent.futures.thread, tempfile, getpass

def locking(handle, how, count):
    command = {0: real.LOCK_UN, 2: real.LOCK_EX | real.LOCK_NB}[how]
    real.lockf(handle, command, count, 0, os.SEEK_CUR)

msvcrt = types.ModuleType("msvcrt")
msvcrt.locking, msvcrt.LK_UNLCK, msvcrt.LK_NBLCK = locking, 0, 2
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "readline", "syslog"):
    sys.modules[name] = None
for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW", "O_DIRECTORY", "killpg", "getuid", "geteuid", "fork", "mkfifo"):
    vars(os).pop(name, None)
sys.modules["msvcrt"] = msvcrt
sys.platform = "win32"
"""
EVERY_MODULE = f"""
{AS_ON_WINDOWS}
for path in sorted(pathlib.Path("bot").rglob("*.py")):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    if name != "bot.__main__":
        importlib.import_module(name)
print(len([name for name in sys.modules if name.startswith("bot.")]))
"""
TAKE = f"""
{AS_ON_WINDOWS}
from bot.domain.errors import AlreadyRunning
from bot.storage.sqlite.database.lock import InstanceLock
try:
    lock = InstanceLock.take(pathlib.Path(sys.argv[1]))
except AlreadyRunning as error:
    print(error)
else:
    print("taken", os.getpid(), flush=True)
    sys.stdin.read()
    lock.release()
    again = InstanceLock.take(pathlib.Path(sys.argv[1]))
    print("and again")
"""
A_LOOP_WITHOUT_SIGNALS = """
import asyncio, os, signal
from bot.cli.shared.interrupts import on_signals_to_end

class Deaf(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *_):
        raise NotImplementedError

async def main():
    heard = []
    on_signals_to_end(lambda: heard.append(1))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        before = len(heard)
        os.kill(os.getpid(), number)
        while len(heard) == before:
            await asyncio.sleep(0)
    print(len(heard))

with asyncio.Runner(loop_factory=Deaf) as runner:
    runner.run(main())
"""


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program of ours in a process of its own."""
    return subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_every_module_can_be_imported_without_what_windows_lacks() -> None:
    """The whole bot, its check-up and its benchmark."""
    out, err = started(EVERY_MODULE).communicate(timeout=120)
    assert int(out or 0) > 300, err


def test_one_run_per_database_holds_with_windows_locks(tmp_path: Path) -> None:
    """The second process is told who holds it; the lock ends with its holder's release, and with its death."""
    database = str(tmp_path / "hallmoot.db")
    first = started(TAKE, database)
    assert first.stdout is not None
    said, holder = first.stdout.readline().split()
    second, faults = started(TAKE, database).communicate(timeout=120)
    assert (said, f"process {holder} uses it already" in second) == ("taken", True), faults
    assert first.communicate("", timeout=120)[0] == "and again\n"
    third = started(TAKE, database)
    assert third.stdout is not None
    assert third.stdout.readline().startswith("taken")
    third.kill()
    third.communicate(timeout=120)
    assert started(TAKE, database).communicate(timeout=120)[0].startswith("taken")


def test_signals_reach_a_run_where_the_loop_hands_none_on() -> None:
    """As on Windows: each one, as often as it comes."""
    process = started(A_LOOP_WITHOUT_SIGNALS)
    out, err = process.communicate(timeout=60)
    assert (out, process.returncode) == ("3\n", 0), err
