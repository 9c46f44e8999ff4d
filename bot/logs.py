"""Structured logging for every layer: one event name, then values. Secrets never reach it.

This is the only module besides the standard library that `domain`, `ports` and `core` may import, so structlog stays
behind it.
"""

import contextlib
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Protocol, TextIO, cast

import structlog

# Discord bot tokens, Slack tokens (xoxb-, xoxp-, xapp-, xoxe.…) and bearer headers, wherever they turn up in a value;
# and addresses that let whoever knows them in: webhooks of Slack and Discord, answers to a press, a socket's ticket.
_SECRET = re.compile(
    r"(xox[a-z][.-][\w.-]{6,}|xapp-[\w-]{6,}|[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}|(?i:bearer|bot)\s+[\w.-]{20,}"
    r"|(?<=hooks\.slack\.com/)[\w/.-]+|(?:(?<=/webhooks/)|(?<=/interactions/))\d{1,20}/[\w-]+|(?<=ticket=)[\w.%-]+)"
)
_SECRET_KEYS = ("token", "secret", "password", "authorization", "api_key", "install_key", "cookie", "ticket")
# What a terminal obeys or shows nothing of, and halves of characters, which no stream takes.
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_BREAKS = re.compile("[\t\n]")
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
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    # Anything else is shown by its repr, and an error's holds the words of the error.
    return value if value is None or isinstance(value, int | float) else _SECRET.sub(REDACTED, repr(value))


def _names_a_secret(key: object) -> bool:
    return isinstance(key, str) and key.lower().endswith(_SECRET_KEYS)


def _redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return cast("MutableMapping[str, Any]", redact(dict(event)))


def visible(text: str) -> str:
    """Return the text with everything that could steer a terminal written out as an escape; line ends are kept."""
    return _STEERS.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _steer_nothing(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep each entry on its own line, and a terminal as it is, whatever members named themselves."""
    return {key: _on_its_line(key, value) if isinstance(value, str) else value for key, value in event.items()}


def _on_its_line(key: str, value: str) -> str:
    return visible(value) if key == "exception" else _BREAKS.sub(_written_out, visible(value))


class _IntoOurs(logging.Handler):
    """Hands on what libraries log, and asyncio of tasks that nobody waits for: as a line, with secrets taken out."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record's text, and of an error that comes with it only what it says."""
        error = {"error": repr(record.exc_info[1])} if record.exc_info and record.exc_info[1] else {}
        with contextlib.suppress(ValueError):  # the stream is closed already: the process ends
            get_logger(__name__).warning("library", part=record.name, text=record.getMessage(), **error)


def _listen_to_libraries() -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, _IntoOurs) for handler in root.handlers):
        root.addHandler(_IntoOurs(level=logging.WARNING))


def get_logger(name: str) -> Logger:
    """Return the logger of one module; `name` is the module's own."""
    return cast("Logger", structlog.get_logger(module=name))


def configure(*, level: str = "info", json_lines: bool = False, stream: TextIO | None = None) -> None:
    """Set up logging for the process: readable lines, or one JSON object a line; to standard error unless told."""
    out = stream or sys.stderr
    last: list[Any] = (
        [structlog.processors.JSONRenderer(sort_keys=True)]
        if json_lines
        else [_steer_nothing, structlog.dev.ConsoleRenderer(colors=out.isatty())]
    )
    _listen_to_libraries()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
