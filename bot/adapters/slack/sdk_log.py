"""slack_sdk's and Bolt's own log, brought into ours: a line each, no tracebacks, never louder than a warning.

The libraries log a traceback for every lost connection; what it means for us is logged where it is dealt with.
"""

import logging

from bot.logs import get_logger

_log = get_logger(__name__)
_LONGEST = 1_000
"""Characters of one record; the cause often stands in its second line."""


class _Forward(logging.Handler):
    """Hands a record on as one line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record's text."""
        line = " ".join(record.getMessage().split())[:_LONGEST]
        if record.levelno >= logging.WARNING:
            _log.warning("slack_library", text=line, part=record.name)
        else:
            _log.debug("slack_library", text=line, part=record.name)


def sdk_logger(part: str) -> logging.Logger:
    """Return the logger to hand to slack_sdk; the same one for the same part.

    Debug records stay off: they would hold members' messages.
    """
    logger = logging.getLogger(f"hallmoot.slack_sdk.{part}")
    if not logger.handlers:
        logger.addHandler(_Forward())
        logger.propagate = False
        logger.setLevel(logging.INFO)
    return logger
