"""What every command reads before it begins."""

from pathlib import Path

from rich.text import Text

from bot.bootstrap.surroundings import load_settings
from bot.cli.shared.output import err
from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.load import Loaded, Options

QUIET = "error"
"""Commands that print results log only what nobody expects."""


def policies_of(folders: tuple[str, ...]) -> PolicyFiles:
    """Return the policies of these folders and the shipped ones, having told of the broken ones. Raises PolicyError."""
    policies = PolicyFiles.with_shipped(folders)
    if policies.broken:
        many = "These policies" if len(policies.broken) > 1 else "This policy"
        err().print(f"{many} can't be used, and nothing is judged by it until the file is mended; the others go on:")
        for broken in policies.broken.values():
            err().print(Text(f"  {broken.id}: {broken}"), soft_wrap=True)
    return policies


def settings_for(
    *, config: Path | None = None, ollama: str | None = None, model: str | None = None, db: Path | None = None
) -> Loaded:
    """Return the settings for a command that prints its own results. Raises ConfigError."""
    return load_settings(Options(config=config, ollama=ollama, model=model, db=db), log_level=QUIET)
