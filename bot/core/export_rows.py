"""Cases as the rows of a table, with every cell made harmless for spreadsheets. Pure."""

import csv
import io
import unicodedata
from collections.abc import Iterable

from bot.domain.case import CaseFile
from bot.domain.decision import BOT, StoredEffect
from bot.domain.text import is_hidden

COLUMNS = (
    "case",
    "opened_at",
    "status",
    "policy",
    "category",
    "rule",
    "severity",
    "action",
    "mode",
    "done",
    "author",
    "author_name",
    "channel",
    "message",
    "url",
    "text",
    "evidence",
    "rationale",
    "reports",
    "reviews",
)
"""The header. Texts are empty once retention has dropped them. The model's reasoning is not among them."""
_FORMULA = frozenset("=+-@|%\t\r\n")
"""What makes a spreadsheet take a cell for more than text, when it stands first."""


def row_of(file: CaseFile, *, rule: str) -> tuple[str, ...]:
    """Return one case as cells that may be written to a spreadsheet; `rule` is the rule's title."""
    case, message = file.case, file.message
    automatic = [decision for decision in file.decisions if decision.by == BOT]
    cells = (
        str(case.number),
        case.opened_at.isoformat(),
        case.status.value,
        case.policy or "",
        case.category or "",
        rule,
        case.severity.value if case.severity is not None else "",
        case.action.value if case.action is not None else "",
        automatic[-1].mode.value if automatic else "",
        "; ".join(_ended(stored) for stored in file.effects),
        case.author,
        case.author_name,
        case.ref.channel,
        case.ref.message,
        message.url if message is not None else "",
        message.judged_text if message is not None else "",
        "; ".join(evidence.quote for verdict in file.verdicts for evidence in verdict.evidence),
        case.rationale,
        str(len(case.reported_by)),
        "; ".join(f"{review.result.value} ({review.by_name})" for review in file.reviews),
    )
    return tuple(map(defused, cells))


def _ended(stored: StoredEffect) -> str:
    outcome = stored.result.outcome.value if stored.result is not None else "pending"
    return f"{stored.effect.action.value}: {outcome}"


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and that can be encoded.

    What would be one gets an apostrophe before it, also where hidden characters or spaces stand before the sign, or it
    is a wide form of it. NUL, which ends a cell in some programs, is replaced.
    """
    text = cell.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    visible = next((char for char in text if char not in " \u00a0\ufeff" and not is_hidden(char)), "")
    first = unicodedata.normalize("NFKC", visible)[:1]
    return f"'{text}" if first in _FORMULA or text[:1] in _FORMULA else text


def csv_text(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as CSV with every cell quoted, so that no other separator splits one."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
