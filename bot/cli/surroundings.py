"""What every command reads before it begins."""

from pathlib import Path

from bot.bootstrap.surroundings import load_settings
from bot.config.load import Loaded, Options

QUIET = "error"
"""Commands that print results log only what nobody expects."""


def settings_for(
    *, config: Path | None = None, ollama: str | None = None, model: str | None = None, db: Path | None = None
) -> Loaded:
    """Return the settings for a command that prints its own results. Raises ConfigError."""
    return load_settings(Options(config=config, ollama=ollama, model=model, db=db), log_level=QUIET)
