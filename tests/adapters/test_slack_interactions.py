"""Presses, the shortcut, commands, the home tab and setup on Slack: answered at once, decided by the desk alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.actions import Action, Mode
from bot.domain.answer import (
    Answer,
    AnswerKind,
    Change,
    ExemptChange,
    How,
    LanguageChange,
    LimitChange,
    LimitName,
    Listed,
    ModeChange,
    ModeratorsChange,
    Options,
    OwnAction,
    PlaceChange,
    PlaceName,
    PolicyChange,
    StopChange,
    Switch,
    TextFile,
)
from bot.domain.card import WaveMessage
from bot.domain.case import ReviewResult
from bot.domain.events import Message, Report
from bot.domain.ids import CategoryId, ChannelId, MessageId, PersonId, PolicyId
from bot.domain.reasons import reason
from tests import factories
from tests.fakes.desk import done
from tests.fakes.slack.exchange import texts
from tests.fakes.slack.things import JSON
from tests.fakes.slack_rig import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a running workspace."""
    async with rigged() as made, made.linked():
        yield made


async def _card(rig: Rig) -> JSON:
    post = await rig.world.say(rig.general, rig.anna, "you fool", heard="no")
    raw = [message async for message in rig.platform.history.since(rig.community, ChannelId(rig.general.id), None, 5)]
    assert raw[-1].ref.message == post["ts"]
    await rig.platform.mod_log.post("case/1", replace(factories.card(raw[-1]), effects=()))
    return rig.cards()[-1]


async def _asked(rig: Rig, method: str) -> Any:
    await rig.world.until(lambda: bool(rig.desk.calls(method)))
    return rig.desk.calls(method)[-1]


@pytest.mark.parametrize(
    ("button", "result"), [("card:right", ReviewResult.UPHELD), ("card:wrong", ReviewResult.OVERTURNED)]
)
async def test_right_and_wrong_are_reviews(rig: Rig, button: str, result: ReviewResult) -> None:
    """Put to the desk in the name of whom Slack says pressed; answered to them alone."""
    exchange = await rig.world.press(rig.log, await _card(rig), button, rig.glorfindel)
    assert await exchange.shown() == "Done.\nDone."
    assert rig.desk.calls("review") == [(1, result)]
    [actor] = {actor for method, actor, _ in rig.desk.asked if method == "review"}
    assert (actor.community, actor.person, actor.name) == (rig.community, rig.glorfindel.id, "Glorfindel")
    assert exchange.responses[0]["response_type"] == "ephemeral"


async def test_act_opens_a_dialog_with_what_this_person_may_do(rig: Rig) -> None:
    """What destroys asks once more; what Slack can't do is not offered."""
    rig.desk.allowed = (Action.DELETE, Action.WARN, Action.TIMEOUT)
    exchange = await rig.world.press(rig.log, await _card(rig), "card:act", rig.glorfindel)
    view = await exchange.modal("Remove the message and its copies")
    elements = {each["action_id"]: each for block in view["blocks"] for each in block.get("elements", [])}
    assert set(elements) == {"act:delete", "act:warn", "act:unclear"}
    assert "confirm" in elements["act:delete"]
    assert "confirm" not in elements["act:warn"]
    await rig.world.press_in_view(exchange, "act:delete")
    assert await _asked(rig, "act") == (1, Action.DELETE)
    await exchange.modal("Done.")


async def test_single_messages_of_a_wave_can_be_left_out(rig: Rig) -> None:
    """All are chosen at first; what is taken out of the menu is spared by the press."""
    rig.desk.allowed = (Action.DELETE,)
    rig.desk.choices = Options(allowed=(), wave=tuple(_wave_message(number) for number in range(3)))
    exchange = await rig.world.press(rig.log, await _card(rig), "card:act", rig.glorfindel)
    await exchange.modal("Which of these messages?")
    await rig.world.press_in_view(exchange, "act:delete", picked=("message:C1/0", "message:C1/2"))
    assert await _asked(rig, "act") == (1, Action.DELETE, How(leave_out=frozenset({"message:C1/1"})))


def _wave_message(number: int) -> WaveMessage:
    return WaveMessage(
        ref=factories.ref(str(number), channel="C1"),
        author=PersonId(f"U{number}"),
        author_name=f"Kim {number}",
        text=f"text {number}",
        sent_at=factories.AT,
        is_gone=False,
    )


async def test_what_no_app_can_do_is_called_a_request_and_what_is_not_possible_has_its_reason(rig: Rig) -> None:
    """A ban is an owner's to carry out; below the buttons stands why the rest is not there."""
    rig.desk.allowed = (Action.BAN,)
    rig.desk.choices = Options(
        allowed=(),
        refused=(reason("press.not_possible", action="timeout,kick", why="not_supported"),),
        corrections=(ReviewResult.OVERTURNED,),
    )
    exchange = await rig.world.press(rig.log, await _card(rig), "card:act", rig.glorfindel)
    view = await exchange.modal("Ask an owner to ban")
    shown = texts(view)
    assert "The bot can't do that: a time-out, kicking the author (this platform does not offer that)." in shown
    await rig.world.press_in_view(exchange, "act:wrong")
    assert await _asked(rig, "review") == (1, ReviewResult.OVERTURNED)


async def test_cant_tell_is_a_review(rig: Rig) -> None:
    """It stands in the dialog behind Act…."""
    exchange = await rig.world.press(rig.log, await _card(rig), "card:act", rig.glorfindel)
    await exchange.modal("Can't tell")
    await rig.world.press_in_view(exchange, "act:unclear")
    assert await _asked(rig, "review") == (1, ReviewResult.UNCLEAR)


async def test_act_shows_the_refusal_of_the_desk(rig: Rig) -> None:
    """Whoever may nothing is told so."""
    rig.desk.allowed = Answer(kind=AnswerKind.REFUSED, lines=(reason("press.not_a_moderator"),))
    exchange = await rig.world.press(rig.log, await _card(rig), "card:act", rig.anna)
    await exchange.modal("Only moderators can do that here.")


async def test_more_shows_the_record_in_a_modal(rig: Rig) -> None:
    """With the text that a severe card hides."""
    exchange = await rig.world.press(rig.log, await _card(rig), "card:more", rig.glorfindel)
    await exchange.modal("Done.")
    assert rig.desk.calls("more") == [1]


async def test_a_modal_is_open_before_the_desk_is_asked(rig: Rig) -> None:
    """Slack's trigger lives three seconds; the desk may take longer."""
    post = await _card(rig)
    rig.world.held = asyncio.Event()
    exchange = await rig.world.press(rig.log, post, "card:more", rig.glorfindel)
    await rig.world.until(lambda: bool(rig.world.called("views.open")))
    assert rig.desk.asked == []
    rig.world.held.set()
    await exchange.modal("Done.")


async def test_a_modal_that_came_too_late_is_answered_in_words(rig: Rig) -> None:
    """The trigger had run out."""
    rig.world.fail("views.open", "expired_trigger_id")
    exchange = await rig.world.press(rig.log, await _card(rig), "card:more", rig.glorfindel)
    assert "try once more" in await exchange.shown()


@pytest.mark.parametrize(
    "sent",
    [
        {"value": "2; drop table"},
        {"value": "99999999999999"},
        {"value": "0"},
        {"value": "\uff11"},
        {"action_id": "card:erase"},
        {"action_id": "act:ban"},
        {"action_id": "something/else"},
    ],
)
async def test_a_forged_press_is_recorded_and_refused(rig: Rig, sent: dict[str, str]) -> None:
    """Whatever a button carries that no card of ours offers."""
    await rig.world.press(rig.log, await _card(rig), "card:right", rig.anna, **sent)
    await _asked(rig, "forged")
    assert rig.desk.calls("review") == []
    assert rig.desk.calls("act") == []


async def test_a_press_that_fails_says_so(rig: Rig) -> None:
    """The log has the cause; the person is told to try again."""
    rig.desk.answers["review"] = OSError("disk full")
    exchange = await rig.world.press(rig.log, await _card(rig), "card:right", rig.glorfindel)
    assert "nothing was changed" in await exchange.shown()


async def test_following_the_link_to_the_message_asks_nothing(rig: Rig) -> None:
    """Slack tells of presses on links too."""
    await rig.world.press(rig.log, await _card(rig), "open_message", rig.glorfindel)
    assert rig.desk.asked == []


# Reports


async def test_a_member_reports_a_message(rig: Rig) -> None:
    """With words, by name; the message comes along as the member saw it."""
    post = await rig.world.say(rig.general, rig.elrond, "you fool", heard="no")
    exchange = await rig.world.shortcut(rig.general, post, rig.anna)
    await exchange.modal("What is wrong with it?")
    answered = await rig.world.submit(exchange, words="He insults me")
    [report] = rig.desk.calls("report")
    assert isinstance(report, Report)
    assert (report.reporter, report.words, report.anonymous) == (rig.anna.id, "He insults me", False)
    assert report.ref.message == post["ts"]
    assert isinstance(report.message, Message)
    assert report.message.own_text == "you fool"
    assert answered.ack is not None
    assert answered.ack["response_action"] == "update"


async def test_a_report_can_be_anonymous(rig: Rig) -> None:
    """The box is ticked."""
    post = await rig.world.say(rig.general, rig.elrond, "you fool", heard="no")
    exchange = await rig.world.shortcut(rig.general, post, rig.anna)
    await exchange.modal("What is wrong with it?")
    await rig.world.submit(exchange, anonymous=["yes"])
    assert rig.desk.calls("report")[0].anonymous


async def test_a_moderator_sees_what_happened_to_the_message(rig: Rig) -> None:
    """The same shortcut, in a moderator's hands."""
    rig.desk.answers["explain"] = done("explain.waiting")
    post = await rig.world.say(rig.general, rig.anna, "you fool", heard="no")
    exchange = await rig.world.shortcut(rig.general, post, rig.glorfindel)
    view = await exchange.modal("It is waiting for the model.")
    assert "What is wrong with it?" in texts(view)
    assert rig.desk.calls("explain")[0].message == post["ts"]


async def test_a_report_that_could_not_be_recorded_stays_in_the_form(rig: Rig) -> None:
    """Nobody is thanked for a report that is lost."""
    rig.desk.answers["report"] = OSError("disk full")
    post = await rig.world.say(rig.general, rig.elrond, "you fool", heard="no")
    exchange = await rig.world.shortcut(rig.general, post, rig.anna)
    await exchange.modal("What is wrong with it?")
    answered = await rig.world.submit(exchange)
    assert answered.ack is not None
    assert answered.ack["response_action"] == "errors"


# Commands


def _changes(rig: Rig) -> list[tuple[str, Change]]:
    """Return commands and the changes that they ask for."""
    group, spam = f"<!subteam^{rig.moderators.id}|@mods>", PolicyId("spam")
    channel, person = f"<#{rig.general.id}|general>", f"<@{rig.anna.id}|anna>"
    return [
        ("mode live", ModeChange(mode=Mode.LIVE)),
        ("mode shadow spam/scam", ModeChange(mode=Mode.SHADOW, policy=spam, category=CategoryId("scam"))),
        (
            "mode live spam/scam delete",
            ModeChange(mode=Mode.LIVE, policy=spam, category=CategoryId("scam"), action=Action.DELETE),
        ),
        ("mode live spam policy", ModeChange(mode=Mode.LIVE, policy=spam, action=OwnAction.OWN)),
        ("policies on spam", PolicyChange(policy=spam, switch=Switch.ON)),
        (
            f"policies off spam {channel}",
            PolicyChange(policy=spam, switch=Switch.OFF, channel=ChannelId(rig.general.id)),
        ),
        (f"exempt on {person}", ExemptChange(switch=Switch.ON, person=PersonId(rig.anna.id))),
        (f"exempt off {channel}", ExemptChange(switch=Switch.OFF, channel=ChannelId(rig.general.id))),
        (f"exempt on {group}", ExemptChange(switch=Switch.ON, role=rig.moderators.id)),
        ("limits per_incident 9", LimitChange(name=LimitName.PER_INCIDENT, number=9)),
        (f"moderators on {group}", ModeratorsChange(switch=Switch.ON, role=rig.moderators.id)),
        (f"log {channel}", PlaceChange(name=PlaceName.MOD_LOG, id=rig.general.id)),
        (f"call {group}", PlaceChange(name=PlaceName.ESCALATE_TO, id=rig.moderators.id)),
        ("call nobody", PlaceChange(name=PlaceName.ESCALATE_TO, id=None)),
        ("language de", LanguageChange(language="de")),
        ("stop", StopChange(switch=Switch.ON)),
        ("start", StopChange(switch=Switch.OFF)),
        ("stop account_takeover", StopChange(switch=Switch.ON, policy=PolicyId("account_takeover"))),
        ("start spam/SP4", StopChange(switch=Switch.OFF, policy=PolicyId("spam"), category=CategoryId("SP4"))),
    ]


async def test_each_setting_can_be_changed_by_its_command(rig: Rig) -> None:
    """Names come escaped, as Slack sends them."""
    for text, change in _changes(rig):
        exchange = await rig.world.slash(rig.general, rig.elrond, text)
        await exchange.shown()
        assert rig.desk.calls("change")[-1] == change, text


@pytest.mark.parametrize(
    ("text", "method", "given"),
    [
        ("status", "status", None),
        ("case 12", "case", 12),
        ("case #12", "case", 12),
        ("try you fool", "try_text", "you fool"),
        ("policies try spam 50", "dry_run", ("spam", 50)),
        ("backlog", "backlog", None),
        ("backlog forget yes", "forget_backlog", None),
        ("policies", "listed", Listed.POLICIES),
        ("exempt", "listed", Listed.EXEMPTIONS),
        ("limits", "listed", Listed.LIMITS),
        ("places", "listed", Listed.PLACES),
        ("privacy", "privacy", None),
        ("mine", "mine", None),
    ],
)
async def test_each_question_reaches_the_desk(rig: Rig, text: str, method: str, given: object) -> None:
    """And is answered to the asker alone."""
    exchange = await rig.world.slash(rig.general, rig.glorfindel, text)
    await exchange.shown()
    assert rig.desk.calls(method) == [given]


async def test_history_and_explain_read_names_and_links(rig: Rig) -> None:
    """As Slack escapes them."""
    await (await rig.world.slash(rig.general, rig.glorfindel, f"history <@{rig.anna.id}|anna>")).shown()
    assert rig.desk.calls("history") == [rig.anna.id]
    post = await rig.world.say(rig.general, rig.anna, "you fool", heard="no")
    link = f"<https://rivendell.slack.com/archives/{rig.general.id}/p{post['ts'].replace('.', '')}?thread_ts=1>"
    await (await rig.world.slash(rig.general, rig.glorfindel, f"explain {link}")).shown()
    ref = rig.desk.calls("explain")[0]
    assert (ref.community, ref.channel, ref.message) == (rig.community, rig.general.id, MessageId(post["ts"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "help",
        "frobnicate",
        "mode loud",
        "limits per_incident many",
        "case twelve",
        "exempt on anna",
        "backlog forget",
    ],
)
async def test_what_can_t_be_read_is_answered_with_how_it_is_written(rig: Rig, text: str) -> None:
    """With the command's own name, which the manifest may have changed."""
    exchange = await rig.world.slash(rig.general, rig.glorfindel, text, command="/guard")
    assert "/guard " in await exchange.shown()
    assert rig.desk.asked == []


async def test_help_shows_each_their_own_commands(rig: Rig) -> None:
    """A member's hold for their own messages, a moderator's for cases, an admin's for settings too."""
    people = rig.anna, rig.glorfindel, rig.elrond
    shown = [await (await rig.world.slash(rig.general, who, "help")).shown() for who in people]
    verbs = "/mod mine", "/mod case 12", "/mod stop", "/mod mode", "/mod setup"
    held = [[verb in text for verb in verbs] for text in shown]
    assert held == [
        [True, False, False, False, False],
        [True, True, True, False, False],
        [True, True, True, True, True],
    ]
    assert "Report to moderators" in shown[0]
    assert "?" not in shown[2]  # what a command does, not what the form of set-up asks
    wrong = await (await rig.world.slash(rig.general, rig.anna, "mode live")).shown()
    assert "/mod mode" not in wrong


async def test_the_home_tab_says_what_to_do_next_and_leads_there(rig: Rig) -> None:
    """Before set-up, with open cases, with none; a member sees nothing of it."""
    rig.settings = replace(rig.settings, mod_log=None)
    rig.desk.chosen = replace(rig.desk.chosen, mod_log=None)
    assert "/mod setup" in texts(await rig.world.open_home(rig.team, rig.elrond))
    rig.desk.chosen = replace(rig.desk.chosen, mod_log=ChannelId(rig.log.id))
    home = await rig.world.open_home(rig.team, rig.elrond)
    assert "Open cases wait" in texts(home)
    assert [element["url"] for block in home["blocks"] for element in block.get("elements", ())] == [
        f"https://rivendell.slack.com/archives/{rig.log.id}"
    ]
    rig.desk.answers["open_cases"] = done("status_of.no_open_cases")
    assert "Nothing waits" in texts(await rig.world.open_home(rig.team, rig.elrond))
    assert "do next" not in texts(await rig.world.open_home(rig.team, rig.anna))


async def test_whoever_listens_to_a_screen_reader_hears_all_that_blocks_say(rig: Rig) -> None:
    """Slack reads the text in the blocks' place: of cards, of answers, of notices."""
    card = await _card(rig)
    assert "Case 1 " in card["text"]
    assert "Anna" in card["text"]
    assert "fool" in card["text"].replace("\u2060", "")
    rig.desk.answers["mine"] = done("status_of.no_open_cases")
    exchange = await rig.world.slash(rig.general, rig.anna, "mine")
    await exchange.shown()
    assert exchange.responses[-1]["text"] == texts(exchange.responses[-1]["blocks"])


async def test_an_export_is_handed_over_in_direct_messages(rig: Rig) -> None:
    """Where nobody but the admin who asked reads it."""
    rig.desk.answers["export"] = _export("case;é")
    exchange = await rig.world.slash(rig.general, rig.elrond, "export")
    assert "in your direct messages" in await exchange.shown()
    [post] = rig.world.direct(rig.team, rig.elrond).posts.values()
    uploaded = rig.world.uploads[post["files"][0]["id"]]
    assert (uploaded["name"], uploaded["content"]) == ("cases.csv", "case;é".encode())


@pytest.mark.parametrize("method", ["conversations.open", "files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_export_that_slack_does_not_take_is_told_of(rig: Rig, method: str) -> None:
    """An app that was installed before the permission was asked for lacks it."""
    rig.world.fail(method, "missing_scope")
    rig.desk.answers["export"] = _export("case")
    exchange = await rig.world.slash(rig.general, rig.elrond, "export")
    assert "hallmoot export" in await exchange.shown()
    assert not rig.world.direct(rig.team, rig.elrond).posts


def _export(text: str) -> Answer:
    download = TextFile(name="cases.csv", text=text)
    return Answer(kind=AnswerKind.DONE, lines=(reason("export.ready", count=1),), download=download)


async def test_a_changed_language_is_spoken_from_the_next_answer_on(rig: Rig) -> None:
    """It is read after each answer, since nothing may be looked up before a modal is open."""
    rig.settings = replace(rig.settings, language="de")
    await (await rig.world.slash(rig.general, rig.anna, "mine")).shown()
    await rig.world.open_home(rig.team, rig.anna)
    exchange = await rig.world.slash(rig.general, rig.anna, "mine")
    assert await exchange.shown() != "Done.\nDone."
