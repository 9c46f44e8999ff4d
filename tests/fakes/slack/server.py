"""The stand-in's HTTP side: which method goes to which handler, recorded calls, faults and rate limits on demand."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.rules import FORM_ONLY, Need, Refusal, demand
from tests.fakes.slack.things import JSON, Channel, Team, Token, User

if TYPE_CHECKING:
    from tests.fakes.slack.world import World


@dataclass
class Call:
    """One request, as a handler sees it."""

    world: "World"
    method: str
    token: Token
    need: Need
    body: JSON

    @property
    def team(self) -> Team:
        """Return the workspace that the token belongs to."""
        assert self.token.team is not None
        return self.token.team

    @property
    def user(self) -> User:
        """Return whom the token acts as."""
        assert self.token.user is not None
        return self.token.user

    def channel(self, name: str = "channel") -> Channel:
        """Return the channel that the call names; Refusal when there is none that the token's holder can see."""
        found = self.world.channels.get(str(self.body.get(name, "")))
        if found is None or found.team is not self.team:
            raise Refusal("channel_not_found")
        if found.kind != "channel" and self.user.id not in found.members:
            raise Refusal("channel_not_found")
        return found

    def page(self, items: list[JSON], default: int = 100) -> tuple[list[JSON], str]:
        """Return the items that a cursor and limit ask for, and the next cursor, empty at the end."""
        limit = min(int(self.body.get("limit") or default), self.world.page_cap)
        start = int(str(self.body.get("cursor") or "at-0").removeprefix("at-"))
        following = start + limit
        return items[start:following], f"at-{following}" if following < len(items) else ""


Handler = Callable[[Call], JSON]
HANDLERS: dict[str, Handler] = {}


def method(name: str) -> Callable[[Handler], Handler]:
    """Answer this method with the decorated function."""

    def register(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return register


@dataclass
class Fault:
    """An answer in place of the true one, for the next `times` calls of a method.

    `after` carries the call out first: its answer is lost on the way. `status` 0 breaks the connection.
    """

    method: str
    status: int = 200
    error: str = ""
    times: int = 1
    retry_after: int = 0
    after: bool = False
    where: JSON = field(default_factory=dict)

    def matches(self, call: str, body: JSON) -> bool:
        """Return whether this call gets the fault."""
        fits = all(body.get(name) == value for name, value in self.where.items())
        return self.times > 0 and self.method in (call, "*") and fits


@dataclass
class Trap:
    """What happens once the next call of a method with these arguments was carried out, and before it is answered."""

    method: str
    spring: Callable[[], None]
    where: JSON = field(default_factory=dict)
    sprung: bool = False

    def saw(self, call: str, body: JSON) -> None:
        """Spring at the call that is meant."""
        fits = self.method == call and all(body.get(name) == value for name, value in self.where.items())
        if fits and not self.sprung:
            self.sprung = True
            self.spring()


async def answer(world: "World", request: web.Request) -> web.StreamResponse:
    """Answer one call as Slack would."""
    name = request.match_info["method"]
    body = await _read(request, name)
    world.calls.append((name, body))
    world.changed()
    if world.held is not None:
        await world.held.wait()
    fault = next((fault for fault in world.faults if fault.matches(name, body)), None)
    if fault is not None:
        fault.times -= 1
        if fault.after:
            _carry_out(world, request, name, body)
        return _faulty(request, fault)
    paused = _over_the_limit(world, request, name)
    if paused:
        return _json({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(paused)})
    answered = _carry_out(world, request, name, body)
    for trap in world.traps:
        trap.saw(name, body)
    return answered


def _carry_out(world: "World", request: web.Request, name: str, body: JSON) -> web.Response:
    try:
        token = _token(world, request, body)
        call = Call(world, name, token, demand(token, name), body)
        result: JSON = {"ok": True, **HANDLERS[name](call)}
        headers = {"X-OAuth-Scopes": ",".join(sorted(token.scopes))}
    except Refusal as refusal:
        result, headers = {"ok": False, "error": refusal.error} | refusal.more, {}
    finally:
        world.changed()
    return _json(result, headers=headers)


def _token(world: "World", request: web.Request, body: JSON) -> Token:
    value = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(body.get("token", ""))
    if not value:
        raise Refusal("not_authed")
    token = world.tokens.get(value)
    if token is None:
        raise Refusal("invalid_auth")
    if token.revoked or (token.team is not None and token.team.uninstalled):
        raise Refusal("token_revoked" if token.revoked else "account_inactive")
    return token


def _over_the_limit(world: "World", request: web.Request, name: str) -> int:
    """Return for how many seconds the caller must pause; 0 when the call is within the limit.

    A limit is a number of calls in a span of seconds, for each method and workspace.
    """
    if name not in world.limits:
        return 0
    number, seconds = world.limits[name]
    token = world.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    key = (name, token.team.id if token is not None and token.team is not None else "")
    recent: deque[float] = world.recent.setdefault(key, deque())
    now = world.now()
    while recent and recent[0] <= now - seconds:
        recent.popleft()
    if len(recent) >= number:
        world.limited.append(key)
        return max(1, int(recent[0] + seconds - now + 0.999))
    recent.append(now)
    return 0


async def _read(request: web.Request, name: str) -> JSON:
    body: JSON = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        sent = json.loads(await request.text() or "{}")
        return body if name in FORM_ONLY else body | sent
    if request.can_read_body:
        form = await request.post()
        body |= {key: value for key, value in form.items() if isinstance(value, str)}
    for key in ("blocks", "view", "metadata"):
        if isinstance(body.get(key), str):
            body[key] = json.loads(body[key])
    return body


def _faulty(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.status == 0:
        assert request.transport is not None
        request.transport.abort()
        raise asyncio.CancelledError
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
    if fault.status >= 500:
        return web.Response(status=fault.status, text="upstream error", content_type="text/html")
    return _json({"ok": False, "error": fault.error}, status=fault.status, headers=headers)


def _json(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)
