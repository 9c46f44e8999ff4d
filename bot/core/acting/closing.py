"""Closing a case whose message people were asked to delete, once it is gone.

Where the bot may not delete for itself, its deletion is a request to people. The platform tells when somebody has met
it, and then there is nothing left to decide.
"""

from bot.core.acting.enforcing import Enforcing
from bot.domain.actions import Action, Outcome
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.case import CaseFile, CaseStatus
from bot.domain.events import Delete, Event
from bot.domain.ids import MessageRef
from bot.domain.records import ReviewRecord
from bot.logs import get_logger
from bot.ports.cases import Cases
from bot.ports.clock import Clock

_log = get_logger(__name__)
_TRIES = 3
"""How often a case is read anew that a press changed in between."""


class Closing:
    """Looks whether a deletion is what a case waited for."""

    def __init__(self, cases: Cases, enforcing: Enforcing, clock: Clock) -> None:
        self._cases = cases
        self._enforcing = enforcing
        self._clock = clock

    async def heard(self, event: Event) -> None:
        """Close the case of a message that is gone now, where its deletion was asked for and nobody has decided it.

        A deletion that is delivered twice closes once: so one whose closing was lost with the process is made up for.
        """
        if isinstance(event, Delete) and await self._close(event.ref):
            await self._redraw(event.ref)

    async def _close(self, ref: MessageRef) -> bool:
        for _ in range(_TRIES):
            file = await self._cases.file_of(ref)
            if file is None or not _waits(file):
                return False
            if await self._cases.review(self._record(file)) is not None:
                _log.info("case_closed", **ref.log_context(), case=file.case.number)
                return True
        return False

    def _record(self, file: CaseFile) -> ReviewRecord:
        case = file.case
        note = AuditNote(
            community=case.community, code=AuditCode.CASE_CLOSED, at=self._clock.now(), details=(("why", "deleted"),)
        )
        return ReviewRecord(
            community=case.community,
            case=case.number,
            expected_version=case.version,
            review=None,
            status=CaseStatus.CLOSED,
            decision=None,
            effects=(),
            notes=(note,),
        )

    async def _redraw(self, ref: MessageRef) -> None:
        file = await self._cases.file_of(ref)
        if file is None:
            return
        await self._enforcing.drawing.refresh(ref.community, file.case.number)


def _waits(file: CaseFile) -> bool:
    """Return whether a case is open and people were asked to delete its message."""
    return file.case.status is CaseStatus.OPEN and any(
        stored.effect.action is Action.DELETE
        and stored.effect.message == file.case.ref
        and stored.result is not None
        and stored.result.outcome is Outcome.REQUESTED
        for stored in file.effects
    )
