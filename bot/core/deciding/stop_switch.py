"""The stop switch: everything automatic of a community or of one rule ends at once."""

from dataclasses import dataclass
from datetime import timedelta

from bot.core.deciding.limits import Limits
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.decision import StoredEffect
from bot.domain.ids import CategoryId, CommunityId, PersonId, PolicyId
from bot.domain.reasons import StepCode
from bot.domain.records import Withdrawal
from bot.ports.cases import Cases
from bot.ports.clock import Clock

LATELY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What a stop did: how many planned effects were dropped, and what was done automatically in the last 24 hours."""

    withdrawn: int
    acted: tuple[StoredEffect, ...]


class StopSwitch:
    """Halts. The settings have to say `stopped` already, so that what is decided from now on is put to people."""

    def __init__(self, cases: Cases, limits: Limits, clock: Clock) -> None:
        self._cases = cases
        self._limits = limits
        self._clock = clock

    async def halt(
        self, community: CommunityId, policy: PolicyId | None, category: CategoryId | None, by: PersonId
    ) -> Stopped:
        """Withdraw what is queued of a category, of a policy (no category), or of the community (no policy).

        A decision that is just being made is waited for, so that nothing slips through.
        """
        now = self._clock.now()
        details = (("by", by), ("category", category or ""), ("policy", policy or ""))
        note = AuditNote(community=community, code=AuditCode.STOPPED, at=now, details=details)
        withdrawal = Withdrawal(
            community=community, policy=policy, category=category, code=StepCode.STOPPED, notes=(note,)
        )
        async with self._limits.turn(community):
            withdrawn = await self._cases.withdraw(withdrawal)
        acted = await self._cases.acted(community, policy, category, now - LATELY)
        return Stopped(withdrawn=withdrawn, acted=acted)
