"""A server that answers as Ollama does, at once and always alike.

`python -m bot.bench.stand_ins.stand_in` prints its address.
It runs in a process of its own, so that its cost is not counted. It is no model, and no test of the bot's judgement.
"""

import asyncio
import json
import math
import sys
from typing import Any

from aiohttp import web

from bot.bench.stand_ins.generators import VIOLATION

MODEL = "gpt-oss-safeguard:20b"
_DIGEST = "0" * 64
_REASONING = "We go through the rules of the policy one by one and compare the message with each of them. " * 5
_NANO = 1_000_000_000


async def _version(_: web.Request) -> web.Response:
    return web.json_response({"version": "0.33.0"})


async def _models(_: web.Request) -> web.Response:
    entry = {"name": MODEL, "model": MODEL, "digest": _DIGEST, "size": 1_000, "size_vram": 1_000}
    return web.json_response({"models": [entry]})


async def _generate(request: web.Request) -> web.Response:
    body = await request.json()
    return web.json_response(_answer(body))


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    violates = VIOLATION in body["prompt"].rpartition('"message"')[2]
    said, reason, logprobs = _REASONING, "stop", None
    if body.get("format"):
        category = body["format"]["properties"]["category"]["enum"][0]
        said = json.dumps(
            {"violation": 1, "category": category, "evidence": [VIOLATION], "rationale": "It offers something free."}
        )
    elif body.get("logprobs"):
        said, reason, logprobs = (
            ("1" if violates else "0"),
            "length",
            _logprobs("1", "0") if violates else _logprobs("0", "1"),
        )
    return {
        "model": MODEL,
        "created_at": "2026-11-23T00:00:00Z",
        "response": said,
        "done": True,
        "done_reason": reason,
        "prompt_eval_count": len(body["prompt"]) // 3,
        "prompt_eval_duration": _NANO // 10,
        "eval_count": 100,
        "eval_duration": _NANO,
        "logprobs": logprobs,
    }


def _logprobs(likely: str, other: str) -> list[dict[str, Any]]:
    listed = [{"token": likely, "logprob": math.log(0.97)}, {"token": other, "logprob": math.log(0.02)}]
    listed += [{"token": f"t{number}", "logprob": math.log(0.0004)} for number in range(18)]
    return [{**listed[0], "top_logprobs": listed}]


async def _serve() -> None:
    app = web.Application(client_max_size=16 * 1024**2)
    app.router.add_get("/api/version", _version)
    app.router.add_get("/api/tags", _models)
    app.router.add_get("/api/ps", _models)
    app.router.add_post("/api/generate", _generate)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # whoever started it has gone


if __name__ == "__main__":
    asyncio.run(_serve())
