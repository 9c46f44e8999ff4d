"""What a run is made of, put together from what is outside of the core."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.core.acting.announcing import Announcing, still_holds
from bot.core.acting.closing import Closing
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.recovery import Recovery
from bot.core.acting.speaker import Speaker
from bot.core.deciding.casework import Casework
from bot.core.deciding.stop_switch import StopSwitch
from bot.core.intake.intake import Intake
from bot.core.intake.screening import Screening
from bot.core.judging.briefing import Briefing
from bot.core.judging.copies import Copies
from bot.core.judging.judging import Judging
from bot.core.main_flow import MainFlow, Parts, Patience
from bot.core.raids.door import RaidParts, raid_parts
from bot.core.waiting.admission import Admission
from bot.core.waiting.asking import Works
from bot.core.waiting.backlog import Backlog, BacklogTally
from bot.core.waiting.beyond import Beyond
from bot.core.waiting.breaker import Breaker
from bot.core.waiting.docket import Docket
from bot.core.waiting.giving_up import GivingUp
from bot.core.waiting.outages import Outages, Reach
from bot.core.waiting.pipeline import Pipeline
from bot.core.waiting.standby import Standby
from bot.core.waiting.waiting_room import IN_MEMORY, WaitingRoom
from bot.domain.events import Edit
from bot.domain.ids import CommunityId
from bot.domain.inbox import Acceptance
from bot.domain.policy import Policy
from bot.domain.settings import DegradedSettings
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox
from bot.ports.near_copies import NearCopies
from bot.ports.operator import Operator
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.recent_texts import RecentTexts
from bot.ports.settings import SettingsSource
from bot.ports.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a run needs from outside of the core. `communities` tells whose mod logs hear of an outage."""

    store: Store
    platform: Platform
    classifier: Classifier
    near_copies: NearCopies
    recent: RecentTexts
    policies: PolicySource
    settings: SettingsSource
    operator: Operator
    communities: Callable[[], Awaitable[Iterable[CommunityId]]]
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingParts:
    """What waits for the model: one queue, `room`, and what else is done about what stands in it."""

    room: WaitingRoom
    backlog: Backlog
    giving_up: GivingUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """The parts of a run that others hold on to."""

    flow: MainFlow
    enforcing: Enforcing
    raids: RaidParts
    stop_switch: StopSwitch
    judging: Judging
    pipeline: Pipeline
    waiting: WaitingParts
    breaker: Breaker
    standby: Standby
    outages: Outages
    announcing: Announcing
    recovery: Recovery
    inbox: Inbox
    clock: Clock

    async def fetched(self, acceptance: Acceptance) -> None:
        """Let a message that was fetched and committed go its way, like one that was delivered."""
        received = await self.flow.sort(acceptance)
        item = acceptance.item
        if item is not None and item.message is not None:
            # As an edit: it may have overtaken an earlier text that is still in turn.
            await self.pipeline.note(Edit(message=item.message, edited_at=item.received_at), received)


def machinery(outside: Outside, degraded: DegradedSettings, *, slots: int, in_memory: int = IN_MEMORY) -> Machinery:
    """Put a run together; nothing of it has begun."""
    store, clock, classifier = outside.store, outside.clock, outside.classifier
    judging = Judging(classifier, slots=slots)
    breaker = Breaker(
        classifier, judging, clock, store.facts, degraded, slots=slots, sample=lambda: _first(outside.policies)
    )
    copies, casework = Copies(store.cases, outside.near_copies, classifier), Casework(store.cases, clock)
    screening = Screening(outside.settings, outside.policies)
    parts, raids = _parts(outside, screening, breaker, judging, copies, casework)
    flow = MainFlow(parts, patience=Patience.WAITS)
    speaker = Speaker(outside.platform.mod_log, clock)
    waiting = _waiting(outside, screening, speaker, degraded, slots=slots, in_memory=in_memory)
    standby = Standby(flow=flow, inbox=store.inbox, casework=casework, copies=copies, breaker=breaker)
    works = Works(
        flow=flow,
        inbox=store.inbox,
        judging=judging,
        room=waiting.room,
        backlog=waiting.backlog,
        breaker=breaker,
        standby=standby,
        clock=clock,
    )
    reach = Reach(speaker=speaker, operator=outside.operator, communities=outside.communities)
    return Machinery(
        flow=flow,
        enforcing=parts.enforcing,
        raids=raids,
        stop_switch=StopSwitch(store.cases, casework.limits, clock),
        judging=judging,
        pipeline=Pipeline(works, slots=slots),
        waiting=waiting,
        breaker=breaker,
        standby=standby,
        outages=Outages(
            breaker=breaker, inbox=store.inbox, facts=store.facts, reach=reach, clock=clock, settings=degraded
        ),
        announcing=Announcing(speaker, store.facts, still_holds(outside.settings)),
        recovery=Recovery(store.inbox, store.cases, parts.enforcing, clock),
        inbox=store.inbox,
        clock=clock,
    )


def _parts(
    outside: Outside, screening: Screening, breaker: Breaker, judging: Judging, copies: Copies, casework: Casework
) -> tuple[Parts, RaidParts]:
    store, clock = outside.store, outside.clock
    intake = Intake(store.inbox, clock)
    rechecking = Rechecking(outside.platform.history, store, outside.settings, clock, intake.accept)
    enforcing = Enforcing(outside.platform, store, outside.policies, clock, rechecking)
    raids = raid_parts(
        store=store,
        recent=outside.recent,
        casework=casework,
        enforcing=enforcing,
        settings=outside.settings,
        policies=outside.policies,
        clock=clock,
        directory=outside.platform.directory,
    )
    parts = Parts(
        inbox=store.inbox,
        intake=intake,
        briefing=Briefing(store.inbox, copies, breaker),
        judging=judging,
        casework=casework,
        enforcing=enforcing,
        closing=Closing(store.cases, enforcing, clock),
        history=outside.platform.history,
        screening=screening,
        settings=outside.settings,
        watch=breaker,
        raids=raids.door,
    )
    return parts, raids


def _waiting(
    outside: Outside, screening: Screening, speaker: Speaker, degraded: DegradedSettings, *, slots: int, in_memory: int
) -> WaitingParts:
    inbox, settings, clock = outside.store.inbox, outside.settings, outside.clock
    docket, beyond = Docket(slots=slots, backlog_share=degraded.backlog_share), Beyond()
    tally = BacklogTally(outside.store.facts, speaker, clock)
    giving_up = GivingUp(
        inbox=inbox,
        docket=docket,
        beyond=beyond,
        tally=tally,
        settings=settings,
        clock=clock,
        limit=degraded.backlog_limit,
    )
    admission = Admission(
        cases=outside.store.cases, classifier=outside.classifier, settings=settings, screening=screening, clock=clock
    )
    room = WaitingRoom(
        inbox=inbox,
        docket=docket,
        beyond=beyond,
        admission=admission,
        giving_up=giving_up,
        clock=clock,
        in_memory=in_memory,
    )
    return WaitingParts(room=room, backlog=Backlog(docket, beyond, tally, clock), giving_up=giving_up)


def _first(policies: PolicySource) -> Policy | None:
    return next(iter(policies.policies()), None)
