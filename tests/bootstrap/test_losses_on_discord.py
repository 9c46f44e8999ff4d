"""What a running bot loses on Discord in mid-work: its server, a channel, a permission, its token."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.bootstrap.running import Run, run_parts
from bot.config.settings.load import load
from bot.domain.actions import Action, Outcome
from bot.domain.decision import EffectResult
from bot.domain.reasons import PlatformReason
from bot.domain.states import State
from tests.fakes.discord import Post
from tests.fakes.discord_rig import Rig
from tests.fakes.ollama.faults import Fault
from tests.fakes.ollama.server import StandIn

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
SPAM = "1k followers 9, same day delivery"
SETTINGS = """
storage: {{path: records.db}}
communities:
  {community}:
    mode: live
    mod_log: "{log}"
    context_messages: 0
    policies: {{spam: {{mode: live, categories: {{SP4: {{mode: live, action: delete}}}}}}}}
"""


@asynccontextmanager
async def _running(folder: Path, ollama: StandIn, rig: Rig) -> AsyncIterator[Run]:
    """Yield a run that is connected, and that ended without an error."""
    (folder / "config.yaml").write_text(SETTINGS.format(community=rig.community, log=rig.log.id))
    environment = {"OLLAMA_HOST": ollama.url, "HALLMOOT_DISCORD_TOKEN": rig.world.token}
    stop = asyncio.Event()
    async with run_parts(load(environment=environment, folder=folder)) as parts:
        task = asyncio.create_task(parts.until(stop))
        discord = parts.connected.discord
        assert discord is not None
        try:
            await rig.world.until(discord.gateway.is_ready, PATIENCE)
            yield parts
        finally:
            stop.set()
            await task


@asynccontextmanager
async def _in_mid_work(rig: Rig, ollama: StandIn) -> AsyncIterator[Post]:
    """Yield a message that the model is asked about; its answer comes only once the block has ended."""
    ollama.faults.slow_seconds = 1.5
    ollama.faults.on(Fault.SLOW, times=1)
    asked = len(ollama.generates)
    post = await rig.world.say(rig.general, rig.world.member(rig.guild, "Ann"), SPAM)
    await rig.world.until(lambda: len(ollama.generates) > asked, PATIENCE)
    yield post


async def _result(run: Run, rig: Rig, post: Post) -> EffectResult:
    """Return how the removal of a message ended, once the message is done."""

    async def is_done() -> bool:
        item = await run.store.inbox.current(rig.ref(post))
        return item is not None and item.state is State.DONE

    await _until(is_done)
    file = await run.store.cases.file_of(rig.ref(post))
    assert file is not None
    [result] = [stored.result for stored in file.effects if stored.effect.action is Action.DELETE]
    assert result is not None
    return result


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.01)


async def _is_recorded(run: Run, rig: Rig, what: str) -> bool:
    return what in await _recorded(run, rig)


async def _recorded(run: Run, rig: Rig) -> list[str]:
    """Return what the audit log says of the server."""
    entries = await run.store.audit.entries(rig.community, 100)
    return [dict(entry.details)["what"] for entry in entries if entry.code == "platform" and entry.details]


async def test_a_bot_that_is_kicked_in_mid_work_ends_it_and_asks_no_more(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """The case stands, nothing can be done about it, and nothing is tried again and again."""
    async with _running(tmp_path, ollama, rig) as run:
        async with _in_mid_work(rig, ollama) as post:
            await rig.world.leave(rig.guild.members[rig.world.bot.id])
        result = await _result(run, rig, post)
        before = len(rig.world.requests)
        assert (result.outcome, result.why and result.why.code) == (Outcome.REFUSED, PlatformReason.COMMUNITY_GONE)
        assert await run.store.cases.pending_effects() == ()
        assert "removed" in await _recorded(run, rig)
        assert len(rig.world.requests) == before
    assert rig.world.asked("DELETE", ".*") == []


async def test_a_channel_that_is_deleted_in_mid_work_leaves_a_case_with_a_card(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """Its message is gone with it, which is what was to be done."""
    async with _running(tmp_path, ollama, rig) as run:
        async with _in_mid_work(rig, ollama) as post:
            await rig.world.emit("CHANNEL_DELETE", rig.general.payload(), rig.guild)
            del rig.world.channels[rig.general.id], rig.guild.channels[rig.general.id]
        result = await _result(run, rig, post)
        assert (result.outcome, result.why and result.why.code) == (Outcome.REFUSED, PlatformReason.CHANNEL_GONE)
        assert "channel_deleted" in await _recorded(run, rig)
    [card] = rig.world.posted(rig.log)
    assert "same day delivery" in card.texts()


async def test_a_permission_that_is_taken_in_mid_work_is_reported_and_waited_for(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """The card names it, the audit log tells when it went, and Discord is not asked in vain. Given back, it is used."""
    own = next(role for role in rig.guild.roles.values() if role.name == "hallmoot")
    async with _running(tmp_path, ollama, rig) as run:
        async with _in_mid_work(rig, ollama) as post:
            held, own.permissions = own.permissions, 0
            body = {"guild_id": str(rig.guild.id), "role": own.payload()}
            await rig.world.emit("GUILD_ROLE_UPDATE", body, rig.guild)
        await rig.world.until(lambda: any("Manage Messages" in card.texts() for card in rig.world.posted(rig.log)))
        [waiting] = [each for each in await run.store.cases.postponed() if each.effect.action is Action.DELETE]
        assert waiting.put_off is not None
        assert waiting.put_off.why.code == PlatformReason.MISSING_PERMISSION
        assert "own_permissions_changed" in await _recorded(run, rig)
        assert rig.world.asked("DELETE", ".*") == []
        own.permissions = held
        await rig.world.emit("GUILD_ROLE_UPDATE", {"guild_id": str(rig.guild.id), "role": own.payload()}, rig.guild)
        assert (await _result(run, rig, post)).outcome is Outcome.APPLIED
    assert len(rig.world.posted(rig.log)) == 1
    assert len(rig.world.asked("DELETE", ".*/messages/.*")) == 1


async def test_a_bot_that_is_let_in_again_goes_on_and_reads_up(tmp_path: Path, ollama: StandIn, rig: Rig) -> None:
    """Without a restart. Both are on record."""
    own, ann = rig.guild.members[rig.world.bot.id], rig.world.member(rig.guild, "Ann")
    async with _running(tmp_path, ollama, rig) as run:
        await _result(run, rig, await rig.world.say(rig.general, ann, SPAM))
        await rig.world.leave(own)
        await _until(lambda: _is_recorded(run, rig, "removed"))
        missed = await rig.world.say(rig.general, ann, f"{SPAM}, twice as many", heard=False)
        rig.guild.members[own.user.id] = own
        entered = {key: value for key, value in rig.guild.payload().items() if key != "unavailable"}
        await rig.world.emit("GUILD_CREATE", entered, rig.guild)
        live = await rig.world.say(rig.general, ann, f"{SPAM}, and some more of them")
        for post in (missed, live):
            assert (await _result(run, rig, post)).outcome is Outcome.APPLIED
        assert await _recorded(run, rig) == ["removed", "joined"]


async def _hallmoot(folder: Path, ollama: StandIn, rig: Rig, *arguments: str) -> asyncio.subprocess.Process:
    """Start a command as a process of its own, with the stand-ins in the places of Discord and Ollama."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OLLAMA_HOST": ollama.url}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.discord_run", rig.world.api_url, rig.world.gateway_url, *arguments),
        cwd=folder,
        env=environment | {"HALLMOOT_DISCORD_TOKEN": rig.world.token, "HALLMOOT_LOG_LEVEL": "error"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_token_that_is_revoked_ends_the_command_with_one_sentence_and_is_on_record(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """Exit status 2: no supervisor helps here, a person has to set the new one."""
    (tmp_path / "config.yaml").write_text(SETTINGS.format(community=rig.community, log=rig.log.id))
    process = await _hallmoot(tmp_path, ollama, rig, "run")
    await rig.world.until(lambda: rig.world.gateway.identified == 1 or process.returncode is not None, PATIENCE)
    rig.world.token = "another"
    await rig.world.gateway.forget_sessions()
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    told = " ".join(err.decode().split())
    assert (process.returncode, out) == (2, b"")
    assert "hallmoot: Discord does not take the token any more. Reset it at https://discord.com/developers" in told
    assert "Traceback" not in told
    listed = await _hallmoot(tmp_path, ollama, rig, "audit", "list", "--json")
    entries = json.loads((await listed.communicate())[0])[rig.community]
    assert [entry["details"]["what"] for entry in entries if entry["what"] == "platform"] == ["token_refused"]


async def test_the_doctor_looks_at_everything_and_says_by_its_status_what_will_not_work(
    tmp_path: Path, ollama: StandIn, rig: Rig
) -> None:
    """Token, switches, clock, commands, channels, mod log, audit log, and what live rules need."""
    (tmp_path / "config.yaml").write_text(SETTINGS.format(community=rig.community, log=rig.log.id))
    own = next(role for role in rig.guild.roles.values() if role.name == "hallmoot")
    good, own.permissions = own.permissions, 0
    ended = await _hallmoot(tmp_path, ollama, rig, "doctor", "--discord", "--json")
    found = json.loads((await ended.communicate())[0])
    faults = [item for item in found if item["grade"] == "fault"]
    assert (ended.returncode, [item["check"] for item in faults]) == (1, ["Discord Rivendell: acting"])
    assert "Manage Messages" in faults[0]["found"]
    assert f"guild_id={rig.guild.id}" in faults[0]["remedy"]
    own.permissions = good
    ended = await _hallmoot(tmp_path, ollama, rig, "doctor", "--discord")
    shown = (await ended.communicate())[0].decode()
    assert ended.returncode == 0
    for check in ("token", "clock", "message content intent", "members intent", "commands"):
        assert f"Discord {check}: " in shown
    for check in ("reading", "mod log", "audit log", "acting"):
        assert f"Discord Rivendell: {check}: " in shown
