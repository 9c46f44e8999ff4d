"""What can go wrong at the stand-in, switched on one by one."""

from dataclasses import dataclass, field
from enum import StrEnum


class Step(StrEnum):
    """Which part of a judgement a request is, told from its prompt."""

    REASON = "reason"
    WEIGH = "weigh"
    EXPLAIN = "explain"
    OTHER = "other"


class Fault(StrEnum):
    """One way to fail."""

    NOT_AN_OLLAMA = "not_an_ollama"
    """Every path answers a web page."""
    MISSING = "missing"
    """The model was removed meanwhile."""
    BAD_REQUEST = "bad_request"
    CRASHED = "crashed"
    NO_MEMORY = "no_memory"
    """The runner can't start, and Ollama says how much it would need."""
    BUSY = "busy"
    DROPPED = "dropped"
    """The connection breaks in mid-answer."""
    SLOW = "slow"
    """The answer comes `slow_seconds` late."""
    NOT_JSON = "not_json"
    JSON_LIST = "json_list"
    DONE_FALSE = "done_false"
    """HTTP 200 and `done: false`, whatever was said."""
    LOOPS = "loops"
    """The model says one token for ever. Up to 0.33 that ends with `done: false`, since 0.34 with status 500."""
    ENDLESS = "endless"
    """Nothing ends by itself; only num_predict does."""
    OUTSIDE_SCHEMA = "outside_schema"
    """The schema is not applied, and `outside` is answered."""
    SPREAD = "spread"
    """The first number's probability lies on other tokens."""
    SPREAD_BEFORE_SPACE = "spread_before_space"
    """The model means to write a space first; after one it answers."""
    NO_LOGPROBS = "no_logprobs"
    COLD = "cold"
    """Nothing of the prompt is at hand, as after two messages that went on together."""


@dataclass(slots=True)
class _Trigger:
    step: Step | None
    times: int | None


@dataclass(slots=True)
class Faults:
    """The faults that are switched on, each for one step or all, and for so many times or always."""

    slow_seconds: float = 30.0
    outside: str = '{"violation":1,"category":"made-up","evidence":["x"],"rationale":"y"}'
    _on: dict[Fault, _Trigger] = field(default_factory=dict)

    def on(self, fault: Fault, *, step: Step | None = None, times: int | None = None) -> None:
        """Let it happen from now on."""
        self._on[fault] = _Trigger(step, times)

    def off(self) -> None:
        """Let nothing happen any more."""
        self._on.clear()

    def strikes(self, fault: Fault, step: Step) -> bool:
        """Return whether it happens to this request, and count that it did."""
        trigger = self._on.get(fault)
        if trigger is None or trigger.step not in (None, step) or trigger.times == 0:
            return False
        if trigger.times is not None:
            trigger.times -= 1
        return True
