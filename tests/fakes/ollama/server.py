"""The stand-in's HTTP side: the addresses of Ollama that a client of ours may call."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.ollama.brain import Brain, step_of
from tests.fakes.ollama.chat import chat_prompt, split_answer
from tests.fakes.ollama.engine import Engine, PromptTooLong, Reading, Said
from tests.fakes.ollama.faults import Fault, Faults, Step
from tests.fakes.ollama.models import Models, StoredModel
from tests.fakes.ollama.requests import BadRequest, Recorded, checked

Handler = Callable[[web.Request], Any]
_REFUSALS = {
    Fault.MISSING: (404, "model 'gpt-oss-safeguard:20b' not found"),
    Fault.BUSY: (503, "server busy, please try again.  maximum pending requests exceeded"),
    Fault.BAD_REQUEST: (400, "invalid options"),
    Fault.CRASHED: (500, "model runner has unexpectedly stopped"),
    Fault.NO_MEMORY: (500, "model requires more system memory (13.1 GiB) than is available (7.2 GiB)"),
}
_PROMPT_NANOSECONDS = 50_000
_LOAD_NANOSECONDS, _LOADED_NANOSECONDS = 4_000_000_000, 60_000_000
_HELD = 8
_CHUNK = 12
_ABORTS_SINCE = _CACHED_SINCE = (0, 34)
_MOST_REPEATS, _MOST_REPEATS_BEFORE = 100, 30
"""Equal tokens in a row until an answer is broken off, since 0.34 and up to 0.33."""


@dataclass(slots=True)
class StandIn:
    """A server that speaks Ollama's protocol. `requests` records what came in, in order; `faults` is what goes wrong.

    `context_limit` is the largest context window the server grants, whatever a request asks for; `speed` is how many
    tokens a second it says that it writes. `held` are the latest prompts, whose beginnings are not read again.
    `reached` is set when a request for the model has arrived, `abandoned` when the client broke one off while the
    answer was slow.
    """

    models: Models = field(default_factory=Models)
    brain: Brain = field(default_factory=Brain)
    faults: Faults = field(default_factory=Faults)
    version: str = "0.33.0"
    context_limit: int = 131_072
    speed: float = 200.0
    requests: list[Recorded] = field(default_factory=list)
    held: deque[tuple[int, ...]] = field(default_factory=lambda: deque(maxlen=_HELD))
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _runner: web.AppRunner | None = None

    @property
    def generates(self) -> list[Recorded]:
        """Return the requests that cost the model something."""
        return [request for request in self.requests if request.path == "/api/generate"]

    def knows(self, since: tuple[int, int]) -> bool:
        """Return whether it is of this version or a later one."""
        return tuple(int(number) for number in self.version.split(".")[:2]) >= since

    def _stopped_short(self, said: Said) -> bool:
        return said.repeats > _MOST_REPEATS_BEFORE and not self.knows(_ABORTS_SINCE)

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one."""
        # A client that goes away ends the work for it, as in Ollama.
        self._runner = web.AppRunner(self._app(), handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}"

    async def stop(self) -> None:
        """Stop listening and break off what is under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._impostor], client_max_size=64 * 2**20)
        app.router.add_get("/", self._root)
        app.router.add_get("/api/version", self._version)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_get("/api/ps", self._ps)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/pull", self._pull)
        app.router.add_post("/api/generate", self._generate)
        app.router.add_post("/api/chat", self._chat)
        return app

    @web.middleware
    async def _impostor(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.faults.strikes(Fault.NOT_AN_OLLAMA, Step.OTHER):
            return web.Response(text="<h1>It works!</h1>", content_type="text/html")
        try:
            answer: web.StreamResponse = await handler(request)
        except BadRequest as error:
            return _error(400, str(error))
        return answer

    async def _root(self, _request: web.Request) -> web.Response:
        return web.Response(text="Ollama is running")

    async def _version(self, _request: web.Request) -> web.Response:
        return web.json_response({"version": self.version})

    async def _tags(self, _request: web.Request) -> web.Response:
        return web.json_response({"models": self.models.listed()})

    async def _ps(self, _request: web.Request) -> web.Response:
        return web.json_response({"models": self.models.running(time.monotonic())})

    async def _show(self, request: web.Request) -> web.Response:
        body = await _body(request)
        model = self.models.find(str(body.get("model", "")))
        return _missing(body) if model is None else web.json_response(model.described())

    async def _pull(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        model = StoredModel(name=str(body.get("model", "")))
        steps: list[dict[str, Any]] = [{"status": "pulling manifest"}]
        layer: dict[str, Any] = {
            "status": f"pulling {model.digest[:12]}",
            "digest": f"sha256:{model.digest}",
            "total": model.size,
        }
        steps += [{**layer, "total": model.size, "completed": model.size * part // 4} for part in range(5)]
        steps += [{"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"status": "success"}]
        self.models.add(model)
        if body.get("stream") is False:
            return web.json_response(steps[-1])
        return await _stream(request, steps)

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        model = self.models.find(str(body.get("model", "")))
        if model is None:
            return _missing(body)
        prompt = str(body.get("prompt") or "")
        raw = bool(body.get("raw"))
        if prompt and not raw:
            prompt = chat_prompt([{"role": "user", "content": prompt}], body.get("think"))
        return await self._run(request, body, model, prompt, _as_generated)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        model = self.models.find(str(body.get("model", "")))
        if model is None:
            return _missing(body)
        messages = body.get("messages") or []
        prompt = chat_prompt(messages, body.get("think")) if messages else ""
        # With a format Ollama reasons first and applies the schema to a second run.
        return await self._run(request, {**body, "format": None}, model, prompt, _as_chatted)

    async def _run(
        self,
        request: web.Request,
        body: Mapping[str, Any],
        model: StoredModel,
        prompt: str,
        shaped: Callable[[str], dict[str, Any]],
    ) -> web.StreamResponse:
        options = checked(body)
        step = step_of(prompt, body.get("format"))
        self.reached.set()
        failed = await self._fail(request, step)
        if failed is not None:
            return failed
        anew = await self.models.load(model, int(options.get("num_ctx", 0)), body.get("keep_alive"))
        if anew:
            self.held.clear()
        if not prompt:
            return web.json_response(_final(model, Reading(tokens=(), cut=(), text=""), "load"))
        engine = Engine(brain=self.brain, faults=self.faults, context_limit=self.context_limit)
        try:
            reading = engine.read(prompt, options, truncate=body.get("truncate"))
        except PromptTooLong:
            return _error(400, "the input length exceeds the context length")
        self._record(request, body, step, reading)
        said = engine.say(reading, body)
        if said.repeats > _MOST_REPEATS and self.knows(_ABORTS_SINCE):
            return _error(500, "prediction aborted, token repeat limit reached")
        costs = self._costs(reading, anew=anew, cold=self.faults.strikes(Fault.COLD, step))
        return await self._answer(request, body, model, step, reading, said, costs, shaped)

    def _costs(self, reading: Reading, *, anew: bool, cold: bool) -> dict[str, Any]:
        """Return what loading and reading took, and how much of the prompt was at hand where this version tells."""
        cached = 0 if cold else max((_shared(reading.tokens, each) for each in self.held), default=0)
        cached = min(cached, len(reading.tokens) - 1)
        self.held.append(reading.tokens)
        took = {
            "load_duration": _LOAD_NANOSECONDS if anew else _LOADED_NANOSECONDS,
            "prompt_eval_duration": (len(reading.tokens) - cached) * _PROMPT_NANOSECONDS,
        }
        return took | ({"prompt_eval_cached_count": cached} if self.knows(_CACHED_SINCE) else {})

    async def _fail(self, request: web.Request, step: Step) -> web.Response | None:
        """Return the answer of a request that goes wrong before the model has read it."""
        if self.faults.strikes(Fault.SLOW, step):
            await self._dawdle()
        for fault, (status, text) in _REFUSALS.items():
            if self.faults.strikes(fault, step):
                return _error(status, text)
        if self.faults.strikes(Fault.NOT_JSON, step):
            return web.Response(text="<html>proxy</html>", content_type="text/html")
        if self.faults.strikes(Fault.JSON_LIST, step):
            return web.json_response([1, 2])
        if self.faults.strikes(Fault.DROPPED, step) and request.transport is not None:
            request.transport.abort()
            return web.Response()
        return None

    async def _dawdle(self) -> None:
        try:
            await asyncio.sleep(self.faults.slow_seconds)
        except asyncio.CancelledError:
            self.abandoned.set()
            raise

    def _record(self, request: web.Request, body: Mapping[str, Any], step: Step, reading: Reading) -> None:
        self.requests.append(
            Recorded(
                path=request.path,
                body=body,
                step=step,
                prompt=reading.text,
                tokens=reading.tokens,
                cut_tokens=reading.cut,
            )
        )

    async def _answer(
        self,
        request: web.Request,
        body: Mapping[str, Any],
        model: StoredModel,
        step: Step,
        reading: Reading,
        said: Said,
        costs: Mapping[str, Any],
        shaped: Callable[[str], dict[str, Any]],
    ) -> web.StreamResponse:
        final = _final(model, reading, said.done_reason)
        final |= costs
        final |= {"eval_count": said.tokens, "eval_duration": round(said.tokens * 1e9 / self.speed)}
        if said.logprobs:
            final["logprobs"] = said.logprobs
        if self.faults.strikes(Fault.DONE_FALSE, step) or self._stopped_short(said):
            final = {"model": model.name, "created_at": final["created_at"], "done": False}
        if body.get("stream") is False:
            return web.json_response({**final, **shaped(said.text)})
        pieces = [said.text[at : at + _CHUNK] for at in range(0, len(said.text), _CHUNK)]
        lines = [{"model": model.name, "done": False, **shaped(piece)} for piece in pieces]
        return await _stream(request, [*lines, {**final, **shaped("")}])


def _shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Return how many tokens two prompts have in common from their beginning."""
    return next(
        (at for at, (mine, yours) in enumerate(zip(one, other, strict=False)) if mine != yours),
        min(len(one), len(other)),
    )


def _as_generated(text: str) -> dict[str, Any]:
    return {"response": text}


def _as_chatted(text: str) -> dict[str, Any]:
    thinking, content = split_answer(text)
    return {"message": {"role": "assistant", "content": content, "thinking": thinking}}


def _final(model: StoredModel, reading: Reading, done_reason: str) -> dict[str, Any]:
    return {
        "model": model.name,
        "created_at": "2026-11-23T00:00:00Z",
        "response": "",
        "done": True,
        "done_reason": done_reason,
        "total_duration": len(reading.tokens) * _PROMPT_NANOSECONDS,
        "load_duration": 0,
        "prompt_eval_count": len(reading.tokens),
        "prompt_eval_duration": len(reading.tokens) * _PROMPT_NANOSECONDS,
    }


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except (ValueError, UnicodeDecodeError) as error:
        raise BadRequest("invalid JSON") from error
    if not isinstance(body, dict):
        raise BadRequest("invalid JSON")
    return body


async def _stream(request: web.Request, lines: list[dict[str, Any]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    for line in lines:
        await response.write(json.dumps(line).encode() + b"\n")
    await response.write_eof()
    return response


def _missing(body: Mapping[str, Any]) -> web.Response:
    return _error(404, f"model '{body.get('model')}' not found")


def _error(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
