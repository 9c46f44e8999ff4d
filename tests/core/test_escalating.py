"""Calling people to a case: through the enforcer, once, when the card stands."""

from dataclasses import replace

import pytest

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.platform import console_platform
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.recovery import Recovery
from bot.core.intake.intake import Intake
from bot.domain.actions import Action, Mode, Outcome
from bot.domain.card import Card
from bot.domain.decision import Effect, EffectResult, StoredEffect
from bot.domain.errors import PlatformBusy
from bot.domain.ids import CaseNumber
from bot.domain.reasons import PlatformReason, Reason, reason
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
)
from tests.memory.store import MemoryStore


class Died(BaseException):
    """The process ended here."""


class Journal:
    """What the platform was asked for, in order, over all lives of the process."""

    def __init__(self) -> None:
        self.lines: list[str] = []


class WrittenModLog(ConsoleModLog):
    """A mod log that writes down when a card is drawn; `down` lets it post none."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal
        self.down = False

    async def post(self, key: str, card: Card) -> str:
        """Post it."""
        if self.down:
            raise PlatformBusy("down", code="503")
        self._journal.lines.append("card")
        return await super().post(key, card)

    async def update(self, card_id: str, card: Card) -> None:
        """Redraw it."""
        await super().update(card_id, card)
        self._journal.lines.append("redrawn")


class Callers(ConsoleEnforcer):
    """An enforcer that writes down its calls. `dies` ends the process right after one; `refuses` says why not."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal
        self.dies = False
        self.refuses: Reason | None = None

    async def check(self, effect: Effect) -> Reason | None:
        """Return what a test gave."""
        return self.refuses if effect.action is Action.ESCALATE else None

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry out and write down."""
        results = await super().apply(effects)
        self._journal.lines += [effect.action.value for effect in effects]
        if self.dies:
            raise Died
        return results


class Scene:
    """One community with an escalated case, whose effects are on record and not carried out."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.enforcer = Callers(self.journal)
        self.mod_log = WrittenModLog(self.journal)
        self.store = MemoryStore()
        self.clock, settings = SimulatedClock(later(10)), GivenSettings(community_settings())
        self.platform = replace(console_platform(self.store.inbox), enforcer=self.enforcer, mod_log=self.mod_log)
        intake = Intake(self.store.inbox, self.clock)
        rechecking = Rechecking(self.platform.history, self.store, settings, self.clock, intake.accept)
        self.enforcing = Enforcing(self.platform, self.store, ListedPolicies(policy()), self.clock, rechecking)

    async def planned(self, mode: Mode = Mode.LIVE) -> tuple[StoredEffect, ...]:
        """Record the decision."""
        await self.store.inbox.accept(message(), later(0))
        made = decision(message(), action=Action.ESCALATE, wanted=Action.ESCALATE, mode=mode)
        effects = (effect(Action.ESCALATE, mode=mode), effect(Action.FLAG, mode=mode))
        record = replace(decision_record(message(), effects=effects), decision=made)
        await self.store.inbox.claim(record.key)
        recorded = await self.store.cases.record_decision(record)
        assert recorded is not None
        return recorded.effects

    async def restarted(self) -> None:
        """Take up what the last process left."""
        recovery = Recovery(self.store.inbox, self.store.cases, self.enforcing, self.clock)
        await recovery.begin()
        await recovery.take_up(COMMUNITY)

    async def outcomes(self) -> dict[Action, Outcome | None]:
        """Return how each effect ended."""
        file = await self.store.cases.file(COMMUNITY, CaseNumber(1))
        assert file is not None
        return {
            stored.effect.action: stored.result.outcome if stored.result is not None else None
            for stored in file.effects
        }


@pytest.mark.parametrize("mode", list(Mode))
async def test_people_are_called_once_the_card_stands(mode: Mode) -> None:
    """In shadow too: it is moderators who notice it. The card then says that they were called."""
    found = Scene()
    await found.enforcing.carry_out(await found.planned(mode))
    assert found.journal.lines == ["card", "escalate", "redrawn"]
    assert await found.outcomes() == {Action.ESCALATE: Outcome.APPLIED, Action.FLAG: Outcome.APPLIED}
    [card] = found.mod_log.cards.values()
    assert all(stored.result is not None for stored in card.effects)


async def test_a_refused_call_is_on_the_card_with_its_reason() -> None:
    """Moderators learn that nobody was called, and why."""
    found = Scene()
    found.enforcer.refuses = reason(PlatformReason.NO_ROLE)
    await found.enforcing.carry_out(await found.planned())
    assert found.journal.lines == ["card", "redrawn"]
    assert await found.outcomes() == {Action.ESCALATE: Outcome.REFUSED, Action.FLAG: Outcome.APPLIED}
    [card] = found.mod_log.cards.values()
    results = [stored.result for stored in card.effects if stored.effect.action is Action.ESCALATE]
    assert [result.why for result in results if result is not None] == [reason(PlatformReason.NO_ROLE)]


async def test_without_a_card_people_are_called_all_the_same() -> None:
    """The card waits for the mod log; the case needs somebody even more."""
    found = Scene()
    found.mod_log.down = True
    await found.enforcing.carry_out(await found.planned())
    assert found.journal.lines == ["escalate"]
    assert await found.outcomes() == {Action.ESCALATE: Outcome.APPLIED, Action.FLAG: None}
    found.mod_log.down = False
    await found.restarted()
    assert found.journal.lines == ["escalate", "card"]
    assert await found.outcomes() == {Action.ESCALATE: Outcome.APPLIED, Action.FLAG: Outcome.APPLIED}


async def test_a_call_whose_outcome_was_lost_is_looked_for_and_not_repeated() -> None:
    """The process died right after the call; the next one finds it."""
    found = Scene()
    effects = await found.planned()
    found.enforcer.dies = True
    with pytest.raises(Died):
        await found.enforcing.carry_out(effects)
    assert await found.outcomes() == {Action.ESCALATE: None, Action.FLAG: Outcome.APPLIED}
    found.enforcer.dies = False
    await found.restarted()
    assert found.journal.lines.count("escalate") == 1
    assert await found.outcomes() == {Action.ESCALATE: Outcome.APPLIED, Action.FLAG: Outcome.APPLIED}


async def test_a_call_that_was_not_made_before_a_stop_is_made_on_the_next_start() -> None:
    """Nothing was under way, so there is nothing to find."""
    found = Scene()
    await found.planned()
    await found.restarted()
    assert found.journal.lines == ["card", "escalate", "redrawn"]
    assert await found.outcomes() == {Action.ESCALATE: Outcome.APPLIED, Action.FLAG: Outcome.APPLIED}
