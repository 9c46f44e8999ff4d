"""llama.cpp's own server with the tiny model, in a process of its own.

It comes with the package `xllamacpp`, which is none of Hallmoot's own: developers have it. The process prints two
addresses, of its front that speaks as Ollama does and of the engine itself, and ends when its standard input does.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.bench.stand_ins.as_ollama import AsOllama
from bot.domain.errors import InputError

MODEL = "gpt-oss-safeguard:20b"
"""The name that the tiny model goes by."""
PACKAGE = "xllamacpp"
# What Ollama 0.34.1 starts its runner with.
_BATCH, _CHECKPOINTS = 1_024, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the process listens: as an Ollama, and as llama.cpp's own server."""

    ollama: str
    engine: str


def is_installed() -> bool:
    """Return whether the engine is here."""
    return find_spec(PACKAGE) is not None


@contextmanager
def real_engine(model: Path, *, slots: int, num_ctx: int) -> Iterator[Addresses]:
    """Run the engine with a model, `num_ctx` tokens for each slot. InputError when it does not start."""
    if not is_installed():
        raise InputError(f"The real engine comes with the package {PACKAGE}: pip install {PACKAGE}")
    command = [sys.executable, "-m", "bot.bench.stand_ins.real_engine", str(model), str(slots), str(num_ctx)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True) as process:  # noqa: S603 - our own
        try:
            line = process.stdout.readline() if process.stdout is not None else ""
            if not line:
                raise InputError(f"The engine did not start. To see why: {' '.join(command[1:])}")
            ollama, engine = line.split()
            yield Addresses(ollama=ollama, engine=engine)
        finally:
            if process.stdin is not None:
                process.stdin.close()


def _engine(model: str, slots: int, num_ctx: int) -> Any:
    import xllamacpp  # noqa: PLC0415 - only this process needs it, and only developers have it

    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.hostnames, wanted.verbosity = model, ["127.0.0.1"], -1
    wanted.n_parallel, wanted.n_ctx = slots, slots * num_ctx
    wanted.n_batch = wanted.n_ubatch = _BATCH
    wanted.n_ctx_checkpoints, wanted.ctx_shift = _CHECKPOINTS, True
    wanted.cpuparams.n_threads = 1
    wanted.special = True  # otherwise no stop string would be found that is a special token
    wanted.endpoint_metrics = True
    wanted.warmup = wanted.use_jinja = wanted.ui = False
    wanted.chat_template = "chatml"
    return xllamacpp.Server(wanted)


async def _serve(model: str, slots: int, num_ctx: int) -> None:
    engine = await asyncio.to_thread(_engine, model, slots, num_ctx)
    front = AsOllama(engine.listening_address, model=MODEL, num_ctx=num_ctx)
    runner = web.AppRunner(front.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]} {engine.listening_address}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # whoever started it has gone
    await runner.cleanup()
    await front.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
