"""The stand-in's Socket Mode: single-use tickets, several sockets, acknowledgements, redelivery, disconnect frames."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from tests.fakes.slack.things import JSON, App

_numbers = itertools.count(1)


@dataclass(eq=False)
class Connection:
    """One open socket of an app. A `mute` one stays open and carries nothing, as some reconnects do.

    A `frozen` one does not even answer a ping.
    """

    app: App
    socket: web.WebSocketResponse
    mute: bool = False
    frozen: bool = False
    carried: int = 0


@dataclass(eq=False)
class Envelope:
    """One event, press or command on its way, until it is acknowledged."""

    id: str
    app: App
    frame: JSON
    sent_at: float
    attempts: int = 0
    carrier: Connection | None = None
    acked: "asyncio.Future[JSON]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Sockets:
    """All sockets of all apps. What comes while an app has none is lost, as at Slack."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.connections: list[Connection] = []
        self.pending: dict[str, Envelope] = {}
        self.tickets: dict[str, App] = {}
        self.used: list[str] = []
        self.reused: list[str] = []
        self.lost: list[JSON] = []
        self.latencies: list[float] = []
        self.handshakes = 0
        self.refused_handshakes = 0
        self.slow_handshakes: list[float] = []
        self.without_hello = 0
        self.mute_next = 0
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen, on the same port as before after a `kill`."""
        application = web.Application()
        application.router.add_get("/link", self._connect)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def kill(self) -> None:
        """Break every socket and refuse new ones until `start`."""
        for connection in list(self.connections):
            transport = connection.socket._req.transport if connection.socket._req is not None else None
            if transport is not None:
                transport.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.connections.clear()
        self._changed()

    def ticket(self, app: App) -> str:
        """Return an address that is good for one handshake."""
        name = f"ticket-{next(_numbers)}"
        self.tickets[name] = app
        return f"ws://127.0.0.1:{self.port}/link?ticket={name}"

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        self.handshakes += 1
        name = request.query.get("ticket", "")
        app = self.tickets.pop(name, None)
        if app is None:
            self.reused.append(name)
            self._changed()
            return web.Response(status=408, text="ticket was used")
        self.used.append(name)
        if self.refused_handshakes > 0:
            self.refused_handshakes -= 1
            self._changed()
            return web.Response(status=503)
        if self.slow_handshakes:
            await asyncio.sleep(self.slow_handshakes.pop(0))
        return await self._serve(request, app)

    async def _serve(self, request: web.Request, app: App) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(app, socket)
        if self.mute_next > 0:
            self.mute_next -= 1
            connection.mute = True
        if self.without_hello > 0:
            self.without_hello -= 1
        else:
            await socket.send_str(json.dumps({"type": "hello", "num_connections": len(self.of(app)) + 1}))
        self.connections.append(connection)
        await self._carry_anew(app)
        self._changed()
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._receive(json.loads(frame.data))
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
            self._changed()
        return socket

    def _receive(self, frame: JSON) -> None:
        envelope = self.pending.pop(str(frame["envelope_id"]), None)
        if envelope is not None:
            self.latencies.append(time.monotonic() - envelope.sent_at)
            if not envelope.acked.done():
                envelope.acked.set_result(frame.get("payload") or {})
        self._changed()

    def of(self, app: App) -> list[Connection]:
        """Return an app's open sockets that carry something."""
        return [
            connection
            for connection in self.connections
            if connection.app is app and not connection.socket.closed and not connection.frozen
        ]

    async def send(self, app: App, kind: str, payload: JSON) -> Envelope | None:
        """Send one envelope over one of the app's sockets; None, and lost, when there is none."""
        envelope = Envelope(f"envelope-{next(_numbers)}", app, {"type": kind, "payload": payload}, time.monotonic())
        envelope.frame |= {"envelope_id": envelope.id, "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            envelope.frame |= {"retry_attempt": 0, "retry_reason": ""}
        if not self.of(app):
            self.lost.append(envelope.frame)
            return None
        self.pending[envelope.id] = envelope
        await self._carry(envelope)
        return envelope

    async def _carry(self, envelope: Envelope) -> None:
        connections = self.of(envelope.app)
        if not connections:
            return
        connection = min(connections, key=lambda each: each.carried)
        connection.carried += 1
        envelope.carrier = connection
        if connection.mute:
            return
        try:
            await connection.socket.send_str(json.dumps(envelope.frame))
        except ConnectionError:
            return

    async def _carry_anew(self, app: App) -> None:
        """Send again, over a new socket, what went down unacknowledged with an old one, as Slack does."""
        for envelope in list(self.pending.values()):
            if envelope.app is app and envelope.carrier not in self.connections:
                envelope.attempts += 1
                envelope.frame |= {"retry_attempt": envelope.attempts, "retry_reason": "socket_closed"}
                await self._carry(envelope)

    async def redeliver(self, reason: str = "timeout") -> int:
        """Send everything unacknowledged again, as Slack does after a while; return how much that was."""
        waiting = list(self.pending.values())
        for envelope in waiting:
            envelope.attempts += 1
            envelope.frame |= {"retry_attempt": envelope.attempts, "retry_reason": reason}
            envelope.sent_at = time.monotonic()
            await self._carry(envelope)
        return len(waiting)

    async def repeat(self, envelope: Envelope) -> Envelope | None:
        """Send an acknowledged event once more under the same event id: the acknowledgement was lost on the way."""
        return await self.send(envelope.app, envelope.frame["type"], envelope.frame["payload"])

    async def send_raw(self, app: App, text: str) -> None:
        """Send a frame that no envelope holds, over one of the app's sockets."""
        await self.of(app)[0].socket.send_str(text)

    async def freeze(self, app: App, count: int = 100) -> None:
        """Let sockets stand open and carry nothing any more, not even a pong: their network is gone."""
        for connection in self.of(app)[:count]:
            connection.frozen = True
            transport = connection.socket._req.transport if connection.socket._req is not None else None
            if transport is not None:
                transport.pause_reading()

    async def disconnect(self, reason: str, app: App, count: int = 100) -> None:
        """Tell sockets to go: `warning` (soon), `refresh_requested` (now), `link_disabled` (for good)."""
        for connection in self.of(app)[:count]:
            await connection.socket.send_str(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))

    async def close(self, app: App, count: int = 100) -> None:
        """Close sockets properly, from Slack's side."""
        for connection in self.of(app)[:count]:
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)
