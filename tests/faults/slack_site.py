"""Slack's stand-in as a site whose faults are tried, with the real slack_sdk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.adapters.slack.platform import SlackPlatform, connect
from bot.adapters.slack.workspace import Workspace
from bot.domain.actions import Action, Mode
from bot.domain.decision import Effect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, ChannelId, CommunityId, MessageId, MessageRef
from bot.domain.settings import CommunitySettings
from bot.ports.platform import Platform
from tests import factories
from tests.fakes.clocks import SteppingClock
from tests.fakes.slack import Channel
from tests.fakes.slack.server import Trap
from tests.fakes.slack.things import JSON
from tests.fakes.slack_rig import FAST, Rig, calling, slack_settings
from tests.faults.site import PAUSE, Die, Site, Trouble

_ALWAYS = 1_000_000
_PEOPLE = 30


class SlackSite(Site):
    """One workspace with an admin's token. What the bot says goes over the web API, so no socket is needed."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.community: CommunityId = rig.community
        self.clock = SteppingClock()
        self._said = 0
        self._people = [rig.world.user(rig.team, f"member {number}") for number in range(_PEOPLE)]
        self._scopes: dict[str, frozenset[str]] = {}
        self._platform: SlackPlatform | None = None
        self._hidden: dict[CommunityId, Workspace] = {}
        self._is_hidden = False

    @property
    def ports(self) -> Platform:
        """Return slack_sdk behind our ports."""
        assert self._platform is not None
        return self._platform.ports

    @property
    def kinds(self) -> tuple[Action, ...]:
        """Return what Slack lets a bot do; a ban is a request to people, at once."""
        return (Action.FLAG, Action.ESCALATE, Action.WARN, Action.DELETE, Action.NOTICE)

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return the rig's settings."""
        return await self._rig.settings_of(community)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Take the workspace's keys; while it is hidden, they were not taken yet."""
        rig = self._rig
        settings = slack_settings(rig.world, rig.team, rig.elrond)
        self._platform = await connect(settings, rig.settings_of, self.clock, calling=calling(rig.world), sockets=FAST)
        if self._is_hidden:
            self._hide()
        yield

    async def said(self) -> Message:
        """Let the next member speak."""
        who = self._people[self._said]
        self._said += 1
        self._rig.general.members.add(who.id)
        post = await self._rig.world.say(self._rig.general, who, "you fool", heard="no")
        channel = ChannelId(self._rig.general.id)
        ref = MessageRef(community=self.community, channel=channel, message=MessageId(post["ts"]))
        found = await self.ports.history.fetch(ref)
        assert found is not None
        return replace(found, sent_at=self.clock.now())

    async def effect(self, action: Action, of: Message, decision: str) -> Effect:
        """Return an effect on the message or its author."""
        made = factories.effect(action, of=of, decision_id=decision, mode=Mode.LIVE)
        made = replace(made, channel=of.ref.channel, person=of.author.id, case=CaseNumber(1))
        return replace(made, told_of=Action.DELETE) if action is Action.NOTICE else made

    async def begin(self, trouble: Trouble, effect: Effect) -> None:
        """Break what the effect and its card ask for, or all of the workspace."""
        world = self._rig.world
        for method, where in (self._asks(effect), self._card()):
            if trouble is Trouble.BUSY:
                world.fail(method, status=503, times=_ALWAYS, where=where)
            elif trouble is Trouble.ANSWER_LOST:
                world.fail(method, status=503, after=True, where=where)
            elif trouble is Trouble.RATE_LIMITED:
                world.fail(method, "ratelimited", status=429, retry_after=PAUSE, where=where)
        if trouble is Trouble.BLIND:
            for method in ("conversations.history", "conversations.replies"):
                world.fail(method, "ratelimited", status=429, retry_after=PAUSE, times=_ALWAYS)
        if trouble in (Trouble.UNAVAILABLE, Trouble.RESTARTED) and not self._is_hidden:
            self._is_hidden = True
            self._hide()
        if trouble is Trouble.FORBIDDEN and not self._scopes:
            self._scopes = {token.value: token.scopes for token in world.tokens.values()}
            for token in world.tokens.values():
                token.scopes -= {"chat:write"}

    def _hide(self) -> None:
        assert self._platform is not None
        self._hidden |= {key: self._platform.workspaces.pop(key) for key in tuple(self._platform.workspaces)}

    async def end(self, trouble: Trouble) -> None:
        """Let everything be as it was."""
        del trouble
        assert self._platform is not None
        self._rig.world.faults.clear()
        self._is_hidden = False
        self._platform.workspaces.update(self._hidden)
        self._hidden = {}
        for value, scopes in self._scopes.items():
            self._rig.world.tokens[value].scopes = scopes
        self._scopes = {}

    def hits(self, trouble: Trouble, effect: Effect) -> bool:
        """Return whether the effect waits; a deletion is repeated within its call, and found to be done."""
        return not (trouble is Trouble.ANSWER_LOST and effect.action is Action.DELETE)

    def dies_at(self, effect: Effect, die: Die) -> None:
        """Set a trap."""
        method, where = self._asks(effect)
        self._rig.world.traps.append(Trap(method=method, spring=die, where=where))

    def times(self, effect: Effect) -> int:
        """Count the posts of an effect; a message is deleted once at most."""
        if effect.action is Action.DELETE and effect.message is not None:
            return int(effect.message.message not in self._rig.general.posts)
        if effect.action in (Action.WARN, Action.NOTICE):
            return len(self._ours(self._direct(effect)))
        return sum(key.startswith(f"{effect.key.decision}/") for key in self._ours(self._rig.log))

    def cards(self) -> int:
        """Count the cards."""
        return sum(key.startswith("case:") for key in self._ours(self._rig.log))

    def requests(self) -> int:
        """Count what says or changes something; to look is free."""
        return sum(name.startswith("chat.") for name, _ in self._rig.world.calls)

    def _ours(self, channel: Channel) -> list[str]:
        """Return the keys of our own posts in a channel."""
        mine = (post for post in channel.posts.values() if post["user"] == self._rig.team.bot.id)
        return [str(post["metadata"]["event_payload"]["key"]) for post in mine]

    def _direct(self, effect: Effect) -> Channel:
        return self._rig.world.direct(self._rig.team, self._rig.world.users[effect.person or ""])

    def _card(self) -> tuple[str, JSON]:
        return "chat.postMessage", {"channel": self._rig.log.id}

    def _asks(self, effect: Effect) -> tuple[str, JSON]:
        if effect.action is Action.DELETE and effect.message is not None:
            return "chat.delete", {"ts": effect.message.message}
        if effect.action in (Action.WARN, Action.NOTICE):
            return "chat.postMessage", {"channel": self._direct(effect).id}
        return self._card()
