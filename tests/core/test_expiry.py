"""Slow modes and lockdowns end when their time is over."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.platform import console_platform
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.expiry import Expiry
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.recovery import Recovery
from bot.core.intake.intake import Intake
from bot.domain.actions import Action, Outcome
from bot.domain.audit import AuditCode
from bot.domain.case import CaseFile, CaseStatus
from bot.domain.decision import BOT, Effect, EffectResult, channel_target
from bot.domain.ids import CaseNumber
from bot.domain.reasons import PlatformReason, Reason, StepCode, reason
from bot.ports.store import Store
from bot.storage.sqlite.store import open_store
from tests.clocks import SimulatedClock
from tests.core.walking import GivenSettings, ListedPolicies
from tests.factories import (
    COMMUNITY,
    community_settings,
    decision,
    decision_record,
    effect,
    later,
    message,
    policy,
    review_record,
)
from tests.memory.store import MemoryStore

MINUTES = 60


class DiedError(Exception):
    """The process ended here."""


class Channels(ConsoleEnforcer):
    """An enforcer that remembers its lifts. `stands_in_the_way` is what a check answers, `ends` how a lift ends."""

    def __init__(self) -> None:
        super().__init__()
        self.lifted: list[Effect] = []
        self.stands_in_the_way: Reason | None = None
        self.ends = Outcome.APPLIED
        self.dies = False

    async def check(self, effect: Effect) -> Reason | None:
        """Return what a test gave, for a LIFT."""
        return self.stands_in_the_way if effect.action is Action.LIFT else None

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry out, and remember the lifts."""
        if self.dies:
            raise DiedError
        lifts = [effect for effect in effects if effect.action is Action.LIFT]
        self.lifted += lifts
        if lifts and self.ends is not Outcome.APPLIED:
            why = reason(PlatformReason.PLATFORM_DOWN)
            return tuple(EffectResult(key=each.key, outcome=self.ends, why=why) for each in lifts)
        return await super().apply(effects)


class Scene:
    """A community with a clock; `restart` is a new process on the same records."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = SimulatedClock(later(0))
        self.enforcer = Channels()
        self.mod_log = ConsoleModLog()
        self.restart()

    def restart(self) -> None:
        """Begin anew, with nothing but the records."""
        self.platform = replace(console_platform(self.store.inbox), enforcer=self.enforcer, mod_log=self.mod_log)
        intake = Intake(self.store.inbox, self.clock)
        settings = GivenSettings(community_settings())
        rechecking = Rechecking(self.platform.history, self.store, settings, self.clock, intake.accept)
        self.enforcing = Enforcing(self.platform, self.store, ListedPolicies(policy()), self.clock, rechecking)
        self.recovery = Recovery(self.store.inbox, self.store.cases, self.enforcing, self.clock)
        self.expiry = Expiry(self.store.cases, self.platform, self.enforcing, self.clock)

    async def apply(self, number: str, action: Action, seconds: int) -> None:
        """Decide it now, about a message of that number, and carry it out."""
        sent = message(f"Words of message {number}", id=number, at=self.clock.now())
        await self.store.inbox.accept(sent, self.clock.now())
        named = f"d{number}"
        made = decision(sent, id=named, action=action, wanted=action, made_at=self.clock.now())
        effects = (
            effect(action, of=sent, decision_id=named, seconds=seconds),
            effect(Action.FLAG, of=sent, decision_id=named),
        )
        record = replace(decision_record(sent, id=named, effects=effects), decision=made)
        await self.store.inbox.claim(record.key)
        recorded = await self.store.cases.record_decision(record)
        assert recorded is not None
        await self.enforcing.carry_out(recorded.effects)

    async def after(self, seconds: int) -> list[Action | None]:
        """Let time pass and look; return what was lifted up to now."""
        await self.clock.advance(seconds)
        await self.expiry.look()
        await self.recovery.look()
        assert not await self.recovery.idle(within=60)
        return [lift.told_of for lift in self.enforcer.lifted]

    async def file(self, number: int = 1) -> CaseFile:
        """Return a case."""
        file = await self.store.cases.file(COMMUNITY, CaseNumber(number))
        assert file is not None
        return file

    async def lifts(self) -> list[Outcome | None]:
        """Return how the lifts of the first case ended."""
        return [
            stored.result.outcome if stored.result is not None else None
            for stored in (await self.file()).effects
            if stored.effect.action is Action.LIFT
        ]


@pytest.fixture(params=["memory", "sqlite"])
async def found(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    """Yield a scene on either store."""
    store = MemoryStore() if request.param == "memory" else await open_store(tmp_path / "records.db", exclusive=True)
    yield Scene(store)
    await store.close()


@pytest.mark.parametrize("action", [Action.SLOWMODE, Action.LOCKDOWN])
async def test_what_lasts_is_lifted_when_its_time_is_over_and_once(found: Scene, action: Action) -> None:
    """Not a second before; and not again on the next look."""
    await found.apply("1", action, 10 * MINUTES)
    assert await found.after(10 * MINUTES - 1) == []
    assert await found.after(1) == [action]
    assert await found.after(60 * MINUTES) == [action]
    [lift] = found.enforcer.lifted
    assert (lift.key.target, lift.by) == (channel_target(message().ref.channel), BOT)
    assert await found.lifts() == [Outcome.APPLIED]


async def test_the_end_is_a_decision_on_record_that_leaves_the_case_as_it_was(found: Scene) -> None:
    """What people said stands; the audit log names it; the card still says what the rule asked for."""
    await found.apply("1", Action.SLOWMODE, 10 * MINUTES)
    assert await found.store.cases.review(review_record()) is not None
    await found.after(10 * MINUTES)
    file = await found.file()
    assert file.case.status is CaseStatus.UPHELD
    assert [(made.action, made.by) for made in file.decisions] == [(Action.SLOWMODE, BOT), (Action.LIFT, BOT)]
    assert file.decisions[-1].steps == (reason(StepCode.TIME_OVER),)
    assert (await found.store.audit.verify(COMMUNITY)).faults == ()
    entries = await found.store.audit.entries(COMMUNITY, 100)
    details = [dict(entry.details or ()) for entry in entries if entry.code is AuditCode.DECIDED]
    assert {"action": "lift", "by": BOT, "told_of": "slowmode"} in details
    [card] = found.mod_log.cards.values()
    assert card.decision.action is Action.SLOWMODE
    assert [stored.effect.action for stored in card.effects if stored.result is not None][-1] is Action.LIFT


async def test_it_ends_after_a_restart_although_the_message_is_old_or_gone_by_then(found: Scene) -> None:
    """The record alone says what stands."""
    await found.apply("1", Action.LOCKDOWN, 30 * MINUTES)
    found.restart()
    assert await found.after(24 * 60 * MINUTES) == [Action.LOCKDOWN]
    assert await found.lifts() == [Outcome.APPLIED]


async def test_an_end_that_a_stop_interrupted_is_carried_out_on_the_next_start(found: Scene) -> None:
    """It was on record before anything was done, and is not decided a second time."""
    await found.apply("1", Action.SLOWMODE, 10 * MINUTES)
    await found.clock.advance(10 * MINUTES)
    found.enforcer.dies = True
    with pytest.raises(DiedError):
        await found.expiry.look()
    found.enforcer.dies = False
    found.restart()
    assert await found.after(60 * MINUTES) == []
    await found.recovery.begin()
    await found.recovery.take_up(COMMUNITY)
    assert await found.after(60 * MINUTES) == [Action.SLOWMODE]
    assert await found.lifts() == [Outcome.APPLIED]


async def test_a_second_slow_mode_in_the_channel_keeps_it_slow_until_its_own_end(found: Scene) -> None:
    """One LIFT then takes back both, and a lockdown beside them has an end of its own."""
    await found.apply("1", Action.SLOWMODE, 10 * MINUTES)
    assert await found.after(5 * MINUTES) == []
    await found.apply("2", Action.SLOWMODE, 10 * MINUTES)
    await found.apply("3", Action.LOCKDOWN, 30 * MINUTES)
    assert await found.after(6 * MINUTES) == []
    assert await found.after(4 * MINUTES) == [Action.SLOWMODE]
    assert await found.after(20 * MINUTES) == [Action.SLOWMODE, Action.LOCKDOWN]


async def test_what_has_no_end_is_left_alone(found: Scene) -> None:
    """Somebody lifts it; a timeout ends on the platform by itself."""
    await found.apply("1", Action.LOCKDOWN, 0)
    await found.apply("2", Action.TIMEOUT, 10 * MINUTES)
    assert await found.after(365 * 24 * 60 * MINUTES) == []


@pytest.mark.parametrize("why", [PlatformReason.COMMUNITY_GONE, PlatformReason.PLATFORM_DOWN])
async def test_a_platform_that_is_not_there_is_waited_for(found: Scene, why: PlatformReason) -> None:
    """Nothing is put on record until it can be done."""
    await found.apply("1", Action.SLOWMODE, 10 * MINUTES)
    found.enforcer.stands_in_the_way = reason(why)
    assert await found.after(11 * MINUTES) == []
    assert await found.lifts() == []
    found.enforcer.stands_in_the_way = None
    assert await found.after(1) == [Action.SLOWMODE]


async def test_what_the_bot_may_not_lift_waits_for_the_permission_and_is_told_once(found: Scene) -> None:
    """A lost permission is on the card; the same end is tried again, and no other is decided."""
    await found.apply("1", Action.SLOWMODE, 10 * MINUTES)
    found.enforcer.stands_in_the_way = reason(PlatformReason.MISSING_PERMISSION, permission="manage_channels")
    await found.after(11 * MINUTES)
    await found.after(60 * MINUTES)
    assert await found.lifts() == [None]
    [card] = found.mod_log.cards.values()
    waits = card.effects[-1].put_off
    assert waits is not None
    assert waits.why.code == PlatformReason.MISSING_PERMISSION
    found.enforcer.stands_in_the_way = None
    assert await found.after(11 * MINUTES) == [Action.SLOWMODE]
    assert await found.lifts() == [Outcome.APPLIED]


async def test_a_failed_end_is_tried_again_after_a_while(found: Scene) -> None:
    """Not on every look: it waits five seconds, then ten, and is one decision on record."""
    await found.apply("1", Action.SLOWMODE, 10 * MINUTES)
    found.enforcer.ends = Outcome.FAILED
    await found.after(10 * MINUTES)
    await found.after(1)
    assert await found.lifts() == [None]
    assert await found.after(4) == [Action.SLOWMODE] * 2
    found.enforcer.ends = Outcome.APPLIED
    assert await found.after(9) == [Action.SLOWMODE] * 2
    assert await found.after(1) == [Action.SLOWMODE] * 3
    assert await found.lifts() == [Outcome.APPLIED]
