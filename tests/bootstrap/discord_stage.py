"""`run` with Discord's and Ollama's stand-ins, the real everything between them, and a server with a few people."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.bootstrap.running import Run, run_parts
from bot.config.settings.load import load
from bot.domain.case import CaseFile
from bot.domain.ids import CaseNumber
from bot.domain.states import TERMINAL
from tests.fakes.discord import Member, Post, World
from tests.fakes.discord_rig import Rig, rigged
from tests.fakes.ollama.running import serving
from tests.fakes.ollama.server import StandIn

SPAM = "1k followers 9, same day delivery"
"""What the stand-in's model objects to."""
LIVE = """
communities:
  {community}:
    mode: live
    mod_log: "{log}"
    context_messages: 0
    policies:
      spam:
        mode: live
        categories:
          SP4: {{mode: live, action: {action}}}
"""
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A server: Ada may do everything, Mo and Mia moderate, Anna and Bert are members. The mod log is hidden."""

    rig: Rig
    ollama: StandIn
    folder: Path
    ada: Member
    mo: Member
    mia: Member
    anna: Member
    bert: Member

    @property
    def world(self) -> World:
        """Return all of Discord."""
        return self.rig.world

    @property
    def cards(self) -> list[Post]:
        """Return what the bot posted in the mod log, the oldest first."""
        return self.world.posted(self.rig.log)

    @asynccontextmanager
    async def running(self, action: str | None = None) -> AsyncIterator["Running"]:
        """Run one process until the block ends. With an action the YAML file lets the rule do that in earnest."""
        if action is not None:
            settings = LIVE.format(community=self.rig.community, log=self.rig.log.id, action=action)
            (self.folder / "config.yaml").write_text(settings)
        environment = {"OLLAMA_HOST": self.ollama.url, "HALLMOOT_DISCORD_TOKEN": self.world.token}
        stop = asyncio.Event()
        async with run_parts(load(environment=environment, folder=self.folder)) as run:
            task = asyncio.create_task(run.until(stop))
            discord = run.connected.discord
            assert discord is not None
            try:
                await self.world.until(lambda: discord.gateway.is_ready() and self.world.syncs)
                yield Running(stage=self, run=run)
            finally:
                stop.set()
                await task

    async def audited(self, code: str) -> list[tuple[int | None, dict[str, str]]]:
        """Return what `hallmoot audit list` shows of one kind: each entry's case and details."""
        database = str(self.folder / "data" / "hallmoot.db")
        command = (sys.executable, "-m", "bot", "audit", "list", "--json", "--db", database)
        # A process of its own: the run beside it writes its log to this one's output.
        listed = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
        out, err = await listed.communicate()
        assert listed.returncode == 0, err
        entries = json.loads(out).get(self.rig.community, [])
        return [(entry["case"], dict(entry["details"])) for entry in entries if entry["what"] == code]

    async def refused(self) -> list[tuple[str, str]]:
        """Return who was refused, and why."""
        return [(details["by"], details["why"]) for _, details in await self.audited("refused_press")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """One process at work."""

    stage: Stage
    run: Run

    async def say(self, by: Member, text: str = SPAM) -> Post:
        """Say something, and wait until it is judged and all about it is done."""
        post = await self.stage.world.say(self.stage.rig.general, by, text)
        await self.settled(post)
        return post

    async def settled(self, post: Post) -> None:
        """Wait until a message is in its last state; AssertionError when it is not before long."""
        ref = self.stage.rig.ref(post)
        async with asyncio.timeout(_PATIENCE):
            while True:
                item = await self.run.store.inbox.current(ref)
                if item is not None and item.state in TERMINAL:
                    return
                await asyncio.sleep(0.01)

    async def file(self, number: int = 1) -> CaseFile:
        """Return a case that has to be there."""
        file = await self.run.store.cases.file(self.stage.rig.community, CaseNumber(number))
        assert file is not None
        return file

    async def slash(self, by: Member, command: str, /, **options: object) -> str:
        """Use a command, and return what it answers to that person alone."""
        shown = await self.stage.world.slash(self.stage.rig.general, by, command, **options)
        assert shown.is_private
        return shown.text


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """Yield a server in which nothing runs yet."""
    async with serving() as ollama, rigged() as rig:
        world, guild = rig.world, rig.guild
        world.deny(rig.log, guild.roles[guild.id], view_channel=True)
        rig.log.overwrites[world.bot.id] = (1, (1 << 10) | (1 << 11) | (1 << 16), 0)
        everything = ("manage_guild", "manage_messages", "manage_channels", "moderate_members", "kick_members")
        yield Stage(
            rig=rig,
            ollama=ollama,
            folder=folder,
            ada=world.moderator(guild, "Ada", **dict.fromkeys((*everything, "ban_members"), True)),
            mo=world.moderator(guild, "Mo"),
            mia=world.moderator(guild, "Mia"),
            anna=world.member(guild, "Anna"),
            bert=world.member(guild, "Bert"),
        )
