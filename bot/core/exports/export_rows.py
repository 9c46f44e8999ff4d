"""Cases as the rows of a table. Pure: a command writes them to a file, the desk hands them over in chat."""

import csv
import io
import re
from collections.abc import Iterable

from bot.core.exports.spreadsheets import defused
from bot.domain.case import CaseFile
from bot.domain.reasons import Reason
from bot.domain.reckoning import became

COLUMNS = (
    "community",
    "case",
    "status",
    "opened_at",
    "channel",
    "message",
    "author",
    "author_name",
    "policy",
    "category",
    "severity",
    "action",
    "rationale",
    "text",
    "evidence",
    "source",
    "outcomes",
    "reviews",
    "became",
)
"""The header. Texts are empty once retention has dropped them.

`action` is what was decided at first, `outcomes` how each try ended, `became` what holds now, as the card's first line.
"""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
REASONING = "reasoning"
"""One more column, for moderators' eyes alone: only where it is asked for."""


def row_of(file: CaseFile, columns: tuple[str, ...] = COLUMNS) -> tuple[str, ...]:
    """Return one case as cells that a spreadsheet takes for text and that can be encoded."""
    cells = _case_cells(file) | _record_cells(file)
    return tuple(defused(_encodable(cells[column])) for column in columns)


def csv_text(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as CSV with every cell quoted, so that no other separator splits one."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _case_cells(file: CaseFile) -> dict[str, str]:
    case = file.case
    return {
        "community": case.community,
        "case": str(case.number),
        "status": case.status.value,
        "opened_at": case.opened_at.isoformat(),
        "channel": case.ref.channel,
        "message": case.ref.message,
        "author": case.author,
        "author_name": case.author_name,
        "policy": case.policy or "",
        "category": case.category or "",
        "severity": case.severity.value if case.severity is not None else "",
        "action": case.action.value if case.action is not None else "",
        "rationale": case.rationale,
    }


def _record_cells(file: CaseFile) -> dict[str, str]:
    deciding = [verdict for verdict in file.verdicts if verdict.policy == file.case.policy]
    return {
        "text": file.message.judged_text if file.message is not None else "",
        "evidence": " | ".join(entry.quote for verdict in deciding for entry in verdict.evidence),
        "source": deciding[-1].source.value if deciding else "",
        "outcomes": " ".join(
            f"{stored.effect.action.value}:{stored.result.outcome.value}"
            for stored in file.effects
            if stored.result is not None
        ),
        "reviews": " | ".join(f"{review.result.value} {review.by_name}".strip() for review in file.reviews),
        "became": shown_as(became(file)),
        REASONING: "\n\n".join(verdict.reasoning for verdict in file.verdicts if verdict.reasoning),
    }


def shown_as(what: Reason) -> str:
    """Return what became of a case in one word, and of several messages how many: `delete_some 5/120`."""
    word = what.code.removeprefix("headline.")
    counts = [what.value(name) for name in ("removed", "messages") if what.value(name)]
    return f"{word} {'/'.join(counts)}" if counts else word


def _encodable(cell: str) -> str:
    """Return the cell without halves of characters, and without controls: some stop programs, some steer terminals."""
    return _CONTROLS.sub("\ufffd", cell.encode("utf-8", "replace").decode("utf-8"))
