"""The stop switch: nothing happens automatically any more, what was planned is dropped, and what was done is listed."""

from bot.core.desk.access import Access
from bot.core.desk.answers import RuleNames, done, entry_line
from bot.core.desk.parts import DeskParts
from bot.domain.actions import Action, Outcome
from bot.domain.answer import Answer, AnswerKind, StopChange, Switch
from bot.domain.decision import StoredEffect
from bot.domain.ids import CommunityId
from bot.domain.people import Actor
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CommunitySettings

_LISTED = 10


class Stopping:
    """Follows a stop up, and says what it did."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access
        self._names = RuleNames(parts.policies)

    async def told(
        self, actor: Actor, change: StopChange, before: CommunitySettings, after: CommunitySettings
    ) -> Answer:
        """Return the answer to a stop that holds now, or to a start."""
        if change.switch is Switch.OFF:
            return await self._started(actor, change, before, after)
        switch = self._parts.stop_switch
        stopped = await switch.halt(actor.community, change.policy, change.category, actor.person)
        lines = [self._stopped(actor, change)]
        if stopped.withdrawn:
            lines.append(reason("stop.withdrawn", count=stopped.withdrawn))
        return done(*lines, *await self._last_day(actor.community, stopped.acted))

    async def _started(
        self, actor: Actor, change: StopChange, before: CommunitySettings, after: CommunitySettings
    ) -> Answer:
        file = self._parts.book.file_of(actor.community)
        if after.stopped and change.policy is None and file is not None:
            return Answer(kind=AnswerKind.REFUSED, lines=(reason("command.in_file", file=file),))
        if after == before:
            return done(reason("stop.not_stopped"))
        return done(reason("stop.started"))

    def _stopped(self, actor: Actor, change: StopChange) -> Reason:
        if change.policy is None:
            return reason("stop.stopped")
        return reason("stop.rule_stopped", rule=self._names.rule(actor.community, change.policy, change.category))

    async def _last_day(self, community: CommunityId, acted: tuple[StoredEffect, ...]) -> tuple[Reason, ...]:
        """Return what was done automatically in the last 24 hours: how often, and in which cases, the newest first.

        Telling an author of it is no further act.
        """
        done_to = [
            stored.effect for stored in acted if _is_applied(stored) and stored.effect.action is not Action.NOTICE
        ]
        if not done_to:
            return (reason("stop.last_day_none"),)
        numbers = tuple(dict.fromkeys(effect.case for effect in reversed(done_to) if effect.case is not None))
        files = [await self._parts.store.cases.file(community, number) for number in numbers[:_LISTED]]
        lines = [entry_line(file, self._names) for file in files if file is not None]
        rest = len(numbers) - len(numbers[:_LISTED])
        more = (reason("command.more", count=rest),) if rest else ()
        return (reason("stop.last_day", count=len(done_to)), *lines, *more)


def _is_applied(stored: StoredEffect) -> bool:
    return stored.result is not None and stored.result.outcome is Outcome.APPLIED
