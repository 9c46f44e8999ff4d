"""Who may ask for what, checked anew each time. Every refusal is polite, and on record."""

from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.acting.cards import card_of
from bot.core.desk.parts import DeskParts
from bot.domain.answer import Answer, AnswerKind
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.case import CaseFile
from bot.domain.ids import CaseNumber, CommunityId, MessageRef, PersonId
from bot.domain.inbox import InboxKey, Kind
from bot.domain.people import Actor, Permission
from bot.domain.reasons import Reason, reason

_LONGEST_DETAIL = 200
_MOST_ASKED_OF = 200
"""Messages of an incident of which reports without a name are looked for."""
_MOST_NOTED = 60
_NOTED_WITHIN = timedelta(hours=1)
_MOST_PEOPLE = 10_000
"""Refusals of one person that are put on record, and people that are counted: nobody fills the records by pressing."""


class Access:
    """Answers None where a person may, and the refusal where they may not."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._refused: dict[tuple[CommunityId, PersonId], deque[datetime]] = {}

    async def moderator(self, actor: Actor, what: str) -> Answer | None:
        """Check that somebody may decide cases; whoever may change settings may that too."""
        directory = self._parts.platform.directory
        if await directory.may(actor, Permission.MODERATE) or await directory.may(actor, Permission.ADMINISTER):
            return None
        return await self.refuse(actor, reason("press.not_a_moderator"), what)

    async def admin(self, actor: Actor, what: str) -> Answer | None:
        """Check that somebody may change settings, export and erase."""
        if await self._parts.platform.directory.may(actor, Permission.ADMINISTER):
            return None
        return await self.refuse(actor, reason("press.not_an_admin"), what)

    async def case(self, actor: Actor, number: CaseNumber, what: str) -> CaseFile | Answer:
        """Return a case of the actor's community to a moderator."""
        refusal = await self.moderator(actor, what)
        if refusal is not None:
            return refusal
        file = await self._parts.store.cases.file(actor.community, number)
        return file or await self.refuse(actor, reason("press.unknown_case"), what, number)

    async def decidable(self, actor: Actor, number: CaseNumber, what: str) -> CaseFile | Answer:
        """Return a case that this moderator may decide: one in which they are neither author, target nor reporter."""
        file = await self.case(actor, number, what)
        if isinstance(file, Answer):
            return file
        if await self._is_part_of(actor.person, file):
            return await self.refuse(actor, reason("press.own_case"), what, number)
        return file

    async def refuse(self, actor: Actor, line: Reason, what: str, case: CaseNumber | None = None) -> Answer:
        """Put a refusal on record and return it."""
        details = (("by", actor.person), ("what", what[:_LONGEST_DETAIL]), ("why", line.code))
        if self._has_room(actor):
            await self.note(actor, AuditCode.REFUSED_PRESS, details, case)
        return Answer(kind=AnswerKind.REFUSED, lines=(line,))

    def _has_room(self, actor: Actor) -> bool:
        """Return whether one more refusal of this person goes on record, and count it."""
        now, who = self._parts.clock.now(), (actor.community, actor.person)
        times = self._refused.setdefault(who, deque(maxlen=_MOST_NOTED))
        if len(times) == _MOST_NOTED and now - times[0] <= _NOTED_WITHIN:
            return False
        times.append(now)
        if len(self._refused) > _MOST_PEOPLE:
            self._refused.pop(next(iter(self._refused)))
        return True

    async def stale(self, actor: Actor, number: CaseNumber, line: Reason, what: str) -> Answer:
        """Refuse a press on a case that has moved on, and show how it stands now."""
        refusal = await self.refuse(actor, line, what, number)
        store, policies = self._parts.store, self._parts.policies
        file = await store.cases.file(actor.community, number)
        if file is None:
            return refusal
        return replace(refusal, card=await card_of(file, store, policies, await self._parts.book.of(actor.community)))

    async def note(
        self, actor: Actor, code: AuditCode, details: tuple[tuple[str, str], ...], case: CaseNumber | None = None
    ) -> None:
        """Add an entry to the community's audit log."""
        await self._parts.store.audit.append((self.noted(actor, code, details, case),))

    def noted(
        self, actor: Actor, code: AuditCode, details: tuple[tuple[str, str], ...], case: CaseNumber | None = None
    ) -> AuditNote:
        """Return an audit note of now."""
        return AuditNote(
            community=actor.community, code=code, at=self._parts.clock.now(), case=case, details=tuple(sorted(details))
        )

    async def _is_part_of(self, person: PersonId, file: CaseFile) -> bool:
        """Return whether somebody wrote one of the messages, is hit by an effect, is answered, or told of any."""
        store, case = self._parts.store, file.case
        members = await store.cases.members(case.community, case.number)
        hit = {stored.effect.person for stored in file.effects}
        if person in {case.author, *case.reported_by, *hit, *(member.author for member in members)}:
            return True
        for ref in dict.fromkeys((case.ref, *(member.ref for member in members[:_MOST_ASKED_OF]))):
            if await store.inbox.item(_report_by(person, ref)) is not None:
                return True
        if file.message is None or file.message.reply_to is None:
            return False
        answered = await store.inbox.current(replace(case.ref, message=file.message.reply_to))
        return answered is not None and answered.message is not None and answered.message.author.id == person


def _report_by(person: PersonId, ref: MessageRef) -> InboxKey:
    """Return where a report would be: one without a name is on no card, but whose it is is known."""
    return InboxKey(
        community=ref.community, channel=ref.channel, message=ref.message, kind=Kind.REPORT, discriminator=person
    )
