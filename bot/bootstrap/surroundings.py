"""What every command starts from: settings, policies, the model.

The model's side is imported once it is asked for: most commands look at records, and need none.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot import logs
from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.load import Loaded, Options, load
from bot.config.text_files import current_folder, is_there
from bot.domain.errors import PolicyError
from bot.domain.policy import Policy
from bot.domain.settings import ProcessSettings
from bot.storage.install_key import KEY_NAME, install_key

if TYPE_CHECKING:
    from bot.inference.ollama import OllamaClassifier


def load_settings(options: Options, *, log_level: str | None = None) -> Loaded:
    """Read the settings that hold for a command run here, and set up logging by them. Raises ConfigError.

    `log_level` is for commands that speak for themselves: they log only what nobody expects.
    """
    loaded = load(options, environment=os.environ, folder=current_folder())
    logs.configure(level=log_level or loaded.process.log_level, json_lines=loaded.process.log_json)
    return loaded


def data_folder(settings: ProcessSettings) -> Path:
    """Return the folder that the database, the install key and the backups stand in."""
    return Path(settings.storage.path).parent


def classifier(settings: ProcessSettings) -> "OllamaClassifier":
    """Return the model as these settings place it. Raises ConfigError for an address that is refused.

    The fence's key is the installation's where there is one; a command that needs no data folder makes none.
    """
    from bot.inference.ollama import OllamaClassifier  # noqa: PLC0415 - see the module's docstring

    folder = data_folder(settings)
    key = install_key(folder) if is_there(folder / KEY_NAME) else secrets.token_bytes(32)
    return OllamaClassifier(settings.ollama, install_key=key)


def policies_of(folders: tuple[str, ...]) -> PolicyFiles:
    """Return the policies of these folders and the shipped ones. Raises PolicyError."""
    return PolicyFiles.with_shipped(folders)


def check_policy_lengths(settings: ProcessSettings, policies: tuple[Policy, ...]) -> tuple[str, ...]:
    """Return a sentence for each policy that leaves no room for a message in the context window."""
    from bot.inference.prompts.harmony import Harmony  # noqa: PLC0415 - as above

    harmony = Harmony(install_key=b"", settings=settings.ollama)
    faults = []
    for policy in policies:
        try:
            harmony.check_policy(policy)
        except PolicyError as error:
            faults.append(str(error))
    return tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPrompt:
    """What the model reads first, and how many tokens that is."""

    text: str
    tokens: int
    policy_tokens: int


def shown_prompt(settings: ProcessSettings, policy: Policy, text: str) -> ShownPrompt:
    """Return exactly what the model reads first for a text under a policy, special tokens visible.

    Without an install key yet, the fence is that of a key of zeros.
    """
    from bot.inference.prompts.harmony import Harmony  # noqa: PLC0415 - as above

    folder = data_folder(settings)
    key = install_key(folder) if is_there(folder / KEY_NAME) else bytes(32)
    harmony = Harmony(install_key=key, settings=settings.ollama)
    shown = harmony.show(policy, text)
    return ShownPrompt(text=shown, tokens=harmony.count(shown), policy_tokens=harmony.count(policy.text))
