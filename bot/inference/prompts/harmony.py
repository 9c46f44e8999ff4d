"""Prompts in the harmony format, rendered by openai-harmony and measured with the model's own vocabulary.

A server that takes the prompt as text reads every special token that stands in the text, whoever wrote it. So all
that members and the model wrote is neutralised, and the tests prove that the final string encodes to exactly the
special tokens of the conversation. A server also cuts a prompt that is too long in its middle, where the policy is:
so everything is counted beforehand, and what does not fit is not sent.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from openai_harmony import (
    Conversation,
    DeveloperContent,
    HarmonyEncoding,
    Message,
    ReasoningEffort,
    RenderConversationConfig,
    Role,
    SystemContent,
)

from bot.domain.errors import PolicyError
from bot.domain.policy import Effort, Policy
from bot.domain.question import ContextLine, Question
from bot.domain.settings import OllamaSettings
from bot.domain.verdict import UndecidedReason
from bot.inference.faults import NoVerdict
from bot.inference.prompts.prompt import (
    ANALYSIS,
    FINAL,
    HANDOVER,
    IDENTITY,
    OUTPUT_CONTRACT,
    USER_OPENING,
    context_text,
    plain,
    user_turn,
)
from bot.inference.prompts.vocabulary import load_encoding

MESSAGE_TOKENS = 1_000
"""Room that a policy must leave for the message and its context."""

_HANDOVER_TOKENS = 16
"""Between the reasoning and the answer: at most eleven tokens, `FINAL` and the opening of the answer."""
_SLACK_TOKENS = 16
"""A server may split text a token or two differently from openai-harmony."""
_LONGEST_TOKEN = 32
"""Characters of a token, far more than the mean of any text that a model writes."""
_RUN = re.compile(r"\S{600}|\s{600}")
"""Encoding an unbroken run costs time by its square, so a long one is encoded in pieces."""
_EFFORTS = {Effort.LOW: ReasoningEffort.LOW, Effort.MEDIUM: ReasoningEffort.MEDIUM, Effort.HIGH: ReasoningEffort.HIGH}
_SAMPLE_TEXT = "This is where the message stands."


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A rendered question. `conversation` ends where the assistant's turn begins; `tokens` counts `ANALYSIS` too.

    `prefix_tokens` is how many of them are the same for every message of the policy.
    """

    conversation: str
    tokens: int
    prefix_tokens: int
    context: tuple[ContextLine, ...]

    @property
    def reason(self) -> str:
        """Return what the model is given in order to reason."""
        return self.conversation + ANALYSIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """A question with the model's reasoning. `final` ends where its answer begins; `cut`: it did not fit as it was."""

    final: str
    tokens: int
    reasoning: str
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prefix:
    """What all prompts of one policy begin with; rendered and counted once, since it is most of every prompt."""

    text: str
    tokens: int
    hash: str


class Harmony:
    """Renders questions for one installation and one size of context window."""

    def __init__(
        self, *, install_key: bytes, settings: OllamaSettings, encoding: HarmonyEncoding | None = None
    ) -> None:
        self._install_key = install_key
        self._settings = settings
        self._encoding = encoding or load_encoding()
        self._prefix = lru_cache(maxsize=256)(self._render_prefix)

    def prefix(self, policy: Policy) -> str:
        """Return what every prompt of this policy begins with, up to where the user's turn opens."""
        return self._prefix(policy).text

    def prompt_hash(self, policy: Policy) -> str:
        """Return the SHA-256 of the rendered prefix and the category ids, in hex."""
        return self._prefix(policy).hash

    def count(self, text: str) -> int:
        """Return how many tokens a server makes of this text, special tokens read as such."""
        return len(self._encoded(text))

    def _encoded(self, text: str) -> list[int]:
        """Return the tokens of a text, special ones read as such; each cut of a long run makes one more at most."""
        return [token for piece in _pieces(text) for token in self._encoding.encode(piece, allowed_special="all")]

    def room(self, effort: Effort) -> int:
        """Return how many tokens policy, context and message may take, once reasoning and answer have theirs."""
        settings = self._settings
        spent = settings.reasoning_budget(effort) + settings.verdict_tokens + _HANDOVER_TOKENS + _SLACK_TOKENS
        return settings.num_ctx - spent

    def check_policy(self, policy: Policy) -> None:
        """Raise PolicyError when the policy leaves less than `MESSAGE_TOKENS` for a message."""
        tokens = self._prefix(policy).tokens
        budget = self.room(policy.effort) - MESSAGE_TOKENS
        if tokens > budget:
            raise PolicyError(
                f"{policy.source}: policy {policy.id} takes {tokens} tokens with its instructions, but only {budget} "
                f"fit beside {MESSAGE_TOKENS} for the message and what the model needs at effort {policy.effort}. "
                f"Shorten the policy, or raise ollama.num_ctx (now {self._settings.num_ctx})."
            )

    def render(self, question: Question) -> Prompt:
        """Return the prompt, without its oldest context lines where not all of them fit.

        NoVerdict `too_long` when the message does not fit even alone. A policy that needs no context gets none.
        """
        context = () if question.policy.context_free else question.context
        room = self.room(question.policy.effort)
        prompt = self._render_with(question, context)
        if prompt.tokens <= room:
            return prompt
        alone = self._render_with(question, ())
        if alone.tokens > room:
            raise NoVerdict(UndecidedReason.TOO_LONG, f"{alone.tokens} tokens, but only {room} fit")
        kept = self._newest(context, room - alone.tokens)
        while kept:
            prompt = self._render_with(question, kept)
            if prompt.tokens <= room:
                return prompt
            kept = kept[1:]
        return alone

    def _newest(self, context: tuple[ContextLine, ...], tokens: int) -> tuple[ContextLine, ...]:
        """Return the newest lines that fit by their own lengths, so that many long ones cost no rendering each."""
        kept = 0
        for line in reversed(context):
            tokens -= self.count(context_text(line))
            if tokens < 0:
                break
            kept += 1
        return context[len(context) - kept :]

    def reasoned(self, prompt: Prompt, reasoning: str, effort: Effort) -> Reasoned:
        """Return the prompt with the model's reasoning, neutralised and kept within the effort's budget."""
        budget = self._settings.reasoning_budget(effort)
        # The server was told to stop, but whether it did is its own affair.
        text = plain(reasoning[: budget * _LONGEST_TOKEN])
        tokens = self._encoded(text)
        cut = len(tokens) > budget or len(reasoning) > budget * _LONGEST_TOKEN
        if len(tokens) > budget:
            text = self._encoding.decode(tokens[:budget], errors="ignore")
        added = self.count(text + FINAL)
        return Reasoned(final=prompt.reason + text + FINAL, tokens=prompt.tokens + added, reasoning=text, cut=cut)

    def show(self, policy: Policy, text: str = _SAMPLE_TEXT) -> str:
        """Return what the model reads first for a text under this policy, special tokens visible, as it is sent."""
        return self._render_with(Question(policy=policy, text=text), ()).reason

    def _render_with(self, question: Question, context: tuple[ContextLine, ...]) -> Prompt:
        try:
            turn = user_turn(question, context, self._install_key)
        except ValueError as error:
            raise NoVerdict(UndecidedReason.TOO_LONG, str(error)) from error
        prefix, rest = self._prefix(question.policy), turn + HANDOVER
        # Tokens never reach across a special token, so that parts which meet at one are counted apart.
        tokens = prefix.tokens + self.count(rest + ANALYSIS)
        return Prompt(conversation=prefix.text + rest, tokens=tokens, prefix_tokens=prefix.tokens, context=context)

    def _render_prefix(self, policy: Policy) -> _Prefix:
        conversation = Conversation.from_messages(_instructions(policy))
        config = RenderConversationConfig(auto_drop_analysis=False)
        rendered = self._encoding.render_conversation(conversation, config)
        text = self._encoding.decode(rendered, errors="strict") + USER_OPENING
        parts = (text, *(category.id for category in policy.categories))
        return _Prefix(text=text, tokens=self.count(text), hash=hashlib.sha256("\0".join(parts).encode()).hexdigest())


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for run in _RUN.finditer(text):
        yield text[at : run.end()]
        at = run.end()
    yield text[at:]


def _instructions(policy: Policy) -> list[Message]:
    system = SystemContent(model_identity=IDENTITY, reasoning_effort=_EFFORTS[policy.effort], knowledge_cutoff=None)
    # The loader refuses a policy.md with control tokens in it; a plain text file comes here as it is.
    developer = DeveloperContent(instructions=f"{plain(policy.text)}\n\n{OUTPUT_CONTRACT}")
    return [
        Message.from_role_and_content(Role.SYSTEM, system),
        Message.from_role_and_content(Role.DEVELOPER, developer),
    ]
