"""What stands behind Act…: what a person may do about a case, what not and why, and which choices there are."""

from bot.core.acting.cards import wave_in
from bot.core.desk.access import Access
from bot.core.desk.cases.acting import Acting
from bot.core.desk.cases.pressing import LENGTHS, OFFERED, stands_already
from bot.core.desk.cases.reviewing import Reviewing
from bot.core.desk.parts import DeskParts
from bot.domain.actions import Action
from bot.domain.answer import Answer, Options
from bot.domain.case import CaseFile
from bot.domain.ids import CaseNumber
from bot.domain.people import Actor
from bot.domain.reasons import Reason, reason
from bot.domain.reckoning import removed

_UNDONE = "press.nothing_to_undo"


class Offering:
    """Finds out what can be pressed."""

    def __init__(self, parts: DeskParts, access: Access, acting: Acting, reviewing: Reviewing) -> None:
        self._parts = parts
        self._access = access
        self._acting = acting
        self._reviewing = reviewing

    async def options(self, actor: Actor, number: CaseNumber) -> Options | Answer:
        """Return what this person may do about the case now."""
        file = await self._access.decidable(actor, number, "options")
        if isinstance(file, Answer):
            return file
        candidates = [action for action in OFFERED if not stands_already(action, file.effects)]
        why_not = {action: await self._acting.why_not(actor, file, action) for action in candidates}
        allowed = tuple(action for action, why in why_not.items() if why is None)
        settings = await self._parts.book.of(actor.community)
        own = int(settings.timeout_for.total_seconds())
        return Options(
            allowed=allowed,
            refused=_together(why_not),
            lengths=tuple(sorted({own, *LENGTHS})) if Action.TIMEOUT in allowed else (),
            corrections=await self._reviewing.corrections(actor, file),
            wave=await wave_in(file, self._parts.store),
            messages=file.copies,
            standing=max(1, file.copies - len(removed(file.effects))),
            authors=await self._authors(file),
        )

    async def _authors(self, file: CaseFile) -> int:
        if file.copies == 1:
            return 1
        members = await self._parts.store.cases.members(file.case.community, file.case.number)
        return len({file.case.author, *(member.author for member in members if member.author is not None)})


def _together(why_not: dict[Action, Reason | None]) -> tuple[Reason, ...]:
    """Return why actions are not possible, a line for each reason; that there is nothing to undo is no news."""
    actions: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for action, why in why_not.items():
        if why is not None and why.code != _UNDONE:
            rest = tuple((name, value) for name, value in why.values if name != "action")
            actions.setdefault((why.code, rest), []).append(action.value)
    return tuple(reason(code, **{**dict(rest), "action": ",".join(named)}) for (code, rest), named in actions.items())
