"""Socket Mode kept alive: several sockets per app, each supervised and built anew when it stays away or goes silent.

What slack_sdk 3.47 does by itself is not enough: after one failed handshake it tries the same single-use address for
ever, and a reconnect can leave it open and silent. Here an address is forgotten after every failure, a handshake has a
time limit, and a socket that is not truly up after a while is thrown away with its handler.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.sdk_log import sdk_logger
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
_LONGEST_CONTROL_FRAME = 2_000
_MOST_DOUBLINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSettings:
    """How sockets are kept; all times in seconds.

    `ping_every` also is the pause between two attempts. A socket that is not up `rebuild_after` its start or its loss
    is built anew; so is one that carried nothing while another carried `silent_events`.
    """

    sockets: int = 2
    ping_every: float = 5.0
    handshake_within: float = 5.0
    check_every: float = 1.0
    rebuild_after: float = 12.0
    silent_events: int = 40


class _Tickets:
    """Stands in the place of slack_sdk's HTTP session: bounds a handshake, and forgets an address that failed."""

    def __init__(self, client: SocketModeClient, session: ClientSession, within: float) -> None:
        self._client = client
        self._session = session
        self._within = within

    @property
    def closed(self) -> bool:
        """Return whether the session is closed."""
        return self._session.closed

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def ws_connect(self, url: str, **options: Any) -> ClientWebSocketResponse:
        """Connect once. The address was for one handshake: after a failure the next attempt asks for a new one."""
        try:
            async with asyncio.timeout(self._within):
                socket: ClientWebSocketResponse = await self._session.ws_connect(url, **options)
                return socket
        except BaseException:
            self._client.wss_uri = None
            raise


class Line:
    """One socket. `carried` counts the events that it brought."""

    def __init__(
        self, app: AsyncApp, token: str, client: AsyncWebClient, settings: SocketSettings, on_up: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._on_up = on_up
        self.carried = 0
        self._greeted: object = None
        handler = AsyncSocketModeHandler(
            app, token, logger=sdk_logger("socket"), web_client=client, ping_interval=settings.ping_every
        )
        self._client: SocketModeClient = handler.client
        session = self._client.aiohttp_client_session
        self._client.aiohttp_client_session = _Tickets(  # type: ignore[assignment]
            self._client, session, settings.handshake_within
        )
        self._client.on_message_listeners.append(self._on_frame)
        self._connecting = asyncio.create_task(self._client.connect())  # type: ignore[no-untyped-call]

    async def _on_frame(self, frame: WSMessage) -> None:
        text = frame.data if isinstance(frame.data, str) else ""
        if len(text) > _LONGEST_CONTROL_FRAME or "envelope_id" in text:
            self.carried += 1
            return
        control = json.loads(text) if text.startswith("{") else {}
        if control.get("type") == "hello":
            self._greeted = self._client.current_session
            self._on_up()
        elif control.get("type") == "disconnect":
            _tell_of_disconnect(str(control.get("reason", "")))

    async def is_up(self) -> bool:
        """Return whether events can come: connected, greeted on this very connection, and somebody is listening."""
        session, receiver = self._client.current_session, self._client.message_receiver
        is_listening = receiver is not None and not receiver.done()
        return await self._client.is_connected() and session is self._greeted and is_listening

    async def close(self) -> None:
        """End the socket and everything that runs for it."""
        client = self._client
        client.closed = True
        running = [self._connecting, client.message_processor, client.message_receiver, client.current_session_monitor]
        for task in running:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in running if task is not None), return_exceptions=True)
        try:
            await client.close()  # type: ignore[no-untyped-call]
        except (aiohttp.ClientError, OSError) as error:
            _log.debug("slack_socket_close", error=str(error))


def _tell_of_disconnect(reason: str) -> None:
    if reason == "link_disabled":
        text = "Socket Mode was switched off. Switch it on at api.slack.com/apps under Socket Mode."
        _log.error("slack_socket_mode_off", text=text)
    else:
        _log.info("slack_asked_to_reconnect", reason=reason)


class Lines:
    """All sockets of one app-level token. `on_up` is called whenever one has (re)connected."""

    def __init__(
        self,
        make: Callable[[Callable[[], None]], Line],
        settings: SocketSettings,
        clock: Clock,
        on_up: Callable[[], None],
    ) -> None:
        self._make = make
        self._settings = settings
        self._clock = clock
        self._on_up = on_up
        self._lines: list[Line] = []
        self._down_since: dict[Line, float] = {}
        self._carried_before: dict[Line, int] = {}
        self._in_vain = 0
        self.rebuilt = 0
        self.up = 0

    async def run(self, on_check: Callable[[int], Awaitable[None]]) -> None:
        """Keep the sockets up until cancelled; `on_check` hears after each look how many are."""
        try:
            self._lines = [self._new() for _ in range(self._settings.sockets)]
            while True:
                await self._clock.sleep(self._settings.check_every)
                await self._look()
                await on_check(self.up)
        finally:
            await asyncio.gather(*(line.close() for line in self._lines), return_exceptions=True)
            self._lines = []

    def _new(self) -> Line:
        line = self._make(self._on_up)
        self._down_since[line] = self._clock.monotonic()
        self._carried_before[line] = 0
        return line

    async def _look(self) -> None:
        up = 0
        for line in list(self._lines):
            if await line.is_up():
                up += 1
                self._in_vain = 0
                self._down_since[line] = self._clock.monotonic()
            elif self._clock.monotonic() - self._down_since[line] >= self._patience():
                self._in_vain += 1
                await self._rebuild(line, "not_connected")
        self.up = up
        silent = self._silent_line()
        if silent is not None:
            await self._rebuild(silent, "silent")

    def _patience(self) -> float:
        """Return the seconds after which a socket that stays away is built anew: more and more while none comes up.

        Asking for a socket is the most limited method of all, and a pause that Slack asked for has to pass.
        """
        doubled = float(2 ** min(self._in_vain // max(1, self._settings.sockets), _MOST_DOUBLINGS))
        return self._settings.rebuild_after * doubled

    def _silent_line(self) -> Line | None:
        """Return a socket that carried nothing while another carried many: Slack spreads events evenly."""
        fresh = {line: line.carried - self._carried_before[line] for line in self._lines}
        if max(fresh.values(), default=0) < self._settings.silent_events:
            return None
        for line in self._lines:
            self._carried_before[line] = line.carried
        return next((line for line, carried in fresh.items() if carried == 0), None)

    async def _rebuild(self, line: Line, why: str) -> None:
        _log.warning("slack_socket_rebuilt", reason=why)
        self.rebuilt += 1
        self._lines.remove(line)
        self._down_since.pop(line)
        self._carried_before.pop(line)
        self._lines.append(self._new())
        await line.close()
