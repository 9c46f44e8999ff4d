"""Presses on Slack's cards, put to the real desk: whoever may not is refused politely, and it is on record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.audit import AuditCode
from bot.domain.case import CaseStatus
from tests.bootstrap.slack_stage import SPAM, Running, Stage, Tokens, staged
from tests.fakes.slack import User
from tests.fakes.slack.exchange import Exchange, texts


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Yield a workspace in which nothing runs yet."""
    async with staged() as made:
        yield made


@pytest.fixture
async def run(tmp_path: Path, stage: Stage) -> AsyncIterator[Running]:
    """Yield a run with one open case, about a message of Anna's."""
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOTH) as made:
        await made.say()
        yield made


async def _refused(run: Running) -> list[tuple[str, str, str]]:
    entries = await run.audited(AuditCode.REFUSED_PRESS)
    return [(entry["by"], entry["what"], entry["why"]) for entry in entries]


async def _pressed(run: Running, button: str, by: User, **forged: str) -> Exchange:
    return await run.stage.world.press(run.stage.log, run.stage.cards()[0], button, by, **forged)


async def test_a_decided_card_names_who_decided_and_asks_no_more(run: Running) -> None:
    """A moderator of the user group says that it was right."""
    exchange = await _pressed(run, "card:right", run.stage.glorfindel)
    assert "this was right" in await exchange.shown()
    assert (await run.file()).case.status is CaseStatus.UPHELD
    [card] = run.stage.cards()
    assert "Decided · Glorfindel: right" in texts(card)
    actions = next(block for block in card["blocks"] if block["type"] == "actions")
    assert [element["text"]["text"] for element in actions["elements"]] == ["Act…", "More…"]
    assert await _refused(run) == []


async def test_a_decided_case_can_still_be_acted_on_from_its_card_in_private(run: Running) -> None:
    """The card of the mod log has no buttons any more; the one that a moderator asks for has."""
    await (await _pressed(run, "card:right", run.stage.glorfindel)).shown()
    asked = await run.stage.world.slash(run.stage.general, run.stage.glorfindel, "case 1")
    await asked.shown()
    shown = asked.responses[-1] | {"ts": "1.0"}
    act = await run.stage.world.press(run.stage.log, shown, "card:act", run.stage.glorfindel)
    await act.modal("Remove the message")
    await run.stage.world.press_in_view(act, "act:delete")
    await act.modal("Done: message removed")
    assert "message removed by Glorfindel" in texts(run.stage.cards()[0])


async def test_a_press_on_act_names_who_did_it(run: Running) -> None:
    """By name, although nobody reviewed the case yet."""
    exchange = await _pressed(run, "card:act", run.stage.glorfindel)
    await exchange.modal("Remove the message")
    await run.stage.world.press_in_view(exchange, "act:delete")
    await exchange.modal("Done: message removed")
    assert "message removed by Glorfindel" in texts(run.stage.cards()[0])
    assert list(run.stage.general.posts) == []


@pytest.mark.parametrize("button", ["card:right", "card:wrong"])
async def test_a_member_without_rights_decides_nothing(run: Running, button: str) -> None:
    """Whoever can see the channel can press."""
    bystander = run.stage.world.user(run.stage.team, "Bilbo")
    exchange = await _pressed(run, button, bystander)
    assert "Only moderators can do that here." in await exchange.shown()
    result = {"card:right": "UPHELD", "card:wrong": "OVERTURNED"}[button]
    assert [(by, why) for by, _, why in await _refused(run)] == [(bystander.id, "press.not_a_moderator")]
    assert result not in (await run.file()).case.status.value
    assert "Decided" not in texts(run.stage.cards()[0])


@pytest.mark.parametrize("button", ["card:act", "card:more"])
async def test_a_member_without_rights_sees_nothing(run: Running, button: str) -> None:
    """Neither the actions nor the record."""
    bystander = run.stage.world.user(run.stage.team, "Bilbo")
    exchange = await _pressed(run, button, bystander)
    view = await exchange.modal("Only moderators can do that here.")
    assert SPAM not in texts(view)
    assert [by for by, _, _ in await _refused(run)] == [bystander.id]


async def test_nobody_decides_a_case_about_themselves(run: Running) -> None:
    """A moderator who wrote the message leaves it to others."""
    run.stage.group.members.append(run.stage.anna)
    exchange = await _pressed(run, "card:wrong", run.stage.anna)
    assert "Please leave it to someone else" in await exchange.shown()
    assert [why for _, _, why in await _refused(run)] == ["press.own_case"]
    assert (await run.file()).case.status is CaseStatus.OPEN


async def test_a_membership_that_was_revoked_counts_at_once(run: Running) -> None:
    """No event has told of it yet: Slack is asked at each press."""
    run.stage.group.members.remove(run.stage.glorfindel)
    exchange = await _pressed(run, "card:right", run.stage.glorfindel)
    assert "Only moderators can do that here." in await exchange.shown()
    assert [why for _, _, why in await _refused(run)] == ["press.not_a_moderator"]


async def test_an_admin_who_was_deactivated_counts_no_more(run: Running) -> None:
    """Their client may still be open."""
    run.stage.elrond.deleted = True
    exchange = await _pressed(run, "card:right", run.stage.elrond)
    assert "Only moderators can do that here." in await exchange.shown()


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"action_id": "card:erase"}, "press.unreadable"),
        ({"action_id": "act:ban"}, "press.unreadable"),
        ({"value": "1 or 1"}, "press.unreadable"),
        ({"value": "999"}, "press.unknown_case"),
    ],
)
async def test_a_forged_press_is_refused(run: Running, sent: dict[str, str], why: str) -> None:
    """Whatever a client sends in a button's place."""
    exchange = await _pressed(run, "card:right", run.stage.glorfindel, **sent)
    await exchange.shown()
    assert [(by, code) for by, _, code in await _refused(run)] == [(run.stage.glorfindel.id, why)]
    assert (await run.file()).case.status is CaseStatus.OPEN


async def test_a_press_that_is_sent_again_decides_once(run: Running) -> None:
    """Two moderators press at the same moment, and one of them once more: the first word counts."""
    card, world, log = run.stage.cards()[0], run.stage.world, run.stage.log
    glorfindel, elrond = run.stage.glorfindel, run.stage.elrond
    exchanges = await asyncio.gather(
        world.press(log, card, "card:right", glorfindel),
        world.press(log, card, "card:wrong", elrond),
        world.press(log, card, "card:right", glorfindel),
    )
    answers = [await exchange.shown() for exchange in exchanges]
    assert sum("Noted" in answer for answer in answers) == 1
    assert len((await run.file()).reviews) == 1
    assert len(await _refused(run)) == 2


async def test_a_press_on_a_card_that_is_out_of_date_shows_how_the_case_stands(run: Running) -> None:
    """Somebody's client has not drawn the decided card yet."""
    stale = dict(run.stage.cards()[0])
    await (await _pressed(run, "card:right", run.stage.elrond)).shown()
    exchange = await run.stage.world.press(run.stage.log, stale, "card:wrong", run.stage.glorfindel)
    assert "Elrond has already decided this case." in await exchange.shown()
    assert not any(block["type"] == "actions" for block in exchange.responses[-1]["blocks"])
    assert [why for _, _, why in await _refused(run)] == ["press.already_decided"]


async def test_the_shortcut_in_a_moderators_hands_opens_the_moderation_dialog(run: Running) -> None:
    """What happened to the message, and what can be done about it; decided there, it is decided on the card."""
    [post] = run.stage.general.posts.values()
    exchange = await run.stage.world.shortcut(run.stage.general, post, run.stage.glorfindel)
    view = await exchange.modal("Remove the message")
    assert "Wrong" in texts(view)
    await run.stage.world.press_in_view(exchange, "act:wrong")
    await exchange.modal("Noted: this was wrong.")
    assert "Decided · Glorfindel: wrong" in texts(run.stage.cards()[0])


async def test_a_ban_is_asked_of_people_with_the_page_for_it(run: Running) -> None:
    """In the dialog and on the card: no app removes members."""
    exchange = await _pressed(run, "card:act", run.stage.elrond)
    await exchange.modal("Ask an owner to ban")
    await run.stage.world.press_in_view(exchange, "act:ban")
    view = await exchange.modal("Please do this yourselves: banning the author")
    assert "https://rivendell.slack.com/admin" in str(view["blocks"])
    assert "https://rivendell.slack.com/admin" in str(run.stage.cards()[0]["blocks"])


async def test_an_anonymous_report_names_nobody(run: Running) -> None:
    """Neither on the card, nor behind More…, nor in the export or the audit log."""
    stage = run.stage
    bilbo = stage.world.user(stage.team, "Bilbo")
    post = await run.say("the weather is fine today", by=stage.elrond)
    exchange = await stage.world.shortcut(stage.general, post, bilbo)
    await exchange.modal("What is wrong with it?")
    await stage.world.submit(exchange, words="I do not like it", anonymous=["yes"])
    await stage.world.until(lambda: len(stage.cards()) == 2)
    more = await stage.world.press(stage.log, stage.cards()[1], "card:more", stage.glorfindel)
    shown = texts(await more.modal("in full"))
    await (await stage.world.slash(stage.general, stage.elrond, "export")).shown()
    exported = "".join(str(file["content"]) for file in stage.world.uploads.values())
    assert "the weather is fine" in exported
    audited = str([await run.audited(code) for code in AuditCode])
    for text in (texts(stage.cards()), shown, exported, audited):
        assert "Bilbo" not in text
        assert bilbo.id not in text
