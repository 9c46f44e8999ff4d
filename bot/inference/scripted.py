"""A classifier that answers from a script: for tests and for evaluations of everything around the model.

Its verdicts go through the same rules as the model's: evidence has to stand in the text, a fault is UNDECIDED.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.domain.errors import ModelError
from bot.domain.ids import CategoryId
from bot.domain.policy import Policy
from bot.domain.question import ModelHealth, ModelIdentity, Question
from bot.domain.texts.text import MAX_CHARACTERS
from bot.domain.verdict import Label, ModelRun, UndecidedReason, Verdict, VerdictSource, undecided
from bot.inference.answer import locate
from bot.inference.faults import NoVerdict, told
from bot.ports.classifier import Classifier

IDENTITY = ModelIdentity(model="scripted", digest="sha256:" + "0" * 64, server="scripted")
_SURE = -0.01
_UNLIKELY = -4.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the script says of one text. No category means SAFE; no evidence means the whole text.

    `logprob_violates` and `logprob_safe` are natural logarithms, chosen to fit where they are None.
    """

    category: str | None = None
    evidence: tuple[str, ...] = ()
    rationale: str = "The script says so."
    reasoning: str = "Read from the script."
    reasoning_cut: bool = False
    logprob_violates: float | None = None
    logprob_safe: float | None = None


SAFE = Answer()
Script = Callable[[Question], Answer | UndecidedReason]
"""Returns an answer, or the reason for there being none. A ModelError that it raises is UNDECIDED with its reason."""


def violates(category: str, *evidence: str, rationale: str = "The script says so.") -> Answer:
    """Return the answer that a text breaks this rule, by these words of it."""
    return Answer(category=category, evidence=evidence, rationale=rationale)


def by_text(answers: Mapping[str, Answer | UndecidedReason], *, other: Answer | UndecidedReason = SAFE) -> Script:
    """Return the script that knows some texts by heart."""
    return lambda question: answers.get(question.text, other)


ALWAYS_SAFE: Script = by_text({})


class ScriptedClassifier(Classifier):
    """Answers as its script says. `asked` and `warmed` record what it was asked, in order."""

    def __init__(self, script: Script = ALWAYS_SAFE) -> None:
        self._script = script
        self._fault: ModelError | None = None
        self.asked: list[Question] = []
        self.warmed: list[Policy] = []

    def fail(self, fault: ModelError | None) -> None:
        """Fail with this from now on, as if the model were away; None ends it."""
        self._fault = fault

    async def judge(self, question: Question) -> Verdict:
        """Return the verdict that the script's answer amounts to."""
        self.asked.append(question)
        policy = question.policy
        try:
            return _verdict(question, self._answer(question), self.prompt_hash(policy))
        except ModelError as error:
            return undecided(policy.id, policy.policy_hash, error.reason, fault=told(error))

    async def warm(self, policy: Policy) -> bool:
        """Record the policy. Raises what health raises."""
        await self.health()
        self.warmed.append(policy)
        return False

    async def health(self) -> ModelHealth:
        """Return a model that is loaded. Raises the fault that was set."""
        self._raise_fault()
        return ModelHealth(identity=IDENTITY, loaded=True, gpu_share=1.0)

    def prompt_hash(self, policy: Policy) -> str:
        """Return a SHA-256 that changes with the text, the effort and the category ids, as a rendered prefix would."""
        parts = ("scripted", policy.effort, policy.text, *(category.id for category in policy.categories))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _answer(self, question: Question) -> Answer:
        if len(question.text) > MAX_CHARACTERS:
            raise NoVerdict(UndecidedReason.TOO_LONG, f"{len(question.text)} characters")
        self._raise_fault()
        answer = self._script(question)
        if isinstance(answer, UndecidedReason):
            raise NoVerdict(answer, "The script says so.")
        return answer


def _verdict(question: Question, answer: Answer, prompt_hash: str) -> Verdict:
    policy = question.policy
    run = _run(question, answer, prompt_hash)
    read = Verdict(
        policy=policy.id,
        policy_hash=policy.policy_hash,
        label=Label.SAFE,
        source=VerdictSource.MODEL,
        reasoning=answer.reasoning,
        reasoning_cut=answer.reasoning_cut,
        with_context=bool(question.context) and not policy.context_free,
        run=run,
    )
    if answer.category is None:
        return read
    return replace(
        read,
        label=Label.VIOLATES,
        category=policy.category(CategoryId(answer.category)).id,
        evidence=locate(answer.evidence or (question.text,), question.text),
        rationale=answer.rationale,
    )


def _run(question: Question, answer: Answer, prompt_hash: str) -> ModelRun:
    likely, unlikely = (_SURE, _UNLIKELY) if answer.category else (_UNLIKELY, _SURE)
    words = len(question.policy.text.split()) + len(question.text.split())
    requests = 3 if answer.category else 2
    return ModelRun(
        model=IDENTITY.model,
        digest=IDENTITY.digest,
        server=IDENTITY.server,
        prompt_hash=prompt_hash,
        effort=question.policy.effort,
        requests=requests,
        prompt_tokens=requests * words,
        output_tokens=len(answer.reasoning.split()),
        wall_seconds=0.0,
        prompt_seconds=0.0,
        output_seconds=0.0,
        logprob_violates=likely if answer.logprob_violates is None else answer.logprob_violates,
        logprob_safe=unlikely if answer.logprob_safe is None else answer.logprob_safe,
    )
