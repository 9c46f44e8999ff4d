"""The model's explanation of a violation: the schema it is written under, and what of it counts.

A schema that the server can't read is silently not applied, so everything is validated again here.
"""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.ids import CategoryId
from bot.domain.policy import Policy
from bot.domain.texts.evidence import Quotable
from bot.domain.texts.text import is_hidden, neutralise
from bot.domain.verdict import Evidence, UndecidedReason
from bot.inference.faults import NoVerdict

EVIDENCE_CHARACTERS = 200
RATIONALE_CHARACTERS = 500
MOST_EVIDENCE = 3
REASONING_CHARACTERS = 20_000
"""Of the reasoning that is kept for moderators."""
_PLACE_CHARACTERS = 60
_FENCED = re.compile(r"```[A-Za-z]{0,8}[ \t]*\r?\n(.*?)\r?\n?```", re.DOTALL)
"""How models write JSON where no schema holds them back."""


class _Answer(BaseModel):
    """What stands in a valid answer. A server that does not apply the schema may write longer strings and more keys."""

    model_config = ConfigDict(extra="ignore", strict=True)

    violation: int = Field(ge=1, le=1)  # a literal 1 would let `true` pass
    category: str
    evidence: list[str] = Field(min_length=1, max_length=MOST_EVIDENCE)
    rationale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Which rule is broken, by which words of the message, and why."""

    category: CategoryId
    evidence: tuple[Evidence, ...]
    rationale: str


def answer_schema(policy: Policy) -> dict[str, Any]:
    """Return the JSON schema of an explanation under this policy; keys come in this order."""
    return {
        "type": "object",
        "properties": {
            "violation": {"const": 1},
            "category": {"enum": [category.id for category in policy.categories]},
            "evidence": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_EVIDENCE,
                "items": {"type": "string", "maxLength": EVIDENCE_CHARACTERS},
            },
            "rationale": {"type": "string", "maxLength": RATIONALE_CHARACTERS},
        },
        "required": ["violation", "category", "evidence", "rationale"],
        "additionalProperties": False,
    }


def read_explanation(answer: str, policy: Policy, text: str) -> Explanation:
    """Return what the answer says of the judged text; a fence around its JSON and keys beside it change nothing.

    NoVerdict `invalid` when it is not what the schema asks for; as `locate` when none of its quotes counts.
    """
    fenced = _FENCED.fullmatch(answer.strip())
    try:
        read = _Answer.model_validate_json(fenced[1] if fenced else answer)
    except ValidationError as error:
        raise NoVerdict(UndecidedReason.INVALID, f"The answer is not what was asked for: {_first(error)}") from error
    rationale = tidy(read.rationale[: RATIONALE_CHARACTERS * 4])[:RATIONALE_CHARACTERS]
    category = _category(read.category, policy)
    if category is None or not rationale:
        raise NoVerdict(UndecidedReason.INVALID, "The answer names no rule of the policy, or gives no rationale.")
    evidence = locate(tuple(read.evidence), text)
    return Explanation(category=category, evidence=evidence, rationale=rationale)


def _category(named: str, policy: Policy) -> CategoryId | None:
    """Return the rule of that id; without a schema a model may write it in other letters or with spaces around it."""
    wanted = named.strip().casefold()
    return next((category.id for category in policy.categories if category.id.casefold() == wanted), None)


def check_form(answer: str, policy: Policy) -> None:
    """Raise NoVerdict `invalid` unless the answer has exactly the form that `answer_schema` asks for."""
    try:
        read = _Answer.model_validate_json(answer, extra="forbid")
    except ValidationError as error:
        raise NoVerdict(UndecidedReason.INVALID, _first(error)) from error
    if not any(category.id == read.category for category in policy.categories):
        raise NoVerdict(UndecidedReason.INVALID, "category: none of the policy's")


def locate(quotes: tuple[str, ...], text: str) -> tuple[Evidence, ...]:
    """Return the quotes that are found in the text, each once, in its own words; one that leaves words out in pieces.

    NoVerdict for none: `short_evidence` where what it quotes stands there and is too little, else `no_evidence`.
    """
    judged = Quotable(text)
    found = dict.fromkeys(span for quote in quotes for span in judged.places(quote))
    if not found and any(map(judged.is_too_short, quotes)):
        raise NoVerdict(UndecidedReason.SHORT_EVIDENCE, "It quotes too little of the message.")
    if not found:
        raise NoVerdict(UndecidedReason.NO_EVIDENCE, "None of the words it quotes stands in the message.")
    return tuple(Evidence(quote=text[start:end], start=start, end=end) for start, end in found)


def tidy(text: str) -> str:
    """Return the model's words as one line of visible characters, without control tokens."""
    return neutralise(" ".join("".join(_visible(char) for char in text).split()))


def kept_reasoning(reasoning: str) -> str:
    """Return the reasoning as moderators may read it: visible characters and line ends, capped."""
    return "".join(char for char in reasoning[:REASONING_CHARACTERS] if not is_hidden(char))


def _visible(char: str) -> str:
    return "" if is_hidden(char) and not char.isspace() else char


def _first(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False)[0]
    place = tidy(".".join(map(str, fault["loc"])))[:_PLACE_CHARACTERS]  # the name of a key is the model's own words
    return f"{place or 'the whole'}: {fault['type']}"
