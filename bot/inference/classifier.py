"""The classifier that asks a model on a server, of whatever kind, in raw harmony prompts.

Read `judgement.py` for the three steps of a question, `harmony.py` for what the model reads.
"""

import time
from collections.abc import Callable

from bot.domain.errors import ModelError, PolicyError
from bot.domain.policy import Policy
from bot.domain.question import ModelHealth, Question
from bot.domain.settings import OllamaSettings
from bot.domain.verdict import UndecidedReason, Verdict, undecided
from bot.inference.answer import check_form
from bot.inference.fallback import Fallback
from bot.inference.faults import NoVerdict, told
from bot.inference.judgement import Judgement, explaining
from bot.inference.model_server import ModelServer
from bot.inference.prompts.harmony import Harmony, Prompt
from bot.inference.request import Ask, Ended
from bot.inference.warming import warming_questions
from bot.logs import get_logger
from bot.ports.classifier import Classifier

_GREETING = "Good morning, everyone!"
_HARMLESS = "The message is a greeting. It breaks no rule of the policy."
_WARMING_ENDS = frozenset({Ended.STOP, Ended.LENGTH})

_log = get_logger(__name__)


class ServerClassifier(Classifier):
    """Judges with the first of several servers that can."""

    def __init__(
        self,
        servers: tuple[ModelServer, ...],
        settings: OllamaSettings,
        *,
        install_key: bytes,
        harmony: Harmony | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load the vocabulary (InputError); nothing is sent yet."""
        self._settings = settings
        self._monotonic = monotonic
        self._harmony = harmony or Harmony(install_key=install_key, settings=settings)
        self._install_key = install_key
        self._fallback = Fallback(servers, monotonic=monotonic)

    async def judge(self, question: Question) -> Verdict:
        """Return the verdict: two requests for SAFE, three for VIOLATES. A fault is UNDECIDED with its reason."""
        try:
            prompt = self._harmony.render(question)
            return await self._fallback.first(lambda server: self._judge(server, question, prompt))
        except ModelError as error:
            policy = question.policy
            _log.warning("no_verdict", reason=error.reason, fault=str(error), **policy.log_context())
            return undecided(policy.id, policy.policy_hash, error.reason, fault=told(error))

    async def warm(self, policy: Policy) -> bool:
        """Load the model and the policy's prefix, so that the next question is cheap. Raises ModelError.

        Returns whether the model had to be loaded: then no other prefix is at hand any more. A policy that is too long
        for the context window is NoVerdict `too_long`.
        """
        try:
            self._harmony.check_policy(policy)
        except PolicyError as error:
            raise NoVerdict(UndecidedReason.TOO_LONG, str(error)) from error
        asks = tuple(self._warming(each) for each in warming_questions(policy, self._install_key))
        return await self._fallback.first(lambda server: _put(server, asks))

    async def check_explaining(self, policy: Policy) -> None:
        """Ask for the explanation of a harmless text, and raise ModelError unless its form is what was asked for.

        Left to itself the model would answer that such a text breaks no rule: only a schema makes it say otherwise.
        """
        prompt = self._harmony.render(Question(policy=policy, text=_GREETING))
        reasoned = self._harmony.reasoned(prompt, _HARMLESS, policy.effort)
        ask = explaining(policy, reasoned, self._settings)
        await self._fallback.first(lambda server: _explained(server, ask, policy))

    async def health(self) -> ModelHealth:
        """Return what answers and how well it is placed. Raises the ModelError that fits when none does."""
        return await self._fallback.first(lambda server: server.health())

    async def health_of_each(self) -> tuple[tuple[str, ModelHealth | ModelError], ...]:
        """Return, for each address in its order, what it says of itself or why it is of no use."""
        return tuple([(server.url, await _health(server)) for server in self._fallback.servers])

    def prompt_hash(self, policy: Policy) -> str:
        """Return the SHA-256 of the rendered prefix and the category ids: what verdicts and lanes belong to."""
        return self._harmony.prompt_hash(policy)

    async def close(self) -> None:
        """Let go of connections."""
        await self._fallback.close()

    async def _judge(self, server: ModelServer, question: Question, prompt: Prompt) -> Verdict:
        judgement = Judgement(
            question=question,
            prompt=prompt,
            harmony=self._harmony,
            settings=self._settings,
            monotonic=self._monotonic,
        )
        verdict = await judgement.run(server)
        self._fallback.heard(server, judgement.fault)
        return verdict

    def _warming(self, question: Question) -> Ask:
        prompt = self._harmony.render(question)
        return Ask(prompt=prompt.reason, tokens=prompt.tokens, num_predict=1, ends=_WARMING_ENDS)


async def _health(server: ModelServer) -> ModelHealth | ModelError:
    try:
        return await server.health()
    except ModelError as fault:
        return fault


async def _explained(server: ModelServer, ask: Ask, policy: Policy) -> None:
    await server.identity()
    answer = await server.generate(ask)
    ask.check(answer)
    check_form(answer.text, policy)


async def _put(server: ModelServer, asks: tuple[Ask, ...]) -> bool:
    """Put warming requests; return whether the model was loaded for one of them."""
    await server.identity()
    answers = []
    for ask in asks:
        answers.append(await server.generate(ask))
        ask.check(answers[-1])
    server.pace.learn(answers[0], answers[1], asks[0].tokens)
    return any(answer.reloaded for answer in answers)
