"""Looking again before acting: a message that is no longer fresh may be gone by now, or read differently.

What is found out on the way is taken in like any event: a deletion or an edit that was never delivered is no longer
missing, and an edited text is judged as it reads now.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.domain.actions import NOTICED_BY_MEMBERS, Action, Mode, Outcome
from bot.domain.decision import BOT, Decision, Effect, StoredEffect
from bot.domain.events import Delete, Edit, Event
from bot.domain.ids import MessageRef, Revision
from bot.domain.reasons import NotJudgedReason, Reason, StepCode, reason
from bot.domain.settings import AgeSettings
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.history import History
from bot.ports.settings import SettingsSource
from bot.ports.store import Store

_log = get_logger(__name__)

TakeIn = Callable[[Event], Awaitable[object]]
"""Commits an event, as a delivery is committed."""


class Rechecking:
    """Fetches messages again before anything automatic happens to them."""

    def __init__(self, history: History, store: Store, settings: SettingsSource, clock: Clock, take_in: TakeIn) -> None:
        self._history = history
        self._inbox = store.inbox
        self._cases = store.cases
        self.settings = settings
        self._clock = clock
        self._take_in = take_in

    async def why_not(self, effects: tuple[StoredEffect, ...]) -> Reason | None:
        """Return why the automatic effects of one decision must not be carried out any more, or None.

        Only what members notice is held back: where the decision is older than `ages.act`, as after a long stop, and
        where a message is gone or reads differently that is older than `ages.recheck`, or that another process was
        about to act on. Once this very decision has removed the message there is nothing to look at: the rest follows.
        What the platform put off has a time of its own. Raises PlatformError where the message can't be looked at.
        """
        left = [stored for stored in effects if stored.result is None and acts_alone(stored.effect)]
        first = left[0].effect if left else None
        if first is None or first.message is None or _removed(effects):
            return None
        ages = (await self.settings.of(first.community)).ages
        decision = await self._decision(first)
        if not any(stored.put_off for stored in left) and self._is_late(decision, ages):
            return reason(StepCode.STALE)
        if not left[0].begun and await self._is_fresh(first.message, ages.recheck):
            return None
        judged = decision.revision if decision is not None and decision.ref == first.message else None
        why = await self._look(first.message, judged)
        if why is not None:
            _log.info("effects_held_back", **first.message.log_context(), why=why.code)
        return why

    async def too_late(self, effects: tuple[StoredEffect, ...]) -> Reason | None:
        """Return the reason for holding back a decision on several messages that was made too long ago, or None."""
        first = next((stored.effect for stored in effects if stored.result is None and acts_alone(stored.effect)), None)
        if first is None:
            return None
        ages = (await self.settings.of(first.community)).ages
        return reason(StepCode.STALE) if self._is_late(await self._decision(first), ages) else None

    async def why_not_on(self, stored: StoredEffect) -> Reason | None:
        """Return why one of several messages of a decision must not be acted on any more, or None.

        It is compared with the text that was delivered last: an edit that was delivered has withdrawn the effect.
        Raises PlatformError where the message can't be looked at.
        """
        effect = stored.effect
        if effect.message is None or not acts_alone(effect):
            return None
        recheck = (await self.settings.of(effect.community)).ages.recheck
        if not stored.begun and await self._is_fresh(effect.message, recheck):
            return None
        known = await self._inbox.current(effect.message)
        text = known.message.revision if known is not None and known.message is not None else None
        return await self._look(effect.message, text)

    def _is_late(self, decision: Decision | None, ages: AgeSettings) -> bool:
        return decision is not None and self._clock.now() - decision.made_at > ages.act

    async def _decision(self, effect: Effect) -> Decision | None:
        file = await self._cases.file(effect.community, effect.case) if effect.case is not None else None
        decisions = file.decisions if file is not None else ()
        return next((decision for decision in decisions if decision.id == effect.key.decision), None)

    async def _is_fresh(self, ref: MessageRef, recheck: timedelta) -> bool:
        item = await self._inbox.current(ref)
        return item is not None and item.message is not None and self._clock.now() - item.message.sent_at <= recheck

    async def _look(self, ref: MessageRef, judged: Revision | None) -> Reason | None:
        message = await self._history.fetch(ref)
        now = self._clock.now()
        if message is None:
            await self._take_in(Delete(ref=ref, deleted_at=now))
            return reason(NotJudgedReason.GONE)
        if judged is not None and message.revision != judged:
            await self._take_in(Edit(message=message, edited_at=now))
            return reason(StepCode.CHANGED)
        return None


def acts_alone(effect: Effect) -> bool:
    """Return whether no person asked for the effect and members notice it."""
    return effect.by == BOT and effect.mode is Mode.LIVE and effect.action in NOTICED_BY_MEMBERS


def _removed(effects: tuple[StoredEffect, ...]) -> bool:
    return any(
        stored.effect.action is Action.DELETE and stored.result is not None and stored.result.outcome is Outcome.APPLIED
        for stored in effects
    )
