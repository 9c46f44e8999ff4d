"""The frame around every stored JSON text, and the values that all of them hold."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from bot.domain.errors import StorageError

SCHEMA = 1
"""Raised when a text can't be read any more by what wrote the one before it."""

Document = Mapping[str, Any]
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_encode = json.JSONEncoder(separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def write(document: dict[str, Any]) -> str:
    """Return the document as compact JSON, with its schema number."""
    document["schema"] = SCHEMA
    return _encode(document)


def read(text: str, build: Callable[[Document], T]) -> T:
    """Build an object from a stored text. Raise StorageError when it is damaged or of a later schema."""
    try:
        document = json.loads(text)
        if document["schema"] > SCHEMA:
            raise StorageError(
                f"A record of schema {document['schema']} was written by a later version of Hallmoot; this one reads "
                f"schemas up to {SCHEMA}. Install the later version."
            )
        return build(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(
            f"A record in the database can't be read ({type(error).__name__}: {error}). Something else than Hallmoot "
            "changed it, or the file is damaged: restore a backup with `hallmoot backup --restore FILE`."
        ) from error


def moment(at: datetime | None) -> str | None:
    """Return a moment as text."""
    return at.isoformat() if at is not None else None


def to_moment(text: str) -> datetime:
    """Return the moment that a text names."""
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    """Return the moment that a text names, None for none."""
    return datetime.fromisoformat(text) if text is not None else None


def choice(kind: type[E], value: str | None) -> E | None:
    """Return the member of an enumeration that a value names, None for none."""
    return kind(value) if value is not None else None


def to_micros(at: datetime) -> int:
    """Return a moment as microseconds since 1970 in UTC, which sort and compare in SQL."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the moment that a number of microseconds since 1970 names, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
