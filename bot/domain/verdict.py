"""A verdict: what one policy says of one message, where it comes from, and the run of the model behind it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import CategoryId, PolicyId
from bot.domain.policy import Effort


class Label(StrEnum):
    """What a verdict says. Golden rows carry the first two."""

    VIOLATES = "VIOLATES"
    SAFE = "SAFE"
    UNDECIDED = "UNDECIDED"


class UndecidedReason(StrEnum):
    """Why there is no verdict. None of them ever counts as SAFE."""

    NO_MODEL = "no_model"
    UNREACHABLE = "unreachable"
    MODEL_MISSING = "model_missing"
    LOADING = "loading"
    TIMEOUT = "timeout"
    DIED = "died"
    REJECTED = "rejected"
    UNFINISHED = "unfinished"
    UNREADABLE = "unreadable"
    UNCLEAR = "unclear"
    INVALID = "invalid"
    NO_EVIDENCE = "no_evidence"
    UNEXPLAINED = "unexplained"
    SHORT_EVIDENCE = "short_evidence"
    TOO_LONG = "too_long"
    EDIT_LIMIT = "edit_limit"


MODEL_AWAY = frozenset(
    {
        UndecidedReason.UNREACHABLE,
        UndecidedReason.MODEL_MISSING,
        UndecidedReason.LOADING,
        UndecidedReason.TIMEOUT,
        UndecidedReason.DIED,
    }
)
"""Want of a model: in `run` such a message waits for its return."""

OBJECTED = frozenset({UndecidedReason.NO_EVIDENCE, UndecidedReason.SHORT_EVIDENCE, UndecidedReason.UNEXPLAINED})
"""The model found a violation likelier than none, but nothing that it said of it holds: its finding is for people."""

FOR_PEOPLE = OBJECTED | {
    UndecidedReason.TOO_LONG,
    UndecidedReason.EDIT_LIMIT,
    UndecidedReason.UNFINISHED,
    UndecidedReason.UNCLEAR,
}
"""Undecided in a way that makes a case, since only a person can settle it: the message itself is why. Otherwise a text
that makes the model go round in circles, or answer something else, would pass unread."""


class VerdictSource(StrEnum):
    """What a verdict rests on."""

    MODEL = "model"
    EXACT_COPY = "exact_copy"
    NEAR_COPY = "near_copy"
    CHECK = "check"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words quoted from the message. `start` and `end` are offsets into the judged text, code points, end excluded."""

    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """One judgement's record: what ran, what it read, what it cost. Durations are in seconds.

    `logprob_violates` and `logprob_safe` are natural logarithms, None where the weighing step was not reached.
    `prompt_tokens` is what was sent in all requests together, cached or not; `output_tokens` what was generated.
    `server` is its version and `address` where it listens, empty where there is no such place. `cached_tokens` are
    those of `prompt_tokens` that the server had at hand, None where it does not tell. `cold` says whether the policy
    had to be read for this question, None where nothing tells; `reloaded` whether the model was loaded for it.
    """

    model: str
    digest: str
    server: str
    prompt_hash: str
    effort: Effort
    requests: int
    prompt_tokens: int
    output_tokens: int
    wall_seconds: float
    prompt_seconds: float
    output_seconds: float
    logprob_violates: float | None
    logprob_safe: float | None
    address: str = ""
    cached_tokens: int | None = None
    cold: bool | None = None
    reloaded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one policy says of one message.

    `reason` is set exactly for UNDECIDED, `category` and `rationale` for VIOLATES. `copy_of` names what a copy is a
    copy of (a message's id, `golden:spam-003`). `reasoning` is for moderators alone. `reasoning_cut` verdicts may only
    flag. `with_context` says whether earlier messages stood in the prompt: such a verdict is never copied. `fault` is a
    sentence on what went wrong for an UNDECIDED, with the model server's own words where it gave any: for the operator.
    """

    policy: PolicyId
    policy_hash: str
    label: Label
    source: VerdictSource
    reason: UndecidedReason | None = None
    category: CategoryId | None = None
    evidence: tuple[Evidence, ...] = ()
    rationale: str = ""
    reasoning: str = ""
    reasoning_cut: bool = False
    with_context: bool = False
    copy_of: str = ""
    run: ModelRun | None = None
    fault: str = ""

    def __post_init__(self) -> None:
        """Refuse a verdict that contradicts itself; ValueError."""
        if (self.label is Label.UNDECIDED) != (self.reason is not None):
            raise ValueError(f"{self.label} with reason {self.reason}")
        if (self.label is Label.VIOLATES) != (self.category is not None):
            raise ValueError(f"{self.label} with category {self.category}")


def undecided(policy: PolicyId, policy_hash: str, why: UndecidedReason, *, fault: str = "") -> Verdict:
    """Return the verdict that says there is none, and why."""
    return Verdict(
        policy=policy,
        policy_hash=policy_hash,
        label=Label.UNDECIDED,
        source=VerdictSource.MODEL,
        reason=why,
        fault=fault,
    )
