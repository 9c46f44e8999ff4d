"""What can be said of a message while no model answers: that it is like a known violation, or that it was reported.

Such a message is flagged at most, and goes on waiting: the model judges it when it is back.
"""

import asyncio
from dataclasses import replace

from bot.core.deciding.casework import Casework
from bot.core.judging.briefing import Brief
from bot.core.judging.copies import Copies
from bot.core.main_flow import MainFlow
from bot.core.waiting.breaker import Breaker
from bot.domain.errors import HallmootError
from bot.domain.ids import DecisionId, PolicyId
from bot.domain.inbox import InboxKey
from bot.domain.states import State
from bot.domain.verdict import Label, UndecidedReason, Verdict, undecided
from bot.logs import get_logger
from bot.ports.inbox import Inbox

_OPEN = frozenset({State.WAITING, State.JUDGING})
_log = get_logger(__name__)


class Standby:
    """Looks through what waits, one message at a time, as long as the model is in trouble."""

    def __init__(self, *, flow: MainFlow, inbox: Inbox, casework: Casework, copies: Copies, breaker: Breaker) -> None:
        self._flow = flow
        self._inbox = inbox
        self._casework = casework
        self._copies = copies
        self._breaker = breaker
        self._to_look_at: dict[InboxKey, None] = {}
        self._seen: set[InboxKey] = set()
        self._wake = asyncio.Event()

    def add(self, key: InboxKey) -> None:
        """Have a message looked at, once in an outage."""
        if key not in self._seen:
            self._to_look_at[key] = None
            self._wake.set()

    def clear(self) -> None:
        """Look at nothing more: the model is back."""
        self._to_look_at.clear()
        self._seen.clear()

    async def run(self) -> None:
        """Look at what is added, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.drain()

    async def drain(self) -> None:
        """Look at everything that was added so far."""
        while self._to_look_at:
            key = next(iter(self._to_look_at))
            del self._to_look_at[key]
            self._seen.add(key)
            try:
                await self._look(key)
            except HallmootError as error:
                _log.warning("not_looked_at", why=str(error), **key.ref.log_context())

    async def _look(self, key: InboxKey) -> None:
        item = await self._inbox.item(key)
        if item is None or item.state not in _OPEN or item.message is None:
            return
        brief = await self._flow.open(item)
        if brief is None:
            return
        verdicts = await self._verdicts(brief)
        if item.report is None and not any(verdict.label is Label.VIOLATES for verdict in verdicts):
            return
        decision = await self._casework.decide(brief, verdicts, model_away=True)
        meanwhile = replace(decision, id=DecisionId(f"{decision.id}-meanwhile"))
        recorded = await self._casework.record(brief, meanwhile, verdicts, ending=(State.WAITING, ""))
        if recorded is not None:
            await self._flow.carry_out(brief, recorded)

    async def _verdicts(self, brief: Brief) -> tuple[Verdict, ...]:
        found: dict[PolicyId, Verdict] = {}
        identity = self._breaker.last_identity
        for policy in brief.policies:
            copy = await self._copies.exact(brief.message, policy, identity) if identity is not None else None
            if copy is not None and copy.label is Label.VIOLATES:
                found[policy.id] = copy
        if not found:
            near = await self._copies.near(brief.message, brief.policies)
            found |= {near.policy: near} if near is not None else {}
        return tuple(
            found.get(policy.id) or undecided(policy.id, policy.policy_hash, UndecidedReason.NO_MODEL)
            for policy in brief.policies
        )
