"""What every member may ask for: a report, what was done about their own messages, what is kept of them."""

from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.desk.access import Access
from bot.core.desk.answers import RuleNames, done
from bot.core.desk.parts import DeskParts
from bot.domain.actions import Action, Outcome
from bot.domain.answer import Answer
from bot.domain.case import CaseFile, CaseStatus
from bot.domain.decision import message_target
from bot.domain.events import Report
from bot.domain.ids import CommunityId, MessageRef, PersonId
from bot.domain.inbox import key_of
from bot.domain.people import Actor
from bot.domain.reasons import Reason, reason
from bot.domain.reckoning import is_applied, standing_actions
from bot.domain.records import CaseFilter
from bot.domain.states import State

_REPORTS = 10
_REPORTS_WITHIN = timedelta(minutes=10)
_MOST_REPORTERS = 10_000
_SHOWN = 10
_SHOWN_TEXTS = 3
"""Removed messages of one case whose texts a member gets back; in a raid of theirs they are alike."""
_DONE_TO_THEM = {
    Action.DELETE: "mine.removed",
    Action.WARN: "mine.warned",
    Action.TIMEOUT: "mine.timed_out",
    Action.QUARANTINE: "headline.quarantine",
    Action.KICK: "headline.kick",
    Action.BAN: "headline.ban",
}
"""What a member is told of, the most telling last."""


class Members:
    """Answers members about themselves, and takes their reports in."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access
        self._names = RuleNames(parts.policies)
        self._reported: dict[tuple[CommunityId, PersonId], deque[datetime]] = {}

    async def report(self, actor: Actor, report: Report) -> Answer:
        """Take a report in, in the actor's name, by the way of every other event."""
        made = replace(report, reporter=actor.person)
        if made.ref.community != actor.community or (made.message is not None and made.message.ref != made.ref):
            return await self._access.refuse(actor, reason("press.unreadable"), "report")
        line = await self._why_not_report(actor, made)
        if line is not None:
            return done(line)
        await self._parts.deliver(made)
        return done(reason("report.thanks"))

    async def mine(self, actor: Actor) -> Answer:
        """Return what was done about the actor's own messages, with their words where the rule gives them back."""
        cases = self._parts.store.cases
        found = await cases.find(actor.community, CaseFilter(about=actor.person, limit=_SHOWN * 3))
        files = [await cases.file(actor.community, case.number) for case in found]
        told = [lines for file in files if file is not None and (lines := await self._told(file, actor.person))][
            :_SHOWN
        ]
        if not told:
            return done(reason("mine.none"))
        return done(reason("mine.title"), *(line for lines in told for line in lines))

    async def privacy(self, actor: Actor) -> Answer:
        """Return what is read and kept, for how long, and how to have it erased."""
        del actor
        kept = self._parts.storage
        return done(
            reason("privacy.reads"),
            reason(
                "privacy.keeps",
                plain=int(kept.keep_text_without_case.total_seconds()),
                deleted=int(kept.keep_text_deleted.total_seconds()),
                with_case=int(kept.keep_text_of_case.total_seconds()),
            ),
            reason("privacy.files"),
            reason("privacy.sees"),
            reason("privacy.erase"),
        )

    async def _why_not_report(self, actor: Actor, report: Report) -> Reason | None:
        """Return why a report is not taken in; nothing of it is held against whoever made it."""
        settings = await self._parts.book.of(actor.community)
        if settings.mod_log is None:
            return reason("report.not_here")
        inbox = self._parts.store.inbox
        if await inbox.item(key_of(report)) is not None:
            return reason("report.known")
        item = await inbox.current(report.ref)
        message = report.message or (item.message if item is not None else None)
        if message is not None and message.author.id == actor.person:
            return reason("report.own")
        if (item is not None and item.state is State.WITHDRAWN) or await self._is_removed(report.ref):
            return reason("report.gone")
        return None if self._has_room(actor) else reason("report.too_many")

    async def _is_removed(self, ref: MessageRef) -> bool:
        """Return whether the bot has removed a message: a client may still show it."""
        file = await self._parts.store.cases.file_of(ref)
        target = message_target(ref)
        return file is not None and any(
            stored.result is not None and stored.result.outcome is Outcome.APPLIED
            for stored in file.effects
            if (stored.effect.action, stored.effect.key.target) == (Action.DELETE, target)
        )

    def _has_room(self, actor: Actor) -> bool:
        """Return whether this person may report once more, and count it."""
        now = self._parts.clock.now()
        times = self._reported.setdefault((actor.community, actor.person), deque(maxlen=_REPORTS))
        while times and now - times[0] > _REPORTS_WITHIN:
            times.popleft()
        if len(times) == _REPORTS:
            return False
        times.append(now)
        if len(self._reported) > _MOST_REPORTERS:
            self._reported.pop(next(iter(self._reported)))
        return True

    async def _told(self, file: CaseFile, person: PersonId) -> tuple[Reason, ...]:
        """Return what is told of one case; nothing, where nothing was done that the member could notice."""
        done_to_them = [
            stored.effect for stored in file.effects if is_applied(stored) and stored.effect.person == person
        ]
        applied = {effect.action for effect in done_to_them}
        told = [words for action, words in _DONE_TO_THEM.items() if action in applied]
        if not told:
            return ()
        case = file.case
        what = told[-1]
        if case.status is CaseStatus.OVERTURNED:
            stands = standing_actions(file.effects) & _DONE_TO_THEM.keys()
            what = "mine.found_wrong" if stands else "mine.put_right"
        date, rule = case.opened_at.date().isoformat(), self._names.of_case(case)
        entry = reason("mine.entry", date=date, case=case.number, what=what, rule=rule)
        refs = [effect.message for effect in done_to_them if effect.action is Action.DELETE]
        texts = [await self._returned(file, ref) for ref in refs[:_SHOWN_TEXTS] if ref is not None]
        return (entry, *(reason("mine.your_text", text=text) for text in dict.fromkeys(texts) if text))

    async def _returned(self, file: CaseFile, ref: MessageRef) -> str:
        """Return what a member wrote in a removed message, where the rule gives it back and it is still kept."""
        case = file.case
        policy = self._parts.policies.of(case.community).get(case.policy) if case.policy is not None else None
        category = next((entry for entry in policy.categories if entry.id == case.category), None) if policy else None
        if category is None or not category.return_text:
            return ""
        if ref == case.ref and file.message is not None:
            return file.message.written_text
        item = await self._parts.store.inbox.current(ref)
        return item.message.written_text if item is not None and item.message is not None else ""
