"""Every sentence in the reader's language.

The English sentences stand in `sentences/`, each once, under a code; the other languages in `locale/`. To add one:

1. Put it into the file of `sentences/` where it belongs, under a code of that file's prefix: `for_members("…")`,
   `for_moderators("…")` or `for_admins("…")`. Values are `{names}`; one that counts takes a second form and the value
   `count`. No mark-up, and none of the characters ``*_~`|<>&@#``: a platform escapes the values, not the sentence.
2. Run `python -m bot.messages.compile`. It adds the sentence to each `.po` file; translate it there, run it again.
3. Run `python -m bot.messages.docs`.
4. Say it: `catalogue(language, quote=escape).say("press.not_a_moderator")`.

The tests fail for a code that does not exist, a value that is missing, a language that lacks a sentence, and files that
are not current. After a merge in which `.mo` files collide, run step 2 again: they hold nothing of their own.
"""

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import lru_cache
from importlib import resources

from bot.domain.actions import Action
from bot.domain.reasons import Reason
from bot.messages.entry import PLACEHOLDER, Entry
from bot.messages.sentences import SENTENCES

DOMAIN = "hallmoot"
ENGLISH = "en"
MAX_VALUE = 2_000
"""Longest value within a sentence, in code points."""
_MISSING = "…"
_DIGITS = 19
_LENGTHS = frozenset({"seconds", "length", "plain", "deleted", "with_case"})
_MAY_BE_CODES = frozenset({"what", "where", "status", "mode", "why"})
_LONGEST = 86_400 * 36_500
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Said(str):
    """Text that is ready to be shown: the catalogue's own words, with every value escaped. It is not escaped again."""

    __slots__ = ()


class Family(Enum):
    """Where a reason's sentence is looked for first: the same code (`stale`) can mean several things."""

    STEP = "step"
    EFFECT = "effect"
    UNDECIDED = "undecided"
    NOT_JUDGED = "not_judged"
    SCREENED = "screened"
    ANNOUNCE = "announce"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Sentences in one language. `quote` escapes what people or the model wrote, for the platform that shows it."""

    language: str
    quote: Callable[[str], str]

    def say(self, code: str, /, **values: object) -> Said:
        """Return a sentence with its values; KeyError when no sentence has this code.

        Numbers stand as they are, `Said` text too; any other text is put on one line, capped and escaped. A value that
        is not given shows as an ellipsis. The value `count` chooses between singular and plural.
        """
        template = self._template(code, SENTENCES[code], values.get("count"))
        return Said(PLACEHOLDER.sub(lambda found: self._value(values.get(found[1], Said(_MISSING))), template))

    def reason(self, reason: Reason, family: Family = Family.STEP) -> Said:
        """Return a reason as a clause without a capital or a full stop, to stand after a colon or in brackets.

        Looked for in `family` first, then in the others. A value named `action` or `wanted` is worded as an action,
        `why` as a reason, `seconds` as a length of time. An unknown code is shown as it is, since a card must never
        fail for want of words.
        """
        for place in (family, *Family):
            code = f"{place.value}.{reason.code}"
            if code in SENTENCES:
                return self._said(code, reason)
        return self.say("reason.unknown", code=reason.code)

    def line(self, line: Reason) -> Said:
        """Return a line of an answer, whose code is that of a sentence (`press.stale`), with its values worded.

        Beside what `reason` words: `actions` are actions with commas between, `length`, `plain`, `deleted` and
        `with_case` lengths of time in seconds. A value named `what`, `where`, `status`, `mode` or `why` may be the code
        of a sentence, which may mention the other values of the line.
        """
        return self._said(line.code, line) if line.code in SENTENCES else self.reason(line)

    def action(self, action: Action, count: int = 1) -> Said:
        """Return the name of an action: `removing the message`, `removing 3 messages`."""
        return self.say(f"action.{action.value}", count=count)

    def duration(self, length: timedelta) -> Said:
        """Return a length of time in its largest whole unit: `3 days`; below a minute `less than a minute`."""
        seconds = max(0, int(length.total_seconds()))
        if seconds < _MINUTE:
            return self.say("time.moment")
        if seconds < _HOUR:
            return self.say("time.minutes", count=seconds // _MINUTE)
        if seconds < _DAY:
            return self.say("time.hours", count=seconds // _HOUR)
        return self.say("time.days", count=seconds // _DAY)

    def shown(self, text: str) -> Said:
        """Return what a person or the model wrote, alone: on one line, capped and escaped."""
        return Said(self.quote(on_one_line(text, MAX_VALUE)))

    def listed(self, items: tuple[Said, ...]) -> Said:
        """Return several clauses as one, separated by commas."""
        return Said(", ".join(items))

    def _said(self, code: str, reason: Reason) -> Said:
        """Return a reason's sentence; where nothing is left to count and there is one for that, that one."""
        if reason.value("count") == "0" and f"{code}_none" in SENTENCES:
            code = f"{code}_none"
        return self.say(code, **{name: self._worded(name, value, reason) for name, value in reason.values})

    def _template(self, code: str, entry: Entry, count: object) -> str:
        translations = _translations(self.language)
        if entry.plural is None:
            return translations.pgettext(code, entry.english)
        return translations.npgettext(code, entry.english, entry.plural, _whole(count))

    def _value(self, value: object) -> str:
        if isinstance(value, Said):
            return value
        if isinstance(value, int):
            return str(value)
        return self.shown(str(value))

    def _worded(self, name: str, value: str, within: Reason) -> object:
        if name in ("action", "wanted", "actions"):
            return self._actions(value, within.value("count") if name == "action" else "")
        if name == "why" and value not in SENTENCES:
            return self.reason(Reason(code=value, values=_others(name, within)), Family.EFFECT)
        if name in _LENGTHS and value.isdecimal() and len(value) < _DIGITS:
            return self.duration(timedelta(seconds=min(int(value), _LONGEST)))
        if name in _MAY_BE_CODES and value in SENTENCES:
            return self._said(value, Reason(code=value, values=(("count", "1"), *_others(name, within))))
        return value

    def _actions(self, value: str, count: str) -> str:
        """Return one action's name, or several with commas between; what is no action stays as it is.

        `count` is on how many one action is, where that is known: `removing 3 messages`.
        """
        actions = value.split(",")
        known = all(action in list(Action) for action in actions)
        many = _whole(count) or 1
        return self.listed(tuple(self.action(Action(action), many) for action in actions)) if known else value


def _others(name: str, within: Reason) -> tuple[tuple[str, str], ...]:
    """Return the values of a reason but one, so that what stands for that one can't mention itself."""
    return tuple(pair for pair in within.values if pair[0] != name)


def catalogue(language: str, *, quote: Callable[[str], str] = str) -> Catalogue:
    """Return the catalogue of a language (`de`, `de-AT`, `es_419`), of English where there is none.

    `quote` escapes text for the platform that will show it; without one the text is for a place without mark-up.
    """
    short = language.replace("_", "-").partition("-")[0].lower()
    return Catalogue(language=short if short in languages() else ENGLISH, quote=quote)


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Return the languages there are sentences in, English first."""
    folder = resources.files("bot.messages") / "locale"
    found = (place.name for place in folder.iterdir() if place.joinpath("LC_MESSAGES", f"{DOMAIN}.mo").is_file())
    return (ENGLISH, *sorted(found))


def on_one_line(text: str, limit: int) -> str:
    """Return the text with every run of white space as one space, cut with an ellipsis above `limit` code points."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit and len(text) <= limit * 4 else f"{line[: limit - 1]}…"


@lru_cache(maxsize=32)
def _translations(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    place = resources.files("bot.messages").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.mo")
    with place.open("rb") as file:
        return gettext.GNUTranslations(file)


def _whole(count: object) -> int:
    text = str(count)
    return int(text) if text.isdecimal() and len(text) < _DIGITS else 0
