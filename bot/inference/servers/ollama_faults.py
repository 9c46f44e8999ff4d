"""How each way in which an Ollama can fail becomes the error that says so, and with it the reason of an UNDECIDED."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bot.domain.errors import (
    ModelDied,
    ModelError,
    ModelLoading,
    ModelMissing,
    ModelTimeout,
    ModelUnreachable,
    ModelUnreadable,
)
from bot.domain.verdict import UndecidedReason
from bot.inference.faults import NoVerdict, own_words
from bot.inference.servers.library import ollama

_REPEATS = "repeat limit"
"""Ollama 0.34 and later break off an answer of a hundred equal tokens in a row with "prediction aborted, token repeat
limit reached" and status 500. The server is well; the text it was asked about made the model go round in circles."""
_NOT_OLLAMAS_FORM = (
    ValueError,  # no JSON, no UTF-8, another form, a number of thousands of digits
    ArithmeticError,  # a number that no float can be
    RecursionError,  # JSON that is nested thousands of times
    TypeError,  # JSON that is no object: the client unpacks it unseen
    AttributeError,  # an error that is no object: the client looks into it unseen
    httpx.RequestError,
)


@contextmanager
def as_model_errors(url: str, model: str) -> Iterator[None]:
    """Turn whatever the ollama client raises into the ModelError that fits. Cancellation passes through."""
    try:
        yield
    except ollama.ResponseError as error:
        raise _refused(error, url, model) from error
    except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
        raise unreachable(url) from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise ModelTimeout(
            f"{model} at {url} did not answer in time. Ollama may be overloaded or have fallen back to the processor: "
            f"look at `ollama ps`, or raise ollama.timeout."
        ) from error
    except httpx.TransportError as error:
        raise ModelDied(
            f"The connection to {url} broke before {model} had answered ({type(error).__name__})."
        ) from error
    except _NOT_OLLAMAS_FORM as error:
        raise ModelUnreadable(
            f"{url} answered something that is not Ollama's form ({type(error).__name__})."
        ) from error


def unreachable(url: str) -> ModelUnreachable:
    """Return the error for an address where nobody answers."""
    return ModelUnreachable(
        f"Nobody answers at {url}. Start Ollama there (`ollama serve`), or name another address with --ollama."
    )


def not_an_ollama(url: str) -> ModelUnreachable:
    """Return the error for an address where something else than an Ollama answers."""
    return ModelUnreachable(
        f"What answers at {url} is not an Ollama: it gives no version at {url}/api/version. Check the address and port."
    )


def missing(url: str, model: str) -> ModelMissing:
    """Return the error for a model that the server does not have."""
    return ModelMissing(f"The Ollama at {url} does not have the model {model}. Fetch it with: ollama pull {model}")


def _refused(error: ollama.ResponseError, url: str, model: str) -> ModelError:
    status, said = error.status_code, own_words(error.error)
    if status == httpx.codes.NOT_FOUND:
        return missing(url, model) if "model" in said.lower() else not_an_ollama(url)
    if status in (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS):
        return ModelLoading(f"The Ollama at {url} is loading {model} or has no room for a request now: {said}")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR and _REPEATS in said.lower():
        return NoVerdict(
            UndecidedReason.UNFINISHED, f"{model} repeated itself without end, so Ollama stopped it: {said}"
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return ModelDied(f"The Ollama at {url} failed while running {model}: {said}. Its own log says more.")
    if status >= httpx.codes.BAD_REQUEST:
        return NoVerdict(UndecidedReason.REJECTED, f"The Ollama at {url} refused the request ({status}): {said}")
    return not_an_ollama(url)
