"""A server that means harm: whatever it answers costs bounded time and memory, and ends as UNDECIDED."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
import structlog
from aiohttp import web

from bot.domain.errors import ModelError
from bot.domain.verdict import Label, UndecidedReason, Verdict
from bot.inference.ollama import OllamaClassifier
from tests.fakes.ollama import USUAL_MODEL
from tests.inference.samples import INSTALL_KEY, policy, question, settings

Body = bytes | dict[str, Any] | Callable[[web.Request], Any]
HUGE = 10**400
NESTED = b"[" * 200_000
DIGITS = b'{"x": ' + b"9" * 5_000 + b"}"
MEGABYTE = 2**20
LISTED = {"models": [{"model": USUAL_MODEL, "digest": "d" * 64}]}
REASONED: dict[str, Any] = {"response": "Nothing here.", "done": True, "done_reason": "stop", "prompt_eval_count": 0}
WEIGHED: dict[str, Any] = {
    "response": "1",
    "done": True,
    "done_reason": "length",
    "logprobs": [
        {
            "token": "1",
            "logprob": -0.1,
            "top_logprobs": [{"token": "1", "logprob": -0.1}, {"token": "0", "logprob": -3.0}],
        }
    ],
}
ANSWER = {"violation": 1, "category": "SP1", "evidence": ["nitro"], "rationale": "It is an advert."}
EXPLAINED: dict[str, Any] = {"response": json.dumps(ANSWER), "done": True, "done_reason": "stop"}


class Evil:
    """What is answered at each address; `/api/generate` answers one after the other, and again from the last."""

    def __init__(self, *generated: Body) -> None:
        self.version: Body = {"version": "0.33.0"}
        self.tags: Body = LISTED
        self.ps: Body = {"models": []}
        self.status = 200
        self.generated = list(generated or (REASONED, WEIGHED, EXPLAINED))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        if request.path == "/api/generate":
            body = self.generated.pop(0) if len(self.generated) > 1 else self.generated[0]
        else:
            body = {"/api/version": self.version, "/api/tags": self.tags, "/api/ps": self.ps}[request.path]
        if callable(body):
            answered: web.StreamResponse = await body(request)
            return answered
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        status = self.status if request.path == "/api/generate" else 200
        return web.Response(body=content, status=status, content_type="application/json")


@asynccontextmanager
async def asking(evil: Evil, **changes: object) -> AsyncIterator[OllamaClassifier]:
    """Run the server, and yield a classifier that asks it."""
    app = web.Application(client_max_size=64 * MEGABYTE)
    app.router.add_route("*", "/{path:.*}", evil.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    classifier = OllamaClassifier(settings(f"http://{host}:{port}", **changes), install_key=INSTALL_KEY)
    try:
        yield classifier
    finally:
        await classifier.close()
        await runner.cleanup()


async def judged(evil: Evil, **changes: object) -> Verdict:
    """Return the verdict of such a server."""
    async with asking(evil, **changes) as classifier:
        return await classifier.judge(question("get free nitro"))


async def endless(request: web.Request) -> web.StreamResponse:
    """Write without end, as fast as it is read."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"response": "')
    while True:
        await response.write(b"a" * MEGABYTE)


async def drip(request: web.Request) -> web.StreamResponse:
    """Write a character now and then, so that the connection never looks dead."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


@cache
def packed() -> bytes:
    """Return a few bytes that stand for 80 megabytes."""
    return gzip.compress(b'{"response": "' + b"a" * 80 * MEGABYTE + b'"}', compresslevel=1)


async def bomb(request: web.Request) -> web.StreamResponse:
    """Write little that unpacks to much."""
    del request
    return web.Response(body=packed(), headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})


async def elsewhere(request: web.Request) -> web.StreamResponse:
    """Send the client, and the message with it, to another place."""
    raise web.HTTPTemporaryRedirect(f"{request.url.origin()}/api/chat")


async def test_an_honest_answer_of_this_server_counts() -> None:
    """So that the others fail for what is wrong with them."""
    assert (await judged(Evil())).label is Label.VIOLATES


@pytest.mark.parametrize("body", [endless, bomb])
async def test_a_huge_answer_is_given_up_on(body: Body) -> None:
    """After a few megabytes, whether they come packed or not."""
    packed()
    tracemalloc.start()
    try:
        verdict = await judged(Evil(body))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (verdict.label, verdict.reason) == (Label.UNDECIDED, UndecidedReason.UNREADABLE)
    assert peak < 64 * MEGABYTE


async def test_an_answer_that_drips_ends_at_the_time_limit() -> None:
    """However alive the connection looks."""
    verdict = await judged(Evil(drip), timeout=timedelta(seconds=0.3), load_timeout=timedelta(seconds=0.3))
    assert verdict.reason is UndecidedReason.TIMEOUT


async def test_a_redirect_is_not_followed() -> None:
    """Messages go where the admin said, and nowhere else."""
    verdict = await judged(Evil(elsewhere))
    assert verdict.reason is UndecidedReason.UNREACHABLE


@pytest.mark.parametrize("status", [200, 400, 500, 503])
@pytest.mark.parametrize(
    "body",
    [NESTED, DIGITS, b"[1]", b"5", b'{"error": {"a": [1]}}', b'{"error": "' + b"x" * MEGABYTE + b'"}', b"\xff\xfe"],
)
async def test_any_body_under_any_status_is_no_verdict(body: bytes, status: int) -> None:
    """Nested, numbers of thousands of digits, lists, errors that are no text."""
    evil = Evil(body)
    evil.status = status
    assert (await judged(evil)).label is Label.UNDECIDED


@pytest.mark.parametrize("place", ["version", "tags", "ps"])
@pytest.mark.parametrize(
    "body", [NESTED, DIGITS, b"[1]", b"null", b'{"version": 5, "models": 5}', endless, bomb, elsewhere]
)
async def test_what_a_server_says_of_itself_is_read_with_care(place: str, body: Body) -> None:
    """Health and judgement fail as they do for any server that can't be used."""
    evil = Evil()
    setattr(evil, place, body)
    async with asking(evil) as classifier:
        with pytest.raises(ModelError):
            await classifier.health()
        assert (await classifier.judge(question("get free nitro"))).label is Label.UNDECIDED


@pytest.mark.parametrize("number", [HUGE, -HUGE, 2**63, -1])
@pytest.mark.parametrize(
    "field",
    [
        "prompt_eval_count",
        "prompt_eval_duration",
        "prompt_eval_cached_count",
        "load_duration",
        "eval_count",
        "eval_duration",
    ],
)
async def test_impossible_counts_are_kept_within_what_can_be_stored(field: str, number: int) -> None:
    """A count beyond SQLite's numbers would have lost the verdict with it."""
    told = {**REASONED, field: number}
    async with asking(Evil(told, told, told, WEIGHED, EXPLAINED)) as classifier:
        with suppress(ModelError):
            await classifier.warm(policy())
        verdict = await classifier.judge(question("get free nitro"))
    assert verdict.run is not None
    run = verdict.run
    assert 0 <= (run.cached_tokens or 0) < 2**53
    assert 0 <= run.prompt_tokens < 2**53
    assert 0 <= run.output_tokens < 2**53
    assert 0 <= run.prompt_seconds < 2**53
    assert 0 <= run.output_seconds < 2**53


@pytest.mark.parametrize("told", ["7", "many", None, True, 1.5, float("nan"), float("inf"), [1], {"a": 1}])
@pytest.mark.parametrize(
    "field", ["prompt_eval_count", "prompt_eval_cached_count", "load_duration", "eval_count", "eval_duration"]
)
async def test_what_is_no_number_ends_as_a_verdict_or_as_none(field: str, told: object) -> None:
    """Never as an exception."""
    verdict = await judged(Evil({**REASONED, field: told}, WEIGHED, EXPLAINED))
    assert verdict.reason in (None, UndecidedReason.UNREADABLE, UndecidedReason.REJECTED)
    assert verdict.run is not None
    json.dumps(verdict.run.prompt_tokens + (verdict.run.cached_tokens or 0) + verdict.run.output_seconds)


async def test_no_more_is_at_hand_than_the_prompt_has() -> None:
    """What was read anew would come out below nothing."""
    told = {**REASONED, "prompt_eval_count": 900, "prompt_eval_cached_count": 10**9}
    run = (await judged(Evil(told, WEIGHED, EXPLAINED))).run
    assert run is not None
    assert run.cached_tokens == 900


OWN_WORDS = "half \ud800 a\nline \x1b[2J\u202e [/red] \u2028 \x85 <|end|> " + "x" * MEGABYTE


@pytest.mark.parametrize("status", [200, 400, 404, 429, 500, 503])
@pytest.mark.parametrize("step", [0, 1, 2])
async def test_a_servers_own_words_can_be_kept_and_shown(step: int, status: int) -> None:
    """They stand beside the verdict, on the terminal and in the log: short, on one line, and encodable."""
    own = {"response": "", "done": True, "done_reason": OWN_WORDS} if status == 200 else {"error": OWN_WORDS}
    steps: list[Body] = [REASONED, WEIGHED, EXPLAINED]
    evil = Evil(*steps[:step], _under(status, own))
    with structlog.testing.capture_logs() as logged:
        verdict = await judged(evil)
    assert verdict.label is Label.UNDECIDED
    assert verdict.fault
    for said in (verdict.fault, *(str(value) for entry in logged for value in entry.values())):
        said.encode()
        assert said.isprintable(), said
        assert len(said) <= 800


def _under(status: int, body: dict[str, Any]) -> Body:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return answer


@pytest.mark.parametrize("window", [HUGE, -1, 0])
async def test_an_impossible_window_is_nobodys(window: int) -> None:
    """It would be told as another program's."""
    evil = Evil()
    evil.ps = {"models": [{"model": USUAL_MODEL, "context_length": window}]}
    async with asking(evil) as classifier:
        assert (await classifier.health()).foreign_window is None


@pytest.mark.parametrize(("size", "share"), [(10**30, 1.0), (1, 1.0), (0, 0.0)])
async def test_the_share_on_the_graphics_card_is_a_share(size: int, share: float) -> None:
    """Whatever sizes are told."""
    evil = Evil()
    evil.ps = {"models": [{"model": USUAL_MODEL, "size": 1 if size else 0, "size_vram": size}]}
    async with asking(evil) as classifier:
        assert (await classifier.health()).gpu_share == share


@pytest.mark.parametrize(
    "version", ["0.33.0\n\x1b[31mred", "9" * 5_000, "0.33.0 " + "x" * MEGABYTE, "\ud800", "\u202e0.33.0"]
)
async def test_a_version_that_is_none_is_not_repeated(version: str) -> None:
    """It would stand in the log, on the terminal and beside each verdict."""
    evil = Evil()
    evil.version = {"version": version}
    async with asking(evil) as classifier:
        with pytest.raises(ModelError, match="is not an Ollama") as caught:
            await classifier.health()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("digest", ["\ud800", "d\x1b[31m", "d" * MEGABYTE, "d\nd"])
async def test_a_digest_that_is_none_is_left_out(digest: str) -> None:
    """It is stored beside each verdict, and compared when a copy is looked for."""
    evil = Evil()
    evil.tags = {"models": [{"model": USUAL_MODEL, "digest": digest}]}
    async with asking(evil) as classifier:
        assert (await classifier.health()).identity.digest == ""


@pytest.mark.parametrize("words", ["\ud800 half", "a" * (7 * MEGABYTE), "<|end|><|start|>system", "\x1b[2J\u202e\0 x"])
async def test_any_words_of_the_model_can_be_kept_and_shown(words: str) -> None:
    """Halves of characters would have lost the verdict; megabytes are cut."""
    answer = {**EXPLAINED, "response": json.dumps({**ANSWER, "rationale": words, "evidence": [words, "nitro"]})}
    verdict = await judged(Evil({**REASONED, "response": words}, WEIGHED, answer))
    for text in (verdict.reasoning, verdict.rationale):
        text.encode()
        assert len(text) <= 20_000
        assert "\x1b" not in text
        assert "<|" not in text
    if verdict.label is Label.VIOLATES:
        assert [entry.quote for entry in verdict.evidence] == ["nitro"]
