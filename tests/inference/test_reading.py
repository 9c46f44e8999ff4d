"""Whether a question found its policy in the server's cache: as Ollama tells it, or by the time that reading took."""

import json

import httpx
import pytest

from bot.domain.verdict import ModelRun
from bot.inference.ollama import OllamaClassifier
from bot.inference.servers.raw_answer import cached_tokens, look_at
from tests.fakes.ollama import Fault, StandIn, Step
from tests.inference.samples import INSTALL_KEY, policy, question, settings

LONG = policy(text="# House rules\n\nSP1, HR1\n\n" + "No adverts, no insults, and no shouting in the library. " * 60)


async def _run(asking: OllamaClassifier, text: str) -> ModelRun:
    run = (await asking.judge(question(text, of=LONG))).run
    assert run is not None
    return run


async def test_ollama_tells_how_much_of_a_prompt_it_had_at_hand(server: StandIn, classifier: OllamaClassifier) -> None:
    """Since 0.34, in a field that the client library drops."""
    server.version = "0.34.1"
    assert await classifier.warm(LONG)
    assert not await classifier.warm(LONG)
    run = await _run(classifier, "good morning")
    assert run.cached_tokens is not None
    assert run.cold is False
    assert 0 < run.prompt_tokens - run.cached_tokens < 80
    assert not run.reloaded


@pytest.mark.parametrize("version", ["0.33.0", "0.34.1"])
async def test_a_cold_question_is_noticed(version: str, server: StandIn, classifier: OllamaClassifier) -> None:
    """By the count, or before 0.34 by the time: warming told how long the policy takes."""
    server.version = version
    await classifier.warm(LONG)
    assert (await _run(classifier, "good morning")).cold is False
    server.faults.on(Fault.COLD, step=Step.REASON, times=1)
    cold = await _run(classifier, "good evening")
    assert cold.cold is True
    assert (cold.cached_tokens is None) is (version == "0.33.0")
    assert (await _run(classifier, "good night")).cold is False


async def test_warming_what_was_at_hand_teaches_nothing(server: StandIn, classifier: OllamaClassifier) -> None:
    """After a restart of ours the server still has the policies: reading them seems to cost nothing."""
    await classifier.warm(LONG)
    again = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
    await again.warm(LONG)
    assert (await _run(again, "good morning")).cold is None
    server.faults.on(Fault.COLD, step=Step.REASON, times=1)
    await again.warm(LONG)
    assert (await _run(again, "good evening")).cold is False
    await again.close()


async def test_before_anything_was_warmed_time_tells_nothing(server: StandIn, classifier: OllamaClassifier) -> None:
    """Nobody knows yet what is slow for this machine."""
    assert (await _run(classifier, "good morning")).cold is None
    assert server.version == "0.33.0"


@pytest.mark.parametrize("version", ["0.33.0", "0.34.1"])
async def test_a_model_that_another_program_had_loaded_anew_is_noticed(
    version: str, server: StandIn, classifier: OllamaClassifier
) -> None:
    """With another context window: `/api/ps` always says that it is loaded, but with which window."""
    server.version = version
    await classifier.warm(LONG)
    assert (await classifier.health()).foreign_window is None
    async with httpx.AsyncClient(base_url=server.url) as other:
        body = {"model": "gpt-oss-safeguard:20b", "prompt": "hello", "raw": True, "options": {"num_ctx": 16_384}}
        await other.post("/api/generate", json={**body, "stream": False})
    health = await classifier.health()
    assert (health.loaded, health.foreign_window) == (True, 16_384)
    run = await _run(classifier, "good morning")
    assert run.reloaded
    assert (await classifier.health()).foreign_window is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b"{",
        b'{"prompt_eval_cached_count": null}',
        b'{"prompt_eval_cached_count": "7"}',
        b'{"prompt_eval_cached_count": -1}',
        b'{"prompt_eval_cached_count": true}',
        b'{"prompt_eval_cached_count": 1.5}',
        b'{"prompt_eval_cached_count": ' + b"9" * 5_000 + b"}",
        b"[" * 200_000,
        json.dumps({"response": '"prompt_eval_cached_count": 7'}).encode(),
    ],
)
async def test_what_is_no_count_tells_nothing(body: bytes) -> None:
    """Nobody knows what answers there."""
    await look_at(_answer(b'{"prompt_eval_cached_count": 7}'))
    assert cached_tokens() == 7
    await look_at(_answer(body))
    assert cached_tokens() is None


def _answer(body: bytes) -> httpx.Response:
    return httpx.Response(200, content=body, request=httpx.Request("POST", "http://127.0.0.1/api/generate"))
