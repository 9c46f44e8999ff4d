"""Slack's Web API for one token: paced, patient within bounds, and with our errors in place of Slack's.

`pace` keeps the pace of each method. However often Slack says "later", that is never its last word: a call waits as
long as its patience lasts, and then ends with PlatformBusy and the seconds that are left. A call that may have been
carried out is repeated only where repeating does no harm; posting does.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.outgoing.refusals import UNREACHABLE, UNREADABLE, asked_pause, error_of, is_passing
from bot.adapters.slack.pace import Method, Pace, Rank
from bot.domain.errors import PlatformBusy
from bot.domain.reasons import PlatformReason, reason
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
JSON = dict[str, Any]
PATIENCE = 30.0
"""Seconds for which a call waits out Slack's pauses before it gives up."""
FOREVER = math.inf
"""The patience of what nobody waits for: it goes on whenever Slack lets it."""
_TRIES = 3
_FIRST_DELAY = 0.5


_ONCE = frozenset(
    {Method.CHAT_POST_MESSAGE, Method.CHAT_POST_EPHEMERAL, Method.FILES_COMPLETE_UPLOAD, Method.VIEWS_OPEN}
)
"""Methods that would be seen twice if they were carried out twice."""

_TAKES_JSON = frozenset(
    {
        Method.CHAT_DELETE,
        Method.CHAT_POST_EPHEMERAL,
        Method.CHAT_POST_MESSAGE,
        Method.CHAT_UPDATE,
        Method.CONVERSATIONS_JOIN,
        Method.CONVERSATIONS_OPEN,
        Method.FILES_COMPLETE_UPLOAD,
        Method.VIEWS_OPEN,
        Method.VIEWS_PUBLISH,
        Method.VIEWS_UPDATE,
    }
)
"""Methods that read a JSON body; the others ignore one and want a form."""


class SlackApi:
    """Calls methods with one token. `scopes` is what Slack last said that the token may do; empty before any call.

    `on_more` is called when the token may do more than before.
    """

    def __init__(self, client: AsyncWebClient, clock: Clock, pace: Pace) -> None:
        self.client = client
        self._clock = clock
        self._pace = pace
        self.scopes: frozenset[str] = frozenset()
        self.on_more: Callable[[], None] | None = None

    async def call(
        self, method: Method, *, patience: float = PATIENCE, rank: Rank = Rank.WORK, **arguments: object
    ) -> JSON:
        """Return the method's answer. Raises PlatformRefused, or PlatformBusy once `patience` seconds are used up."""
        given = {name: value for name, value in arguments.items() if value is not None}
        deadline = self._clock.monotonic() + patience
        failures = 0
        while True:
            await self._wait(method, str(given.get("channel", "")), rank, deadline)
            try:
                return await self._send(method, given)
            except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError) as error:
                pause = asked_pause(error)
                if pause is None:
                    failures += 1
                    if failures == _TRIES or not is_passing(error) or method in _ONCE:
                        raise error_of(error, method) from error
            if pause is None:
                await self._clock.sleep(_FIRST_DELAY * 2 ** (failures - 1) if failures > 1 else 0.0)
            else:
                self._pace.pause(method, pause)
                _log.info("slack_pause", method=method, seconds=pause)

    async def upload(self, url: str, content: bytes) -> None:
        """Send the bytes of a file to the address that Slack named for them. Raises PlatformBusy."""
        timeout = aiohttp.ClientTimeout(total=self.client.timeout)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=content) as response:
                response.raise_for_status()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            text = "Slack did not take a file just now. Ask for it again in a moment."
            raise PlatformBusy(text, code=UNREACHABLE) from error

    async def _wait(self, method: Method, channel: str, rank: Rank, deadline: float) -> None:
        left = await self._pace.turn(method, channel, rank, deadline)
        if left > 0:
            text = f"Slack lets {method} be called again in {left:.0f} s."
            why = reason(PlatformReason.RATE_LIMITED, seconds=math.ceil(left))
            raise PlatformBusy(text, code="ratelimited", retry_after=left, why=why)

    async def _send(self, method: Method, arguments: JSON) -> JSON:
        body: Mapping[str, JSON] = {"json": arguments} if method in _TAKES_JSON else {"data": _as_form(arguments)}
        response = await self.client.api_call(method, **body)  # type: ignore[arg-type]
        granted = response.headers.get("x-oauth-scopes") or ""
        before, scopes = self.scopes, frozenset(scope.strip() for scope in granted.split(",") if scope.strip())
        self.scopes = scopes or before
        if before and self.on_more is not None and scopes - before:
            self.on_more()
        return response.data if isinstance(response.data, dict) else {}


def held(answer: JSON, *names: str) -> str:
    """Return what an answer holds under these names, one within the other. Raises PlatformBusy where there is none.

    Whether the call was carried out is not known then.
    """
    found: object = answer
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, str) or not found:
        raise PlatformBusy(f"Slack's answer lacks {'.'.join(names)}, and can't be read.", code=UNREADABLE)
    return found


def _as_form(arguments: JSON) -> JSON:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in arguments.items()}


async def pages(
    api: SlackApi,
    method: Method,
    key: str,
    most: int = 200,
    *,
    patience: float = PATIENCE,
    rank: Rank = Rank.WORK,
    **arguments: str | int | bool,
) -> list[JSON]:
    """Return the items of every page of a list, at most `most` pages. `patience` is for each page."""
    found: list[JSON] = []
    cursor: str | None = None
    for _ in range(most):
        following = {"cursor": cursor} if cursor else {}
        answer = await api.call(method, patience=patience, rank=rank, **arguments, **following)
        found += [item for item in answer.get(key) or [] if isinstance(item, dict)]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return found
        await asyncio.sleep(0)
    _log.warning("slack_list_cut", method=method, pages=most)
    return found
