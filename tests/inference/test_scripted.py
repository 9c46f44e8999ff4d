"""The scripted classifier's own ways: what a script can say, and what it records."""

import pytest

from bot.domain.errors import ModelTimeout
from bot.domain.question import Question
from bot.domain.verdict import Label, UndecidedReason
from bot.inference.scripted import Answer, ScriptedClassifier, by_text, violates
from tests.inference.samples import policy, question


async def test_it_knows_texts_by_heart() -> None:
    """And says SAFE to all others."""
    asking = ScriptedClassifier(by_text({"a b c d": violates("HR1"), "e": UndecidedReason.LOADING}))
    labels = [(await asking.judge(question(text))).label for text in ("a b c d", "e", "f")]
    assert labels == [Label.VIOLATES, Label.UNDECIDED, Label.SAFE]
    assert [each.text for each in asking.asked] == ["a b c d", "e", "f"]


async def test_without_evidence_the_whole_text_is_quoted() -> None:
    """A script need not repeat it."""
    verdict = await ScriptedClassifier(by_text({"bad words": violates("HR1")})).judge(question("bad words"))
    assert [(entry.quote, entry.start, entry.end) for entry in verdict.evidence] == [("bad words", 0, 9)]


async def test_evidence_that_is_not_there_is_no_evidence() -> None:
    """As with the model."""
    asking = ScriptedClassifier(by_text({"bad words": violates("HR1", "other words")}))
    assert (await asking.judge(question("bad words"))).reason is UndecidedReason.NO_EVIDENCE


async def test_an_error_that_the_script_raises_has_its_reason() -> None:
    """A ModelError, that is."""

    def script(_question: Question) -> Answer:
        raise ModelTimeout("too late")

    assert (await ScriptedClassifier(script).judge(question("a"))).reason is UndecidedReason.TIMEOUT


async def test_a_fault_lasts_until_it_is_mended() -> None:
    """Judging, warming and health fail alike meanwhile."""
    asking = ScriptedClassifier()
    asking.fail(ModelTimeout("slow"))
    assert (await asking.judge(question("a"))).reason is UndecidedReason.TIMEOUT
    with pytest.raises(ModelTimeout):
        await asking.warm(policy())
    asking.fail(None)
    await asking.warm(policy())
    assert asking.warmed == [policy()]
    assert (await asking.judge(question("a"))).label is Label.SAFE


async def test_weights_can_be_chosen() -> None:
    """For trying thresholds."""
    answer = Answer(category="HR1", logprob_violates=-0.4, logprob_safe=-1.2, reasoning_cut=True)
    verdict = await ScriptedClassifier(lambda _question: answer).judge(question("some words"))
    assert verdict.run is not None
    assert (verdict.run.logprob_violates, verdict.run.logprob_safe) == (-0.4, -1.2)
    assert verdict.reasoning_cut
