"""A community's cases as a file, for admins."""

from dataclasses import replace

from bot.core.desk.access import Access
from bot.core.desk.answers import done, failed
from bot.core.desk.parts import DeskParts
from bot.core.exports.export_rows import COLUMNS, csv_text, row_of
from bot.domain.answer import Answer, TextFile
from bot.domain.audit import AuditCode
from bot.domain.case import Case
from bot.domain.ids import CommunityId
from bot.domain.people import Actor
from bot.domain.reasons import reason
from bot.domain.records import CaseFilter

_PAGE = 200
_LARGEST = 7_000_000
"""Most bytes of a file that platforms take from a bot."""


class Exporting:
    """Writes exports."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access

    async def export(self, actor: Actor) -> Answer:
        """Return every case as a row, without the model's reasoning, in the order of their numbers."""
        refusal = await self._access.admin(actor, "export")
        if refusal is not None:
            return refusal
        rows, size = [], 0
        for case in await self._every_case(actor.community):
            file = await self._parts.store.cases.file(actor.community, case.number)
            if file is None:
                continue
            row = row_of(file)
            size += sum(len(cell.encode("utf-8", "replace")) + 3 for cell in row)
            if size > _LARGEST:
                return failed(reason("export.too_large"))
            rows.append(row)
        if not rows:
            return done(reason("export.empty"))
        details = (("by", actor.person), ("cases", str(len(rows))))
        await self._access.note(actor, AuditCode.EXPORTED, details)
        day = self._parts.clock.now().date().isoformat()
        download = TextFile(name=f"hallmoot-cases-{day}.csv", text=csv_text((COLUMNS, *rows)))
        return replace(done(reason("export.ready", count=len(rows))), download=download)

    async def _every_case(self, community: CommunityId) -> tuple[Case, ...]:
        """Return all cases by their numbers, read in pages."""
        found: dict[int, Case] = {}
        wanted = CaseFilter(limit=_PAGE)
        while page := await self._parts.store.cases.find(community, wanted):
            found |= {case.number: case for case in page}
            wanted = replace(wanted, before=min(case.number for case in page))
        return tuple(found[number] for number in sorted(found))
