"""Building the world: teams, people, channels, groups and tokens; starting and stopping its servers."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import yaml
from aiohttp import web

from tests.fakes.slack import chat, conversations, files, people, views
from tests.fakes.slack.block_kit import check_blocks
from tests.fakes.slack.rules import Refusal
from tests.fakes.slack.server import Call, Fault, Trap, answer, method
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.things import JSON, App, Channel, Group, Team, Token, User

MANIFEST = Path(__file__).parents[3] / "slack-manifest.yaml"
_ = (chat, conversations, files, people, views)  # their handlers register themselves
PATIENCE = 15.0
"""Seconds after which a test that waits has failed."""


class Building:
    """The state of one Slack. Nothing happens on its own."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.apps: list[App] = []
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, Group] = {}
        self.tokens: dict[str, Token] = {}
        self.views: dict[str, JSON] = {}
        self.homes: dict[str, JSON] = {}
        self.opened: list[tuple[str, str]] = []
        self.triggers: dict[str, tuple[float, str]] = {}
        self.responses: dict[str, list[JSON]] = {}
        self.ephemerals: list[tuple[str, str, JSON]] = []
        self.uploads: dict[str, JSON] = {}
        self.calls: list[tuple[str, JSON]] = []
        self.faults: list[Fault] = []
        self.traps: list[Trap] = []
        self.limits: dict[str, tuple[int, float]] = {}
        self.recent: dict[tuple[str, str], deque[float]] = {}
        self.limited: list[tuple[str, str]] = []
        self.page_cap = 1000
        self.held: asyncio.Event | None = None
        self.sockets = Sockets(self.changed)
        self.url = ""
        self._last_ts = 0
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers: set[asyncio.Event] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve the Web API and Socket Mode until the block ends."""
        application = web.Application(client_max_size=2**22)
        application.router.add_route("*", "/api/{method}", self._answer)
        application.router.add_post("/response/{id}", self._respond)
        application.router.add_post("/upload/{id}", self._receive)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        await self.sockets.start()
        try:
            yield self
        finally:
            await self.sockets.kill()
            await runner.cleanup()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        return await answer(self, request)  # type: ignore[arg-type]

    async def _receive(self, request: web.Request) -> web.Response:
        return await files.receive(request, self.uploads)

    async def _respond(self, request: web.Request) -> web.Response:
        response = await request.json()
        check_blocks(response.get("blocks", []))
        self.responses.setdefault(request.match_info["id"], []).append(response)
        self.changed()
        return web.Response(text="ok")

    # building

    def _id(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}{self._number:04d}"

    def app(self) -> App:
        """Make an app from the shipped manifest."""
        manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
        number = len(self.apps) + 1
        made = App(
            id=f"A{number}",
            token=f"xapp-1-A{number}-0001-abcdef",
            bot_scopes=frozenset(manifest["oauth_config"]["scopes"]["bot"]),
            events=frozenset(manifest["settings"]["event_subscriptions"]["bot_events"]),
        )
        self.apps.append(made)
        self._token(made.token, "app", made, None, None, frozenset({"connections:write"}))
        return made

    def team(self, name: str = "Rivendell", app: App | None = None, scopes: frozenset[str] | None = None) -> Team:
        """Make a workspace that has installed an app (a new one unless given), with the manifest's scopes."""
        app = app or self.app()
        team_id = self._id("T")
        bot = User(id=self._id("UBOT"), name="Hallmoot", home=team_id, is_bot=True)
        team = Team(id=team_id, name=name, app=app, bot=bot, bot_id=self._id("B"))
        self.teams[team_id], self.users[bot.id] = team, bot
        self._token(f"xoxb-{team_id}-bot", "bot", app, team, bot, app.bot_scopes if scopes is None else scopes)
        return team

    def bot_token(self, team: Team) -> Token:
        """Return the token of a workspace's bot."""
        return self.tokens[f"xoxb-{team.id}-bot"]

    def user_token(self, user: User, team: Team, *scopes: str) -> Token:
        """Return a token that acts as a member, with `chat:write` unless other scopes are named."""
        return self._token(f"xoxp-{user.id}", "user", team.app, team, user, frozenset(scopes or ("chat:write",)))

    def _token(
        self, value: str, kind: str, app: App, team: Team | None, user: User | None, scopes: frozenset[str]
    ) -> Token:
        self.tokens[value] = Token(value, kind, app, team, user, scopes)
        return self.tokens[value]

    def user(self, team: Team, name: str, **traits: Any) -> User:
        """Make a member; `is_admin`, `is_owner`, `is_bot`, `is_restricted`, `deleted` or another `home`."""
        made = User(**{"id": self._id("U"), "name": name, "home": team.id} | traits)
        self.users[made.id] = made
        for channel in self.channels.values():
            if channel.team is team and channel.kind == "channel":
                channel.members.add(made.id)
        return made

    def channel(self, team: Team, name: str, *, kind: str = "channel", watched: str = "yes") -> Channel:
        """Make a channel with everybody of the workspace in it; `watched` "no": without the bot."""
        made = Channel(id=self._id("C" if kind == "channel" else "G"), name=name, team=team, kind=kind)
        made.members = {user.id for user in self.users.values() if user.home == team.id}
        if watched == "no":
            made.members.discard(team.bot.id)
        self.channels[made.id] = made
        return made

    def direct(self, team: Team, person: User) -> Channel:
        """Return the bot's direct messages with a person."""
        for channel in self.channels.values():
            if channel.kind == "im" and channel.team is team and person.id in channel.members:
                return channel
        made = Channel(id=self._id("D"), name="", team=team, kind="im", members={team.bot.id, person.id})
        self.channels[made.id] = made
        return made

    def group(self, team: Team, handle: str, *members: User) -> Group:
        """Make a user group."""
        made = Group(id=self._id("S"), handle=handle, team=team, members=list(members))
        self.groups[made.id] = made
        return made

    # time and waiting

    def next_ts(self) -> str:
        """Return a timestamp later than every one before, in Slack's form."""
        self._last_ts = max(self._last_ts + 100, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def changed(self) -> None:
        """Wake whoever waits for something to happen."""
        for watcher in self._watchers:
            watcher.set()

    async def until(self, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something holds; AssertionError when it never does."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            async with asyncio.timeout(patience):
                while not holds():
                    watcher.clear()
                    await watcher.wait()
        except TimeoutError:
            raise AssertionError(f"never came to hold; last calls: {self.calls[-8:]}") from None
        finally:
            self._watchers.discard(watcher)

    def later(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something after the present answer has gone out."""

        async def run() -> None:
            await work

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def called(self, name: str) -> list[JSON]:
        """Return the bodies of every call of a method, in order."""
        return [body for called, body in self.calls if called == name]

    def fail(self, name: str, error: str = "", **how: Any) -> Fault:
        """Answer the next calls of a method with a fault; see `Fault`."""
        self.faults.append(Fault(method=name, error=error, **how))
        return self.faults[-1]


@method("apps.connections.open")
def connections_open(call: Call) -> JSON:
    """Issue a ticket for one socket."""
    if not call.token.app.socket_mode:
        raise Refusal("not_allowed_token_type")
    return {"url": call.world.sockets.ticket(call.token.app)}
