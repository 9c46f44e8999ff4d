"""A server that is Discord enough for its own client to connect.

`python -m bot.bench.stand_ins.discord_stand_in COUNT SEED` prints where it is as a line of JSON. A line on its
standard input lets COUNT messages be said, in turn in each of 200 servers, as fast as the client takes them. It runs
in a process of its own, so that its cost is not counted.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.bench.stand_ins.generators import texts

SERVERS = 200
SHARDS = 2
_DISPATCH, _HEARTBEAT, _IDENTIFY, _HELLO, _ACK = 0, 1, 2, 10, 11
_BOT = 1 << 22
_AUTHORS = 50
_JOINED = "2026-01-01T00:00:00+00:00"
_USER = {"discriminator": "0", "global_name": None, "avatar": None, "bot": False, "public_flags": 0}
_MEMBER: dict[str, Any] = {"nick": None, "roles": [], "joined_at": _JOINED, "deaf": False, "mute": False, "flags": 0}
_NO_LISTS = ("mentions", "mention_roles", "attachments", "embeds", "components")


def server_id(number: int) -> int:
    """Return the id of the server of this number; the shard that it belongs to is in its upper bits."""
    return ((number + 1) << 22) + 1


def channel_id(number: int) -> int:
    """Return the id of the one channel of a server."""
    return ((number + 1) << 22) + 2


@dataclass
class Stage:
    """What is connected, and what is going to be said."""

    count: int
    seed: int
    url: str = ""
    shards: dict[int, web.WebSocketResponse] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)

    async def send(self, shard: int, event: str, data: dict[str, Any]) -> None:
        """Send an event over a shard, when its socket takes it."""
        self.sent[shard] = self.sent.get(shard, 0) + 1
        frame = {"op": _DISPATCH, "t": event, "s": self.sent[shard], "d": data}
        await self.shards[shard].send_str(json.dumps(frame))

    async def talk(self) -> None:
        """Let everybody say something, one server after the other."""
        words = texts(self.seed)
        for number in range(self.count):
            server = number % SERVERS
            await self.send(_shard_of(server), "MESSAGE_CREATE", _message(number, server, next(words)))


def _shard_of(server: int) -> int:
    return (server_id(server) >> 22) % SHARDS


def _user(number: int) -> dict[str, Any]:
    return {"id": str(number), "username": f"user-{number}", **_USER}


def _message(number: int, server: int, text: str) -> dict[str, Any]:
    return {
        "id": str(((1_000 + number) << 22) + 3),
        "type": 0,
        "channel_id": str(channel_id(server)),
        "guild_id": str(server_id(server)),
        "author": _user(100 + number % _AUTHORS),
        "member": _MEMBER,
        "content": text,
        "timestamp": "2026-11-23T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "pinned": False,
        "flags": 0,
        **{name: [] for name in _NO_LISTS},
    }


def _server(server: int) -> dict[str, Any]:
    number = str(server_id(server))
    everyone = {"id": number, "name": "@everyone", "permissions": str(1 << 10 | 1 << 11 | 1 << 16), "position": 0}
    channel = {"id": str(channel_id(server)), "type": 0, "name": "general", "position": 0, "permission_overwrites": []}
    lists = ("threads", "emojis", "stickers", "voice_states", "presences", "stage_instances", "guild_scheduled_events")
    return {
        "id": number,
        "name": f"server {server}",
        "owner_id": str(_BOT + 1),
        "roles": [everyone | {"color": 0, "hoist": False, "managed": False, "mentionable": False, "flags": 0}],
        "channels": [channel | {"parent_id": None, "topic": None, "nsfw": False, "rate_limit_per_user": 0}],
        "members": [_MEMBER | {"user": _user(_BOT) | {"bot": True}}],
        "member_count": _AUTHORS,
        "preferred_locale": "en-US",
        "features": [],
        "soundboard_sounds": [],
        "large": False,
        "unavailable": False,
        **{name: [] for name in lists},
    }


async def _gateway(request: web.Request) -> web.WebSocketResponse:
    stage: Stage = request.app[_STAGE]
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.send_str(json.dumps({"op": _HELLO, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None}))
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            continue
        body = json.loads(frame.data)
        if body["op"] == _HEARTBEAT:
            await socket.send_str(json.dumps({"op": _ACK, "d": None, "s": None, "t": None}))
        elif body["op"] == _IDENTIFY:
            await _identified(stage, socket, body["d"]["shard"][0])
    return socket


async def _identified(stage: Stage, socket: web.WebSocketResponse, shard: int) -> None:
    stage.shards[shard] = socket
    servers = [number for number in range(SERVERS) if _shard_of(number) == shard]
    ready = {
        "v": 10,
        "user": _user(_BOT) | {"bot": True, "verified": True, "mfa_enabled": True, "locale": "en-US"},
        "guilds": [{"id": str(server_id(number)), "unavailable": True} for number in servers],
        "session_id": f"shard-{shard}",
        "resume_gateway_url": stage.url.replace("http", "ws") + "/gateway",
        "application": {"id": str(_BOT), "flags": 0},
        "shard": [shard, SHARDS],
        "private_channels": [],
    }
    await stage.send(shard, "READY", ready)
    for number in servers:
        await stage.send(shard, "GUILD_CREATE", _server(number))


async def _rest(request: web.Request) -> web.Response:
    """Answer what the client asks for while it logs in."""
    stage: Stage = request.app[_STAGE]
    path = request.match_info["path"]
    if path == "gateway/bot":
        limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": SHARDS}
        answer: Any = {"url": stage.url.replace("http", "ws") + "/gateway", "shards": SHARDS}
        answer |= {"session_start_limit": limits}
    elif path == "users/@me":
        answer = _user(_BOT) | {"bot": True}
    elif path == "oauth2/applications/@me":
        answer = {"id": str(_BOT), "name": "bench", "icon": None, "description": "", "bot_public": False, "flags": 0}
        answer |= {"bot_require_code_grant": False, "verify_key": "0", "team": None, "owner": _user(_BOT + 1)}
    else:
        return web.Response(status=404)
    # discord.py reads JSON only when the content type is exactly this, without a charset.
    return web.Response(body=json.dumps(answer).encode(), headers={"Content-Type": "application/json"})


_STAGE = web.AppKey("stage", Stage)


async def _serve(stage: Stage) -> None:
    app = web.Application()
    app[_STAGE] = stage
    app.router.add_get("/gateway", _gateway)
    app.router.add_get("/api/{path:.*}", _rest)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stage.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    addresses = {"api": f"{stage.url}/api", "gateway": stage.url.replace("http", "ws") + "/gateway"}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    if await loop.run_in_executor(None, sys.stdin.readline):
        await stage.talk()
        await loop.run_in_executor(None, sys.stdin.read)  # whoever started it has gone


if __name__ == "__main__":
    asyncio.run(_serve(Stage(count=int(sys.argv[1]), seed=int(sys.argv[2]))))
