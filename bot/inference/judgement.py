"""One question put to one server: reason, weigh, and, for a violation alone, explain."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.errors import ModelError, ModelLoading, ModelMissing, ModelUnreachable
from bot.domain.ids import CategoryId
from bot.domain.policy import Policy
from bot.domain.question import ModelIdentity, Question
from bot.domain.settings import OllamaSettings
from bot.domain.verdict import OBJECTED, Evidence, Label, ModelRun, UndecidedReason, Verdict, VerdictSource
from bot.inference.answer import Explanation, answer_schema, kept_reasoning, read_explanation
from bot.inference.faults import NoVerdict, told
from bot.inference.model_server import ModelServer
from bot.inference.prompts.harmony import Harmony, Prompt, Reasoned
from bot.inference.prompts.prompt import END, WEIGHING
from bot.inference.request import TOP_LOGPROBS, Answer, Ask, Ended
from bot.inference.weighing import Weights, listed, read_weights
from bot.logs import get_logger

_log = get_logger(__name__)
_STOP = frozenset({Ended.STOP})
_LENGTH = frozenset({Ended.LENGTH})
_OF_THE_SERVER = (ModelUnreachable, ModelMissing, ModelLoading)
"""Faults that no message is to blame for."""
_NOT_AT_ONCE = frozenset(error.reason for error in _OF_THE_SERVER) | {UndecidedReason.TIMEOUT}
"""Faults that a second try right away would meet again, or wait as long for."""
_DRAWN = 0.7
"""The temperature at which an explanation is asked for again."""


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What a judgement has come to so far; it is kept when a later step fails."""

    requests: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    cached_tokens: int | None = None
    cold: bool | None = None
    reloaded: bool = False
    output_tokens: int = 0
    prompt_seconds: float = 0.0
    output_seconds: float = 0.0
    identity: ModelIdentity | None = None
    weights: Weights | None = None
    reasoning: str = ""
    reasoning_cut: bool = False

    def add(self, ask: Ask, answer: Answer) -> None:
        """Count an answered request."""
        prompt_tokens = answer.prompt_tokens or ask.tokens
        self.answered += 1
        self.prompt_tokens += prompt_tokens
        self.output_tokens += answer.output_tokens
        self.prompt_seconds += answer.prompt_seconds
        self.output_seconds += answer.output_seconds
        self.reloaded = self.reloaded or answer.reloaded
        if answer.cached_tokens is not None:
            self.cached_tokens = (self.cached_tokens or 0) + min(answer.cached_tokens, prompt_tokens)


def explaining(policy: Policy, reasoned: Reasoned, settings: OllamaSettings) -> Ask:
    """Return the request for an explanation, under its schema."""
    return Ask(
        prompt=reasoned.final,
        tokens=reasoned.tokens,
        num_predict=settings.verdict_tokens,
        ends=_STOP,
        schema=answer_schema(policy),
    )


class Judgement:
    """Puts a rendered question to a server, once. `fault` is what went wrong at last, None where nothing did."""

    def __init__(
        self,
        *,
        question: Question,
        prompt: Prompt,
        harmony: Harmony,
        settings: OllamaSettings,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._question = question
        self._prompt = prompt
        self._harmony = harmony
        self._settings = settings
        self._monotonic = monotonic
        self._began = monotonic()
        self._tally = _Tally()
        self.fault: UndecidedReason | None = None

    async def run(self, server: ModelServer) -> Verdict:
        """Return the verdict; a fault is UNDECIDED with its reason.

        What shows that this server is of no use now is raised while nothing has been answered: another one may do.
        Once the model was seen to object, nothing that fails afterwards takes that back: it is for people then.
        """
        try:
            self._tally.identity = await server.identity()
            reasoned = await self._reason(server)
            self._tally.weights = await self._weigh(server, reasoned)
            if not self._tally.weights.violates:
                return self._verdict(Label.SAFE)
            return self._violation(await self._explained(server, reasoned))
        except ModelError as error:
            self.fault = error.reason
            if self._tally.identity is None or (isinstance(error, _OF_THE_SERVER) and not self._tally.answered):
                raise
            return self._undecided(error)

    async def _reason(self, server: ModelServer) -> Reasoned:
        effort = self._question.policy.effort
        ask = Ask(
            prompt=self._prompt.reason,
            tokens=self._prompt.tokens,
            num_predict=self._settings.reasoning_budget(effort),
            ends=_STOP | _LENGTH,
            stop=(END,),
        )
        answer = await self._ask(server, ask)
        self._tally.cold = server.pace.is_cold(answer, self._prompt.prefix_tokens)
        reasoned = self._harmony.reasoned(self._prompt, answer.text, effort)
        self._tally.reasoning = kept_reasoning(reasoned.reasoning)
        self._tally.reasoning_cut = reasoned.cut or answer.ended is Ended.LENGTH
        return reasoned

    async def _weigh(self, server: ModelServer, reasoned: Reasoned) -> Weights:
        for opening in WEIGHING:
            prompt = reasoned.final + opening
            ask = Ask(
                prompt=prompt,
                tokens=reasoned.tokens + self._harmony.count(opening),
                num_predict=1,
                ends=_LENGTH,
                top_logprobs=TOP_LOGPROBS,
            )
            answer = await self._ask(server, ask)
            weights = read_weights(answer)
            if weights is not None:
                return weights
        if not listed(answer):
            raise NoVerdict(UndecidedReason.UNREADABLE, "The server tells no log probabilities.")
        raise NoVerdict(UndecidedReason.UNCLEAR, "The model answers neither 0 nor 1.")

    async def _explained(self, server: ModelServer, reasoned: Reasoned) -> Explanation:
        """Let the model explain what it found, and once more where that came to nothing.

        The second try draws its words: the likeliest ones would be those of the first.
        """
        try:
            return await self._explain(server, reasoned, temperature=0)
        except ModelError as error:
            if error.reason in _NOT_AT_ONCE:
                raise
            _log.info("explanation_asked_again", fault=str(error), **self._question.policy.log_context())
        return await self._explain(server, reasoned, temperature=_DRAWN)

    async def _explain(self, server: ModelServer, reasoned: Reasoned, *, temperature: float) -> Explanation:
        policy = self._question.policy
        ask = explaining(policy, reasoned, self._settings)
        answer = await self._ask(server, replace(ask, temperature=temperature))
        return read_explanation(answer.text, policy, self._question.text)

    async def _ask(self, server: ModelServer, ask: Ask) -> Answer:
        self._tally.requests += 1
        answer = await server.generate(ask)
        self._tally.add(ask, answer)
        ask.check(answer)
        return answer

    def _violation(self, explanation: Explanation) -> Verdict:
        return self._verdict(
            Label.VIOLATES,
            category=explanation.category,
            evidence=explanation.evidence,
            rationale=explanation.rationale,
        )

    def _undecided(self, error: ModelError) -> Verdict:
        weights, why = self._tally.weights, error.reason
        if weights is not None and weights.violates and why not in OBJECTED:
            why = UndecidedReason.UNEXPLAINED
        _log.warning("no_verdict", reason=why, fault=str(error), **self._question.policy.log_context())
        return self._verdict(Label.UNDECIDED, reason=why, fault=told(error))

    def _verdict(
        self,
        label: Label,
        *,
        reason: UndecidedReason | None = None,
        fault: str = "",
        category: CategoryId | None = None,
        evidence: tuple[Evidence, ...] = (),
        rationale: str = "",
    ) -> Verdict:
        policy = self._question.policy
        return Verdict(
            policy=policy.id,
            policy_hash=policy.policy_hash,
            label=label,
            source=VerdictSource.MODEL,
            reason=reason,
            fault=fault,
            category=category,
            evidence=evidence,
            rationale=rationale,
            reasoning=self._tally.reasoning,
            reasoning_cut=self._tally.reasoning_cut,
            with_context=bool(self._prompt.context),
            run=self._run(),
        )

    def _run(self) -> ModelRun | None:
        tally, identity, weights = self._tally, self._tally.identity, self._tally.weights
        if identity is None:
            return None
        return ModelRun(
            model=identity.model,
            digest=identity.digest,
            server=identity.server,
            address=identity.address,
            prompt_hash=self._harmony.prompt_hash(self._question.policy),
            effort=self._question.policy.effort,
            requests=tally.requests,
            prompt_tokens=tally.prompt_tokens,
            cached_tokens=tally.cached_tokens,
            cold=tally.cold,
            reloaded=tally.reloaded,
            output_tokens=tally.output_tokens,
            wall_seconds=self._monotonic() - self._began,
            prompt_seconds=tally.prompt_seconds,
            output_seconds=tally.output_seconds,
            logprob_violates=weights.logprob_violates if weights else None,
            logprob_safe=weights.logprob_safe if weights else None,
        )
