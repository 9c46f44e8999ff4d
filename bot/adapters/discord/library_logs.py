"""discord.py's own log lines, put into ours, where secrets are taken out."""

import logging

import discord

from bot.logs import get_logger

_LOG = get_logger(__name__)


class _IntoOurs(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line on; a traceback is reduced to its error."""
        error = repr(record.exc_info[1]) if record.exc_info else ""
        values = {"source": record.name, "text": record.getMessage()} | ({"error": error} if error else {})
        if record.levelno >= logging.ERROR:
            _LOG.error("discord_library", **values)
        else:
            _LOG.warning("discord_library", **values)


def take_over() -> None:
    """Send warnings and errors of discord.py to our log, once; say nothing of voice, which nobody uses here."""
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False
    logger = logging.getLogger("discord")
    if not any(isinstance(handler, _IntoOurs) for handler in logger.handlers):
        logger.addHandler(_IntoOurs(level=logging.WARNING))
        logger.propagate = False
