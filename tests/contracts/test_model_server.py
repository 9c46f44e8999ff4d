"""What every kind of model server promises, tried on the real engine: through its own addresses, and as an Ollama."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest

from bot.bench.stand_ins.real_engine import is_installed
from bot.bench.stand_ins.tiny_model import EVIDENCE, REASONING
from bot.domain.errors import ModelUnreachable
from bot.domain.settings import OllamaSettings
from bot.domain.verdict import Label, UndecidedReason
from bot.inference.classifier import ServerClassifier
from bot.inference.faults import NoVerdict
from bot.inference.model_server import ModelServer
from bot.inference.prompts.harmony import Harmony
from bot.inference.prompts.prompt import END, WEIGHING
from bot.inference.request import TOP_LOGPROBS, Ask, Ended
from bot.inference.servers.ollama import OllamaServer
from bot.inference.weighing import read_weights
from tests.bench.engines import PATIENT, Engines
from tests.inference.llama_server import LlamaServer
from tests.inference.samples import INSTALL_KEY, policy, question, settings

pytestmark = pytest.mark.skipif(not is_installed(), reason="the package xllamacpp has no wheel for this machine")
Kind = Callable[[str, OllamaSettings], ModelServer]
LONG = policy(text="# House rules\n\nSP1: no adverts. HR1: no insults.\n\n" + "Be kind to each other, always. " * 60)


@dataclass(frozen=True)
class Subject:
    """A kind of server, and where the engine whose model objects to everything is found in its way."""

    kind: Kind
    url: str

    def made(self, url: str = "") -> ModelServer:
        """Return the server at an address."""
        return self.kind(url or self.url, settings(url or self.url, **PATIENT))


@pytest.fixture(params=["ollama", "llama.cpp"])
def subject(request: pytest.FixtureRequest, engines: Engines) -> Subject:
    """Return each kind in turn."""
    found = engines.of("stern")
    if request.param == "ollama":
        return Subject(OllamaServer, found.ollama)
    return Subject(LlamaServer, found.engine)


@pytest.fixture
async def server(subject: Subject) -> AsyncIterator[ModelServer]:
    """Return a server that answers."""
    made = subject.made()
    yield made
    await made.close()


async def test_the_three_steps_give_a_verdict(server: ModelServer) -> None:
    """Reasoning up to its end, one weighed token, an explanation held to its schema."""
    asking = ServerClassifier((server,), settings(), install_key=INSTALL_KEY)
    verdict = await asking.judge(question(f"what a {EVIDENCE.upper()} you are"))
    assert verdict.fault == ""
    assert (verdict.label, verdict.rationale, verdict.reasoning) == (Label.VIOLATES, "It insults someone.", REASONING)
    assert [quote.quote for quote in verdict.evidence] == [EVIDENCE.upper()]
    run = verdict.run
    assert run is not None
    assert (run.requests, run.address) == (3, server.url)
    assert run.logprob_violates == pytest.approx(-0.105, abs=0.03)
    assert run.logprob_safe == pytest.approx(-2.3, abs=0.3)
    assert run.output_tokens > 10
    assert run.prompt_seconds > 0
    assert run.output_seconds > 0
    await asking.check_explaining(policy())


async def test_a_warmed_policy_is_at_hand_and_told_to_be(server: ModelServer) -> None:
    """Only the message's own words are read."""
    asking = ServerClassifier((server,), settings(), install_key=INSTALL_KEY)
    await asking.warm(LONG)
    run = (await asking.judge(question("good morning", of=LONG))).run
    assert run is not None
    assert run.cold is False
    assert run.cached_tokens is not None
    assert 0 < run.prompt_tokens - run.cached_tokens < 100


async def test_an_answer_tells_how_it_ended_and_of_what(server: ModelServer) -> None:
    """At the stop string, which it does not show; or at the most tokens, whose candidates are told then."""
    prompt = Harmony(install_key=INSTALL_KEY, settings=settings()).render(question("good morning"))
    ask = Ask(prompt=prompt.reason, tokens=prompt.tokens, num_predict=100, ends=frozenset({Ended.STOP}), stop=(END,))
    answer = await server.generate(ask)
    ask.check(answer)
    assert (answer.text, answer.ended, answer.candidates) == (REASONING, Ended.STOP, ())
    assert answer.prompt_tokens == pytest.approx(prompt.tokens, abs=2)
    short = replace(ask, num_predict=3)
    answer = await server.generate(short)
    assert (answer.ended, answer.output_tokens) == (Ended.LENGTH, 3)
    with pytest.raises(NoVerdict) as caught:
        short.check(answer)
    assert caught.value.reason is UndecidedReason.UNFINISHED
    weighed = await server.generate(
        replace(ask, prompt=f"{ask.prompt}{WEIGHING[0]}", num_predict=1, stop=(), top_logprobs=TOP_LOGPROBS)
    )
    assert len(weighed.candidates) == TOP_LOGPROBS
    weights = read_weights(weighed)
    assert weights is not None
    assert weights.violates


async def test_what_does_not_fit_is_refused_and_nothing_is_cut_out(subject: Subject) -> None:
    """The engine's window is smaller than the settings say."""
    chosen = settings(subject.url, num_ctx=16_384, **PATIENT)
    asking = ServerClassifier((subject.kind(subject.url, chosen),), chosen, install_key=INSTALL_KEY)
    verdict = await asking.judge(question("\U0001f52a" * 3_000))
    await asking.close()
    assert verdict.reason is UndecidedReason.REJECTED
    assert "exceeds the available context size" in verdict.fault


async def test_an_identity_is_looked_up_once_and_anew_once_forgotten(server: ModelServer) -> None:
    """Verdicts name it."""
    first = await server.identity()
    assert (first.model, first.address) == (settings().model, server.url)
    assert await server.identity() is first
    server.forget()
    again = await server.identity()
    assert (again == first, again is first) == (True, False)
    health = await server.health()
    assert (health.identity, health.loaded, health.foreign_window) == (first, True, None)


async def test_where_nobody_answers_it_is_unreachable(subject: Subject) -> None:
    """Whatever it is asked; port 9 is nobody's."""
    gone = subject.made("http://127.0.0.1:9")
    ask = Ask(prompt="hello", tokens=1, num_predict=1, ends=frozenset({Ended.STOP}))
    for asked in (gone.identity, gone.health, lambda: gone.generate(ask)):
        with pytest.raises(ModelUnreachable):
            await asked()
    await gone.close()


async def test_servers_of_different_kinds_stand_in_one_order(subject: Subject, engines: Engines) -> None:
    """The first is away, so that the second is asked."""
    second = LlamaServer(engines.of("stern").engine, settings(**PATIENT))
    asking = ServerClassifier((subject.made("http://127.0.0.1:9"), second), settings(), install_key=INSTALL_KEY)
    verdict = await asking.judge(question(f"what a {EVIDENCE} you are"))
    await asking.close()
    assert verdict.run is not None
    assert (verdict.label, verdict.run.address) == (Label.VIOLATES, second.url)
