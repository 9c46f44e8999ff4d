"""What the stand-in's model says: fixed rules over the prompt that it was given, and nothing remembered."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.ollama.faults import Step

_TURN = re.compile(r"<\|start\|>(system|developer|user)<\|message\|>(.*?)<\|end\|>", re.DOTALL)
_WEIGHING = re.compile(r'\{"violation":\s?$')


@dataclass(frozen=True, slots=True)
class Rule:
    """A word that violates, and the categories it breaks; without any it breaks whatever the policy has."""

    word: str
    categories: tuple[str, ...] = ()


DEFAULT_RULES = (
    Rule("nitro", ("SC1", "SP1")),
    Rule("% off", ("SP1",)),
    Rule("followers", ("SP4",)),
    Rule("idiot", ("HR1",)),
    Rule("garbage", ("HR1",)),
    Rule("pathetic", ("HR1",)),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What of a prompt reached the model."""

    policy: str
    message: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model thinks of a message: `word` is what it finds wrong, as the message spells it."""

    word: str | None
    categories: tuple[str, ...] = ()

    @property
    def violates(self) -> bool:
        """Return whether it finds a violation."""
        return self.word is not None


@dataclass(slots=True)
class Brain:
    """Finds a violation where a rule's word stands in the message. `evidence`, `rationale`, `reasoning` override.

    A message that holds `loops_on` makes it say one token for ever.
    """

    rules: tuple[Rule, ...] = DEFAULT_RULES
    evidence: tuple[str, ...] | None = None
    rationale: str = "The message holds a word that the policy does not allow."
    reasoning: str | None = None
    sure: float = 0.97
    loops_on: str | None = None

    def opinion(self, heard: Heard) -> Opinion:
        """Return what it thinks. Without a policy in the prompt nothing can violate it."""
        if not heard.policy:
            return Opinion(None)
        for rule in self.rules:
            found = re.search(re.escape(rule.word), heard.message, re.IGNORECASE)
            if found and self._concerns(rule, heard.policy):
                return Opinion(found.group(), rule.categories)
        return Opinion(None)

    def think(self, heard: Heard) -> str:
        """Return the reasoning."""
        if self.reasoning is not None:
            return self.reasoning
        opinion = self.opinion(heard)
        finding = f'It says "{opinion.word}", which a rule names.' if opinion.violates else "No rule fits."
        return f"We compare the message with the policy. {finding}"

    def weigh(self, heard: Heard) -> dict[str, float]:
        """Return the probabilities of the first number of the answer, and of others."""
        likely, other = ("1", "0") if self.opinion(heard).violates else ("0", "1")
        rest = 1 - self.sure
        return {likely: self.sure, other: rest * 0.8, " ": rest * 0.1, "2": rest * 0.05, "true": rest * 0.05}

    def answer(self, heard: Heard, schema: Mapping[str, Any] | None) -> str:
        """Return the final answer as JSON, within a schema that asks for a violation where there is one."""
        opinion = self.opinion(heard)
        if schema is None and not opinion.violates:
            return '{"violation":0}'
        allowed = _allowed(schema)
        fitting = [name for name in opinion.categories if name in (allowed or heard.policy)]
        category = (fitting or allowed or ["violation"])[0]
        quotes = self.evidence if self.evidence is not None else (opinion.word or heard.message[:40],)
        answer = {"violation": 1, "category": category, "evidence": list(quotes), "rationale": self.rationale}
        return json.dumps(answer, ensure_ascii=False)

    def _concerns(self, rule: Rule, policy: str) -> bool:
        known = {category for each in self.rules for category in each.categories}
        if not rule.categories or not any(category in policy for category in known):
            return True
        return any(category in policy for category in rule.categories)


def hear(prompt: str) -> Heard:
    """Return the policy and the message of a prompt; what was cut out of it is not heard."""
    turns = dict(_TURN.findall(prompt))
    return Heard(policy=turns.get("developer", ""), message=_message(turns.get("user", "")))


def step_of(prompt: str, schema: object) -> Step:
    """Return which part of a judgement a prompt is."""
    if schema:
        return Step.EXPLAIN
    if _WEIGHING.search(prompt):
        return Step.WEIGH
    if prompt.endswith("<|channel|>analysis<|message|>"):
        return Step.REASON
    return Step.OTHER


def spread_out() -> dict[str, float]:
    """Return probabilities of which little lies on the two numbers."""
    return {" ": 0.5, '"': 0.2, "true": 0.1, "1": 0.1, "0": 0.05, "null": 0.05}


def as_logprobs(probabilities: Mapping[str, float], count: int) -> list[dict[str, Any]]:
    """Return them as Ollama lists them: the likeliest first, natural logarithms."""
    ordered = sorted(probabilities.items(), key=lambda entry: -entry[1])[:count]
    return [{"token": token, "logprob": math.log(p), "bytes": list(token.encode())} for token, p in ordered]


def _message(turn: str) -> str:
    _, _, document = turn.partition("\n")
    try:
        return str(json.loads(document)["message"])
    except (ValueError, KeyError, TypeError):
        return turn


def _allowed(schema: Mapping[str, Any] | None) -> list[str]:
    enum = ((schema or {}).get("properties", {}).get("category") or {}).get("enum", [])
    return [str(name) for name in enum]
