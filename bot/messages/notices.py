"""What an author is told about their own message, and what a moderators' channel is told besides cards."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.actions import Action
from bot.domain.built_in import BUILT_IN
from bot.domain.notice import Announcement, Notice
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.drawing import LONGEST_RATIONALE, LONGEST_TITLE
from bot.messages.readable import plain_line

_LONGEST_PLACE = 80
_LONGEST_QUOTE = 300
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

    `about` names the channel, and quotes what it is about. All of it is escaped but `returned_texts`: the author's own
    text, which the platform draws so that it can be copied and pings nobody. It comes in pieces where it is too long
    for one message.
    """

    what: str
    about: str
    quote: str
    rule: str
    why: str
    before_text: str
    returned_texts: tuple[str, ...]
    ask: str

    def lines(self) -> tuple[str, ...]:
        """Return the notice as plain lines, for a place that shows text alone. The returned text is not escaped."""
        every = (*self.first, self.before_text, *self.returned_texts, self.ask)
        return tuple(line for line in every if line)

    @property
    def first(self) -> tuple[str, ...]:
        """Return the lines above the returned text that this notice has."""
        return tuple(line for line in (self.what, self.about, self.quote, self.rule, self.why) if line)


def notice_content(
    notice: Notice, catalogue: Catalogue, *, place: str, channel: str = "", link: str = ""
) -> NoticeContent:
    """Return what an author is told. `place` is the community's name.

    `channel` and `link` are where they wrote it, as the platform shows both; `link` only while the message stands.
    It holds what happened, the message it is about, the rule, the rationale, their own words where the rule allows it,
    and how to ask. It never holds the model's reasoning or a moderator's name, which a `Notice` does not carry.
    """
    rule, rationale = plain_line(notice.rule, LONGEST_TITLE), _rationale(notice, catalogue)
    returned = _pieces(notice.returned_text)
    takes_back = notice.action in (Action.RESTORE, Action.LIFT)
    quote = plain_line(notice.quote, _LONGEST_QUOTE)
    return NoticeContent(
        what=_what(notice, catalogue, plain_line(place, _LONGEST_PLACE)),
        about=_about(catalogue, channel, link),
        quote=catalogue.say("notice.you_wrote", text=quote) if quote else "",
        rule=catalogue.say("notice.rule", rule=rule) if rule else "",
        why=catalogue.say("notice.why", rationale=rationale) if rationale and not takes_back else "",
        before_text=catalogue.say("notice.your_text") if returned else "",
        returned_texts=returned,
        ask="" if takes_back else catalogue.say("notice.ask", case=notice.case),
    )


def _rationale(notice: Notice, catalogue: Catalogue) -> str:
    """Return why: the model's words, or what a built-in check saw, which stands in English on record."""
    told = next((check.notice for check in BUILT_IN if notice.rationale in check.rationales), "")
    if told:
        return catalogue.say(told)
    return plain_line(notice.rationale, LONGEST_RATIONALE)


def _about(catalogue: Catalogue, channel: str, link: str) -> str:
    if not channel:
        return ""
    if not link:
        return catalogue.say("notice.about", channel=Said(channel))
    return catalogue.say("notice.about_link", channel=Said(channel), link=Said(link))


def announcement_line(announcement: Announcement, catalogue: Catalogue) -> Said:
    """Return what a moderators' channel is told.

    The reason's values: `count` (messages waiting, actions dropped), `seconds` (how long the model was away),
    `permission` and `action` (what it is needed for).
    """
    return catalogue.reason(announcement.reason, Family.ANNOUNCE)


def _what(notice: Notice, catalogue: Catalogue, place: str) -> Said:
    if notice.action not in _TOLD:
        return catalogue.say("notice.other", place=place)
    if notice.action is Action.WARN and notice.stands_at is not None:
        return catalogue.say("notice.warn_stays", place=place)
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
