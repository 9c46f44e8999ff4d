"""Socket Mode kept alive: several sockets per app, each supervised and built anew when it stays away or goes silent.

What slack_sdk 3.47 does by itself is not enough: after one failed handshake it tries the same single-use address for
ever, and a reconnect can leave it open and silent. Here an address is forgotten after every failure, a handshake has a
time limit, and a socket that is not truly up after a while is thrown away with its handler.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.api import JSON
from bot.adapters.slack.incoming.tickets import Tickets
from bot.adapters.slack.sdk_log import sdk_logger
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
_MOST_DOUBLINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSettings:
    """How sockets are kept; all times in seconds.

    `ping_every` also is the pause between two attempts. A socket that is not up `rebuild_after` its start or its loss
    is built anew; so is one that carried nothing while another carried `silent_events`. `refused_after` is the pause at
    first where Slack refuses the app token.
    """

    sockets: int = 2
    ping_every: float = 5.0
    handshake_within: float = 5.0
    check_every: float = 1.0
    rebuild_after: float = 12.0
    silent_events: int = 40
    refused_after: float = 30.0


class _Handshakes:
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
    """One socket. `carried` counts the events that it brought, `odd` hears of frames that can't be read."""

    def __init__(
        self,
        app: AsyncApp,
        token: str,
        client: AsyncWebClient,
        settings: SocketSettings,
        tickets: Tickets,
        on_up: Callable[["Line"], None],
        odd: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._on_up = on_up
        self._odd = odd
        self.carried = 0
        self._greeted: object = None
        self._heard_at = 0.0
        handler = AsyncSocketModeHandler(
            app, token, logger=sdk_logger("socket"), web_client=client, ping_interval=settings.ping_every
        )
        self._client: SocketModeClient = handler.client
        self._client.issue_new_wss_url = tickets.take  # type: ignore[method-assign]
        session = self._client.aiohttp_client_session
        self._client.aiohttp_client_session = _Handshakes(  # type: ignore[assignment]
            self._client, session, settings.handshake_within
        )
        self._client.on_message_listeners.append(self._on_frame)
        self._connecting = asyncio.create_task(self._client.connect())  # type: ignore[no-untyped-call]

    async def _on_frame(self, frame: WSMessage) -> None:
        """Look at a frame before it is handed on. Nothing that it holds may raise: slack_sdk would stop to listen."""
        text = frame.data if isinstance(frame.data, str) else ""
        self._heard_at = time.time()
        control = _control_in(text)
        if control is None:
            self._odd()
        elif "envelope_id" in control:
            self.carried += 1
            if not _is_whole(control):
                self._odd()
                await self._acknowledge(str(control["envelope_id"]))
        elif control.get("type") == "hello":
            self._greeted = self._client.current_session
            self._on_up(self)
        elif control.get("type") == "disconnect":
            _tell_of_disconnect(str(control.get("reason", "")))

    async def _acknowledge(self, envelope: str) -> None:
        """Have Slack not send again what would be no more readable then."""
        try:
            await self._client.send_socket_mode_response({"envelope_id": envelope})
        except Exception as error:  # noqa: BLE001 - it comes again over another socket
            _log.debug("slack_socket_not_answered", error=str(error))

    @property
    def session(self) -> object:
        """Return the connection on which Slack said hello; None where it did not, or that connection is gone."""
        current = self._client.current_session
        return current if current is not None and current is self._greeted and not current.closed else None

    def heard_after(self, moment: float) -> bool:
        """Return whether anything came in that was sent after a moment of the machine's clock, in seconds."""
        return max(self._heard_at, self._client.last_ping_pong_time or 0.0) > moment

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


def _control_in(text: str) -> JSON | None:
    """Return what a frame holds; None for one that can't be read. Slack's pings as text are no objects, and nothing."""
    if text.startswith("Ping"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_whole(envelope: JSON) -> bool:
    """Return whether an envelope holds what Bolt takes for granted, and falls over where it is missing."""
    payload = envelope.get("payload")
    if not isinstance(payload, dict) or envelope.get("type") != "events_api":
        return isinstance(payload, dict)
    event = payload.get("event")
    return isinstance(event, dict) and isinstance(event.get("type"), str)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """A socket came up at a moment; `others` had been up by then. One of them has to show that it really was."""

    moment: float
    others: Mapping[Line, object]

    def is_over(self) -> bool:
        """Return whether one of them has shown it."""
        return any(line.session is session and line.heard_after(self.moment) for line, session in self.others.items())

    def is_true(self) -> bool:
        """Return whether none of them can show it any more: perhaps no socket was up, and events are lost."""
        return all(line.session is not session for line, session in self.others.items())


def _tell_of_disconnect(reason: str) -> None:
    if reason == "link_disabled":
        text = "Socket Mode was switched off. Switch it on at api.slack.com/apps under Socket Mode."
        _log.error("slack_socket_mode_off", text=text)
    else:
        _log.info("slack_asked_to_reconnect", reason=reason)


class Lines:
    """All sockets of one app-level token.

    `on_gap` is called when one has connected and it is not sure that another was up all the while: what happened
    meanwhile was perhaps told to nobody. While one of them was up, Slack sent everything over that one.
    """

    def __init__(
        self,
        make: Callable[[Callable[[Line], None]], Line],
        settings: SocketSettings,
        clock: Clock,
        tickets: Tickets,
        on_gap: Callable[[], None],
    ) -> None:
        self._make = make
        self._tickets = tickets
        self._settings = settings
        self._clock = clock
        self._on_gap = on_gap
        self._doubts: list[_Doubt] = []
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
        line = self._make(self._came_up)
        self._down_since[line] = self._clock.monotonic()
        self._carried_before[line] = 0
        return line

    @property
    def doubts(self) -> int:
        """Return how often it is not sure yet that a socket was up all the while."""
        return len(self._doubts)

    def _came_up(self, line: Line) -> None:
        others = {each: each.session for each in self._lines if each is not line and each.session is not None}
        if others:
            self._doubts.append(_Doubt(moment=time.time(), others=others))
        else:
            self._on_gap()

    def _settle_doubts(self) -> None:
        """Drop doubts that are over. Where one is true while none is up, the next that comes up speaks of the gap."""
        true = [doubt for doubt in self._doubts if doubt.is_true()]
        self._doubts = [doubt for doubt in self._doubts if not (doubt.is_over() or doubt.is_true())]
        if true and any(line.session is not None for line in self._lines):
            self._doubts = []
            self._on_gap()

    async def _look(self) -> None:
        self._settle_doubts()
        up = 0
        for line in list(self._lines):
            if await line.is_up():
                up += 1
                self._in_vain = 0
                self._down_since[line] = self._clock.monotonic()
            elif self._tickets.refused:
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
