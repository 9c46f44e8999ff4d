"""What a try came to, on record: an outcome, or that the effect waits for its platform."""

from bot.core.acting.round import Round
from bot.domain.actions import Outcome
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.decision import Effect, EffectResult, StoredEffect
from bot.domain.put_off import Try, ending, failed, passes, put_off
from bot.domain.reasons import Reason
from bot.logs import get_logger
from bot.ports.cases import Cases
from bot.ports.clock import Clock

_log = get_logger(__name__)
_MAY_PASS = frozenset({Outcome.FAILED, Outcome.REFUSED})


class Outcomes:
    """Commits each outcome in a transaction of its own; the last one settles the message."""

    def __init__(self, cases: Cases, clock: Clock) -> None:
        self._cases = cases
        self._clock = clock

    async def commit(self, effect: Effect, result: EffectResult) -> None:
        """Record how an effect ended."""
        details = (
            ("action", effect.action),
            ("by", effect.by),
            ("outcome", result.outcome),
            ("target", effect.key.target),
        )
        note = AuditNote(
            community=effect.community,
            code=AuditCode.EFFECT,
            at=self._clock.now(),
            case=effect.case,
            decision=effect.key.decision,
            details=details if result.why is None else (*details, ("why", _recorded(result.why))),
        )
        await self._cases.record_result(result, (note,))

    async def put_off_or_end(
        self, now: Round, stored: StoredEffect, result: EffectResult, *, unclear: bool | None
    ) -> None:
        """Let an effect wait where the reason that kept it may pass, else commit the result.

        `unclear`: whether it may have happened all the same; None where the reason tells.
        """
        why = result.why
        if result.outcome in _MAY_PASS and why is not None and passes(stored.effect, why):
            found = failed(why)
            await self.put_off(now, stored, found if unclear is None else Try(why=why, unclear=unclear))
            return
        await self.commit(stored.effect, result)
        now.ended(stored.effect, result)

    async def put_off(self, now: Round, stored: StoredEffect, found: Try) -> None:
        """Let an effect wait for its next try, or end it where its time is over."""
        effect = stored.effect
        waits = put_off(stored, found, self._clock.now())
        if waits is None:
            result = EffectResult(key=effect.key, outcome=ending(found.why), why=found.why)
            await self.commit(effect, result)
            now.ended(effect, result)
            return
        await self._cases.postpone(effect.key, waits)
        now.left(effect, found.why.code)
        _log.info(
            "effect_put_off",
            community=effect.community,
            case=effect.case,
            action=effect.action,
            why=found.why.code,
            tries=waits.tries,
            next_at=waits.next_at.isoformat(),
        )


def _recorded(why: Reason) -> str:
    """Return a reason for the audit log: its code, and its values in parentheses."""
    values = ", ".join(f"{name}={value}" for name, value in why.values)
    return f"{why.code} ({values})" if values else why.code
