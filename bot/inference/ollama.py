"""The classifier whose model runs in Ollama."""

import time
from collections.abc import Callable

from bot.domain.settings import OllamaSettings
from bot.inference.address import checked_urls
from bot.inference.classifier import ServerClassifier
from bot.inference.prompts.harmony import Harmony
from bot.inference.servers.ollama import OllamaServer


class OllamaClassifier(ServerClassifier):
    """Judges with a model in Ollama, at the first of the configured addresses that has it."""

    def __init__(
        self,
        settings: OllamaSettings,
        *,
        install_key: bytes,
        harmony: Harmony | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Check the addresses (ConfigError) and load the vocabulary (InputError); nothing is sent yet."""
        urls = checked_urls(settings.urls, allow_remote=settings.allow_remote)
        servers = tuple(OllamaServer(url, settings, monotonic=monotonic) for url in urls)
        super().__init__(servers, settings, install_key=install_key, harmony=harmony, monotonic=monotonic)
