"""Presses on Discord's cards, put to the real desk: whoever may not is refused politely, and it is on record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.discord.ids import community_of
from bot.domain.case import CaseStatus
from tests.bootstrap.discord_stage import SPAM, Running, Stage, staged
from tests.fakes.discord import Member, Post
from tests.fakes.discord_rig import person


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Yield a server in which nothing runs yet."""
    async with staged(tmp_path) as made:
        yield made


@pytest.fixture
async def run(stage: Stage) -> AsyncIterator[Running]:
    """Yield a run with one open case, about a message of Anna's."""
    async with stage.running("flag") as made:
        await made.say(stage.anna)
        yield made


def _card(run: Running) -> Post:
    return run.stage.cards[0]


def _is_timed_out(who: Member) -> bool:
    return who.timeout_until is not None


async def _pressed(run: Running, label: str, by: Member) -> str:
    """Press a button of the card, and return what that person alone is told."""
    pressed = await run.stage.world.press(_card(run), label, by)
    assert pressed.is_private
    assert pressed.answered_after < 3
    return pressed.text


async def test_a_member_without_rights_is_refused_and_learns_nothing(run: Running) -> None:
    """Whoever can see the channel can press; whoever knows a command can send it."""
    stage = run.stage
    told = {await _pressed(run, label, stage.bert) for label in ("Right", "Wrong", "Act…", "More…")}
    link = f"https://discord.com/channels/{stage.rig.guild.id}/{stage.rig.general.id}/1"
    told |= {
        await run.slash(stage.bert, "mod case", number=1),
        await run.slash(stage.bert, "mod history", member=stage.anna),
        await run.slash(stage.bert, "mod explain", link=link),
        await run.slash(stage.bert, "mod stop"),
        (await stage.world.menu("Why?", await stage.world.say(stage.rig.general, stage.bert, "hi"), stage.bert)).text,
    }
    assert told == {"Only moderators can do that here."}
    assert await stage.refused() == [(person(stage.bert), "press.not_a_moderator")] * 9
    assert (await run.file()).case.status is CaseStatus.OPEN


async def test_a_moderator_does_not_decide_their_own_case(run: Running) -> None:
    """Whoever wrote it, and whoever reported it; the second case is about a message of Mo's, reported by Mia."""
    stage = run.stage
    post = await run.say(stage.mo, "see you at the repair cafe")
    form = await stage.world.menu("Report to moderators", post, stage.mia)
    await stage.world.submit(form, **{"What is wrong with it? (optional)": "it is rude"})
    await stage.world.until(lambda: len(stage.cards) == 2)
    for label in ("Right", "Wrong", "Act…"):
        for by in (stage.mo, stage.mia):
            pressed = await stage.world.press(stage.cards[1], label, by)
            assert pressed.text == "You can't decide a case that you are part of. Please leave it to someone else."
    assert await stage.refused() == [(person(by), "press.own_case") for by in (stage.mo, stage.mia)] * 3
    assert (await run.file(2)).case.status is CaseStatus.OPEN
    assert "Mia reported it: “it is rude”" in stage.cards[1].texts()


async def test_a_role_that_was_taken_away_counts_at_once(run: Running) -> None:
    """No event has told of it yet: Discord is asked at each press. One who has left is refused as well."""
    stage = run.stage
    stage.mo.roles.clear()
    await stage.world.leave(stage.mia)
    for by in (stage.mo, stage.mia):
        for label in ("Right", "Act…", "More…"):
            assert await _pressed(run, label, by) == "Only moderators can do that here."
    everyone = [(person(by), "press.not_a_moderator") for by in (stage.mo, stage.mia) for _ in range(3)]
    assert await stage.refused() == everyone
    assert (await run.file()).case.status is CaseStatus.OPEN


async def test_a_right_that_was_taken_away_after_the_menu_was_shown_counts_at_once(run: Running) -> None:
    """At the question, and at the press on its answer."""
    stage, world = run.stage, run.stage.world
    menu = (await world.press(_card(run), "Act…", stage.ada)).replies[0]
    assert "Ban the author" in menu.labels()
    question = (await world.press(menu, "Ban the author", stage.ada)).replies[0]
    assert "Ban Anna?" in question.texts()
    stage.ada.roles.clear()
    stage.ada.roles.update(stage.mo.roles)
    for post, label in ((menu, "Ban the author"), (question, "Yes, do it")):
        told = (await world.press(post, label, stage.ada)).text
        assert told == "You don't have the permission for that yourself: banning the author."
    assert await stage.refused() == [(person(stage.ada), "press.no_permission")] * 2
    assert stage.rig.guild.bans == {}


FORGED = {
    "hm:right:999:": "press.unknown_case",
    "hm:do.ban:2147483648:": "press.unknown_case",
    "hm:right:0:": "press.unreadable",
    "hm:right:-1:": "press.unreadable",
    "hm:right:1 or 1:": "press.unreadable",
    "hm:right:\u0661:": "press.unreadable",
    "hm:erase:1:": "press.unreadable",
    "hm:do.restore:1:": "press.unreadable",
    "hm:all.delete:1:": "press.unreadable",
    "hm:do.flag:1:": "press.unreadable",
    "hm:right:99999999999999999999:": "press.unreadable",
    "hm:\u202e**@everyone**\x00\n||": "press.unreadable",
    "hm:" + "9" * 97: "press.unreadable",
    "hm:do.ban:1:" + "z" * 5_000: "press.unreadable",
    "right:1": "press.unreadable",
    "": "press.unreadable",
}


async def test_a_forged_press_is_refused_and_on_record(run: Running) -> None:
    """A case that does not exist, a verb that no card offers, numbers in other scripts, far too long."""
    for custom_id in FORGED:
        pressed = await run.stage.world.press_id(_card(run), custom_id, run.stage.ada)
        assert pressed.is_private
        assert pressed.text in ("That button doesn't work here.", "There is no case with that number here.")
    assert await run.stage.refused() == [(person(run.stage.ada), why) for why in FORGED.values()]
    assert all(len(details["what"]) <= 200 for _, details in await run.stage.audited("refused_press"))
    file = await run.file()
    assert (file.case.status, file.reviews) == (CaseStatus.OPEN, ())
    assert run.stage.rig.guild.bans == {}


async def test_the_same_number_in_another_server_is_another_case(stage: Stage) -> None:
    """A button carries no server: a press elsewhere is about that server's own cases, of which there are none."""
    world = stage.world
    other = world.guild("Mordor")
    place, boss = world.channel(other, "general"), world.moderator(other, "Sauron", administrator=True)
    async with stage.running("flag") as run:
        await run.say(stage.anna)
        copied = await world.say(
            place, world.bot, "", heard=False, flags=1 << 15, components=_card(run).extra["components"]
        )
        pressed = await world.press(copied, "Right", boss)
        assert pressed.text == "There is no case with that number here."
        link = f"https://discord.com/channels/{stage.rig.guild.id}/{stage.rig.general.id}/1"
        shown = await world.slash(place, boss, "mod explain", link=link)
        assert "not a link to a message here" in shown.text
        entries = await run.run.store.audit.entries(community_of(other.id), 10)
        refused = [dict(entry.details or ())["why"] for entry in entries]
        assert refused == ["press.unknown_case", "command.unknown_message"]
        assert (await run.file()).case.status is CaseStatus.OPEN


async def test_buttons_on_a_card_of_an_earlier_process_work(stage: Stage) -> None:
    """The first process posts the card and is gone; the second takes the press, redraws the card and lifts."""
    async with stage.running("timeout") as first:
        await first.say(stage.anna)
        assert _is_timed_out(stage.anna)
    [card] = stage.cards
    async with stage.running() as second:
        more = await stage.world.press(card, "More…", stage.mia)
        assert "Traded or bought attention" in more.text
        told = (await stage.world.press(card, "Wrong", stage.mo)).text
        assert told.splitlines() == [
            "Noted: this was wrong. Thank you for saying so.",
            "Done: time-out lifted",
            "1 message was removed, and can't be put back here.",
        ]
        assert (await second.file()).reviews[0].by_name == "Mo"
    assert not _is_timed_out(stage.anna)
    assert stage.cards == [card]
    assert "Decided · Mo: wrong" in card.texts()
    assert card.labels() == ["Act…", "More…"]
    async with stage.running():
        assert (await stage.world.press(card, "Act…", stage.mia)).replies[0].labels()[0] == "Warn the author"


async def test_a_page_of_an_earlier_process_asks_to_begin_again(stage: Stage) -> None:
    """Setup's page lives as long as its process; nobody is left with Discord's own error, or put on record for it."""
    async with stage.running():
        shown = await stage.world.slash(stage.rig.general, stage.ada, "mod setup")
        [page] = shown.replies
    async with stage.running():
        again = await stage.world.press(page, "Continue", stage.ada)
        assert again.text == "That took too long. Please try once more."
        assert again.is_private
    assert await stage.refused() == []


async def test_what_is_done_behind_act_is_done_by_the_presser_and_told_on_the_card(run: Running) -> None:
    """A light thing at once; the author is told, and learns no moderator's name."""
    stage, world = run.stage, run.stage.world
    menu = (await world.press(_card(run), "Act…", stage.mo)).replies[0]
    assert menu.labels() == [
        *(
            "Remove the message",
            "Warn the author",
            *(f"Time out for {length}" for length in ("10 minutes", "1 hour", "1 day", "7 days")),
            "Kick the author",
            "Can't tell",
        )
    ]
    told = (await world.press(menu, "Remove the message", stage.mo)).text
    assert told == "Done: message removed"
    assert list(stage.rig.general.posts) == []
    assert "message removed by Mo" in _card(run).texts()
    notice = "\n".join(world.told(stage.anna))
    assert SPAM in notice
    assert "Mo" not in notice.replace("Moderat", "").split()
    assert await stage.refused() == []
