"""What Ollama tells of a prompt's reading, and ollama-python leaves out of what it hands on.

Since 0.34 an answer of `/api/generate` holds `prompt_eval_cached_count`: how many of the prompt's tokens the server did
not have to read, since a slot had them. The client builds its answer from the fields that it knows; so the answer is
looked at on its way there, as httpx lets one do.
"""

import json
from contextvars import ContextVar

import httpx

_cached: ContextVar[int | None] = ContextVar("cached", default=None)


async def look_at(response: httpx.Response) -> None:
    """Take note of what an answer says of its prompt; a hook for httpx's `response` event."""
    _cached.set(None)
    if response.is_success and response.request.url.path == "/api/generate":
        _cached.set(_cached_count(await response.aread()))


def cached_tokens() -> int | None:
    """Return how many tokens the answer that was looked at last, by this task, says were not read; None if nothing."""
    return _cached.get()


def _cached_count(body: bytes) -> int | None:
    try:
        told = json.loads(body)["prompt_eval_cached_count"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None  # what is wrong with an answer, the client finds out
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None
