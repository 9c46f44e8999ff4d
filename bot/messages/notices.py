"""What an author is told about their own message, and what a moderators' channel is told besides cards."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.actions import Action
from bot.domain.notice import Announcement, Notice
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.drawing import LONGEST_RATIONALE, LONGEST_TITLE
from bot.messages.readable import plain_line

_LONGEST_PLACE = 80
_LONGEST_RETURNED = 1_450
"""Most characters of the author's own text that fit one direct message, on every platform: with its fences broken
where there are any, a text of backticks grows by a third."""
_TOLD = frozenset(
    {
        Action.DELETE,
        Action.WARN,
        Action.TIMEOUT,
        Action.QUARANTINE,
        Action.KICK,
        Action.BAN,
        Action.RESTORE,
        Action.LIFT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """A direct message in words. Empty strings are lines that this notice does not have.

    All of it is escaped but `returned_texts`: the author's own text, which the platform draws so that it can be copied
    and pings nobody. It comes in pieces where it is too long for one message.
    """

    what: str
    rule: str
    why: str
    before_text: str
    returned_texts: tuple[str, ...]
    ask: str

    def lines(self) -> tuple[str, ...]:
        """Return the notice as plain lines, for a place that shows text alone. The returned text is not escaped."""
        every = (self.what, self.rule, self.why, self.before_text, *self.returned_texts, self.ask)
        return tuple(line for line in every if line)


def notice_content(notice: Notice, catalogue: Catalogue, *, place: str) -> NoticeContent:
    """Return what an author is told. `place` is the community's name.

    It holds what happened, the rule, the rationale, their own words where the rule allows it, and how to ask. It never
    holds the model's reasoning or a moderator's name, which a `Notice` does not carry.
    """
    rule, rationale = plain_line(notice.rule, LONGEST_TITLE), plain_line(notice.rationale, LONGEST_RATIONALE)
    returned = _pieces(notice.returned_text)
    takes_back = notice.action in (Action.RESTORE, Action.LIFT)
    return NoticeContent(
        what=_what(notice, catalogue, plain_line(place, _LONGEST_PLACE)),
        rule=catalogue.say("notice.rule", rule=rule) if rule else "",
        why=catalogue.say("notice.why", rationale=rationale) if rationale and not takes_back else "",
        before_text=catalogue.say("notice.your_text") if returned else "",
        returned_texts=returned,
        ask="" if takes_back else catalogue.say("notice.ask", case=notice.case),
    )


def announcement_line(announcement: Announcement, catalogue: Catalogue) -> Said:
    """Return what a moderators' channel is told.

    The reason's values: `count` (messages waiting, actions dropped), `seconds` (how long the model was away),
    `permission` and `action` (what it is needed for).
    """
    return catalogue.reason(announcement.reason, Family.ANNOUNCE)


def _what(notice: Notice, catalogue: Catalogue, place: str) -> Said:
    if notice.action not in _TOLD:
        return catalogue.say("notice.other", place=place)
    if notice.action is not Action.TIMEOUT:
        return catalogue.say(f"notice.{notice.action.value}", place=place)
    if notice.seconds <= 0:
        return catalogue.say("notice.timeout_open", place=place)
    return catalogue.say("notice.timeout", place=place, length=catalogue.duration(timedelta(seconds=notice.seconds)))


def _pieces(text: str) -> tuple[str, ...]:
    """Return the author's own text as it was, in pieces; nothing where there is nothing to see."""
    if not text.strip():
        return ()
    return tuple(text[start : start + _LONGEST_RETURNED] for start in range(0, len(text), _LONGEST_RETURNED))
