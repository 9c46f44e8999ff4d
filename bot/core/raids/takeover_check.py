"""Acting on accounts that were taken over: what `takeover` saw becomes a decision, without any model."""

import hashlib
from dataclasses import replace

from bot.core.acting.enforcing import Enforcing
from bot.core.deciding.casework import Casework, decision_id
from bot.core.judging.briefing import Brief
from bot.core.raids.takeover import WITHIN, Sighting, TakeoverWatch
from bot.domain.actions import Action, Mode
from bot.domain.built_in import TAKEOVER_POLICY
from bot.domain.case import CaseStatus
from bot.domain.decision import Decision
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, DecisionId, MessageRef
from bot.domain.inbox import InboxItem, key_of
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


class TakeoverCheck:
    """The check's way through the flow. In shadow, or on a moderator, the message is judged by the policies as well."""

    def __init__(self, *, store: Store, casework: Casework, enforcing: Enforcing, clock: Clock) -> None:
        self._inbox = store.inbox
        self._cases = store.cases
        self._casework = casework
        self._enforcing = enforcing
        self._clock = clock
        self._watch = TakeoverWatch()

    async def load(self) -> None:
        """Look through the last minute's messages, on start: what a crash interrupted is seen again."""
        for item in await self._inbox.recent(self._clock.now() - 2 * WITHIN, _MOST_RECENT):
            if item.message is not None and self._watch.see(item.message) and item.state is not State.WAITING:
                self._watch.take(item.key)

    def sees(self, message: Message) -> bool:
        """Take note of a message; return whether its author's posts look like those of a stolen account."""
        return self._watch.see(message)

    def seen_with(self, message: Message) -> tuple[MessageRef, ...]:
        """Return the messages that show what was seen with a message, itself among them."""
        return self._watch.seen_with(key_of(message))

    def drop(self, message: Message) -> None:
        """Leave what was seen with a message to others."""
        self._watch.take(key_of(message))

    def forget(self, ref: MessageRef) -> None:
        """Take a message out that was deleted or edited."""
        self._watch.forget(ref)

    async def ends(self, item: InboxItem, message: Message, settings: CommunitySettings) -> bool:
        """Decide on what was seen with a claimed message, and carry it out; return whether its way ends with that."""
        found = self._watch.take(item.key)
        if found is None:
            return False
        async with self._casework.limits.turn(message.community):
            joins = await self._case_of(found)  # within the turn: posts come faster than a case is written
            brief = _brief(item, message, settings, found, joins)
            decision = await self._decide(brief, found)
            ending = (State.WAITING, "") if _only_told(decision) else None
            place = Place(joins=joins)
            recorded = await self._casework.record(brief, decision, (found.verdict,), ending=ending, place=place)
        if recorded is None:
            return True
        _log.info("takeover_seen", **item.key.ref.log_context(), action=decision.action, mode=decision.mode)
        await self._carry_out(recorded, redraw=joins)
        if ending is None:
            await self._inbox.settle(item.key)
            return True
        return item.state is State.JUDGING and await self._inbox.claim(item.key) is None

    async def _decide(self, brief: Brief, found: Sighting) -> Decision:
        decision = await self._casework.decide(brief, (found.verdict,), model_away=False)
        return replace(decision, id=DecisionId(f"{decision_id(brief.item)}-takeover"))

    async def _case_of(self, found: Sighting) -> CaseNumber | None:
        """Return the open case that an earlier post of the same account made."""
        for post in found.posts[:-1]:
            file = await self._cases.file_of(post.ref)
            if file is not None and file.case.policy == TAKEOVER_POLICY.id and file.case.status is CaseStatus.OPEN:
                return file.case.number
        return None

    async def _carry_out(self, recorded: Recorded, *, redraw: CaseNumber | None) -> None:
        await self._enforcing.carry_out(recorded.effects)
        if redraw is not None and recorded.case is not None:
            await self._enforcing.drawing.refresh(recorded.case.community, redraw)


def _brief(
    item: InboxItem, message: Message, settings: CommunitySettings, found: Sighting, joins: CaseNumber | None
) -> Brief:
    """Return the brief of a post: the first that is seen is about all before it, a later one about itself."""
    covers = () if joins is not None else tuple(post.ref for post in found.posts[:-1])
    name = f"{message.author.id}\x1f{message.sent_at.date()}"
    incident = hashlib.sha256(name.encode()).hexdigest()[:24]
    return Brief(
        item=item,
        message=message,
        settings=settings,
        policies=(TAKEOVER_POLICY,),
        known={TAKEOVER_POLICY.id: found.verdict},
        questions=(),
        scope=Scope(covers=covers, incident=f"takeover-{incident}", follows=joins is not None),
        because=(found.step,),
    )


def _only_told(decision: Decision) -> bool:
    """Return whether nothing is done about the message itself, so that the policies are asked as well."""
    return decision.mode is Mode.SHADOW or decision.action in _ONLY_TOLD
