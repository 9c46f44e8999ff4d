"""Notices and announcements, written out in full so that a reader sees what a member sees."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import Action
from bot.domain.built_in import TAKEOVER_RATIONALES
from bot.domain.decision import Effect
from bot.domain.ids import CaseNumber, ChannelId, PersonId
from bot.domain.notice import Announcement, AnnouncementCode, Notice, notice_of
from bot.domain.reasons import reason
from bot.messages.catalogue import catalogue
from bot.messages.notices import announcement_line, notice_content
from tests import factories as make

ENGLISH = catalogue("en")
REMOVED = Notice(
    community=make.COMMUNITY,
    person=PersonId("42"),
    case=CaseNumber(12),
    action=Action.DELETE,
    rule="Spam",
    rationale="It advertises a shop that has nothing to do with the channel.",
    returned_text="Cheap followers,\nonly today: shop.example",
)


def drawn(notice: Notice, language: str = "en") -> str:
    """Draw a notice as plain text."""
    return "\n".join(notice_content(notice, catalogue(language), place="The Allotment").lines()) + "\n"


def said(code: str, **values: object) -> str:
    """Return an announcement in English."""
    announced = Announcement(community=make.COMMUNITY, key="k", reason=reason(code, **values))
    return announcement_line(announced, ENGLISH)


def test_a_removed_message_comes_back_to_its_author() -> None:
    """What happened, the rule, why, their own words, and how to ask."""
    assert drawn(REMOVED) == (
        "Your message in The Allotment was removed.\n"
        "The rule: Spam\n"
        "Why: It advertises a shop that has nothing to do with the channel.\n"
        "This is what you wrote, so that nothing is lost:\n"
        "Cheap followers,\nonly today: shop.example\n"
        "Messages here are read by a program under the community's written rules, and it can be wrong. "
        "If it was, write to the moderators and name case 12.\n"
    )


def test_the_same_notice_in_french() -> None:
    """Members read it in their community's language; what the model and they wrote is left as it is."""
    assert drawn(REMOVED, "fr").replace("\u00a0", " ") == (
        "Ton message dans The Allotment a été supprimé.\n"
        "La règle : Spam\n"
        "Pourquoi : It advertises a shop that has nothing to do with the channel.\n"
        "Voici ce que tu avais écrit, pour que rien ne soit perdu :\n"
        "Cheap followers,\nonly today: shop.example\n"
        "Ici, un programme lit les messages selon les règles écrites de la communauté, et il peut se tromper. "
        "Si c'est le cas, écris à l'équipe de modération en citant le cas 12.\n"
    )


@pytest.mark.parametrize("rationale", TAKEOVER_RATIONALES.values())
def test_the_check_on_stolen_accounts_speaks_the_reader_s_language(rationale: str) -> None:
    """What stands in English on record is no model's; and it says what to do."""
    taken = replace(REMOVED, rule="Account takeover", rationale=rationale)
    assert "Why: the same was posted from your account in several channels within a minute." in drawn(taken)
    german = drawn(taken, "de")
    assert "Warum: von deinem Konto kam binnen einer Minute dasselbe in mehreren Kanälen." in german
    assert "Ändere dein Passwort." in german
    assert rationale not in german


@pytest.mark.parametrize("code", ["outage_ended", "slow_ended"])
def test_that_nothing_waits_is_said_so(code: str) -> None:
    """Nought messages are not read beside the new ones."""
    assert said(code, count=0, seconds=90).endswith("No message is waiting.")
    assert "1 message is waiting" in said(code, count=1, seconds=90)


def test_a_text_that_may_not_go_back_is_not_promised() -> None:
    """Where the rule forbids it, there is no line about it either."""
    content = notice_content(replace(REMOVED, returned_text=""), ENGLISH, place="Here")
    assert content.before_text == ""
    assert content.returned_texts == ()


def test_a_time_out_says_how_long() -> None:
    """Or for a while, where nobody said how long."""
    timed_out = replace(REMOVED, action=Action.TIMEOUT, seconds=3_600)
    assert drawn(timed_out).startswith("You can't write in The Allotment for 1 hour.\n")
    assert drawn(replace(timed_out, seconds=0)).startswith("You can't write in The Allotment for a while.\n")


WARNED = replace(
    REMOVED,
    action=Action.WARN,
    returned_text="",
    quote="Cheap followers,\nonly today",
    channel=ChannelId("general"),
    stands_at=make.ref("7"),
)


def test_a_warning_names_the_message_that_it_is_about() -> None:
    """Its channel, the way to it, and its words: a member who wrote much has to know which one is meant."""
    content = notice_content(WARNED, ENGLISH, place="The Allotment", channel="#general", link="https://x.example/7")
    assert content.lines()[:4] == (
        "The moderators of The Allotment ask you to mind a rule. Your message stays where it is.",
        "It is about what you wrote in #general: https://x.example/7",
        "You wrote: Cheap followers, only today",
        "The rule: Spam",
    )


def test_a_warning_about_a_message_that_is_gone_does_not_say_that_it_stays() -> None:
    """And leads nowhere."""
    gone = replace(WARNED, stands_at=None)
    content = notice_content(gone, catalogue("de"), place="Garten", channel="#general")
    assert content.lines()[:3] == (
        "Die Moderation von Garten bittet dich, eine Regel zu beachten.",
        "Es geht um das, was du in #general geschrieben hast.",
        "Du hast geschrieben: Cheap followers, only today",
    )


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (make.effect(Action.WARN), ("", "you fool", True)),
        (make.effect(Action.WARN, message=None), ("", "you fool", False)),
        (make.effect(Action.NOTICE, told_of=Action.DELETE), ("you fool", "", False)),
        (make.effect(Action.NOTICE, told_of=Action.TIMEOUT, message=None), ("you fool", "", False)),
        (make.effect(Action.NOTICE, told_of=Action.TIMEOUT, by=PersonId("mo")), ("", "you fool", True)),
        (make.effect(Action.NOTICE, told_of=Action.TIMEOUT, by=PersonId("mo"), message=None), ("", "you fool", False)),
    ],
)
def test_a_text_goes_back_once_and_is_quoted_otherwise(effect: Effect, expected: tuple[str, str, bool]) -> None:
    """Given back with the removal that it is told of; what stands, or was given back before, is quoted."""
    notice = notice_of(replace(effect, case=CaseNumber(1), returned_text="you fool"))
    assert notice is not None
    assert (notice.returned_text, notice.quote, notice.stands_at is not None) == expected
    assert notice.channel == "general"


def test_what_is_taken_back_needs_no_reasons() -> None:
    """An apology names no rule's breach and asks nobody to appeal."""
    content = notice_content(replace(REMOVED, action=Action.LIFT, returned_text=""), ENGLISH, place="Here")
    assert content.what == "You can write in Here again. Sorry for the trouble."
    assert content.why == ""
    assert content.ask == ""


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_notice(language: str, action: Action) -> None:
    """Whatever is done, the author can be told."""
    content = notice_content(replace(REMOVED, action=action, seconds=60), catalogue(language), place="The Allotment")
    assert "The Allotment" in content.what


def test_a_long_text_comes_back_in_pieces_that_make_it_up() -> None:
    """Nothing of it is lost, and no piece is too long for a message."""
    text = "".join(chr(97 + number % 26) for number in range(4_000))
    content = notice_content(replace(REMOVED, returned_text=text), ENGLISH, place="Here")
    assert "".join(content.returned_texts) == text
    assert [len(piece) for piece in content.returned_texts] == [1_450, 1_450, 1_100]


@given(rule=st.text(max_size=300), rationale=st.text(max_size=900), place=st.text(max_size=300))
def test_a_notice_is_short_and_escaped_whatever_its_values_are(rule: str, rationale: str, place: str) -> None:
    """Names and the model's words are capped, on one line each, and go through the platform's escaping."""
    words = catalogue("en", quote=lambda text: text.replace("@", "(at)"))
    content = notice_content(replace(REMOVED, rule=f"@{rule}", rationale=f"@{rationale}"), words, place=f"@{place}")
    for line in (content.what, content.rule, content.why, content.ask):
        assert len(line.splitlines()) <= 1
        assert "@" not in line
    assert sum(map(len, (content.what, content.rule, content.why, content.ask))) <= 2_000


def test_an_outage_is_told_when_it_begins_lasts_and_ends() -> None:
    """With how many messages wait, and that none is removed meanwhile."""
    assert said(AnnouncementCode.OUTAGE_BEGAN, count=0) == (
        "The model does not answer. Messages wait for it and none is removed meanwhile. 0 are waiting."
    )
    assert said(AnnouncementCode.OUTAGE_LASTS, seconds=86_400, count=412) == (
        "The model has not answered for 1 day. 412 messages are waiting."
    )
    assert said(AnnouncementCode.OUTAGE_ENDED, seconds=172_800, count=1) == (
        "The model answers again, after 2 days. 1 message is waiting and will be read beside the new ones."
    )


def test_a_missing_permission_names_what_it_is_for() -> None:
    """So that an admin knows whether to give it."""
    assert said(AnnouncementCode.PERMISSION_MISSING, permission="Manage Messages", action=Action.DELETE) == (
        "The bot lacks the permission “Manage Messages”. Until it has it, this is left to you: removing the message."
    )


def test_the_end_of_a_setup_and_a_stop_are_told() -> None:
    """Both say what holds from now on."""
    assert said(AnnouncementCode.SETUP_DONE) == (
        "All is set up. Every rule only practises for now: cards come here, and nothing is done to anybody."
    )
    assert said(AnnouncementCode.STOPPED, count=1) == (
        "All automatic actions are stopped. Cards still come, and buttons still work. 1 planned action was dropped."
    )
