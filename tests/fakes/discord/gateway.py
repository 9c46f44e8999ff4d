"""The stand-in's gateway: identify, resume, heartbeats, sharding, and events by intent."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from discord import Intents, Permissions

from tests.fakes.discord.rules import base_permissions
from tests.fakes.discord.things import JSON, Guild

if TYPE_CHECKING:
    from tests.fakes.discord.stage import Stage

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, CHUNKS, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 8, 9, 10, 11

_NEEDS = {
    "GUILD_MEMBER_ADD": Intents(members=True),
    "GUILD_MEMBER_REMOVE": Intents(members=True),
    "GUILD_MEMBER_UPDATE": Intents(members=True),
    "GUILD_BAN_ADD": Intents(moderation=True),
    "GUILD_BAN_REMOVE": Intents(moderation=True),
    "GUILD_AUDIT_LOG_ENTRY_CREATE": Intents(moderation=True),
    "MESSAGE_CREATE": Intents(guild_messages=True),
    "MESSAGE_UPDATE": Intents(guild_messages=True),
    "MESSAGE_DELETE": Intents(guild_messages=True),
    "MESSAGE_DELETE_BULK": Intents(guild_messages=True),
}
_CONTENT = ("content", "embeds", "attachments", "components")


@dataclass(eq=False)
class Session:
    """One shard's session: it outlives its socket, and keeps what was sent for a resume."""

    id: str
    shard: tuple[int, int]
    intents: Intents
    sequence: int = 0
    sent: list[tuple[int, str]] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None

    def carries(self, guild: Guild | None) -> bool:
        """Return whether a guild's events come over this shard."""
        number, count = self.shard
        return number == 0 if guild is None else (guild.id >> 22) % count == number


class Gateway:
    """All sessions of the one bot."""

    def __init__(self, world: "Stage") -> None:
        self._world = world
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.heartbeats = 0
        self.refused_intents = Intents.none()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket until it closes."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await _send(socket, HELLO, {"heartbeat_interval": 41_250})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._receive(socket, json.loads(frame.data))
        return socket

    async def _receive(self, socket: web.WebSocketResponse, frame: JSON) -> None:
        if frame["op"] == HEARTBEAT:
            self.heartbeats += 1
            await _send(socket, ACK, None)
        elif frame["op"] == IDENTIFY:
            await self._identify(socket, frame["d"])
        elif frame["op"] == RESUME:
            await self._resume(socket, frame["d"])
        elif frame["op"] == CHUNKS:
            await self._chunk(socket, frame["d"])
        self._world.changed()

    async def _identify(self, socket: web.WebSocketResponse, body: JSON) -> None:
        if body["token"] != self._world.token:
            await socket.close(code=4004, message=b"Authentication failed.")
            return
        intents = Intents._from_value(body["intents"])
        if intents.value & self.refused_intents.value:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return
        self.identified += 1
        number, count = body.get("shard", (0, 1))
        session = Session(id=f"session-{self.identified}", shard=(number, count), intents=intents, socket=socket)
        self.sessions = {key: other for key, other in self.sessions.items() if other.shard != session.shard}
        self.sessions[session.id] = session
        guilds = [guild for guild in self._world.guilds.values() if session.carries(guild) and self._world.is_in(guild)]
        await self._deliver(session, "READY", self._ready(session, guilds))
        for guild in guilds:
            if guild.id not in self._world.hidden:
                await self._deliver(session, "GUILD_CREATE", guild.payload())

    def _ready(self, session: Session, guilds: list[Guild]) -> JSON:
        return {
            "v": 10,
            "user": self._world.bot.payload() | {"verified": True, "mfa_enabled": True, "locale": "en-US"},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self._world.gateway_url,
            "application": {"id": str(self._world.application_id), "flags": self._world.application_flags},
            "shard": list(session.shard),
            "private_channels": [],
        }

    async def _resume(self, socket: web.WebSocketResponse, body: JSON) -> None:
        session = self.sessions.get(body["session_id"])
        if session is None:
            await _send(socket, INVALID, data=False)
            return
        self.resumed += 1
        session.socket = socket
        for sequence, frame in session.sent:
            if sequence > (body["seq"] or 0):
                await socket.send_str(frame)
        await self._deliver(session, "RESUMED", {})

    async def _chunk(self, socket: web.WebSocketResponse, body: JSON) -> None:
        session = next(session for session in self.sessions.values() if session.socket is socket)
        guild = self._world.guilds[int(body["guild_id"])]
        members = [member.full_payload() for member in guild.members.values()]
        chunk = {"guild_id": str(guild.id), "members": members, "chunk_index": 0, "chunk_count": 1, "not_found": []}
        await self._deliver(session, "GUILD_MEMBERS_CHUNK", chunk | {"nonce": body.get("nonce")})

    async def emit(self, event: str, data: JSON, guild: Guild | None = None) -> None:
        """Send an event to whoever may have it; a session without a socket keeps it for its resume."""
        for session in list(self.sessions.values()):
            if session.carries(guild) and self._may_have(session, event, guild):
                await self._deliver(session, event, self._trimmed(session, event, data))

    def _may_have(self, session: Session, event: str, guild: Guild | None) -> bool:
        needs = _NEEDS.get(event, Intents.none())
        if guild is None or session.intents.value & needs.value != needs.value:
            return guild is None
        if not self._world.is_in(guild) or guild.id in self._world.hidden:
            return False
        if event == "GUILD_AUDIT_LOG_ENTRY_CREATE":
            held = base_permissions(guild, guild.members[self._world.bot.id])
            return bool(held & Permissions(view_audit_log=True).value)
        return True

    def _trimmed(self, session: Session, event: str, data: JSON) -> JSON:
        """Without the message content intent, others' messages come empty."""
        is_content = event in ("MESSAGE_CREATE", "MESSAGE_UPDATE")
        if not is_content or session.intents.message_content or data["author"]["id"] == str(self._world.bot.id):
            return data
        kept: dict[str, Any] = {key: ("" if key == "content" else []) for key in _CONTENT}
        return {key: value for key, value in data.items() if key != "poll"} | kept

    async def _deliver(self, session: Session, event: str, data: JSON) -> None:
        session.sequence += 1
        frame = json.dumps({"op": DISPATCH, "t": event, "s": session.sequence, "d": data})
        session.sent.append((session.sequence, frame))
        if session.socket is not None and not session.socket.closed:
            await session.socket.send_str(frame)

    async def drop(self, code: int = 4000) -> None:
        """Close every socket; with 4000 the client resumes, and hears what it missed."""
        for session in list(self.sessions.values()):
            socket, session.socket = session.socket, None
            if socket is not None:
                await socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Send opcode 7, as Discord does before it restarts a gateway."""
        await asyncio.gather(*(_send(s.socket, RECONNECT, None) for s in self.sessions.values() if s.socket))

    async def forget_sessions(self) -> None:
        """Close every socket and forget what was sent: a resume is answered with an invalid session."""
        old, self.sessions = list(self.sessions.values()), {}
        for session in old:
            if session.socket is not None:
                await session.socket.close(code=4000)


async def _send(socket: web.WebSocketResponse, op: int, data: Any) -> None:
    await socket.send_str(json.dumps({"op": op, "d": data, "s": None, "t": None}))
