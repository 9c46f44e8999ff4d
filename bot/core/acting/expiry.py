"""Ending what lasts only for a time: a slow mode and a lockdown, which no platform ends by itself.

Each end is a decision of its own, recorded before it is carried out. What stands is read from the record, so a restart
changes nothing: what ended meanwhile is lifted on the next look.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.core.acting.enforcing import Enforcing
from bot.domain.actions import Action, Mode
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.case import CaseFile
from bot.domain.decision import BOT, Decision, Effect, EffectKey
from bot.domain.ids import CommunityId, DecisionId
from bot.domain.reasons import PlatformReason, StepCode, reason
from bot.domain.records import Recorded, ReviewRecord, Standing
from bot.logs import get_logger
from bot.ports.cases import Cases
from bot.ports.clock import Clock
from bot.ports.platform import Platform

_log = get_logger(__name__)
_NOT_NOW = frozenset(
    {
        PlatformReason.COMMUNITY_GONE,
        PlatformReason.NOT_CONNECTED,
        PlatformReason.PLATFORM_DOWN,
        PlatformReason.RATE_LIMITED,
    }
)
"""What a look waits for without a trace: the platform is not connected (yet), or can't be asked."""
AGAIN_AFTER = timedelta(minutes=10)
"""How long an end that failed is left alone, so that an outage does not fill the case with attempts."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class Expiry:
    """Looks now and then whose time is over. Keeps nothing but when it last tried."""

    def __init__(self, cases: Cases, platform: Platform, enforcing: Enforcing, clock: Clock) -> None:
        self._cases = cases
        self._platform = platform
        self._enforcing = enforcing
        self._clock = clock
        self._tried: dict[EffectKey, datetime] = {}

    async def look(self) -> None:
        """Lift everything whose time is over."""
        now = self._clock.now()
        self._tried = {key: at for key, at in self._tried.items() if now - at < AGAIN_AFTER}
        for standing in _longest(await self._cases.standing()):
            if _end_of(standing) <= now and standing.effect.key not in self._tried:
                await self._end(standing.effect, now)

    async def _end(self, effect: Effect, now: datetime) -> None:
        file = await self._cases.file(effect.community, effect.case) if effect.case is not None else None
        if file is None:
            return
        decision = _decision(file, now)
        lift = _lift(effect, decision)
        enforcer = self._platform.enforcer
        why = await enforcer.away(effect.community) or await enforcer.check(lift)
        if why is not None and why.code in _NOT_NOW:
            return
        recorded = await self._cases.review(_record(file, decision, lift))
        if recorded is None:  # a press came in between: the next look reads the case anew
            return
        self._tried[effect.key] = now
        await self._carry_out(file, recorded)
        _log.info("time_over", community=effect.community, case=effect.case, action=effect.action)

    async def _carry_out(self, file: CaseFile, recorded: Recorded) -> None:
        await self._enforcing.carry_out(recorded.effects)
        case = file.case
        await self._enforcing.drawing.catch_up(case.community, case.number)


def _longest(standing: Iterable[Standing]) -> tuple[Standing, ...]:
    """Return, for each channel and action, what ends last: a second slow mode keeps the first one's end from counting.

    One LIFT of the channel takes back all of them.
    """
    found: dict[tuple[CommunityId, str, Action], Standing] = {}
    for each in standing:
        place = (each.effect.community, each.effect.key.target, each.effect.action)
        if place not in found or _end_of(each) >= _end_of(found[place]):
            found[place] = each
    return tuple(found.values())


def _end_of(standing: Standing) -> datetime:
    return standing.ends_at or _NEVER


def _decision(file: CaseFile, now: datetime) -> Decision:
    case = file.case
    return Decision(
        id=DecisionId(uuid.uuid4().hex),
        ref=case.ref,
        revision=file.decisions[-1].revision,
        action=Action.LIFT,
        wanted=Action.LIFT,
        mode=Mode.LIVE,
        policy=case.policy,
        category=case.category,
        severity=case.severity,
        steps=(reason(StepCode.TIME_OVER),),
        makes_case=False,
        made_at=now,
        by=BOT,
    )


def _lift(effect: Effect, decision: Decision) -> Effect:
    """Return what takes an effect back. It names no message: whether that still stands is of no account here."""
    return Effect(
        key=EffectKey(decision=decision.id, action=Action.LIFT, target=effect.key.target),
        community=effect.community,
        case=effect.case,
        message=None,
        person=None,
        channel=effect.channel,
        mode=Mode.LIVE,
        by=BOT,
        rule=effect.rule,
        rationale=effect.rationale,
        told_of=effect.action,
    )


def _record(file: CaseFile, decision: Decision, lift: Effect) -> ReviewRecord:
    """Return what is written: the case stays as people have decided it, or open."""
    case = file.case
    note = AuditNote(
        community=case.community,
        code=AuditCode.DECIDED,
        at=decision.made_at,
        decision=decision.id,
        details=(("action", Action.LIFT.value), ("by", BOT), ("told_of", str(lift.told_of))),
    )
    return ReviewRecord(
        community=case.community,
        case=case.number,
        expected_version=case.version,
        review=None,
        status=case.status,
        decision=decision,
        effects=(lift,),
        notes=(note,),
    )
