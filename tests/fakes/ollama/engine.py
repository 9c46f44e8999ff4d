"""The stand-in's runner: reads prompts as tokens, cuts what is too long, and says what its brain says.

It behaves as Ollama and llama.cpp were seen to: special tokens are read wherever they stand in a prompt's text; a
prompt over num_ctx keeps its first four tokens and its tail; another num_ctx loads the model anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from bot.inference.prompts.vocabulary import load_encoding
from tests.fakes.ollama.brain import Brain, Heard, as_logprobs, hear, spread_out, step_of
from tests.fakes.ollama.faults import Fault, Faults, Step

KEPT_TOKENS = 4
SERVER_NUM_CTX = 4_096
RETURN, CALL = "<|return|>", "<|call|>"
_AGAIN = " again"
_ENDLESS = "But wait, we compare the content with the policy again. "


class PromptTooLong(Exception):
    """The prompt does not fit, and the request forbids cutting it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A prompt as the model gets it. `cut` are the tokens that were taken out of its middle."""

    tokens: tuple[int, ...]
    cut: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer. `repeats` is its longest run of equal tokens; `logprobs` is one entry for each token asked for."""

    text: str
    done_reason: str
    tokens: int
    repeats: int
    logprobs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Engine:
    """Runs one model."""

    brain: Brain
    faults: Faults
    context_limit: int = 131_072

    def read(self, prompt: str, options: Mapping[str, Any], *, truncate: object = None) -> Reading:
        """Return the prompt's tokens, cut to the context window unless the request forbids that."""
        encoding = load_encoding()
        tokens = encoding.encode(prompt, allowed_special="all")
        num_ctx = min(int(options.get("num_ctx", SERVER_NUM_CTX)), self.context_limit)
        if len(tokens) <= num_ctx:
            return Reading(tokens=tuple(tokens), cut=(), text=prompt)
        if truncate is False:
            raise PromptTooLong
        tail = len(tokens) - (num_ctx - KEPT_TOKENS)
        kept = tokens[:KEPT_TOKENS] + tokens[tail:]
        return Reading(tokens=tuple(kept), cut=tuple(tokens[KEPT_TOKENS:tail]), text=encoding.decode(kept))

    def say(self, reading: Reading, body: Mapping[str, Any]) -> Said:
        """Return the answer to a prompt, within the request's limits."""
        step = step_of(reading.text, body.get("format"))
        heard = hear(reading.text)
        options = body.get("options") or {}
        encoding = load_encoding()
        planned = self._plan(step, heard, body.get("format"))
        tokens = encoding.encode(planned, allowed_special="all")
        limit = int(options.get("num_predict", -1))
        num_ctx = int(options.get("num_ctx", SERVER_NUM_CTX))
        # A full window is shifted: half of it makes room.
        room = num_ctx - len(reading.tokens) or num_ctx // 2
        limit = room if limit < 0 else min(limit, room)
        if self.faults.strikes(Fault.ENDLESS, step):
            tokens = (encoding.encode(_ENDLESS) * (limit // 8 + 1))[: limit + 1]
        if step is not Step.WEIGH and self._loops(step, heard):
            tokens = encoding.encode(_AGAIN) * (limit + 1)
        text = encoding.decode(tokens[:limit])
        shown, stopped = _until_stop(text, options.get("stop") or [])
        said = len(encoding.encode(shown, allowed_special="all")) if stopped else min(limit, len(tokens))
        reason = "stop" if stopped or len(tokens) <= limit else "length"
        logprobs = self._logprobs(step, reading, heard, shown, body)
        repeats = max((sum(1 for _ in same) for _, same in groupby(tokens[:limit])), default=0)
        return Said(text=shown, done_reason=reason, tokens=said, repeats=repeats, logprobs=logprobs)

    def _loops(self, step: Step, heard: Heard) -> bool:
        by_message = self.brain.loops_on is not None and self.brain.loops_on in heard.message
        return by_message or self.faults.strikes(Fault.LOOPS, step)

    def _plan(self, step: Step, heard: Heard, schema: Mapping[str, Any] | None) -> str:
        if step is Step.REASON:
            return f"{self.brain.think(heard)}<|end|>{self._final(heard)}"
        if step is Step.WEIGH:
            return f"{max(self.brain.weigh(heard).items(), key=lambda entry: entry[1])[0]}}}{RETURN}"
        if step is Step.EXPLAIN:
            outside = self.faults.strikes(Fault.OUTSIDE_SCHEMA, step)
            return (self.faults.outside if outside else self.brain.answer(heard, schema)) + RETURN
        return f"<|channel|>analysis<|message|>{self.brain.think(heard)}<|end|>{self._final(heard)}"

    def _final(self, heard: Heard) -> str:
        answer = self.brain.answer(heard, None)
        return f"<|start|>assistant<|channel|>final<|message|>{answer}{RETURN}"

    def _logprobs(
        self, step: Step, reading: Reading, heard: Heard, shown: str, body: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        count = int(body.get("top_logprobs") or 0)
        if not body.get("logprobs") or self.faults.strikes(Fault.NO_LOGPROBS, step):
            return []
        if step is not Step.WEIGH:
            pieces = [load_encoding().decode([token]) for token in load_encoding().encode(shown, allowed_special="all")]
            return [_entry({piece: 0.99, " ": 0.01}, count) for piece in pieces]
        spread = self.faults.strikes(Fault.SPREAD, step) or (
            not reading.text.endswith(" ") and self.faults.strikes(Fault.SPREAD_BEFORE_SPACE, step)
        )
        return [_entry(spread_out() if spread else self.brain.weigh(heard), count)]


def _entry(probabilities: Mapping[str, float], count: int) -> dict[str, Any]:
    listed = as_logprobs(probabilities, max(count, 1))
    return {**listed[0], "top_logprobs": listed if count else []}


def _until_stop(text: str, stops: list[str]) -> tuple[str, bool]:
    """Return the text before the first stop string or ending token, and whether there was one."""
    places = [text.find(stop) for stop in (*stops, RETURN, CALL) if stop in text]
    return (text[: min(places)], True) if places else (text, False)
