"""One Ollama: what it says of itself, and one request at a time put to it with the same options always."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from bot.domain.errors import ModelError, ModelUnreadable
from bot.domain.question import ModelHealth, ModelIdentity
from bot.domain.settings import OllamaSettings
from bot.domain.verdict import UndecidedReason
from bot.inference.bounded import BoundedTransport
from bot.inference.faults import NoVerdict, as_model_errors, missing, not_an_ollama
from bot.inference.library import ollama
from bot.inference.raw_answer import cached_tokens, look_at
from bot.inference.reading import Answer, Pace

OLDEST_VERSION = (0, 12, 11)
"""The first one that reports log probabilities."""
TOP_LOGPROBS = 20
"""The most that Ollama lists."""

_LARGEST_WINDOW = 2**31
_LOOK_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_SURELY_LOADED_SECONDS = 60.0
# A prompt was cut when the server counts clearly less than was sent; a few tokens are for another way of splitting.
_CUT_SHARE = 0.9
_CUT_TOKENS = 16
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,60}")
_DIGEST = re.compile(r"[0-9A-Za-z:]{1,128}")
"""What a server says of itself stands beside every verdict, in the log and on the terminal."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. `tokens` is the prompt's length, `ends` the done reasons that this step may have."""

    prompt: str
    tokens: int
    num_predict: int
    ends: frozenset[str]
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    top_logprobs: int = 0
    temperature: float = 0.0

    def check(self, answer: Answer) -> None:
        """Raise NoVerdict unless the answer ended as this step may, and the server read the whole prompt."""
        said = answer.said
        if not said.done or said.done_reason not in self.ends:
            how = f"done_reason {said.done_reason!r}" if said.done else "done: false"
            raise NoVerdict(UndecidedReason.UNFINISHED, f"The model did not finish its answer as expected ({how}).")
        read = said.prompt_eval_count
        if read and read < self.tokens * _CUT_SHARE - _CUT_TOKENS:
            raise NoVerdict(
                UndecidedReason.REJECTED,
                f"Ollama read only {read} of the prompt's {self.tokens} tokens, so the policy may be missing from it. "
                f"Its context window is smaller than ollama.num_ctx: lower that, or raise the server's.",
            )


class OllamaServer:
    """The configured model at one address. Its identity is looked up once, and again after a failure."""

    def __init__(self, url: str, settings: OllamaSettings, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.url = url
        self._settings = settings
        self._monotonic = monotonic
        # Messages go where the admin said and nowhere else: no redirects, no proxy from the environment.
        self._web = httpx.AsyncClient(
            timeout=_CONNECT_SECONDS, follow_redirects=False, trust_env=False, transport=BoundedTransport()
        )
        patience = httpx.Timeout(None, connect=_CONNECT_SECONDS)
        self._client = ollama.AsyncClient(
            url,
            timeout=patience,
            follow_redirects=False,
            trust_env=False,
            transport=BoundedTransport(),
            event_hooks={"response": [look_at]},
        )
        self._identity: ModelIdentity | None = None
        self._looking = asyncio.Lock()
        self._loaded_until = 0.0
        self.pace = Pace()

    async def identity(self) -> ModelIdentity:
        """Return what answers here; asked once. Raises ModelError."""
        async with self._looking:
            return self._identity or (await self._look()).identity

    async def health(self) -> ModelHealth:
        """Return what answers here and how well it is placed, asked anew. Raises ModelError."""
        async with self._looking:
            return await self._look()

    def forget(self) -> None:
        """Look the model up again before the next request: something failed, and it may be another one then."""
        self._identity = None
        self._loaded_until = 0.0

    async def generate(self, ask: Ask) -> Answer:
        """Return the answer, which the caller checks with `Ask.check`. Raises ModelError.

        ollama-python has no arguments for `truncate` and `shift`, which would make an over-long prompt an error
        instead of a cut one. So callers send only what fits `num_ctx`, and the server's own count is compared.
        """
        try:
            with as_model_errors(self.url, self._settings.model):
                async with asyncio.timeout(self._patience()):
                    answer = Answer(said=await self._send(ask), cached=cached_tokens())
        except ModelError:
            self.forget()
            raise
        self._loaded_until = self._monotonic() + _SURELY_LOADED_SECONDS
        return answer

    async def _send(self, ask: Ask) -> ollama.GenerateResponse:
        return await self._client.generate(
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

    def _patience(self) -> float:
        """Return for how many seconds an answer is waited for: longer where the model may have to be loaded first."""
        loaded = self._monotonic() < self._loaded_until
        return (self._settings.timeout if loaded else self._settings.load_timeout).total_seconds()

    async def _look(self) -> ModelHealth:
        self.forget()
        with as_model_errors(self.url, self._settings.model):
            async with asyncio.timeout(_LOOK_SECONDS):
                version = await self._version()
                digest = await self._digest()
                placed = await self._placed()
        if placed is not None:
            self._loaded_until = self._monotonic() + _SURELY_LOADED_SECONDS
        self._identity = ModelIdentity(
            model=self._settings.model, digest=digest, server=f"ollama {version}", address=self.url
        )
        window = (placed.context_length or 0) if placed is not None else 0
        return ModelHealth(
            identity=self._identity,
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
