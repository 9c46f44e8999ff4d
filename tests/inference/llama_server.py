"""A second kind of model server, as small as one can be: llama.cpp's own, at its own addresses.

It shows what a kind of server has to bring: how it is looked at, how a request is sent, and which error is which.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx

from bot.domain.errors import ModelDied, ModelError, ModelLoading, ModelTimeout, ModelUnreachable, ModelUnreadable
from bot.domain.question import ModelHealth, ModelIdentity
from bot.domain.settings import OllamaSettings
from bot.domain.verdict import UndecidedReason
from bot.inference.bounded import BoundedTransport
from bot.inference.faults import NoVerdict, own_words
from bot.inference.model_server import CONNECT_SECONDS, PatientServer
from bot.inference.request import Answer, Ask, Ended, count, seconds, word

_ENDINGS = {"eos": Ended.STOP, "word": Ended.STOP, "limit": Ended.LENGTH}
_ENDS = ("<|return|>", "<|call|>", "<|endoftext|>")
"""What ends an answer by itself; the server shows it, since it was started so as to show special tokens."""
_MILLI = 1e-3


class LlamaServer(PatientServer):
    """The one model that a llama.cpp server has."""

    def __init__(self, url: str, settings: OllamaSettings) -> None:
        super().__init__(url, settings)
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
        self._web = httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False, transport=BoundedTransport())

    async def close(self) -> None:
        """Let go of connections."""
        await self._web.aclose()

    def _as_model_errors(self) -> AbstractContextManager[None]:
        return _as_model_errors(self.url)

    async def _seen(self) -> ModelHealth:
        told = (await self._web.get("/v1/models")).raise_for_status()
        window = count(told.json()["data"][0]["meta"]["n_ctx"])
        identity = ModelIdentity(model=self._settings.model, digest="", server="llama.cpp", address=self.url)
        foreign = window if 0 < window < self._settings.num_ctx else None
        return ModelHealth(identity=identity, loaded=True, gpu_share=None, foreign_window=foreign)

    async def _send(self, ask: Ask) -> Answer:
        asked = {
            "prompt": ask.prompt,
            "n_predict": ask.num_predict,
            "stop": list(ask.stop),
            "temperature": ask.temperature,
            "seed": self._settings.seed,
            "repeat_penalty": 1.0,
            "n_probs": ask.top_logprobs,
            "cache_prompt": True,
        }
        answered = await self._web.post(
            "/completion", json=asked | ({"json_schema": ask.schema} if ask.schema is not None else {})
        )
        return _answer(answered.raise_for_status().json())


def _answer(said: dict[str, Any]) -> Answer:
    timings = said["timings"]
    first = next(iter(said.get("completion_probabilities") or ()), {"top_logprobs": ()})
    return Answer(
        text=_shown(said["content"]),
        ended=_ENDINGS.get(said["stop_type"], Ended.OTHER),
        ended_as=f"stop_type {word(said['stop_type'])}",
        prompt_tokens=count(timings["cache_n"]) + count(timings["prompt_n"]),
        cached_tokens=count(timings["cache_n"]),
        output_tokens=count(timings["predicted_n"]),
        prompt_seconds=seconds(timings["prompt_ms"], _MILLI),
        output_seconds=seconds(timings["predicted_ms"], _MILLI),
        candidates=tuple((one["token"], one["logprob"]) for one in first["top_logprobs"]),
    )


def _shown(text: str) -> str:
    for end in _ENDS:
        text = text.removesuffix(end)
    return text


@contextmanager
def _as_model_errors(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPStatusError as error:
        raise _refused(error.response, url) from error
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise ModelUnreachable(f"Nobody answers at {url}.") from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise ModelTimeout(f"{url} did not answer in time.") from error
    except httpx.TransportError as error:
        raise ModelDied(f"The connection to {url} broke ({type(error).__name__}).") from error
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, httpx.RequestError) as error:
        raise ModelUnreadable(f"{url} answered something else than llama.cpp's form.") from error


def _refused(response: httpx.Response, url: str) -> ModelError:
    said = own_words(response.text)
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return ModelLoading(f"The server at {url} is loading its model: {said}")
    if response.is_server_error:
        return ModelDied(f"The server at {url} failed: {said}")
    if response.status_code == httpx.codes.NOT_FOUND:
        return ModelUnreachable(f"What answers at {url} is no llama.cpp server.")
    return NoVerdict(UndecidedReason.REJECTED, f"The server at {url} refused the request: {said}")
