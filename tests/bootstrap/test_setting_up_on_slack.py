"""A workspace's first hour with the real desk: setup, the home tab, and what can't be asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.states import State
from tests.bootstrap.slack_stage import SPAM, Stage, Tokens, staged
from tests.fakes.slack.exchange import Exchange, texts


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Yield a workspace in which nothing runs yet."""
    async with staged() as made:
        yield made


async def _set_up(stage: Stage) -> Exchange:
    exchange = await stage.world.slash(stage.general, stage.elrond, "setup")
    await exchange.modal("Where should cards go?")
    chosen = {"mod_log": stage.log.id, "policies": ["spam"], "moderators": [stage.group.id], "language": "en"}
    await stage.world.submit(exchange, **chosen)
    return exchange


async def test_a_setup_ends_with_recent_messages_judged(tmp_path: Path, stage: Stage) -> None:
    """Measured, then read: the first case stands before anybody has written anything new."""
    for number in range(6):
        await stage.world.say(stage.general, stage.anna, f"message number {number} of a quiet morning", heard="no")
    spam = await stage.world.say(stage.general, stage.glorfindel, SPAM, heard="no")
    async with stage.running_as_installed(tmp_path) as run:
        exchange = await _set_up(stage)
        view = await exchange.modal("1 case is waiting for you in #mods")
        assert "let a rule act in earnest with /mod mode" in texts(view)
        assert await run.ended(spam) is State.DONE
    assert sum("followers" in texts(card) for card in stage.cards()) == 1
    assert spam["ts"] in stage.general.posts


async def test_the_home_tab_shows_health_coverage_and_open_cases(tmp_path: Path, stage: Stage) -> None:
    """To a moderator; a member sees nothing of it."""
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOT) as run:
        await run.say("good morning to all of you")
        await run.say(SPAM, by=stage.elrond)
        view = await stage.world.open_home(stage.team, stage.glorfindel)
        shown = texts(view)
        assert "gpt-oss-safeguard" in shown
        assert "Open cases\nCase 1 · Flagged" in shown
        assert "2 messages" in shown
        mine = texts(await stage.world.open_home(stage.team, stage.anna))
        assert "gpt-oss-safeguard" not in mine
        assert "Case 1" not in mine


async def test_a_command_can_not_ask_for_what_slack_can_not_do(tmp_path: Path, stage: Stage) -> None:
    """A rule that times authors out is not let loose; the refusal says what can be done instead."""
    folder = tmp_path / "policies" / "firm"
    folder.mkdir(parents=True)
    (folder / "policy.md").write_text(
        "---\nid: firm\ntitle: Firm\nlanguages: [en]\ncategories:\n"
        "  - {id: F1, title: Shouting, severity: high, action: timeout}\n---\nF1: shouting."
    )
    (tmp_path / "config.yaml").write_text(f"policy_folders: [{tmp_path / 'policies'}]\n")
    async with stage.running_as_installed(tmp_path):
        exchange = await stage.world.slash(stage.general, stage.elrond, "policies on firm")
        await exchange.shown()
        exchange = await stage.world.slash(stage.general, stage.elrond, "mode live firm")
        shown = await exchange.shown()
        assert "Shouting would do this on its own: a time-out. This platform lets no bot do that." in shown
        exchange = await stage.world.slash(stage.general, stage.elrond, "mode live account_takeover")
        assert "It can do this on its own: removing the message." in await exchange.shown()
        assert "Possible are: showing it to moderators, calling moderators, a warning, removing the message" in shown
