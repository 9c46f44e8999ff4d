"""Slack's Web API for one token: paced, patient within bounds, and with our errors in place of Slack's.

Slack limits each method for each workspace and app, and says with `Retry-After` how long to pause: the pause is kept
for the method, so that nobody else runs into it meanwhile. A call that may have been carried out is repeated only where
repeating does no harm; posting does.
"""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.refusals import UNREACHABLE, asked_pause, error_of, is_passing
from bot.domain.errors import PlatformBusy
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
JSON = dict[str, Any]
PATIENCE = 30.0
"""Seconds for which a call waits out Slack's pauses before it gives up."""
_TRIES = 3
_FIRST_DELAY = 0.5


class Method(StrEnum):
    """Every method of the Web API that is used. What each needs stands in the manifest; a test compares."""

    APPS_CONNECTIONS_OPEN = "apps.connections.open"
    AUTH_TEST = "auth.test"
    CHAT_DELETE = "chat.delete"
    CHAT_POST_EPHEMERAL = "chat.postEphemeral"
    CHAT_POST_MESSAGE = "chat.postMessage"
    CHAT_UPDATE = "chat.update"
    CONVERSATIONS_HISTORY = "conversations.history"
    CONVERSATIONS_INFO = "conversations.info"
    CONVERSATIONS_JOIN = "conversations.join"
    CONVERSATIONS_LIST = "conversations.list"
    CONVERSATIONS_OPEN = "conversations.open"
    CONVERSATIONS_REPLIES = "conversations.replies"
    FILES_COMPLETE_UPLOAD = "files.completeUploadExternal"
    FILES_GET_UPLOAD_URL = "files.getUploadURLExternal"
    USERGROUPS_LIST = "usergroups.list"
    USERGROUPS_USERS_LIST = "usergroups.users.list"
    USERS_INFO = "users.info"
    USERS_LIST = "users.list"
    VIEWS_OPEN = "views.open"
    VIEWS_PUBLISH = "views.publish"
    VIEWS_UPDATE = "views.update"


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


class Pauses:
    """Until when each method, and posting to each channel, has to wait. Shared by a workspace's tokens."""

    def __init__(self, clock: Clock, post_every: float) -> None:
        self._clock = clock
        self._post_every = post_every
        self._until: dict[str, float] = {}

    def left(self, method: Method, channel: str) -> float:
        """Return for how many seconds this call has to wait."""
        until = max(self._until.get(method, 0.0), self._until.get(_place(method, channel), 0.0))
        return max(0.0, until - self._clock.monotonic())

    def take(self, method: Method, channel: str) -> None:
        """Note that a call goes out now: Slack takes about one post a second in a channel."""
        if method is Method.CHAT_POST_MESSAGE:
            self._until[_place(method, channel)] = self._clock.monotonic() + self._post_every

    def pause(self, method: Method, seconds: float) -> None:
        """Note that Slack asked for a pause."""
        self._until[method] = self._clock.monotonic() + seconds


def _place(method: Method, channel: str) -> str:
    return f"{method}:{channel}"


class SlackApi:
    """Calls methods with one token. `scopes` is what Slack last said that the token may do; empty before any call."""

    def __init__(self, client: AsyncWebClient, clock: Clock, pauses: Pauses) -> None:
        self.client = client
        self._clock = clock
        self._pauses = pauses
        self.scopes: frozenset[str] = frozenset()

    async def call(self, method: Method, *, patience: float = PATIENCE, **arguments: object) -> JSON:
        """Return the method's answer. Raises PlatformRefused, or PlatformBusy once `patience` seconds are used up."""
        given = {name: value for name, value in arguments.items() if value is not None}
        channel = str(given.get("channel", ""))
        deadline = self._clock.monotonic() + patience
        for attempt in range(1, _TRIES + 1):
            await self._wait(method, channel, deadline)
            try:
                return await self._send(method, given)
            except (SlackApiError, aiohttp.ClientError, OSError, TimeoutError) as error:
                if not self._may_repeat(method, error, attempt):
                    raise error_of(error, method) from error
            await self._clock.sleep(self._delay(attempt))
        raise AssertionError("the last attempt returns or raises")

    async def upload(self, url: str, content: bytes) -> None:
        """Send the bytes of a file to the address that Slack named for them. Raises PlatformBusy."""
        timeout = aiohttp.ClientTimeout(total=self.client.timeout)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.post(url, data=content) as response:
                response.raise_for_status()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            text = "Slack did not take a file just now. Ask for it again in a moment."
            raise PlatformBusy(text, code=UNREACHABLE) from error

    async def _wait(self, method: Method, channel: str, deadline: float) -> None:
        while (left := self._pauses.left(method, channel)) > 0:
            if self._clock.monotonic() + left > deadline:
                text = f"Slack asked for a pause of {left:.0f} s before the next {method}."
                raise PlatformBusy(text, code="ratelimited", retry_after=left)
            await self._clock.sleep(left)
        self._pauses.take(method, channel)

    async def _send(self, method: Method, arguments: JSON) -> JSON:
        body: Mapping[str, JSON] = {"json": arguments} if method in _TAKES_JSON else {"data": _as_form(arguments)}
        response = await self.client.api_call(method, **body)  # type: ignore[arg-type]
        granted = response.headers.get("x-oauth-scopes") or ""
        self.scopes = frozenset(scope.strip() for scope in granted.split(",") if scope.strip()) or self.scopes
        return response.data if isinstance(response.data, dict) else {}

    def _may_repeat(self, method: Method, error: Exception, attempt: int) -> bool:
        pause = asked_pause(error)
        if pause is not None:
            self._pauses.pause(method, pause)
            _log.info("slack_pause", method=method, seconds=pause)
        if attempt == _TRIES or not is_passing(error):
            return False
        return pause is not None or method not in _ONCE

    def _delay(self, attempt: int) -> float:
        return float(_FIRST_DELAY * 2 ** (attempt - 1)) if attempt > 1 else 0.0


def _as_form(arguments: JSON) -> JSON:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in arguments.items()}


async def pages(api: SlackApi, method: Method, key: str, most: int = 200, **arguments: str | int | bool) -> list[JSON]:
    """Return the items of every page of a list, at most `most` pages."""
    found: list[JSON] = []
    cursor: str | None = None
    for _ in range(most):
        answer = await api.call(method, patience=PATIENCE, **arguments, **({"cursor": cursor} if cursor else {}))
        found += [item for item in answer.get(key) or [] if isinstance(item, dict)]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return found
        await asyncio.sleep(0)
    _log.warning("slack_list_cut", method=method, pages=most)
    return found
