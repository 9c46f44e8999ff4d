"""What every classifier promises, tried on the one that asks Ollama (the stand-in) and on the scripted one."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from bot.domain.errors import ModelUnreachable
from bot.domain.policy import Effort, Policy
from bot.domain.question import Question
from bot.domain.verdict import Label, UndecidedReason, VerdictSource
from bot.inference.ollama import OllamaClassifier
from bot.inference.scripted import SAFE, Answer, ScriptedClassifier, violates
from bot.ports.classifier import Classifier
from tests import factories
from tests.fakes.ollama import Brain, Fault, Rule, StandIn, serving
from tests.inference.samples import INSTALL_KEY, policy, question, settings

WORD = "nitro"


@dataclass(frozen=True)
class Subject:
    """A classifier that objects to `WORD` under the first category, and the way to take its model away."""

    classifier: Classifier
    take_away: Callable[[], None]


def _script(question: Question) -> Answer:
    if WORD not in question.text:
        return SAFE
    return violates(question.policy.categories[0].id, WORD)


@pytest.fixture(params=["ollama", "scripted"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """Return each classifier in turn."""
    if request.param == "scripted":
        scripted = ScriptedClassifier(_script)
        yield Subject(classifier=scripted, take_away=lambda: scripted.fail(ModelUnreachable("gone")))
        return
    async with serving(StandIn(brain=Brain(rules=(Rule(WORD),)))) as server:
        asking = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
        yield Subject(classifier=asking, take_away=lambda: server.faults.on(Fault.NOT_AN_OLLAMA))
        await asking.close()


async def test_a_violation_has_category_evidence_rationale_and_run(subject: Subject) -> None:
    """The evidence stands in the text where it says it does."""
    text = "get your NiTrO nitro here"
    verdict = await subject.classifier.judge(question(text))
    assert (verdict.label, verdict.source, verdict.reason) == (Label.VIOLATES, VerdictSource.MODEL, None)
    assert verdict.policy == "house-rules"
    assert verdict.policy_hash == policy().policy_hash
    assert verdict.category == "SP1"
    assert verdict.rationale
    assert verdict.reasoning
    assert [text[entry.start : entry.end] for entry in verdict.evidence] == [entry.quote for entry in verdict.evidence]
    assert verdict.evidence[0].quote.lower() == WORD
    assert verdict.run is not None
    assert verdict.run.requests == 3
    assert verdict.run.prompt_hash == subject.classifier.prompt_hash(policy())
    assert verdict.run.logprob_violates is not None
    assert verdict.run.logprob_safe is not None
    assert verdict.run.logprob_violates > verdict.run.logprob_safe


async def test_a_safe_text_has_no_category_and_two_requests(subject: Subject) -> None:
    """The log probabilities are the other way round."""
    verdict = await subject.classifier.judge(question("tea?"))
    assert (verdict.label, verdict.reason, verdict.category, verdict.evidence) == (Label.SAFE, None, None, ())
    assert verdict.run is not None
    assert verdict.run.requests == 2
    assert verdict.run.logprob_violates is not None
    assert verdict.run.logprob_safe is not None
    assert verdict.run.logprob_violates < verdict.run.logprob_safe


async def test_the_same_question_gets_the_same_verdict(subject: Subject) -> None:
    """But for the time it took."""
    first, second = [await subject.classifier.judge(question("some nitro")) for _ in range(2)]
    assert (first.label, first.category, first.evidence, first.rationale, first.reasoning) == (
        second.label,
        second.category,
        second.evidence,
        second.rationale,
        second.reasoning,
    )


async def test_neighbours_words_do_not_convict(subject: Subject) -> None:
    """Only the message is judged; that there was context is on record."""
    verdict = await subject.classifier.judge(question("tea?", f"buy {WORD}"))
    assert (verdict.label, verdict.with_context) == (Label.SAFE, True)


async def test_a_policy_that_needs_no_context_is_judged_without(subject: Subject) -> None:
    """So its verdict may be copied."""
    of = factories.policy("alone", factories.category("SP1", context_free=True), text="SP1")
    verdict = await subject.classifier.judge(question("tea?", "earlier", of=of))
    assert not verdict.with_context


async def test_a_text_over_the_limit_is_too_long(subject: Subject) -> None:
    """It is for people, and nothing is raised."""
    verdict = await subject.classifier.judge(question("x" * 8_001))
    assert (verdict.label, verdict.reason) == (Label.UNDECIDED, UndecidedReason.TOO_LONG)


async def test_without_a_model_nothing_is_decided_and_nothing_raised(subject: Subject) -> None:
    """Health and warming do raise."""
    subject.take_away()
    verdict = await subject.classifier.judge(question("tea?"))
    assert (verdict.label, verdict.reason) == (Label.UNDECIDED, UndecidedReason.UNREACHABLE)
    with pytest.raises(ModelUnreachable):
        await subject.classifier.health()
    with pytest.raises(ModelUnreachable):
        await subject.classifier.warm(policy())


async def test_health_names_the_model_that_verdicts_name(subject: Subject) -> None:
    """Copies are matched by its digest."""
    health = await subject.classifier.health()
    run = (await subject.classifier.judge(question("tea?"))).run
    assert run is not None
    assert (run.model, run.digest, run.server) == (
        health.identity.model,
        health.identity.digest,
        health.identity.server,
    )


async def test_warming_makes_the_model_loaded(subject: Subject) -> None:
    """Whatever it was before."""
    await subject.classifier.warm(policy())
    assert (await subject.classifier.health()).loaded


def _variants() -> list[Policy]:
    return [
        policy(),
        policy(text="Other words, SP1 and HR1."),
        policy(effort=Effort.HIGH),
        policy(categories=("SP1",), text=policy().text),
    ]


async def test_the_prompt_hash_belongs_to_text_effort_and_categories(subject: Subject) -> None:
    """64 hex digits, another for each; the same again for the same."""
    hashes = [subject.classifier.prompt_hash(each) for each in _variants()]
    assert len(set(hashes)) == 4
    assert all(len(each) == 64 and int(each, 16) >= 0 for each in hashes)
    assert hashes == [subject.classifier.prompt_hash(each) for each in _variants()]
