"""What the operator reads: English, in one line, with the machine's own words behind it."""

from bot.domain.notice import OperatorNote
from bot.messages.catalogue import Family, catalogue

_MOST_DETAIL = 500


def wording(note: OperatorNote) -> str:
    """Return the text of a note."""
    said = catalogue("en").reason(note.reason, Family.ANNOUNCE)
    detail = " ".join(note.detail.split())[:_MOST_DETAIL]
    return f"Hallmoot: {said} {detail}".strip()
