"""Acting on what the built-in checks saw: it becomes a decision, without any model.

A new check is one more file beside `takeover`, named in `CHECKS`; its rule stands in `bot/domain/built_in.py`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from bot.core.acting.enforcing import Enforcing
from bot.core.deciding.casework import Casework, decision_id
from bot.core.judging.briefing import Brief
from bot.core.raids.check import Check, Seen
from bot.core.raids.takeover import TakeoverWatch
from bot.domain.actions import Action, Mode
from bot.domain.case import CaseStatus
from bot.domain.decision import Decision
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, DecisionId, MessageRef
from bot.domain.inbox import InboxItem
from bot.domain.records import Recorded
from bot.domain.scope import Place, Scope
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.store import Store

_log = get_logger(__name__)
_MOST_RECENT = 20_000
_ONLY_TOLD = frozenset({None, Action.FLAG, Action.ESCALATE})


CHECKS: tuple[Callable[[], Check], ...] = (TakeoverWatch,)
"""What looks, in this order: one for each built-in rule."""


class Checks:
    """The checks' way through the flow. In shadow, or on a moderator, the message is judged by the policies as well."""

    def __init__(self, *, store: Store, casework: Casework, enforcing: Enforcing, clock: Clock) -> None:
        self._inbox = store.inbox
        self._cases = store.cases
        self._casework = casework
        self._enforcing = enforcing
        self._clock = clock
        self._checks = tuple(make() for make in CHECKS)

    async def load(self) -> None:
        """Look through the last messages, on start: what a crash interrupted is seen again."""
        within = max(check.within for check in self._checks)
        for item in await self._inbox.recent(self._clock.now() - 2 * within, _MOST_RECENT):
            for check in self.see(item.message) if item.message is not None else ():
                if item.state is not State.WAITING:
                    check.take(item.key)

    def see(self, message: Message) -> tuple[Check, ...]:
        """Let each check take note of a message; return those that have anything to say of it."""
        return tuple([check for check in self._checks if check.see(message)])

    def forget(self, ref: MessageRef) -> None:
        """Take a message out that was deleted or edited."""
        for check in self._checks:
            check.forget(ref)

    async def ends(self, item: InboxItem, message: Message, settings: CommunitySettings) -> bool:
        """Decide on what was seen with a claimed message, and carry it out; return whether its way ends with that."""
        seen = [(check, found) for check in self._checks if (found := check.take(item.key)) is not None]
        for check, found in seen:
            if await self._ends(check, found, item, message, settings):
                return True
        return False

    async def _ends(
        self, check: Check, found: Seen, item: InboxItem, message: Message, settings: CommunitySettings
    ) -> bool:
        verdict = found.verdict
        async with self._casework.limits.turn(message.community):
            joins = await self._case_of(check, found)  # within the turn: posts come faster than a case is written
            brief = _brief(check, found, item, message, settings, joins)
            decision = await self._casework.decide(brief, (verdict,), model_away=False)
            decision = replace(decision, id=DecisionId(f"{decision_id(item)}-{check.name}"))
            ending = (State.WAITING, "") if _only_told(decision) else None
            place = Place(joins=joins)
            recorded = await self._casework.record(brief, decision, (verdict,), ending=ending, place=place)
        if recorded is None:
            return True
        _log.info(f"{check.name}_seen", **item.key.ref.log_context(), action=decision.action, mode=decision.mode)
        await self._carry_out(recorded, redraw=joins)
        if ending is None:
            await self._inbox.settle(item.key)
            return True
        return item.state is State.JUDGING and await self._inbox.claim(item.key) is None

    async def _case_of(self, check: Check, found: Seen) -> CaseNumber | None:
        """Return the open case that an earlier message of the same sighting made."""
        for ref in found.refs[:-1]:
            file = await self._cases.file_of(ref)
            if file is not None and file.case.policy == check.rule.id and file.case.status is CaseStatus.OPEN:
                return file.case.number
        return None

    async def _carry_out(self, recorded: Recorded, *, redraw: CaseNumber | None) -> None:
        await self._enforcing.carry_out(recorded.effects)
        if redraw is not None and recorded.case is not None:
            await self._enforcing.drawing.refresh(recorded.case.community, redraw)


def _brief(
    check: Check,
    found: Seen,
    item: InboxItem,
    message: Message,
    settings: CommunitySettings,
    joins: CaseNumber | None,
) -> Brief:
    """Return the brief of a post: the first that is seen is about all before it, a later one about itself."""
    covers = () if joins is not None else found.refs[:-1]
    name = f"{message.author.id}\x1f{message.sent_at.date()}"
    incident = hashlib.sha256(name.encode()).hexdigest()[:24]
    return Brief(
        item=item,
        message=message,
        settings=settings,
        policies=(check.rule,),
        known={check.rule.id: found.verdict},
        questions=(),
        scope=Scope(covers=covers, incident=f"{check.name}-{incident}", follows=joins is not None),
        because=(found.step,),
    )


def _only_told(decision: Decision) -> bool:
    """Return whether nothing is done about the message itself, so that the policies are asked as well."""
    return decision.mode is Mode.SHADOW or decision.action in _ONLY_TOLD
