"""The stand-in's HTTP side: which path goes to which handler, recorded requests, faults on demand."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from aiohttp import web

from tests.fakes.discord.rules import Refusal

if TYPE_CHECKING:
    from tests.fakes.discord.stage import Stage
    from tests.fakes.discord.things import JSON

PREFIX = "/api/v10"
_MAX_REASON = 512


@dataclass(kw_only=True)
class Call:
    """One request, as a handler sees it: the numbers in its path, its query and body, the audit-log reason."""

    world: "Stage"
    method: str
    path: str
    ids: tuple[int, ...]
    query: dict[str, str]
    body: Any
    reason: str
    words: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Endpoint:
    """A method and path; `{n}` stands for a number and `{w}` for a word."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


ENDPOINTS: list[Endpoint] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Answer this method and path with the decorated function."""
    pattern = re.compile(path.replace("{n}", r"(\d+)").replace("{w}", r"([^/]+)") + "$")

    def register(handler: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(method, pattern, handler))
        return handler

    return register


@dataclass
class Fault:
    """An answer in place of the true one, for the next `times` requests that match.

    `after` True carries the request out first: the answer is lost on the way, as when a connection breaks.
    """

    method: str
    pattern: re.Pattern[str]
    status: int
    code: int
    text: str
    times: int
    retry_after: float = 0.0
    everywhere: bool = False
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Return whether this request gets the fault."""
        return self.times > 0 and self.method in (method, "*") and bool(self.pattern.search(path))


@dataclass
class Trap:
    """What happens once the `left`-th request that matches was carried out, and before it is answered."""

    method: str
    pattern: re.Pattern[str]
    left: int
    spring: Callable[[], None]

    def saw(self, call: Call) -> None:
        """Count a request that was carried out, and spring at the one that is meant."""
        if self.left and call.method == self.method and self.pattern.search(call.path):
            self.left -= 1
            if not self.left:
                self.spring()


async def answer(world: "Stage", request: web.Request) -> web.StreamResponse:
    """Answer one request as Discord would."""
    path = unquote(request.path)[len(PREFIX) :]
    call = await _read(world, request, path)
    world.requests.append(call)
    fault = next((fault for fault in world.faults if fault.matches(request.method, path)), None)
    if fault is not None:
        fault.times -= 1
        if fault.after:
            await _carry_out(world, request, call)
        return _fault_response(fault)
    return await _carry_out(world, request, call)


async def _carry_out(world: "Stage", request: web.Request, call: Call) -> web.Response:
    try:
        _authorise(world, request, call.path)
        _check_reason(request)
        result = await _dispatch(call)
        world.carried_out.append(call)
        for trap in world.traps:
            trap.saw(call)
    except Refusal as refusal:
        return _json({"code": refusal.code, "message": refusal.text}, refusal.status)
    finally:
        world.changed()
    return web.Response(status=204) if result is None else _json(result, 200)


async def _read(world: "Stage", request: web.Request, path: str) -> Call:
    body: Any = None
    files: dict[str, bytes] = {}
    if request.content_type == "multipart/form-data":
        form = await request.post()
        body = json.loads(str(form.get("payload_json", "{}")))
        for name, part in form.items():
            if isinstance(part, web.FileField):
                files[part.filename] = part.file.read()
                _ = name
    elif request.can_read_body:
        body = json.loads(await request.text() or "null")
    reason = unquote(request.headers.get("X-Audit-Log-Reason", ""))
    return Call(
        world=world,
        method=request.method,
        path=path,
        ids=(),
        query=dict(request.query),
        body=body,
        reason=reason,
        files=files,
    )


async def _dispatch(call: Call) -> Any:
    for endpoint in ENDPOINTS:
        match = endpoint.pattern.match(call.path) if endpoint.method == call.method else None
        if match:
            groups = match.groups()
            call.ids = tuple(int(group) for group in groups if group.isdigit())
            call.words = tuple(group for group in groups if not group.isdigit())
            return await endpoint.handler(call)
    raise Refusal(404, 0, f"404: the stand-in has no {call.method} {call.path}")


def _authorise(world: "Stage", request: web.Request, path: str) -> None:
    if path == "/gateway" or path.startswith(("/interactions/", "/webhooks/")):
        return
    if request.headers.get("Authorization") != f"Bot {world.token}":
        raise Refusal(401, 0, "401: Unauthorized")


def _check_reason(request: web.Request) -> None:
    reason = request.headers.get("X-Audit-Log-Reason", "")
    if len(quote(unquote(reason), safe="/ ")) > _MAX_REASON:
        raise Refusal(400, 50035, "Invalid Form Body: reason must be 512 or fewer in length")


def _fault_response(fault: Fault) -> web.Response:
    body: JSON = {"code": fault.code, "message": fault.text}
    if fault.status == 429:
        body = {"message": fault.text, "retry_after": fault.retry_after, "global": fault.everywhere}
    return _json(body, fault.status)


def _json(body: Any, status: int) -> web.Response:
    # discord.py reads JSON only when the content type is exactly this, without a charset.
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers={"Content-Type": "application/json", "Via": "1.1 stand-in"},
    )
