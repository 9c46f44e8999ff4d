"""A whole run on Slack's and Ollama's stand-ins: a workspace with people, and what a test looks at afterwards."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from bot.bootstrap.connections import SlackLine
from bot.bootstrap.running import Run, run_parts
from bot.config.settings.load import Loaded, load
from bot.domain.audit import AuditCode
from bot.domain.case import CaseFile
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef
from bot.domain.records import CaseFilter
from bot.domain.states import State
from tests.fakes.ollama.running import serving
from tests.fakes.ollama.server import StandIn
from tests.fakes.slack import Channel, Group, Team, User, World
from tests.fakes.slack.exchange import texts
from tests.fakes.slack.things import JSON
from tests.fakes.slack_rig import FAST, calling

SPAM = "1k followers 9, same day delivery"
"""What the stand-in's model objects to."""
SETTINGS = """
communities:
  {community}:
    mode: live
    mod_log: {log}
    moderators: [{group}]
    escalate_to: {group}
    takeover_mode: live
    context_messages: 0
    limits: {{per_author_minute: 1000, per_community_hour: 1000, per_incident: 1000}}
    policies:
      spam:
        mode: live
        categories:
          SP4: {{mode: live, action: {action}}}
"""
_EVERY = CaseFilter(limit=200)
_ENDED = frozenset({State.DONE, State.NOT_JUDGED, State.SCREENED_OUT, State.WITHDRAWN, State.SUPERSEDED})


class Tokens(Enum):
    """Which tokens a workspace gave."""

    BOT = "the bot's alone"
    BOTH = "the bot's and an admin's"


@dataclass(kw_only=True)
class Stage:
    """`Rivendell`: Anna is a member, Elrond an admin and Glorfindel in the moderators' user group."""

    world: World
    ollama: StandIn
    team: Team
    general: Channel
    log: Channel
    anna: User
    elrond: User
    glorfindel: User
    group: Group

    @property
    def community(self) -> CommunityId:
        """Return the workspace's community id."""
        return CommunityId(f"slack:{self.team.id}")

    @property
    def line(self) -> SlackLine:
        """Return the line to the stand-in."""
        return SlackLine(calling=calling(self.world), sockets=FAST)

    def environment(self, tokens: Tokens) -> dict[str, str]:
        """Return what `run` finds in its environment; the admin's token is Elrond's."""
        given = {
            "OLLAMA_HOST": self.ollama.url,
            "HALLMOOT_SLACK_BOT_TOKEN": self.world.bot_token(self.team).value,
            "HALLMOOT_SLACK_APP_TOKEN": self.team.app.token,
        }
        if tokens is Tokens.BOT:
            return given
        return given | {"HALLMOOT_SLACK_ADMIN_TOKEN": self.world.user_token(self.elrond, self.team).value}

    def write_settings(self, folder: Path, action: str) -> None:
        """Write the settings: one rule in earnest, with this action."""
        text = SETTINGS.format(community=self.community, log=self.log.id, group=self.group.id, action=action)
        (folder / "config.yaml").write_text(text)

    def loaded(self, folder: Path, action: str, tokens: Tokens) -> Loaded:
        """Return what `run` reads."""
        self.write_settings(folder, action)
        return load(environment=self.environment(tokens), folder=folder)

    @asynccontextmanager
    async def running(self, folder: Path, action: str = "delete", *, tokens: Tokens) -> AsyncIterator["Running"]:
        """Run under settings of ours, with both sockets open, until the block ends."""
        async with self._running(self.loaded(folder, action, tokens)) as made:
            yield made

    @asynccontextmanager
    async def running_as_installed(self, folder: Path) -> AsyncIterator["Running"]:
        """Run without any settings for the workspace: an admin sets it up."""
        async with self._running(load(environment=self.environment(Tokens.BOT), folder=folder)) as made:
            yield made

    @asynccontextmanager
    async def _running(self, loaded: Loaded) -> AsyncIterator["Running"]:
        stop = asyncio.Event()
        async with run_parts(loaded, self.line) as parts:
            task = asyncio.create_task(parts.until(stop))
            try:
                await self.world.until(lambda: len(self.world.sockets.of(self.team.app)) == FAST.sockets)
                yield Running(stage=self, run=parts)
            finally:
                stop.set()
                await task

    def ref(self, post: JSON, channel: Channel | None = None) -> MessageRef:
        """Return where a message stands."""
        place = ChannelId((channel or self.general).id)
        return MessageRef(community=self.community, channel=place, message=MessageId(post["ts"]))

    def cards(self) -> list[JSON]:
        """Return the bot's posts in the mod log that are no replies, oldest first."""
        return [post for post in self.log.posts.values() if self._ours(post) and "thread_ts" not in post]

    def calls(self) -> list[JSON]:
        """Return the posts that call people to a card."""
        return [post for post in self.log.posts.values() if self._ours(post) and "thread_ts" in post]

    def told(self, person: User) -> list[str]:
        """Return the bot's direct messages to somebody."""
        return [texts(post) for post in self.world.direct(self.team, person).posts.values()]

    def _ours(self, post: JSON) -> bool:
        return bool(post["user"] == self.team.bot.id)


@dataclass(kw_only=True)
class Running:
    """A run under way. Waiting looks whenever something happens, and a little later."""

    stage: Stage
    run: Run

    async def say(self, text: str = SPAM, by: User | None = None, **extra: Any) -> JSON:
        """Post as Anna, unless somebody else is named, and wait until the message's way has ended."""
        stage = self.stage
        post = await stage.world.say(stage.general, by or stage.anna, text, **extra)
        await self.ended(post)
        return post

    async def ended(self, post: JSON, channel: Channel | None = None) -> State:
        """Wait until a message is in a terminal state, and return it."""
        ref = self.stage.ref(post, channel)
        async with asyncio.timeout(15):
            while True:
                item = await self.run.store.inbox.current(ref)
                if item is not None and item.state in _ENDED:
                    return item.state
                await asyncio.sleep(0.01)

    async def file(self, number: int = 1) -> CaseFile:
        """Return a case's record."""
        [case] = [case for case in await self._cases() if case.case.number == number]
        return case

    async def outcomes(self, number: int = 1) -> dict[str, str]:
        """Return how each action of a case ended."""
        file = await self.file(number)
        return {stored.effect.action: stored.result.outcome for stored in file.effects if stored.result is not None}

    async def audited(self, code: AuditCode) -> list[Mapping[str, str]]:
        """Return the details of the audit log's entries of a kind, oldest first; the chain verifies."""
        audit, community = self.run.store.audit, self.stage.community
        assert (await audit.verify(community)).faults == ()
        entries = await audit.entries(community, 1000)
        return [dict(entry.details or ()) for entry in entries if entry.code is code]

    async def _cases(self) -> list[CaseFile]:
        cases, community = self.run.store.cases, self.stage.community
        found = [await cases.file(community, case.number) for case in await cases.find(community, _EVERY)]
        return [file for file in found if file is not None]


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Yield a stage on which nothing runs yet."""
    async with World().running() as world, serving() as ollama:
        team = world.team("Rivendell")
        general, log = world.channel(team, "general"), world.channel(team, "mods", kind="group")
        anna, elrond = world.user(team, "Anna"), world.user(team, "Elrond", is_admin=True)
        glorfindel = world.user(team, "Glorfindel")
        log.members |= {elrond.id, glorfindel.id}
        yield Stage(
            world=world,
            ollama=ollama,
            team=team,
            general=general,
            log=log,
            anna=anna,
            elrond=elrond,
            glorfindel=glorfindel,
            group=world.group(team, "mods", glorfindel),
        )
