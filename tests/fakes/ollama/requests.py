"""What the stand-in takes in: records of requests, and the options that it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.ollama.faults import Step
from tests.fakes.ollama.models import keep_seconds

_WHOLE, _ANY = (int,), (int, float)
_NUMBERS: Mapping[str, tuple[type, ...]] = {
    "num_ctx": _WHOLE,
    "num_predict": _WHOLE,
    "seed": _WHOLE,
    "temperature": _ANY,
    "repeat_penalty": _ANY,
}
_MOST_LOGPROBS = 20


class BadRequest(Exception):
    """A request that Ollama answers with 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A request that reached the model. `prompt` is what the model read, `cut_tokens` what was cut out of it."""

    path: str
    body: Mapping[str, Any]
    step: Step
    prompt: str
    tokens: tuple[int, ...]
    cut_tokens: tuple[int, ...]


def checked(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options; BadRequest for what Ollama would not take."""
    options = body.get("options") or {}
    for name, kind in _NUMBERS.items():
        if name in options and not isinstance(options[name], kind):
            raise BadRequest(f'option "{name}" must be of type number')
    if int(body.get("top_logprobs") or 0) not in range(_MOST_LOGPROBS + 1):
        raise BadRequest("top_logprobs must be between 0 and 20")
    try:
        keep_seconds(body.get("keep_alive"))
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return options if isinstance(options, Mapping) else {}
