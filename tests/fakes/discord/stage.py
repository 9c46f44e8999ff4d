"""The state of the stand-in's world, the server that shows it to the client, and ways to look at it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from aiohttp import web

from bot.adapters.discord.address import pointed_at
from tests.fakes.discord import interactions, members, messages, server
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.rules import gone
from tests.fakes.discord.server import Call, Fault, Pace, Trap
from tests.fakes.discord.things import DM, JSON, Channel, Guild, Member, Post, User, new_id

_HANDLERS = (interactions, members, messages)
"""Importing these registers what the server answers."""
TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.standin.this-is-a-token-of-the-stand-in"
_PATIENCE = 8.0


class Stage:
    """The state of the world, its server, and looking at it."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.bot = User(id=new_id(), name="hallmoot", bot=True)
        self.application_id = self.bot.id
        self.application_flags = (1 << 19) | (1 << 15)
        self.shards = 1
        self.page_cap = 100
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.locales: dict[int, str] = {}
        self.commands: list[JSON] = []
        self.syncs = 0
        self.interactions: dict[str, interactions.Interaction] = {}
        self.private_posts: dict[int, Post] = {}
        self.requests: list[Call] = []
        self.carried_out: list[Call] = []
        self.hidden: set[int] = set()
        self.faults: list[Fault] = []
        self.traps: list[Trap] = []
        self.paces: list[Pace] = []
        self.skips_in_bulk: set[int] = set()
        """Accounts that a bulk ban leaves out without a word, as Discord does with those that are banned already."""
        self.uploads: dict[str, bytes] = {}
        self.gateway = Gateway(self)
        self.gateway_url = ""
        self.api_url = ""
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen on 127.0.0.1 and point discord.py there until the block ends."""
        app = web.Application()
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_get("/cdn/{name}", self._cdn)
        app.router.add_route("*", server.PREFIX + "/{tail:.*}", self._api)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.gateway_url = f"ws://{host}:{port}/gateway"
        self.api_url = f"http://{host}:{port}{server.PREFIX}"
        with pointed_at(self.api_url, self.gateway_url):
            try:
                yield self
            finally:
                await self.gateway.drop(code=1000)
                await runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        return await server.answer(self, request)

    async def _cdn(self, request: web.Request) -> web.Response:
        return web.Response(body=self.uploads[request.match_info["name"]])

    def upload(self, name: str, content: bytes) -> JSON:
        """Keep a file, and return the attachment object that leads to it."""
        number = new_id()
        self.uploads[str(number)] = content
        url = f"{self.api_url.removesuffix(server.PREFIX)}/cdn/{number}"
        return {"id": str(number), "filename": name, "size": len(content), "url": url, "proxy_url": url}

    def changed(self) -> None:
        """Wake whoever waits for something to be so."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], object], patience: float = _PATIENCE) -> None:
        """Wait until a condition holds; AssertionError when it does not within `patience` seconds."""
        deadline = asyncio.get_running_loop().time() + patience
        while not holds():
            left = deadline - asyncio.get_running_loop().time()
            assert left > 0, "what the test waits for did not come about"
            waiter = self._changed
            try:
                # Some conditions are about the bot and not about this world: they are looked at again in any case.
                await asyncio.wait_for(waiter.wait(), min(left, 0.01))
            except TimeoutError:
                continue

    async def emit(self, event: str, data: JSON, guild: Guild | None = None) -> None:
        """Send a gateway event."""
        await self.gateway.emit(event, data, guild)
        self.changed()

    def fail(
        self, method: str, path: str, status: int, *, code: int = 0, times: int = 1, text: str = "", after: bool = False
    ) -> Fault:
        """Answer the next `times` requests whose path matches the pattern with this status."""
        fault = Fault(method, re.compile(path), status, code, text or f"fault {status}", times, after=after)
        self.faults.append(fault)
        return fault

    def limit(self, method: str, path: str, *, seconds: float, times: int = 1, everywhere: bool = False) -> Fault:
        """Answer the next `times` requests whose path matches with 429."""
        fault = self.fail(method, path, 429, times=times, text="You are being rate limited.")
        fault.retry_after, fault.everywhere = seconds, everywhere
        return fault

    def malform(self, method: str, path: str, body: Any, *, times: int = 1) -> Fault:
        """Answer the next `times` requests whose path matches with something that is not what Discord would send."""
        fault = self.fail(method, path, 200, times=times)
        fault.body = body
        return fault

    def pace(self, method: str, path: str, *, most: int, seconds: float) -> None:
        """Let no more than so many matching requests through in so many seconds, as Discord's limits of a route do."""
        self.paces.append(Pace(method, re.compile(path), most, seconds))

    def trap(self, method: str, path: str, spring: Callable[[], None], *, at: int = 1) -> Trap:
        """Have something happen when the `at`-th matching request was carried out, and before it is answered."""
        trap = Trap(method, re.compile(path), at, spring)
        self.traps.append(trap)
        return trap

    def asked(self, method: str, path: str) -> list[Call]:
        """Return the recorded requests whose path matches the pattern from its beginning to its end."""
        return [call for call in self.requests if call.method == method and re.fullmatch(path, call.path)]

    def add_channel(self, channel: Channel) -> None:
        """Make a channel known."""
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel

    def guild_of(self, guild_id: int) -> Guild:
        """Return a guild the bot is in, or raise the 404."""
        guild = self.guilds.get(guild_id)
        if guild is None or not self.is_in(guild):
            raise gone("Guild")
        return guild

    def channel_of(self, channel_id: int) -> Channel:
        """Return a channel, or raise the 404."""
        channel = self.channels.get(channel_id)
        if channel is None or (channel.guild is not None and not self.is_in(channel.guild)):
            raise gone("Channel")
        return channel

    def is_in(self, guild: Guild) -> bool:
        """Return whether the bot is a member."""
        return self.bot.id in guild.members

    def me(self, channel: Channel) -> Member:
        """Return the bot's own membership where a channel is."""
        assert channel.guild is not None
        return channel.guild.members[self.bot.id]

    def dm_of(self, user: User) -> Channel:
        """Return the direct conversation with a user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(id=new_id(), name="", kind=DM, guild=None, recipient=user)
        self.add_channel(channel)
        return channel

    def told(self, user: User | Member) -> list[str]:
        """Return the bot's direct messages to a user."""
        account = user.user if isinstance(user, Member) else user
        return [post.texts() for post in self.dm_of(account).posts.values() if post.author is self.bot]

    def posted(self, channel: Channel) -> list[Post]:
        """Return the bot's own messages in a channel and, for a forum, in its posts; oldest first."""
        places = [channel, *(other for other in self.channels.values() if other.parent is channel)]
        found = [post for place in places for post in place.posts.values() if post.author is self.bot]
        return sorted(found, key=lambda post: post.id)

    def command(self, name: str, kind: int) -> JSON:
        """Return a registered command; KeyError when the bot did not register it."""
        for command in self.commands:
            if (command["name"], command["type"]) == (name, kind):
                return command
        raise KeyError(f"{name!r} is not among {[command['name'] for command in self.commands]}")

    async def drop_posts(self, channel: Channel, ids: list[int], by: User) -> None:
        """Take messages away and tell everybody; a deletion by another than the author is in the audit log."""
        guild = channel.guild
        authors = {channel.posts.pop(item).author for item in ids}
        where: JSON = {"channel_id": str(channel.id)} | ({"guild_id": str(guild.id)} if guild else {})
        if len(ids) == 1:
            await self.emit("MESSAGE_DELETE", where | {"id": str(ids[0])}, guild)
        elif ids:
            await self.emit("MESSAGE_DELETE_BULK", where | {"ids": [str(item) for item in ids]}, guild)
        for other in authors - {by}:
            if guild is not None:
                options = {"channel_id": str(channel.id), "count": str(len(ids))}
                await members.record_by(self, guild, by.id, members.MESSAGE_DELETE, other.id, options=options)

    async def leave(self, member: Member) -> None:
        """Take a member out of their guild; the bot itself hears that the guild is gone."""
        member.guild.members.pop(member.user.id)
        where = {"guild_id": str(member.guild.id), "user": member.user.payload()}
        if member.user is not self.bot:
            await self.emit("GUILD_MEMBER_REMOVE", where, member.guild)
            return
        for session in self.gateway.sessions.values():
            if session.carries(member.guild):
                await self.gateway._deliver(session, "GUILD_DELETE", {"id": str(member.guild.id)})

    async def hide(self, guild: Guild) -> None:
        """Take a guild from the bot's sight, as Discord does in an outage of its own; before a start: send it late."""
        self.hidden.add(guild.id)
        for session in self.gateway.sessions.values():
            if session.carries(guild):
                body = {"id": str(guild.id), "unavailable": True}
                await self.gateway._deliver(session, "GUILD_DELETE", body)

    async def show(self, guild: Guild) -> None:
        """Let the bot see a guild (again)."""
        self.hidden.discard(guild.id)
        for session in self.gateway.sessions.values():
            if session.carries(guild):
                await self.gateway._deliver(session, "GUILD_CREATE", guild.payload())

    def done(self, method: str, path: str) -> list[Call]:
        """Return the requests that were carried out, whether or not their answers arrived."""
        return [call for call in self.carried_out if call.method == method and re.fullmatch(path, call.path)]

    def with_member(self, post: Post) -> JSON:
        """Return a message as the gateway sends it: with its guild and its author's membership."""
        guild = post.channel.guild
        body = post.payload()
        if guild is None:
            return body
        body["guild_id"] = str(guild.id)
        if post.author.id in guild.members and "webhook_id" not in post.extra:
            body["member"] = guild.members[post.author.id].payload()
        return body
