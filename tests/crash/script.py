"""What happens in the crash test: a small community, a model that knows its texts, and a list of things to do."""

from dataclasses import dataclass, replace

from bot.domain.actions import Action, Mode
from bot.domain.events import Event, Message
from bot.domain.settings import CommunitySettings
from bot.domain.verdict import UndecidedReason
from bot.inference.scripted import Answer, Script, by_text, violates
from tests.factories import (
    author,
    category,
    category_settings,
    community_settings,
    delete,
    edit,
    later,
    member,
    message,
    policy,
    report,
)

GENTLE = "good morning to all of you, did you sleep well?"
RUDE = "you are a complete fool and everybody knows it"
THREAT = "i will come to your house tonight with a knife"
NAGGING = "will you answer me now, i have asked you ten times"
SECRET = "his name is in the papers and he lives next to me"
VANISHING = "what a fool, and these words are gone in a moment"
TURNING = "another fool, who soon says something quite different"
PRACTICE = "a rule that is only practised is broken right here"
BABBLE = "these words make the model answer nothing of use"
FLOOD = "again and again and again and again and again and again"
TAMED = "i did not mean that, have a good day everybody"
WEARY = "what a long day this was, and it is not over yet"
CALM = "take a rest then, we can go on with it tomorrow"
SHORT = "fool of fools, this is here for a moment only"

POLICY = policy(
    "harassment",
    category("insult", context_free=True),
    category("threat", action=Action.TIMEOUT, context_free=True),
    category("nagging", action=Action.WARN, context_free=True),
    category("privacy", people_only=True, context_free=True),
    category("practice", context_free=True),
    category("flood", action=Action.SLOWMODE, context_free=True),
)
_ANSWERS: dict[str, Answer | UndecidedReason] = {
    RUDE: violates("insult", "complete fool", rationale="It calls a member a fool."),
    THREAT: violates("threat", "with a knife", rationale="It threatens a member."),
    NAGGING: violates("nagging", "ten times", rationale="It presses a member for an answer."),
    SECRET: violates("privacy", "lives next to me", rationale="It tells where a member lives."),
    VANISHING: violates("insult", "fool", rationale="It calls a member a fool."),
    TURNING: violates("nagging", "fool", rationale="It presses a member for an answer."),
    PRACTICE: violates("practice", "practised", rationale="It breaks the practised rule."),
    FLOOD: violates("flood", "again", rationale="It fills the channel."),
    SHORT: violates("insult", "fool", rationale="It calls a member a fool."),
    BABBLE: UndecidedReason.UNREADABLE,
}
ANSWERS: Script = by_text(_ANSWERS)
VIOLATIONS = frozenset(text for text, answer in _ANSWERS.items() if isinstance(answer, Answer)) - {PRACTICE}
"""Texts on which something automatic may happen."""


def settings() -> CommunitySettings:
    """Return a community that is live in everything but one rule, and has no limits in the way."""
    live = ("insult", "threat", "nagging", "privacy", "flood")
    made = community_settings(
        categories=(*map(category_settings, live), category_settings("practice", mode=Mode.SHADOW))
    )
    return replace(made, limits=replace(made.limits, per_author_minute=100, per_community_hour=1000))


def _said(text: str, number: int, by: str) -> Message:
    return message(text, id=str(number), by=by, at=later(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A moderator presses Remove on the case of a message."""

    of: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Everything that waits is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Whoever brings an event gives up waiting while another one is being written; it is in by then all the same."""

    of: int
    during: int


_FIRST = _said(GENTLE, 1, "ann")
_PRACTISED = _said(PRACTICE, 9, "ivy")
EVENTS: tuple[Event, ...] = (
    _FIRST,
    _said(RUDE, 2, "bob"),
    _said(THREAT, 3, "cem"),
    _said(NAGGING, 4, "dora"),
    _said(SECRET, 5, "eve"),
    _said(RUDE, 6, "beep"),
    _said(VANISHING, 7, "gil"),
    _said(TURNING, 8, "hal"),
    _PRACTISED,
    _said(BABBLE, 10, "jo"),
    _said(FLOOD, 11, "kim"),
    edit(RUDE, of=_FIRST, at=later(20)),
    _said(RUDE, 2, "bob"),
    report(_said(BABBLE, 10, "jo").ref),
    _said(SHORT, 12, "lou"),
    delete(_said(SHORT, 12, "lou").ref, at=later(21)),
    edit("something else for a while", of=_PRACTISED, at=later(22)),
    edit(PRACTICE, of=_PRACTISED, at=later(23)),
    member("mia"),
    delete(_said(VANISHING, 7, "gil").ref, at=later(24)),
    edit(TAMED, of=_said(TURNING, 8, "hal"), at=later(25)),
    edit(TAMED, of=_said(RUDE, 2, "bob"), at=later(70)),
    delete(_said(THREAT, 3, "cem").ref, at=later(71)),
    _said(WEARY, 13, "max"),
    _said(CALM, 14, "noa"),
)
ROBOT = author("beep", is_bot=True)
EVENTS = tuple(
    replace(event, author=ROBOT) if isinstance(event, Message) and event.author.id == ROBOT.id else event
    for event in EVENTS
)
WHILE_JUDGED = {VANISHING: 19}
"""Events that happen while the model reads a text."""
WHILE_CARRIED_OUT = {_said(TURNING, 8, "hal").ref: 20}
"""Events that happen while the first effect on a message is carried out; others are still to follow."""
WHILE_DOWN = (21, 22)
"""Events that happen between two lives and are never delivered."""
TO_DO: tuple[int | Press | Work | GiveUp, ...] = (
    *range(11),
    Work(),
    *range(11, 19),
    GiveUp(of=24, during=23),
    Work(),
    Press(of=_PRACTISED),
    Work(),
)
"""In their order: deliveries by number, work, presses, and a caller that gives up."""
