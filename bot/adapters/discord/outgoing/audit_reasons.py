"""What stands beside an action in the server's own audit log."""

from urllib.parse import quote

from bot.domain.decision import BOT, Effect
from bot.domain.texts.text import normalise
from bot.messages.catalogue import ENGLISH, catalogue

LONGEST = 512
"""Most characters of a reason once URL-encoded, by Discord's reference."""
_ROOM = 600
"""No more characters than this can ever fit, so no more are looked at."""


_WORDS = catalogue(ENGLISH)
"""Plain and in one language: the log is the server's and not one reader's, and shows no markup."""


def audit_reason(effect: Effect) -> str:
    """Return `[case 123] rule: rationale`, and who asked for it, within Discord's limit; cut in the rationale."""
    head = f"{case_mark(effect)} {_plain(effect.rule)}".strip()
    tail = " " + _WORDS.say("audit_log.asked_by", name=effect.by) if effect.by != BOT else ""
    text = f"{head}: {_plain(effect.rationale)}" if effect.rationale else head
    return _cut(text, LONGEST - _encoded(tail)) + tail


def case_mark(effect: Effect) -> str:
    """Return what begins every reason of this case, and tells our doing from anybody else's."""
    return f"[case {effect.case}]" if effect.case is not None else "[Hallmoot]"


def _plain(text: str) -> str:
    return " ".join(normalise(text[:_ROOM]).text.split())


def _encoded(text: str) -> int:
    return len(quote(text, safe=""))


def _cut(text: str, room: int) -> str:
    if _encoded(text) <= room:
        return text
    left = room - _encoded("…")
    for end, char in enumerate(text):
        left -= _encoded(char)
        if left < 0:
            return text[:end].rstrip() + "…"
    return text
