"""Retention in SQLite: words go, skeletons stay, a few rows at a time so that intake never waits long."""

import sqlite3
from typing import Any

from bot.domain.keeping import Cutoffs, Dropped
from bot.storage.codec.documents import to_micros
from bot.storage.sqlite.database.statements import statements
from bot.storage.sqlite.database.writer import Writes

_SQL = statements("retention")
_AT_ONCE = 200
_OF_ROW = ("empty_row", "empty_verdicts_of_row", "empty_effects_of_row")
_OF_CASE = ("empty_case", "forget_case_words", "empty_verdicts_of_case", "empty_effects_of_case")


async def drop_words(writer: Writes, cutoffs: Cutoffs) -> Dropped:
    """Drop the words of what is older than the cutoffs, in as many short transactions as it takes."""
    values: dict[str, Any] = {
        "without_case": to_micros(cutoffs.without_case),
        "deleted": to_micros(cutoffs.deleted),
        "of_case": to_micros(cutoffs.of_case),
        "limit": _AT_ONCE,
    }
    # Rows of messages with a case go by that case's age, which is told before its words are gone.
    messages = await _in_steps(writer, "rows_to_empty", _OF_ROW, values)
    cases = await _in_steps(writer, "cases_to_empty", _OF_CASE, values)
    return Dropped(messages=messages, cases=cases)


async def _in_steps(writer: Writes, wanted: str, steps: tuple[str, ...], values: dict[str, Any]) -> int:
    emptied = 0
    while True:
        count = await writer.run(lambda raw: _empty(raw, wanted, steps, values))
        emptied += count
        if count < _AT_ONCE:
            return emptied


def _empty(raw: sqlite3.Connection, wanted: str, steps: tuple[str, ...], values: dict[str, Any]) -> int:
    ids = raw.execute(_SQL[wanted], values).fetchall()
    for (row_id,) in ids:
        for step in steps:
            raw.execute(_SQL[step], {"id": row_id})
    return len(ids)
