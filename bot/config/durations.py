"""Lengths of time as people write them: `30s`, `10m`, `24h`, `90d`, `2w`, or joined, as in `1h 30m`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PATTERN = r"\d{1,9}\s*[smhdw](\s*\d{1,9}\s*[smhdw])*"
_PIECE = re.compile(r"(\d{1,9})\s*([smhdw])", re.ASCII)
_WHOLE = re.compile(_PATTERN, re.ASCII)
_LONGEST = timedelta(days=36_500)
"""Reckoned back from today, a longer time would begin before the calendar does."""
_EXAMPLES = "Write a number and a unit: 30s, 10m, 24h, 90d or 2w."


def parse_duration(value: object) -> timedelta:
    """Return the length of time a text says; ValueError with what to write instead."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        unit = " The unit is missing." if isinstance(value, int) and not isinstance(value, bool) else ""
        raise ValueError(f"must be a length of time.{unit} {_EXAMPLES}")  # noqa: TRY004 - pydantic wants ValueError
    if not _WHOLE.fullmatch(value.strip()):
        raise ValueError(f"must be a length of time. {_EXAMPLES}")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PIECE.findall(value))
    if seconds > _LONGEST.total_seconds():
        raise ValueError("must be at most a hundred years.")
    return timedelta(seconds=seconds)


def duration_text(duration: timedelta) -> str:
    """Return a length of time in the largest unit that divides it, as `parse_duration` reads it."""
    seconds = int(duration.total_seconds())
    for unit, size in _SECONDS.items():
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$", "examples": ["30s", "10m", "24h", "90d"]}),
]
