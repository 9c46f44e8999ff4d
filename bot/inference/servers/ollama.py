"""One Ollama: what it says of itself, and one request at a time put to it with the same options always."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx

from bot.domain.errors import ModelUnreadable
from bot.domain.question import ModelHealth, ModelIdentity
from bot.domain.settings import OllamaSettings
from bot.inference.bounded import BoundedTransport
from bot.inference.model_server import CONNECT_SECONDS, PatientServer
from bot.inference.request import Answer, Ask, Ended, count, seconds, word
from bot.inference.servers.library import ollama
from bot.inference.servers.ollama_faults import as_model_errors, missing, not_an_ollama
from bot.inference.servers.raw_answer import cached_tokens, look_at

OLDEST_VERSION = (0, 12, 11)
"""The first one that reports log probabilities."""

_LARGEST_WINDOW = 2**31
_NANO = 1e-9
_ENDINGS = {"stop": Ended.STOP, "length": Ended.LENGTH}
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,60}")
_DIGEST = re.compile(r"[0-9A-Za-z:]{1,128}")
"""What a server says of itself stands beside every verdict, in the log and on the terminal."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class OllamaServer(PatientServer):
    """The configured model in the Ollama at one address.

    ollama-python has no arguments for `truncate` and `shift`, which would make an over-long prompt an error instead of
    a cut one. So callers send only what fits `num_ctx`, and the server's own count is compared: `Ask.check`.
    """

    def __init__(self, url: str, settings: OllamaSettings, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(url, settings, monotonic=monotonic)
        # Messages go where the admin said and nowhere else: no redirects, no proxy from the environment.
        self._web = httpx.AsyncClient(
            timeout=CONNECT_SECONDS, follow_redirects=False, trust_env=False, transport=BoundedTransport()
        )
        patience = httpx.Timeout(None, connect=CONNECT_SECONDS)
        self._client = ollama.AsyncClient(
            url,
            timeout=patience,
            follow_redirects=False,
            trust_env=False,
            transport=BoundedTransport(),
            event_hooks={"response": [look_at]},
        )

    def _as_model_errors(self) -> AbstractContextManager[None]:
        return as_model_errors(self.url, self._settings.model)

    async def _send(self, ask: Ask) -> Answer:
        said = await self._client.generate(
            model=self._settings.model,
            prompt=ask.prompt,
            raw=True,
            think=False,  # otherwise Ollama's own parser may split what a raw prompt brings
            stream=False,
            format=ask.schema,
            logprobs=ask.top_logprobs > 0 or None,
            top_logprobs=ask.top_logprobs or None,
            options=self._options(ask),
            keep_alive=_keep_alive(self._settings.keep_alive),
        )
        return _answer(said, cached_tokens())

    async def close(self) -> None:
        """Let go of connections."""
        await self._web.aclose()
        await self._client.close()  # type: ignore[no-untyped-call]  # ollama leaves it without annotations

    def _options(self, ask: Ask) -> dict[str, Any]:
        """Return the options: those that Ollama would load the model anew for are the same in every request."""
        return {
            "num_ctx": self._settings.num_ctx,
            "seed": self._settings.seed,
            "temperature": ask.temperature,
            "repeat_penalty": 1.0,  # anything more makes quoting the message harder
            "num_predict": ask.num_predict,
            "stop": list(ask.stop),
        }

    async def _seen(self) -> ModelHealth:
        version = await self._version()
        digest = await self._digest()
        placed = await self._placed()
        identity = ModelIdentity(
            model=self._settings.model, digest=digest, server=f"ollama {version}", address=self.url
        )
        window = (placed.context_length or 0) if placed is not None else 0
        return ModelHealth(
            identity=identity,
            loaded=placed is not None,
            gpu_share=_gpu_share(placed) if placed is not None else None,
            foreign_window=window if 0 < window < _LARGEST_WINDOW and window != self._settings.num_ctx else None,
        )

    async def _version(self) -> str:
        answer = await self._web.get(f"{self.url}/api/version")
        try:
            version = answer.json()["version"] if answer.is_success else None
        except (ValueError, KeyError, TypeError, RecursionError):
            version = None
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise not_an_ollama(self.url)
        _check_version(version, self.url)
        return version

    async def _digest(self) -> str:
        for entry in (await self._client.list()).models:
            if _same_model(entry.model, self._settings.model):
                digest = entry.digest or ""
                return digest if _DIGEST.fullmatch(digest) else ""
        raise missing(self.url, self._settings.model)

    async def _placed(self) -> ollama.ProcessResponse.Model | None:
        """Return how the model is loaded, or None when it is not."""
        for entry in (await self._client.ps()).models:
            if _same_model(entry.model or entry.name, self._settings.model):
                return entry
        return None


def _answer(said: ollama.GenerateResponse, cached: int | None) -> Answer:
    first = said.logprobs[0].top_logprobs or () if said.logprobs else ()
    return Answer(
        text=said.response or "",
        ended=_ENDINGS.get(said.done_reason or "", Ended.OTHER) if said.done else Ended.OTHER,
        ended_as=f"done_reason {word(said.done_reason)}" if said.done else "done: false",
        prompt_tokens=count(said.prompt_eval_count) or None,
        cached_tokens=None if cached is None else count(cached),
        output_tokens=count(said.eval_count),
        load_seconds=seconds(said.load_duration, _NANO),
        prompt_seconds=seconds(said.prompt_eval_duration, _NANO),
        output_seconds=seconds(said.eval_duration, _NANO),
        candidates=tuple((entry.token, entry.logprob) for entry in first),
    )


def _gpu_share(placed: ollama.ProcessResponse.Model) -> float:
    share = (placed.size_vram or 0) / placed.size if placed.size else 0.0
    return min(max(share, 0.0), 1.0)


def _check_version(version: str, url: str) -> None:
    numbers = tuple(int(digits) for digits in re.findall(r"\d+", version)[:3])
    # A server built from source calls itself 0.0.0.
    if any(numbers) and numbers < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise ModelUnreadable(f"The Ollama at {url} is version {version}; Hallmoot needs {oldest} or later. Update it.")


def _same_model(listed: str | None, wanted: str) -> bool:
    """Compare names as Ollama does: without regard to case, `latest` where no tag is given."""
    if listed is None:
        return False
    full = wanted if ":" in wanted.rpartition("/")[2] else f"{wanted}:latest"
    return listed.lower() in (wanted.lower(), full.lower())


def _keep_alive(setting: str) -> float | str:
    """Return it as Ollama reads it: a number of seconds (below nought: for ever), or a duration with its unit."""
    return float(setting) if _NUMBER.fullmatch(setting) else setting
