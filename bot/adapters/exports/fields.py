"""Taking values out of a row of JSON that anybody may have written: each is checked, and none is trusted."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from bot.adapters.exports.rows import RowFault

Row = Mapping[str, Any]

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONGEST_SHOWN = 60
_SECONDS_IN_MILLISECONDS = 100_000_000_000
"""A number of seconds this large lies past the year 5000: it counts milliseconds."""


def text(row: Row, field: str) -> str:
    """Return a field's text, a whole number as its digits, nothing as an empty string. Raises RowFault.

    Halves of surrogate pairs, which no encoder takes, become U+FFFD.
    """
    value = row.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowFault(f'"{field}" is neither text nor a number')
    return whole(str(value))


def whole(words: str) -> str:
    """Return a text without halves of surrogate pairs: each becomes U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", words)


def needed(row: Row, field: str) -> str:
    """Return a field's text. Raises RowFault when there is none."""
    value = text(row, field)
    if not value:
        raise RowFault(f'"{field}" is missing')
    return value


def count(row: Row, field: str) -> int:
    """Return a whole number of 0 or more; nothing counts as 0. Raises RowFault."""
    value = row.get(field, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise RowFault(f'"{field}" is not a whole number of 0 or more')
    return value


def objects(row: Row, field: str) -> list[Row]:
    """Return a list of objects; nothing is an empty one. Raises RowFault."""
    value = row.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise RowFault(f'"{field}" is not a list of objects')
    return value


def inner(row: Row, field: str) -> Row:
    """Return the object in a field; nothing is an empty one. Raises RowFault."""
    value = row.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RowFault(f'"{field}" is not an object in braces')
    return value


def time(row: Row, field: str) -> datetime:
    """Return a moment in UTC: ISO 8601 (UTC where it names no zone), or seconds or milliseconds since 1970."""
    return moment(row.get(field), f'"{field}"', UTC)


def moment(value: object, name: str, zone: tzinfo) -> datetime:
    """Return a moment in UTC; `zone` is taken where the value names none. Raises RowFault, naming `name`."""
    try:
        number = None if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = None
    try:
        if number is not None:
            return datetime.fromtimestamp(number / 1000 if abs(number) >= _SECONDS_IN_MILLISECONDS else number, UTC)
        found = datetime.fromisoformat(str(value).strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise RowFault(f"{name} is {shown(value)}; write a time like 2026-11-20T18:00:00Z") from None


def shown(value: object) -> str:
    """Return a value as a fault quotes it: short, on one line, printable."""
    plain = value is None or isinstance(value, str | int | float)
    text_of_it = str(value) if plain else f"a {type(value).__name__}"
    cut = text_of_it[:_LONGEST_SHOWN] + ("…" if len(text_of_it) > _LONGEST_SHOWN else "")
    return "'" + "".join(char if char.isprintable() else "�" for char in cut) + "'"
