"""What people were asked to delete: once it is gone, its case is closed."""

from collections.abc import Callable
from datetime import datetime

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.mod_log import ConsoleModLog
from bot.domain.actions import Action, Outcome
from bot.domain.audit import AuditCode
from bot.domain.card import Card
from bot.domain.case import CaseStatus
from bot.domain.decision import Effect, EffectResult
from bot.domain.errors import PlatformBusy
from bot.domain.ids import CaseNumber
from bot.domain.reasons import PlatformReason, reason
from bot.domain.states import State
from bot.inference.scripted import ScriptedClassifier, by_text, violates
from tests.core.walking import Walk, walk
from tests.factories import COMMUNITY, community_settings, delete, later, message, policy, ref, review_record

RUDE = "you are a complete fool and everybody knows it"


class AskingEnforcer(ConsoleEnforcer):
    """Asks people to delete, as a workspace's bot without an admin's token does."""

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Delete nothing; do everything else."""
        return tuple([await self._one(effect) for effect in effects])

    async def _one(self, effect: Effect) -> EffectResult:
        if effect.action is Action.DELETE:
            why = reason(PlatformReason.NO_ADMIN_TOKEN)
            return EffectResult(key=effect.key, outcome=Outcome.REQUESTED, why=why)
        return (await super().apply((effect,)))[0]


class StuckModLog(ConsoleModLog):
    """A mod log whose cards can't be redrawn while it is stuck."""

    stuck = False

    async def update(self, card_id: str, card: Card) -> None:
        """Redraw it, or not."""
        if self.stuck:
            raise PlatformBusy("down", code="503")
        await super().update(card_id, card)


def _walk(enforcer: Callable[[], ConsoleEnforcer] = AskingEnforcer) -> Walk:
    model = ScriptedClassifier(by_text({RUDE: violates("insult", "complete fool")}))
    return walk(community_settings(), policy(), model=model, enforcer=enforcer(), mod_log=StuckModLog())


async def _status(found: Walk) -> CaseStatus:
    file = await found.store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    return file.case.status


async def _closings(found: Walk) -> list[datetime]:
    assert (await found.store.audit.verify(COMMUNITY)).faults == ()
    entries = await found.store.audit.entries(COMMUNITY, 100)
    return [entry.at for entry in entries if entry.code is AuditCode.CASE_CLOSED]


async def test_a_request_that_was_met_closes_its_case() -> None:
    """On record, in the audit log, and on the card."""
    found = _walk()
    await found.through(message(RUDE))
    assert [card.case.status for card in found.cards] == [CaseStatus.OPEN]
    await found.through(delete(at=later(60)))
    assert await _status(found) is CaseStatus.CLOSED
    assert [card.case.status for card in found.cards] == [CaseStatus.CLOSED]
    assert await _closings(found) == [later(60)]


async def test_a_deletion_that_is_told_of_twice_closes_once() -> None:
    """Platforms deliver again whenever they are unsure."""
    found = _walk()
    await found.through(message(RUDE), delete(at=later(60)), delete(at=later(60)))
    assert await _closings(found) == [later(60)]


async def test_a_case_that_a_person_decided_stays_decided() -> None:
    """Their word on the rule is worth more than that the message is gone."""
    found = _walk()
    await found.through(message(RUDE))
    assert await found.store.cases.review(review_record()) is not None
    await found.through(delete(at=later(60)))
    assert await _status(found) is CaseStatus.UPHELD
    assert await _closings(found) == []


async def test_what_nobody_was_asked_to_delete_leaves_its_case_open() -> None:
    """The bot removed it itself; whether that was right is for people to say."""
    found = _walk(ConsoleEnforcer)
    await found.through(message(RUDE), delete(at=later(60)))
    assert await _status(found) is CaseStatus.OPEN
    assert await _closings(found) == []


async def test_the_deletion_of_another_message_closes_nothing() -> None:
    """Each case waits for its own."""
    found = _walk()
    await found.through(message(RUDE), message("hello there", id="2"), delete(ref("2"), at=later(60)))
    assert await _status(found) is CaseStatus.OPEN


async def test_a_card_that_cannot_be_redrawn_stops_no_delivery() -> None:
    """The case is closed all the same."""
    found = _walk()
    await found.through(message(RUDE))
    assert isinstance(found.mod_log, StuckModLog)
    found.mod_log.stuck = True
    await found.through(delete(at=later(60)))
    assert await _status(found) is CaseStatus.CLOSED
    item = await found.store.inbox.current(message(RUDE).ref)
    assert item is not None
    assert item.state is State.DONE
