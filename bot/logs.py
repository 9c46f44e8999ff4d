"""Structured logging for every layer: one event name, then values. Secrets never reach it.

This is the only module besides the standard library that `domain`, `ports` and `core` may import, so structlog stays
behind it.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Protocol, TextIO, cast

import structlog

# Discord bot tokens, Slack tokens (xoxb-, xoxp-, xapp-, xoxe.…) and bearer headers, wherever they turn up in a value.
_SECRET = re.compile(
    r"(xox[a-z][.-][\w.-]{6,}|xapp-[\w-]{6,}|[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}|(?i:bearer|bot)\s+[\w.-]{20,})"
)
_SECRET_KEYS = ("token", "secret", "password", "authorization")
REDACTED = "[redacted]"


class Logger(Protocol):
    """What the layers below an SDK may ask of a logger: an event name and values."""

    def debug(self, event: str, /, **values: object) -> None:
        """Record a detail for developers."""

    def info(self, event: str, /, **values: object) -> None:
        """Record something that happened as intended."""

    def warning(self, event: str, /, **values: object) -> None:
        """Record something an operator should look at when there is time."""

    def error(self, event: str, /, **values: object) -> None:
        """Record something an operator should look at now."""


def redact(value: object) -> object:
    """Return `value` with everything that looks like a secret replaced; containers are walked."""
    if isinstance(value, str):
        return _SECRET.sub(REDACTED, value)
    if isinstance(value, dict):
        return {key: REDACTED if _names_a_secret(key) else redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def _names_a_secret(key: object) -> bool:
    return isinstance(key, str) and key.lower().endswith(_SECRET_KEYS)


def _redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return cast("MutableMapping[str, Any]", redact(dict(event)))


def get_logger(name: str) -> Logger:
    """Return the logger of one module; `name` is the module's own."""
    return cast("Logger", structlog.get_logger(module=name))


def configure(*, level: str = "info", json_lines: bool = False, stream: TextIO | None = None) -> None:
    """Set up logging for the process: readable lines, or one JSON object a line; to standard error unless told."""
    out = stream or sys.stderr
    renderer = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
