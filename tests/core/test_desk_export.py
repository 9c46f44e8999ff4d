"""A community's cases as a file."""

import csv
import io

from bot.core.exports.export_rows import COLUMNS, REASONING, csv_text, row_of
from bot.domain.answer import AnswerKind
from bot.domain.audit import AuditCode
from bot.domain.case import ReviewResult
from bot.domain.ids import CaseNumber
from tests.core.desk_room import ADA, MO, Room, room, said, worded
from tests.factories import OTHER_COMMUNITY, author, later, message

EVIL = '=HYPERLINK("https://evil.example";"fool")'


async def exported(found: Room) -> list[dict[str, str]]:
    """Return the rows of an export."""
    answer = await found.desk.export(ADA)
    assert answer.download is not None
    assert answer.download.text.encode("utf-8").decode("utf-8") == answer.download.text
    return list(csv.DictReader(io.StringIO(answer.download.text, newline=""), strict=True))


async def test_every_case_of_the_community_is_a_row() -> None:
    """More than a page of them, in the order of their numbers; nothing of another community's."""
    found = await room({"mod_log": "mod-log"})
    for number in range(230):
        found.model_says_violates(f"insult number {number}")
        await found.deliver(message(f"insult number {number}", id=str(number), by=f"member-{number}", at=later(number)))
    found.model_says_violates("elsewhere")
    await found.deliver(message("elsewhere", community=OTHER_COMMUNITY))
    rows = await exported(found)
    assert [row["case"] for row in rows] == [str(number) for number in range(1, 231)]
    assert "elsewhere" not in {row["text"] for row in rows}


async def test_a_row_says_what_became_of_a_case() -> None:
    """Without the model's reasoning."""
    found = await room()
    found.model_says_violates("what a fool")
    await found.deliver(message("what a fool"))
    await found.desk.review(MO, CaseNumber(1), ReviewResult.UPHELD)
    [row] = await exported(found)
    assert tuple(row) == COLUMNS
    assert (row["status"], row["text"], row["evidence"]) == ("UPHELD", "what a fool", "what a fool")
    assert row["outcomes"] == "delete:applied notice:applied flag:applied"
    assert row["reviews"] == "UPHELD Mo"
    assert "Read from the script." not in " ".join(row.values())
    assert row_of(await found.file(), (REASONING,)) == ("Read from the script.",)


async def test_what_members_wrote_is_no_formula_and_breaks_no_row() -> None:
    """Names, texts with quotes, separators and line breaks, halves of characters, NUL."""
    found = await room()
    hostile = [EVIL, '@SUM(1)\n"a",b;c\r\n=2', "\ud800 half", "a\x00b\x1b[2J\x9b", "\u200b=1+1"]
    for number, text in enumerate(hostile):
        found.model_says_violates(text)
        by = author(f"p{number}", name="+evil")
        await found.deliver(message(text, id=str(number), by=by, at=later(number)))
    rows = await exported(found)
    assert [row["text"] for row in rows] == [
        f"'{EVIL}",
        "'@SUM(1)\n\"a\",b;c\r\n'=2",
        "? half",
        "a\ufffdb\ufffd[2J\ufffd",
        "'\u200b=1+1",
    ]
    assert {row["author_name"] for row in rows} == {"'+evil"}


async def test_an_export_is_in_the_audit_log() -> None:
    """With whose it was and how much."""
    found = await room()
    assert said(await found.desk.export(ADA)) == ("export.empty",)
    assert await found.entries(AuditCode.EXPORTED) == []
    found.model_says_violates("fool")
    await found.deliver(message("fool"))
    answer = await found.desk.export(ADA)
    assert worded(answer) == "1 case, without the model's reasoning."
    assert answer.download is not None
    assert answer.download.name == "hallmoot-cases-2026-11-23.csv"
    [entry] = await found.entries(AuditCode.EXPORTED)
    assert entry.details == (("by", "ada"), ("cases", "1"))


async def test_an_export_that_no_platform_takes_is_not_begun() -> None:
    """It is refused with the way out, and not handed over in part."""
    found = await room({"mod_log": "mod-log"})
    for number in range(2):
        text = f"{number} " + "\u20ac" * 1_300_000
        await found.deliver(message(text, id=str(number), at=later(number)))
    answer = await found.desk.export(ADA)
    assert (answer.kind, said(answer), answer.download) == (AnswerKind.FAILED, ("export.too_large",), None)
    assert await found.entries(AuditCode.EXPORTED) == []


def test_every_cell_is_quoted() -> None:
    """Where a program splits at semicolons, a cell still holds what it held."""
    assert csv_text((("a;b", 'say "x"'),)) == '"a;b","say ""x"""\r\n'
