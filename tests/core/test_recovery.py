"""What one process left, the next one takes up."""

from dataclasses import replace
from datetime import timedelta

from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.recovery import Recovery
from bot.core.intake.intake import Intake
from bot.core.recordings.clocks import RecordedClock
from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect, EffectResult
from bot.domain.errors import PlatformBusy
from bot.domain.ids import CommunityId
from bot.domain.inbox import key_of
from bot.domain.records import Recorded
from bot.domain.states import State
from bot.ports.mod_log import ModLog
from tests.core.walking import GivenSettings, ListedPolicies
from tests.crash.world import World, WorldEnforcer, WorldModLog, key_line, world_platform
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    card,
    community_settings,
    decision_record,
    delete,
    edit,
    effect,
    later,
    message,
    policy,
)
from tests.memory.store import MemoryStore

RUDE = message("you are a complete fool and everybody knows it")
KINDS = (Action.DELETE, Action.TIMEOUT, Action.NOTICE, Action.FLAG)


class Deaf(WorldModLog):
    """A mod log that can't be read, until it can."""

    deaf = True

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Fail, or look."""
        if self.deaf:
            raise PlatformBusy("It is busy.", code="rate_limited")
        return await super().find(community, key)


class Left:
    """A store and a platform as a dead process left them: everything decided, nothing recorded as done."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.world = World([RUDE])
        self.clock = RecordedClock(AT)
        self.world.happen(0)

    async def decided(self) -> Recorded:
        """Record a decision to delete, time out and tell."""
        await self.store.inbox.accept(RUDE, AT)
        effects = tuple(effect(action, of=RUDE, told_of=Action.TIMEOUT) for action in KINDS)
        recorded = await self.store.cases.record_decision(replace(decision_record(RUDE), effects=effects))
        assert recorded is not None
        return recorded

    async def begin(self, *actions: Action) -> dict[Action, Effect]:
        """Record the decision, and mark effects as under way."""
        effects = {stored.effect.action: stored.effect for stored in (await self.decided()).effects}
        for action in actions:
            assert await self.store.cases.begin_effect(effects[action].key)
        return effects

    def next_process(self, mod_log: ModLog | None = None) -> Recovery:
        """Return the recovery of a new process."""
        platform = world_platform(self.world, lambda _key: True)
        platform = replace(platform, mod_log=mod_log or platform.mod_log)
        source = GivenSettings(community_settings())
        intake = Intake(self.store.inbox, self.clock)
        rechecking = Rechecking(platform.history, self.store, source, self.clock, intake.accept)
        enforcing = Enforcing(platform, self.store, ListedPolicies(policy()), self.clock, rechecking)
        return Recovery(self.store.inbox, self.store.cases, enforcing, self.clock)

    async def recover(self) -> None:
        """Start anew and connect."""
        recovery = self.next_process()
        await recovery.begin()
        await recovery.take_up(COMMUNITY)

    async def outcomes(self) -> dict[Action, tuple[Outcome, str] | None]:
        """Return how the effects of the case ended."""
        file = await self.store.cases.file_of(RUDE.ref)
        assert file is not None
        return {stored.effect.action: _told(stored.result) for stored in file.effects}

    async def state(self) -> State:
        """Return where the message stands."""
        item = await self.store.inbox.current(RUDE.ref)
        assert item is not None
        return item.state

    def done(self) -> list[str]:
        """Return what shows on the platform, in order."""
        seen = [line for line in self.world.lines if line["what"] in ("performed", "told", "posted")]
        return [str(line.get("action", line["what"])) for line in seen]


def _told(result: EffectResult | None) -> tuple[Outcome, str] | None:
    return None if result is None else (result.outcome, result.why.code if result.why is not None else "")


APPLIED = (Outcome.APPLIED, "")


async def test_what_was_being_judged_waits_again() -> None:
    """And nothing else is changed."""
    left = Left()
    await left.store.inbox.accept(RUDE, AT)
    await left.store.inbox.claim(key_of(RUDE))
    assert await left.next_process().begin() == 1
    assert await left.state() is State.WAITING


async def test_effects_that_were_not_begun_are_carried_out_in_their_order() -> None:
    """The card first, the notice last; then the message is settled."""
    left = Left()
    await left.decided()
    await left.recover()
    assert left.done() == ["posted", "delete", "timeout", "notice"]
    assert await left.outcomes() == dict.fromkeys(KINDS, APPLIED)
    assert await left.state() is State.DONE


async def test_what_happened_without_being_recorded_is_found_and_not_repeated() -> None:
    """The removal, the timeout, the notice and the card had all been done; only the record was missing."""
    left = Left()
    begun = await left.begin(*KINDS)
    await WorldEnforcer(left.world, lambda _key: True).apply((begun[Action.DELETE], begun[Action.TIMEOUT]))
    left.world.note(what="told", **key_line(begun[Action.NOTICE].key), of="timeout", person="ann", committed=True)
    await WorldModLog(left.world).post(f"case:{COMMUNITY}:1", card(RUDE))
    before = left.done()
    await left.recover()
    assert left.done() == before
    assert await left.outcomes() == dict.fromkeys(KINDS, APPLIED)
    assert await left.state() is State.DONE


async def test_the_platform_is_not_asked_about_what_was_never_begun() -> None:
    """A message that its author has taken back is no sign that we removed it: nothing more happens to them."""
    left = Left()
    await left.decided()
    left.world.events = [RUDE, delete(RUDE.ref)]
    left.world.happen(1)
    left.clock.advance(later(90))
    await left.recover()
    gone = (Outcome.SUPPRESSED, "gone")
    assert await left.outcomes() == {
        Action.DELETE: gone,
        Action.TIMEOUT: gone,
        Action.NOTICE: gone,
        Action.FLAG: APPLIED,
    }
    assert (left.done(), await left.state()) == (["posted"], State.WITHDRAWN)


async def test_what_was_begun_is_looked_at_again_however_fresh() -> None:
    """The words were changed while nobody listened: they are not removed for what they said before."""
    left = Left()
    await left.begin(Action.DELETE)
    left.world.events = [RUDE, edit("have a good day", of=RUDE, at=later(1))]
    left.world.happen(1)
    await left.recover()
    assert (await left.outcomes())[Action.DELETE] == (Outcome.SUPPRESSED, "changed")
    assert left.done() == ["posted"]


async def test_after_a_long_stop_nothing_is_done_on_its_own() -> None:
    """An hour later the decision is stale; people see why on the card."""
    left = Left()
    await left.decided()
    left.clock.advance(AT + timedelta(hours=1))
    await left.recover()
    stale = (Outcome.SUPPRESSED, "stale")
    assert await left.outcomes() == {
        Action.DELETE: stale,
        Action.TIMEOUT: stale,
        Action.NOTICE: stale,
        Action.FLAG: APPLIED,
    }
    assert left.done() == ["posted"]


async def test_while_the_mod_log_can_not_be_read_no_card_is_posted_blindly() -> None:
    """It may have been posted. All else is carried out; the card follows with the next sign of life."""
    left = Left()
    await left.begin(Action.FLAG)
    mod_log = Deaf(left.world)
    recovery = left.next_process(mod_log)
    await recovery.begin()
    await recovery.take_up(COMMUNITY)
    assert left.done() == ["delete", "timeout", "notice"]
    mod_log.deaf = False
    await recovery.take_up(COMMUNITY)
    assert left.done() == ["delete", "timeout", "notice", "posted"]
    assert await left.state() is State.DONE


async def test_only_the_community_that_is_connected_is_taken_up() -> None:
    """Another one's turn comes with its own connection."""
    left = Left()
    await left.decided()
    recovery = left.next_process()
    await recovery.begin()
    await recovery.take_up(OTHER_COMMUNITY)
    assert left.done() == []
    await recovery.take_up(COMMUNITY)
    assert left.done() == ["posted", "delete", "timeout", "notice"]


async def test_effects_of_this_process_are_not_its_business() -> None:
    """They are on their way already: taking them up as well would repeat them."""
    left = Left()
    recovery = left.next_process()
    await recovery.begin()
    await left.decided()
    await recovery.take_up(COMMUNITY)
    assert left.done() == []
