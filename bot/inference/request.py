"""One request to a model server and its answer, in words of our own: every kind of server is translated into them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.domain.verdict import UndecidedReason
from bot.inference.faults import NoVerdict, on_one_line

TOP_LOGPROBS = 20
"""Candidates of a token that are asked for: the most that Ollama and vLLM list."""

# A prompt was cut when the server counts clearly less than was sent; a few tokens are for another way of splitting.
_CUT_SHARE = 0.9
_CUT_TOKENS = 16
_RELOADED = 1.0
"""Seconds of loading. A server counts some milliseconds of it for a model that is loaded."""
_MOST_COUNTED = 2**48
"""Tokens of one request; beyond it a count is none."""
_LONGEST = float(2**18)
"""Seconds of one request: three days."""
_WORD_CHARACTERS = 40


class Ended(StrEnum):
    """How an answer ended: by itself or at a stop string, at the most tokens allowed, or in any other way."""

    STOP = "stop"
    LENGTH = "length"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered to one request. `ended_as` is its own word for how it ended, for messages alone.

    `prompt_tokens` is how long it found the prompt, `cached_tokens` how much of that it had at hand: None where it does
    not tell. `candidates` are those of the first token, each with its natural logarithm, as they were sent: unchecked.
    """

    text: str
    ended: Ended
    ended_as: str = ""
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int = 0
    load_seconds: float = 0.0
    prompt_seconds: float = 0.0
    output_seconds: float = 0.0
    candidates: tuple[tuple[str, float], ...] = ()

    @property
    def reloaded(self) -> bool:
        """Return whether the model was loaded for this request: whatever the server had at hand before is gone."""
        return self.load_seconds > _RELOADED


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. `tokens` is the prompt's length, `ends` how the answer to this step may end."""

    prompt: str
    tokens: int
    num_predict: int
    ends: frozenset[Ended]
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    top_logprobs: int = 0
    temperature: float = 0.0

    def check(self, answer: Answer) -> None:
        """Raise NoVerdict unless the answer ended as this step may, and the server read the whole prompt."""
        if answer.ended not in self.ends:
            how = answer.ended_as or answer.ended
            raise NoVerdict(UndecidedReason.UNFINISHED, f"The model did not finish its answer as expected ({how}).")
        read = answer.prompt_tokens
        if read and read < self.tokens * _CUT_SHARE - _CUT_TOKENS:
            raise NoVerdict(
                UndecidedReason.REJECTED,
                f"The server read only {read} of the prompt's {self.tokens} tokens, so the policy may be missing from "
                f"it. Its context window is smaller than ollama.num_ctx: lower that, or raise the server's.",
            )


def count(told: object) -> int:
    """Return a server's count, kept within what can be stored; 0 for what is none: nobody knows what answers there."""
    return min(max(told, 0), _MOST_COUNTED) if isinstance(told, int) and not isinstance(told, bool) else 0


def seconds(told: object, unit: float) -> float:
    """Return a duration that a server tells in this unit (of a second), from 0 to three days; 0.0 for what is none."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not told > 0:  # so is what is no number at all
        return 0.0
    return min(told, _LONGEST / unit) * unit


def word(told: object) -> str:
    """Return a server's own word as it may stand in a message."""
    return on_one_line(told, _WORD_CHARACTERS)
