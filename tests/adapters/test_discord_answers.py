"""An answer of the desk as Discord shows it: numbers become names, and values stay text."""

import pytest

from bot.adapters.discord.outgoing.answers import answer_text, worded
from bot.adapters.discord.outgoing.drawing import LONGEST_TEXT, speaking
from bot.domain.answer import Answer, AnswerKind
from bot.domain.case import CaseFile
from bot.domain.reasons import PlatformReason, Reason, reason
from tests import factories

ENGLISH = speaking("en")
NUMBER = "123456789012345678"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (reason("status_of.mod_log", channel=NUMBER), f"<#{NUMBER}>"),
        (reason("policies.in_channels", channels=f"{NUMBER}, {NUMBER}"), f"<#{NUMBER}>, <#{NUMBER}>"),
        (reason("history.title", name=NUMBER), f" {NUMBER}"),
        (reason("history.title", name="<@1> **bold**"), r"\<\@1\> \*\*bold\*\*"),
        (reason("status_of.mod_log", channel="<#1>"), r"\<\#1\>"),
        (
            reason("setup.invite", permission="x", actions="ban", link="https://discord.com/channels/1/2/3"),
            "https://discord.com/channels/1/2/3",
        ),
        (reason("setup.invite", permission="x", actions="ban", link="https://evil.example/x"), r"https\:"),
        (reason("setup.invite", permission="x", actions="ban", link="https://discord.com/) **x**"), r"https\:"),
        (reason("press.no_permission", action="ban"), "banning"),
        (reason("press.not_possible", action="delete", why=PlatformReason.OWNER), "owns this community"),
    ],
)
def test_values_are_shown_as_discord_shows_them_and_never_come_alive(said: Reason, shown: str) -> None:
    """A platform's number by its name; anything else plainly."""
    assert shown in worded(said, ENGLISH)


def test_a_code_without_a_sentence_is_still_an_answer() -> None:
    """Nobody is left without one."""
    assert worded(reason("never_heard_of"), ENGLISH)


def test_a_case_in_full_fits_one_message() -> None:
    """Card, reasoning and history together, however long the reasoning is."""
    long = factories.violates(reasoning="because " * 2_000)
    record = CaseFile(
        case=factories.case(),
        message=factories.message(),
        verdicts=(long,),
        decisions=(factories.decision(),),
        effects=(),
        reviews=(),
    )
    answer = Answer(kind=AnswerKind.DONE, lines=(), record=record, history=factories.history())
    text = answer_text(answer, ENGLISH)
    assert "because" in text
    assert len(text) <= LONGEST_TEXT
