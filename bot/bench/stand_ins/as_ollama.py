"""Ollama's addresses in front of a llama.cpp server: as much as the classifier calls, and translated one to one.

Ollama starts such a server as its runner and does the same. What it adds by itself is here too: an answer that repeats
one token a hundred times is broken off with status 500, and tokens that end a generation are not shown.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import httpx
from aiohttp import web

VERSION = "0.34.1"
"""The Ollama whose ways these are."""
MOST_REPEATS = 100
_ENDS = ("<|return|>", "<|call|>", "<|endoftext|>")
_SECONDS = 120.0
_MILLI = 1_000_000


class AsOllama:
    """Answers for one model behind a llama.cpp server."""

    def __init__(self, engine: str, *, model: str, num_ctx: int) -> None:
        self._model = model
        self._num_ctx = num_ctx
        self._engine = httpx.AsyncClient(base_url=engine, timeout=_SECONDS, trust_env=False)

    def app(self) -> web.Application:
        """Return the application to serve."""
        app = web.Application(client_max_size=16 * 1024**2)
        app.router.add_get("/api/version", self._version)
        app.router.add_get("/api/tags", self._models)
        app.router.add_get("/api/ps", self._models)
        app.router.add_post("/api/generate", self._generate)
        return app

    async def close(self) -> None:
        """Let go of connections."""
        await self._engine.aclose()

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": VERSION})

    async def _models(self, _: web.Request) -> web.Response:
        entry = {"name": self._model, "model": self._model, "digest": "0" * 64, "size": 1, "size_vram": 0}
        return web.json_response({"models": [{**entry, "context_length": self._num_ctx}]})

    async def _generate(self, request: web.Request) -> web.Response:
        body = await request.json()
        answer = await self._engine.post("/completion", json=_asked(body))
        said = answer.json()
        if answer.is_error:
            return web.json_response({"error": said["error"]["message"]}, status=answer.status_code)
        if max((sum(1 for _ in same) for _, same in groupby(said["tokens"])), default=0) >= MOST_REPEATS:
            return web.json_response({"error": "prediction aborted, token repeat limit reached"}, status=500)
        return web.json_response({"model": self._model, "created_at": "2026-11-28T00:00:00Z", **_answered(said)})


def _asked(body: Mapping[str, Any]) -> dict[str, Any]:
    options = body.get("options") or {}
    asked = {
        "prompt": body["prompt"],
        "cache_prompt": True,
        "return_tokens": True,
        "n_predict": options.get("num_predict", -1),
        "n_probs": body.get("top_logprobs") or 0,
        **{name: options[name] for name in ("temperature", "seed", "stop", "repeat_penalty") if name in options},
    }
    return asked | ({"json_schema": body["format"]} if body.get("format") else {})


def _answered(said: Mapping[str, Any]) -> dict[str, Any]:
    timings = said["timings"]
    return {
        "response": _shown(said["content"]),
        "done": True,
        "done_reason": "length" if said["stop_type"] == "limit" else "stop",
        "load_duration": 0,
        "prompt_eval_count": timings["cache_n"] + timings["prompt_n"],
        "prompt_eval_cached_count": timings["cache_n"],
        "prompt_eval_duration": round(timings["prompt_ms"] * _MILLI),
        "eval_count": timings["predicted_n"],
        "eval_duration": round(timings["predicted_ms"] * _MILLI),
        "logprobs": [_candidates(each) for each in said.get("completion_probabilities", ())] or None,
    }


def _shown(text: str) -> str:
    for end in _ENDS:
        text = text.removesuffix(end)
    return text


def _candidates(each: Mapping[str, Any]) -> dict[str, Any]:
    listed = [{"token": one["token"], "logprob": one["logprob"]} for one in each["top_logprobs"]]
    return {"token": each["token"], "logprob": each["logprob"], "top_logprobs": listed}
