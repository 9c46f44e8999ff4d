"""Slack's stand-in as a site whose faults are tried, with the real slack_sdk.

What Slack's events bring is not needed here: whatever is carried out goes through the Web API alone.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from bot.adapters.slack.incoming.translate import message_of
from bot.adapters.slack.platform import SlackPlatform, connect
from bot.core.switchboard import switchboard
from bot.domain.actions import Action, Mode
from bot.domain.decision import BOT, Effect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, ChannelId, CommunityId
from bot.domain.settings import CommunitySettings
from bot.ports.platform import Platform
from tests import factories
from tests.fakes.clocks import SteppingClock
from tests.fakes.slack import World
from tests.fakes.slack.exchange import texts
from tests.fakes.slack.server import Fault
from tests.fakes.slack.things import JSON, Token
from tests.fakes.slack_rig import FAST, calling, slack_settings
from tests.faults.site import PAUSE, Die, Site, Trouble

_ALWAYS = 1_000_000
_POST = "chat.postMessage"
_LOOKS = frozenset({"auth.test", "users.info", "usergroups.list", "users.list"})
_TRIES = 3
"""How often slack_sdk's caller tries what may be repeated: all of these answers have to be lost."""


class SlackSite(Site):
    """One workspace, with an admin's token. Everybody says what they say in a channel of their own."""

    def __init__(self, world: World, clock: SteppingClock) -> None:
        self._world = world
        self.clock = clock
        self._team = world.team("Rivendell")
        self._log = world.channel(self._team, "mods", kind="group")
        self._elrond = world.user(self._team, "Elrond", is_admin=True)
        self._log.members.add(self._elrond.id)
        self._group = world.group(self._team, "mods", self._elrond)
        self.community = CommunityId(f"slack:{self._team.id}")
        self._settings = slack_settings(world, self._team, self._elrond)
        self._platform: SlackPlatform | None = None
        self._is_there = True
        self._faults: list[Fault] = []
        self._scopes: dict[Token, frozenset[str]] = {}

    @property
    def ports(self) -> Platform:
        """Return slack_sdk behind our ports, as a run has it: not there until Slack has answered."""
        return switchboard(lambda _: self._platform.ports if self._platform is not None and self._is_there else None)

    @property
    def kinds(self) -> tuple[Action, ...]:
        """Return what an app can carry out on Slack."""
        return (Action.FLAG, Action.ESCALATE, Action.WARN, Action.NOTICE, Action.DELETE)

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return settings with a mod log and somebody to call."""
        return replace(
            factories.community_settings(),
            community=community,
            mod_log=ChannelId(self._log.id),
            escalate_to=self._group.id,
        )

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Begin a process: nothing is remembered."""
        return self._connected()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        await self._begin_process()
        yield

    async def _begin_process(self) -> None:
        self._platform = await connect(self._settings, self.of, self.clock, calling=calling(self._world), sockets=FAST)

    async def said(self) -> Message:
        """Let a new member speak in a new channel."""
        world, number = self._world, len(self._world.users)
        member = world.user(self._team, f"Member{number}")
        channel = world.channel(self._team, f"channel-{number}")
        post = await world.say(channel, member, "you fool")
        assert self._platform is not None
        heard = message_of(post, channel.id, self._platform.workspaces[self.community].place)
        assert heard is not None
        return replace(heard, sent_at=self.clock.now())

    async def effect(self, action: Action, of: Message, decision: str) -> Effect:
        """Return an effect of the bot's on the message or its author."""
        made = factories.effect(action, of=of, decision_id=decision, by=BOT, mode=Mode.LIVE)
        made = replace(made, channel=of.ref.channel, person=of.author.id, case=CaseNumber(1))
        return replace(made, told_of=Action.DELETE) if action is Action.NOTICE else made

    async def begin(self, trouble: Trouble, effect: Effect) -> None:
        """Break what the effect and its card ask for, or all of the workspace."""
        for method, where in (self._asks(effect), self._card()):
            if trouble is Trouble.BUSY:
                self._faults.append(self._world.fail(method, status=503, times=_ALWAYS, where=where))
            elif trouble is Trouble.ANSWER_LOST:
                times = 1 if method == _POST else _TRIES
                self._faults.append(self._world.fail(method, status=503, after=True, times=times, where=where))
            elif trouble is Trouble.RATE_LIMITED:
                self._world.closed.setdefault(method, self._world.now() + PAUSE)
        self._break_all(trouble)

    def _break_all(self, trouble: Trouble) -> None:
        if trouble is Trouble.BLIND:
            for method in ("conversations.history", "conversations.replies"):
                self._world.closed.setdefault(method, self._world.now() + PAUSE)
        if trouble is Trouble.RESTARTED:
            self._is_there = False
        if trouble is Trouble.UNAVAILABLE:
            self._team.uninstalled = True
        if trouble is Trouble.FORBIDDEN and not self._scopes:
            self._scopes = {token: token.scopes for token in self._world.tokens.values()}
            for token in self._scopes:
                token.scopes = token.scopes - {"chat:write"}

    async def end(self, trouble: Trouble) -> None:
        """Let everything be as it was."""
        del trouble
        for fault in self._faults:
            fault.times = 0
        self._faults.clear()
        self._world.closed.clear()
        self._is_there, self._team.uninstalled = True, False
        for token, scopes in self._scopes.items():
            token.scopes = scopes
        self._scopes = {}

    def hits(self, trouble: Trouble, effect: Effect) -> bool:
        """Return True: everything on Slack takes the same permission, and the same connection."""
        del trouble, effect
        return True

    def dies_at(self, effect: Effect, die: Die) -> None:
        """Set a trap; the next process remembers nothing of this one."""
        method, where = self._asks(effect)

        def end() -> None:
            die()
            assert self._platform is not None
            before = self._platform
            self._platform = SlackPlatform(
                self._settings, before.workspaces, self.of, self.clock, calling(self._world), FAST
            )

        self._world.fail(method, status=503, after=True, die=end, where=where)

    def times(self, effect: Effect) -> int:
        """Count the removals of a message, the posts in somebody's direct messages, and the calls of people."""
        if effect.action is Action.ESCALATE:
            return sum(self._calls(post) for post in self._log.posts.values())
        if effect.action in (Action.WARN, Action.NOTICE):
            return len(self._world.direct(self._team, self._world.users[effect.person or ""]).posts)
        method, where = self._asks(effect)
        return sum(name == method and where.items() <= body.items() for name, body in self._world.done)

    def cards(self) -> int:
        """Count the posts in the mod log that are cards."""
        return sum(post["blocks"][0]["type"] == "header" for post in self._log.posts.values())

    def card(self) -> str:
        """Return all that the only card says."""
        [card] = [post for post in self._log.posts.values() if post["blocks"][0]["type"] == "header"]
        return texts(card)

    def limited(self) -> list[tuple[str, str, str]]:
        """Return the calls that ran into Slack's own limit."""
        return self._world.limited

    def removals(self) -> int:
        """Return how many messages were deleted."""
        return sum(name == "chat.delete" for name, _ in self._world.done)

    def requests(self) -> int:
        """Count what changes something; to look is free."""
        return sum(not (name in _LOOKS or name.startswith("conversations.")) for name, _ in self._world.calls)

    def _calls(self, post: JSON) -> bool:
        return self._group.id in str(post["blocks"])

    def _card(self) -> tuple[str, JSON]:
        return _POST, {"channel": self._log.id}

    def _asks(self, effect: Effect) -> tuple[str, JSON]:
        if effect.action in (Action.FLAG, Action.ESCALATE):
            return self._card()
        if effect.action in (Action.WARN, Action.NOTICE):
            person = self._world.users[effect.person or ""]
            return _POST, {"channel": self._world.direct(self._team, person).id}
        assert effect.message is not None
        return "chat.delete", {"channel": effect.message.channel, "ts": effect.message.message}


@asynccontextmanager
async def slack_site() -> AsyncIterator[SlackSite]:
    """Yield a site on a clock of its own."""
    clock = SteppingClock()
    async with World(lambda: clock.now().timestamp(), minute=60.0).running() as world:
        yield SlackSite(world, clock)
