"""Cards, records and dialogs as Slack takes and shows them, whatever people and the model wrote."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.slack.api import SlackApi
from bot.adapters.slack.desk.presses import PICK, left_out
from bot.adapters.slack.outgoing.answers import answer_blocks, form, modal
from bot.adapters.slack.outgoing.cards import card_blocks
from bot.adapters.slack.outgoing.drawing import plain, speaking
from bot.adapters.slack.pace import Pace
from bot.adapters.slack.people import People
from bot.adapters.slack.workspace import Calling, Identity, Workspace, web_client
from bot.core.recordings.clocks import SystemClock
from bot.domain.actions import Action, Outcome
from bot.domain.answer import Answer, AnswerKind
from bot.domain.card import Card
from bot.domain.case import CaseStatus
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, PersonId
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.messages.cards import card_content
from tests import factories as make
from tests.fakes.slack.block_kit import MOST_IN_MESSAGE, check_blocks, check_view
from tests.fakes.slack.things import JSON
from tests.messages.test_any_card import HOSTILE, cards
from tests.messages.test_cards import spam_card, stored
from tests.messages.test_more import file

WORDS = speaking("en")


def workspace() -> Workspace:
    """Return a workspace that nothing was ever asked of."""
    clock = SystemClock()
    api = SlackApi(web_client("xoxb-none", Calling()), clock, Pace(clock, 0.0))
    people = People()
    people.add_channel({"id": "C1", "name": "mods"})
    people.add_group({"id": "S1", "handle": "helpers", "users": []})
    people.add_user({"id": "U1", "team_id": "T1", "profile": {"display_name": "Elrond"}})
    own = Identity(
        community=CommunityId("slack:T1"),
        team="T1",
        name="Rivendell",
        url="https://rivendell.slack.com/",
        bot_user="U9",
        bot_id="B9",
    )
    return Workspace(identity=own, app_token="xapp-none", api=api, people=people)


def answered(answer: Answer) -> list[JSON]:
    """Return an answer's blocks."""
    return answer_blocks(answer, WORDS, make.later(60), workspace())


def text_objects(thing: Any) -> Iterator[JSON]:
    """Yield every text object."""
    if isinstance(thing, dict):
        if thing.get("type") in ("plain_text", "mrkdwn"):
            yield thing
        for value in thing.values():
            yield from text_objects(value)
    elif isinstance(thing, list):
        for each in thing:
            yield from text_objects(each)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@settings(max_examples=50, deadline=None)
@given(card=cards())
def test_every_card_is_within_slacks_limits_and_all_of_it_is_plain_text(language: str, card: Card) -> None:
    """Nothing on it can mention anybody, link anywhere or be read as markup; its buttons are those of everywhere."""
    blocks = card_blocks(card, speaking(language), workspace())
    check_blocks(blocks)
    assert {text["type"] for text in text_objects(blocks)} == {"plain_text"}
    expected = [button.label for button in card_content(card, speaking(language)).buttons]
    shown = [each["text"]["text"] for block in blocks if block["type"] == "actions" for each in block["elements"]]
    assert shown[: len(expected)] == expected
    assert bool(shown) == bool(expected)


@settings(max_examples=50, deadline=None)
@given(card=cards(), lines=st.lists(HOSTILE, max_size=60), title=HOSTILE)
def test_every_answer_fits_a_message_and_a_dialog(card: Card, lines: list[str], title: str) -> None:
    """With a card, with many lines, with both."""
    said = tuple(reason("press.not_done", what=line) for line in lines)
    blocks = answered(Answer(kind=AnswerKind.DONE, lines=said, card=card))
    check_blocks(blocks)
    check_view(modal(title or "?", blocks, WORDS))
    assert len(blocks) < MOST_IN_MESSAGE


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(HOSTILE, max_size=12), words=HOSTILE | st.sampled_from(["x" * 3_001, "a line\n" * 900]))
def test_every_record_fits_a_dialog(texts: list[str], words: str) -> None:
    """However much the model thought and people said about it."""
    verdicts = tuple(make.violates(reasoning=text, rationale=text) for text in texts)
    reviews = tuple(replace(make.review(12), by_name=text, note=text) for text in texts)
    record = file(message=make.message(words), verdicts=verdicts, reviews=reviews)
    answer = Answer(kind=AnswerKind.DONE, lines=(), record=record, history=make.history())
    blocks = answered(answer)
    check_blocks(blocks)
    check_view(form("Report to moderators", blocks, WORDS, "report_message"))


def drawn(card: Card) -> str:
    """Return a card as a reader sees it, top to bottom: links in angle brackets, buttons in square ones."""
    lines = []
    for block in card_blocks(card, WORDS, workspace()):
        if block["type"] == "actions":
            lines.append(" ".join(f"[{each['text']['text']}]" for each in block["elements"]))
        elif block["type"] == "rich_text":
            lines.append("".join(_piece(each) for each in block["elements"][0]["elements"]))
        else:
            opener = f" <{block['accessory']['text']['text']}>" if "accessory" in block else ""
            lines.append(block["text"]["text"] + opener)
    return "\n".join(lines)


def _piece(piece: JSON) -> str:
    if piece["type"] == "date":
        return str(piece["fallback"])
    return f"<{piece['url']}|{piece['text']}>" if piece["type"] == "link" else str(piece["text"])


def test_the_author_s_name_leads_to_their_profile_and_the_time_is_the_reader_s_own() -> None:
    """By a link of Slack's own address, which pings nobody; the id stands beside it, to be copied."""
    plain_card = spam_card(message=_from_slack("Cheap followers"))
    ref = replace(plain_card.case.ref, channel=ChannelId("C1"))
    card = replace(plain_card, case=replace(plain_card.case, author=PersonId("U1"), author_name="<@U2> Kim", ref=ref))
    head = card_blocks(card, WORDS, workspace())[1]
    link, rest, when, *_ = head["elements"][0]["elements"]
    assert link == {"type": "link", "url": "https://rivendell.slack.com/team/U1", "text": "<@U2> Kim"}
    assert rest == {"type": "text", "text": " · U1 · member for 2 days · 3 messages\n#mods · "}
    assert (when["type"], when["timestamp"]) == ("date", int(make.AT.timestamp()))


def _from_slack(text: str) -> Message:
    return make.message(text, url="https://rivendell.slack.com/archives/C1/p1")


def test_an_open_card_reads_from_top_to_bottom() -> None:
    """What became of it, who wrote it, what they wrote, which rule and why, what was done, and four buttons."""
    card = spam_card(stored(Action.WARN), message=_from_slack("Cheap followers, only today"))
    assert drawn(card) == (
        "Case 12 · Warned · Spam\n"
        "Kim · 42 · member for 2 days · 3 messages\n"
        "general · 2026-11-23 12:00 UTC\n"
        "“⟦Cheap followers⟧, only today” <Open message>\n"
        "From the rules “Advertising” · the model was fairly sure · reviews found this rule right 9 of 11 times\n"
        "Why: It advertises a shop that has nothing to do with the channel.\n"
        "Done: author warned\n"
        "[Right] [Wrong] [Act…] [More…]"
    )


def test_a_card_about_a_removed_message_leads_nowhere() -> None:
    """Behind the button there would be nothing."""
    removed = spam_card(stored(Action.DELETE), message=_from_slack("Cheap followers, only today"))
    assert "<Open message>" not in drawn(removed)
    asked = stored(Action.DELETE, Outcome.REQUESTED, reason(PlatformReason.NO_ADMIN_TOKEN))
    still_there = spam_card(asked, message=_from_slack("Cheap followers, only today"))
    assert "<Open message>" in drawn(still_there)
    closed = make.case(12, of=still_there.message, status=CaseStatus.CLOSED)
    assert "<Open message>" not in drawn(replace(still_there, case=closed))


def test_a_severe_text_is_hidden_and_the_card_says_where_it_is() -> None:
    """Slack has no spoilers."""
    card = spam_card(message=_from_slack("Cheap followers, only today"), severe=True)
    assert "followers" not in drawn(card)
    assert "It stands behind “More…”." in drawn(card)


def test_a_ban_that_slack_leaves_to_people_leads_to_the_page_for_it() -> None:
    """Beside the buttons that the card has."""
    asked = spam_card(stored(Action.BAN, Outcome.REQUESTED, reason(PlatformReason.NOT_SUPPORTED)))
    assert drawn(asked).endswith("[Right] [Wrong] [Act…] [More…] [Manage members]")
    decided = replace(asked, case=replace(asked.case, status=CaseStatus.UPHELD))
    assert drawn(decided).endswith("\n[Act…] [More…] [Manage members]")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (reason("status_of.mod_log", channel="C1"), "#mods"),
        (reason("exempt.a_role", role="S1"), "@helpers"),
        (reason("exempt.members", members="U1, U404"), "@Elrond, U404"),
        (reason("status_of.mod_log", channel="C404"), "C404"),
    ],
)
def test_channels_groups_and_members_are_shown_by_name(line: Reason, said: str) -> None:
    """The core knows their ids alone; one that is unknown is shown as it is."""
    assert said in "".join(text["text"] for text in text_objects(answered(Answer(kind=AnswerKind.DONE, lines=(line,)))))


def test_a_member_who_calls_himself_by_anothers_id_appears_as_nobody_else() -> None:
    """What people chose for a name stays what they chose."""
    line = reason("history.title", name="U1")
    assert "Elrond" not in str(answered(Answer(kind=AnswerKind.DONE, lines=(line,))))


def test_of_a_wave_of_a_hundred_whatever_is_not_ticked_is_left_out() -> None:
    """The last of them too: it would be removed although a moderator took it out."""
    options = [{"text": plain(f"number {number}"), "value": f"message:{number}"} for number in range(100)]
    menu = {"type": "multi_static_select", "action_id": PICK, "options": options}
    view = {
        "blocks": [{"type": "section", "block_id": PICK, "accessory": menu}],
        "state": {"values": {PICK: {PICK: {"selected_options": options[:-1]}}}},
    }
    assert left_out(view).leave_out == {"message:99"}
    view["state"] = {"values": {PICK: {PICK: {"selected_options": options}}}}
    assert left_out(view).leave_out == frozenset()
