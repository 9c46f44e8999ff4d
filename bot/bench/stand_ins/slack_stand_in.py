"""A server that speaks to an app as Slack does.

`python -m bot.bench.stand_ins.slack_stand_in 10000 60 1` prints its address.
It knows one workspace. Once it is told to begin it sends events over the sockets that are open, evenly over the seconds
given, and when all are acknowledged, or nothing comes any more, prints how long that took. It runs in a process of its
own, so that its cost is not counted. It is no test of what the bot makes of Slack: it refuses nothing.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

from bot.bench.stand_ins.generators import messages
from bot.domain.events import Message

JSON = dict[str, Any]
TEAM, BOT_TOKEN, APP_TOKEN = "T1", "xoxb-bench", "xapp-bench"
SOCKETS = 2
_CHANNELS = tuple(f"C{number}" for number in range(20))
_QUIET = 30.0
"""Seconds without an acknowledgement after which what is missing counts as lost."""
_SCOPES = "channels:history,channels:read,chat:write,users:read"


class StandIn:
    """One workspace with 20 channels and 200 members."""

    def __init__(self) -> None:
        self.url = ""
        self.sockets: list[web.WebSocketResponse] = []
        self.sent_at: dict[str, float] = {}
        self.took: list[float] = []
        self.acknowledged = asyncio.Event()
        self._tickets = itertools.count(1)

    async def call(self, request: web.Request) -> web.Response:
        """Answer a call of the Web API."""
        method = request.match_info["method"]
        return web.json_response({"ok": True} | self._answer(method), headers={"x-oauth-scopes": _SCOPES})

    def _answer(self, method: str) -> JSON:
        answers: dict[str, JSON] = {
            "auth.test": {"team_id": TEAM, "team": "Bench", "url": self.url, "user_id": "UBOT", "bot_id": "B1"},
            "users.list": {"members": [{"id": f"member{number}", "name": f"m{number}"} for number in range(200)]},
            "usergroups.list": {"usergroups": []},
            "conversations.list": {
                "channels": [{"id": each, "name": each.lower(), "is_member": True} for each in _CHANNELS]
            },
            "conversations.history": {"messages": [], "has_more": False},
        }
        if method == "apps.connections.open":
            return {"url": f"{self.url.replace('http', 'ws', 1)}link?ticket={next(self._tickets)}"}
        return answers.get(method, {})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """Keep a socket open and take acknowledgements."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                self._take(json.loads(frame.data))
        self.sockets.remove(socket)
        return socket

    def _take(self, frame: JSON) -> None:
        sent_at = self.sent_at.pop(str(frame.get("envelope_id")), None)
        if sent_at is not None:
            self.took.append(time.perf_counter() - sent_at)
            self.acknowledged.set()

    async def send(self, count: int, seconds: float, seed: int) -> None:
        """Send events evenly over some seconds, over each socket in turn."""
        began = time.perf_counter()
        for number, frame in enumerate(frames(seed, count)):
            await asyncio.sleep(max(0.0, began + number * seconds / count - time.perf_counter()))
            self.sent_at[frame["envelope_id"]] = time.perf_counter()
            await self.sockets[number % len(self.sockets)].send_json(frame)

    async def until_acknowledged(self, count: int) -> None:
        """Wait until all are acknowledged, or nothing comes any more."""
        while len(self.took) < count:
            self.acknowledged.clear()
            try:
                async with asyncio.timeout(_QUIET):
                    await self.acknowledged.wait()
            except TimeoutError:
                return


def frames(seed: int, count: int) -> Iterator[JSON]:
    """Yield envelopes with a message event each, sent just now."""
    for number, message in enumerate(messages(seed, count, datetime.now(UTC))):
        yield {
            "type": "events_api",
            "envelope_id": f"envelope-{number}",
            "accepts_response_payload": False,
            "retry_attempt": 0,
            "retry_reason": "",
            "payload": _payload(message, number),
        }


def _payload(message: Message, number: int) -> JSON:
    at = f"{time.time():.0f}.{number % 1_000_000:06d}"
    event = {
        "type": "message",
        "channel": _CHANNELS[number % len(_CHANNELS)],
        "channel_type": "channel",
        "user": message.author.id,
        "text": message.own_text,
        "ts": at,
        "event_ts": at,
        "team": TEAM,
    }
    grant = {"team_id": TEAM, "user_id": "UBOT", "is_bot": True}
    outer = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A1", "authorizations": [grant]}
    return outer | {"event_id": f"Ev{number}", "event_time": int(time.time()), "event": event}


async def _serve(count: int, seconds: float, seed: int) -> None:
    stand_in = StandIn()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", stand_in.call)
    app.router.add_get("/link", stand_in.link)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    _say(stand_in.url + "api/")
    loop = asyncio.get_running_loop()
    if not await loop.run_in_executor(None, sys.stdin.readline):
        return  # whoever started it has gone
    await stand_in.send(count, seconds, seed)
    await stand_in.until_acknowledged(count)
    _say(json.dumps({"took": [round(seconds, 6) for seconds in stand_in.took], "pending": len(stand_in.sent_at)}))
    await loop.run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
