"""Two platforms in one run: what one of them lacks or does never ends the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.bootstrap.connections import keep_connected
from bot.bootstrap.running import Run, run_parts
from bot.config.settings.load import Loaded, load
from bot.domain.errors import ConfigError, PlatformBusy, PlatformRefused
from tests.bootstrap.slack_stage import Stage, staged
from tests.fakes.clocks import SteppingClock
from tests.fakes.discord.server import UNREACHABLE
from tests.fakes.discord_rig import Rig, rigged
from tests.fakes.slack_rig import FAST

PATIENCE = 30.0


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield Discord's stand-in."""
    async with rigged() as made:
        yield made


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Yield Slack's and Ollama's stand-ins."""
    async with staged() as made:
        yield made


def both(folder: Path, rig: Rig, stage: Stage, **changed: str) -> Loaded:
    """Return settings with the tokens of both platforms."""
    environment = {
        "OLLAMA_HOST": stage.ollama.url,
        "HALLMOOT_DB": str(folder / "records.db"),
        "HALLMOOT_DISCORD_TOKEN": rig.world.token,
        "HALLMOOT_SLACK_BOT_TOKEN": stage.world.bot_token(stage.team).value,
        "HALLMOOT_SLACK_APP_TOKEN": stage.team.app.token,
    }
    return load(environment=environment | changed, folder=folder)


@asynccontextmanager
async def running(loaded: Loaded, stage: Stage) -> AsyncIterator[Run]:
    """Yield a run that is under way, and that ends without an error."""
    stop = asyncio.Event()
    async with run_parts(loaded, stage.line) as parts:
        task = asyncio.create_task(parts.until(stop))
        try:
            yield parts
            assert not task.done()
        finally:
            stop.set()
            await task


async def heard_on_discord(run: Run, rig: Rig) -> None:
    """Wait until a message on Discord is on record."""
    await rig.world.until(lambda: rig.world.gateway.identified, PATIENCE)
    discord = run.connected.discord
    assert discord is not None
    await rig.world.until(discord.gateway.is_ready, PATIENCE)
    post = await rig.world.say(rig.general, rig.world.member(rig.guild, "Ann"), "good morning")
    async with asyncio.timeout(PATIENCE):
        while await run.store.inbox.current(rig.ref(post)) is None:  # noqa: ASYNC110 - the run's own records
            await asyncio.sleep(0.01)


async def heard_on_slack(run: Run, stage: Stage) -> None:
    """Wait until a message on Slack is on record."""
    async with asyncio.timeout(PATIENCE):
        await stage.world.until(lambda: len(stage.world.sockets.of(stage.team.app)) == FAST.sockets)
        ref = stage.ref(await stage.world.say(stage.general, stage.anna, "good morning"))
        while await run.store.inbox.current(ref) is None:  # noqa: ASYNC110 - the run's own records
            await asyncio.sleep(0.01)


async def test_slack_that_does_not_answer_is_waited_for_while_discord_goes_on(
    tmp_path: Path, rig: Rig, stage: Stage
) -> None:
    """A network that comes up late, or an outage of one platform, costs the other nothing."""
    outage = stage.world.fail("auth.test", status=503, times=10_000)
    with capture_logs() as said:
        async with running(both(tmp_path, rig, stage), stage) as run:
            await heard_on_discord(run, rig)
            assert run.connected.slack is None
            outage.times = 0
            await heard_on_slack(run, stage)
    told = [entry["event"] for entry in said]
    assert "slack_not_reached" in told
    assert told.index("slack_not_reached") < told.index("slack_reached")


async def test_discord_that_does_not_answer_is_waited_for_while_slack_goes_on(
    tmp_path: Path, rig: Rig, stage: Stage
) -> None:
    """It says whom it waits for and why, and is connected once Discord answers."""
    outage = rig.world.fail("GET", "/users/@me", UNREACHABLE, times=10_000)
    with capture_logs() as said:
        async with running(both(tmp_path, rig, stage), stage) as run:
            await heard_on_slack(run, stage)
            assert rig.world.gateway.identified == 0
            outage.times = 0
            await heard_on_discord(run, rig)
    waits = [entry for entry in said if entry["event"] == "platform_not_connected"]
    assert waits[0]["platform"] == "Discord"
    assert "Discord can't be reached" in waits[0]["text"]
    (there,) = [entry for entry in said if entry["event"] == "discord_connected"]
    assert there["text"] == "Connected to Discord as hallmoot: Rivendell (2 channels that it can read)."


async def test_a_platform_that_is_alone_and_away_is_waited_for_until_the_run_is_stopped(
    tmp_path: Path, rig: Rig, stage: Stage
) -> None:
    """A network that is not up yet is no reason to give up; a stop ends the waiting at once."""
    outage = rig.world.fail("GET", "/users/@me", UNREACHABLE, times=10_000)
    environment = {"OLLAMA_HOST": stage.ollama.url, "HALLMOOT_DB": str(tmp_path / "records.db")}
    loaded = load(environment=environment | {"HALLMOOT_DISCORD_TOKEN": rig.world.token}, folder=tmp_path)
    async with running(loaded, stage):
        await rig.world.until(lambda: outage.times <= 9_998, PATIENCE)


@pytest.mark.parametrize("at_start", [True, False])
async def test_a_discord_token_that_is_refused_leaves_slack_going(
    tmp_path: Path, rig: Rig, stage: Stage, *, at_start: bool
) -> None:
    """The cause is named; only a person can mend it."""
    changed = {"HALLMOOT_DISCORD_TOKEN": "x" * 30} if at_start else {}
    with capture_logs() as said:
        async with running(both(tmp_path, rig, stage, **changed), stage) as run:
            if not at_start:
                await heard_on_discord(run, rig)
                rig.world.token = "another"
                await rig.world.gateway.forget_sessions()
            await rig.world.until(lambda: [entry for entry in said if entry["event"] == "platform_left_out"], PATIENCE)
            await heard_on_slack(run, stage)
    (left,) = [entry for entry in said if entry["event"] == "platform_left_out"]
    assert "Discord does not take the token any more" in left["text"]
    assert left["text"].endswith("Slack goes on.")


async def test_a_slack_app_token_that_is_refused_costs_slack_its_events_and_discord_nothing(
    tmp_path: Path, rig: Rig, stage: Stage
) -> None:
    """Cause and remedy are named; once Slack takes it, Slack is heard too."""
    token = stage.world.tokens[stage.team.app.token]
    token.revoked = True
    with capture_logs() as said:
        async with running(both(tmp_path, rig, stage), stage) as run:
            await heard_on_discord(run, rig)
            await stage.world.until(lambda: len(stage.world.called("apps.connections.open")) > 2, PATIENCE)
            token.revoked = False
            await heard_on_slack(run, stage)
    (named,) = [entry["text"] for entry in said if entry["event"] == "slack_app_token_refused"]
    assert "token_revoked" in named
    assert "App-Level Tokens" in named


async def test_a_slack_token_that_is_refused_leaves_discord_going(tmp_path: Path, rig: Rig, stage: Stage) -> None:
    """Alone it ends the start with the same words."""
    loaded = both(tmp_path, rig, stage, HALLMOOT_SLACK_BOT_TOKEN="xoxb-1-revoked")
    with capture_logs() as said:
        async with running(loaded, stage) as run:
            await heard_on_discord(run, rig)
    (left,) = [entry for entry in said if entry["event"] == "slack_left_out"]
    assert left["text"].startswith("Slack is left out, Discord goes on. slack: bot_token: ")


async def test_a_connection_that_breaks_in_an_unheard_of_way_is_made_again(
    tmp_path: Path, rig: Rig, stage: Stage
) -> None:
    """A frame without its session's id is nothing that discord.py can go on from, nor the end of the run."""
    async with running(both(tmp_path, rig, stage), stage) as run:
        await heard_on_discord(run, rig)
        before = rig.world.gateway.identified
        await rig.world.emit("READY", {}, rig.guild)
        await rig.world.until(lambda: rig.world.gateway.identified > before, PATIENCE)
        await heard_on_discord(run, rig)
        await heard_on_slack(run, stage)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (PlatformBusy("Slack is down."), True),
        (KeyError("a library's mistake"), True),
        (ExceptionGroup("", [PlatformBusy("Slack is down."), KeyError("x")]), True),
        (PlatformRefused("Slack does not take the token."), False),
        (ConfigError(("no such token",)), False),
        (ExceptionGroup("", [PlatformRefused("Slack does not take the token.")]), False),
    ],
)
async def test_what_no_further_try_would_change_is_not_tried_again(error: Exception, *, again: bool) -> None:
    """Everything else is, after a pause that grows."""
    clock, tries = SteppingClock(), 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries <= 3:
            raise error

    if again:
        began = clock.monotonic()
        await keep_connected("Slack", work, clock)
        assert (tries, clock.monotonic() - began) == (4, 8.0)
    else:
        with pytest.raises((PlatformRefused, ConfigError)):
            await keep_connected("Slack", work, clock)
        assert tries == 1
