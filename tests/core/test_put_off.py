"""What a platform put off is taken up by time and by signs of life, one community's trouble apart from another's."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.history import ConsoleHistory
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.notifier import ConsoleNotifier
from bot.adapters.console.platform import console_platform
from bot.core.acting.announcing import Announcing, still_holds
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.recovery import Recovery
from bot.core.acting.round import Round
from bot.core.acting.speaker import Speaker
from bot.core.intake.intake import Intake
from bot.domain.actions import Action, Mode, Outcome
from bot.domain.card import Card
from bot.domain.decision import Effect, EffectKey, EffectResult, StoredEffect
from bot.domain.errors import PlatformBusy, PlatformRefused, StorageError
from bot.domain.events import Message
from bot.domain.ids import TAKEOVER, CaseNumber, CommunityId, MessageRef
from bot.domain.notice import Announcement, Notice
from bot.domain.reasons import PlatformReason, Reason, reason
from tests.clocks import SimulatedClock, settle
from tests.core.walking import GivenSettings, ListedPolicies
from tests.factories import (
    COMMUNITY,
    OTHER_COMMUNITY,
    community_settings,
    decision,
    decision_record,
    edit,
    effect,
    later,
    message,
    policy,
    put_off,
)
from tests.memory.store import MemoryStore

HOUR = 3600.0


class Moody(ConsoleEnforcer):
    """Remembers each try. `why` is what a test lets every effect fail for, `hangs` a community that never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.tries: list[EffectKey] = []
        self.why: Reason | None = None
        self.gone: Reason | None = None
        self.asked = 0
        self.breaks: Exception | None = None
        self.broken: set[str] = set()
        self.down_for = ""
        self.found: set[EffectKey] = set()
        self.hangs: CommunityId | None = None
        self.most = 100
        self.fails_after = 1_000_000
        self.takes = 0.0
        self.clock: SimulatedClock | None = None

    async def away(self, community: CommunityId) -> Reason | None:
        """Return what a test says."""
        del community
        self.asked += 1
        return self.gone

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return what a test says."""
        del action, community
        return self.most

    async def find(self, effect: Effect) -> EffectResult | None:
        """Find what a test says."""
        return EffectResult(key=effect.key, outcome=Outcome.APPLIED) if effect.key in self.found else None

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Try, and fail where a test says so."""
        self.tries += [each.key for each in effects]
        if self.breaks is not None and effects[0].key.decision in self.broken:
            raise self.breaks
        if self.clock is not None:
            await self.clock.sleep(self.takes)
        if effects[0].community == self.hangs:
            await asyncio.Future()
        why = self.why
        if effects[0].key.target == self.down_for:
            why = reason(PlatformReason.PLATFORM_DOWN)
        if len(self.tries) > self.fails_after:
            why = reason(PlatformReason.RATE_LIMITED, seconds=60)
        if why is not None:
            return tuple(EffectResult(key=each.key, outcome=Outcome.FAILED, why=why) for each in effects)
        return await super().apply(effects)


class Written(ConsoleModLog):
    """Writes down what happened to cards; `why` keeps them from being posted or drawn."""

    def __init__(self, journal: list[str]) -> None:
        super().__init__()
        self.journal = journal
        self.error: Exception | None = None
        self.waits: asyncio.Event | None = None

    async def post(self, key: str, card: Card) -> str:
        """Post it, where that is possible."""
        if self.waits is not None:
            await self.waits.wait()
        self._demand()
        self.journal.append("card")
        return await super().post(key, card)

    async def update(self, card_id: str, card: Card) -> None:
        """Draw it, where that is possible."""
        self._demand()
        self.journal.append("redrawn")
        await super().update(card_id, card)

    async def announce(self, announcement: Announcement) -> None:
        """Say it, where that is possible."""
        self._demand()
        self.journal.append(announcement.key)

    def _demand(self) -> None:
        if self.error is not None:
            self.journal.append("in vain")
            raise self.error


class Slow(ConsoleNotifier):
    """A notifier whose messages take a minute of the clock."""

    def __init__(self, clock: SimulatedClock, journal: list[str]) -> None:
        super().__init__()
        self._clock = clock
        self._journal = journal

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Tell, after a minute."""
        await self._clock.sleep(60)
        self._journal.append("told")
        return await super().tell(key, notice)


class Scene:
    """Communities on a platform with moods."""

    def __init__(self) -> None:
        self.journal: list[str] = []
        self.settings = GivenSettings(community_settings())
        self.store, self.clock = MemoryStore(), SimulatedClock(later(0))
        self.enforcer, self.mod_log = Moody(), Written(self.journal)
        notifier = Slow(self.clock, self.journal)
        self.platform = replace(
            console_platform(self.store.inbox), enforcer=self.enforcer, mod_log=self.mod_log, notifier=notifier
        )
        self.restart()

    def restart(self) -> None:
        """Begin a new process."""
        intake = Intake(self.store.inbox, self.clock)
        rechecking = Rechecking(self.platform.history, self.store, self.settings, self.clock, intake.accept)
        self.enforcing = Enforcing(self.platform, self.store, ListedPolicies(policy()), self.clock, rechecking)
        self.recovery = Recovery(self.store.inbox, self.store.cases, self.enforcing, self.clock)

    async def decided(
        self,
        number: str,
        *actions: Action,
        community: CommunityId = COMMUNITY,
        removals: int = 0,
        saying: Mapping[str, object] | None = None,
    ) -> tuple[StoredEffect, ...]:
        """Record a decision, with so many removals of further messages. `saying` is what its effects say besides."""
        sent = message("you fool", id=number, community=community, at=self.clock.now())
        await self.store.inbox.accept(sent, self.clock.now())
        says = {"told_of": Action.DELETE, **(saying or {})}
        effects = [replace(effect(action, of=sent, decision_id=f"d{number}"), **says) for action in actions]  # type: ignore[arg-type]
        for more in range(removals):
            other = message("you fool", id=f"{number}-{more}", community=community, at=self.clock.now())
            await self.store.inbox.accept(other, self.clock.now())
            effects.append(replace(effect(of=other, decision_id=f"d{number}"), **says))  # type: ignore[arg-type]
        effects.append(effect(Action.FLAG, of=sent, decision_id=f"d{number}"))
        made = replace(decision(sent, id=f"d{number}"), made_at=self.clock.now())
        record = replace(decision_record(sent, id=f"d{number}"), effects=tuple(effects), decision=made)
        await self.store.inbox.claim(record.key)
        recorded = await self.store.cases.record_decision(record)
        assert recorded is not None
        return recorded.effects

    async def after(self, seconds: float) -> None:
        """Let time pass, and the worker look each second, as a run does."""
        for _ in range(int(seconds)):
            await self.clock.advance(1)
            await self.recovery.look()
            await settle()

    async def outcomes(self, community: CommunityId = COMMUNITY) -> list[Outcome | None]:
        """Return how the removals of the community's first case stand."""
        file = await self.store.cases.file(community, CaseNumber(1))
        assert file is not None
        removals = [each for each in file.effects if each.effect.action is Action.DELETE]
        return [each.result.outcome if each.result is not None else None for each in removals]


async def test_what_was_put_off_is_tried_at_its_time_and_then_done() -> None:
    """After five seconds, ten, twenty; the message is settled at the end."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.PLATFORM_DOWN)
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE))
    await scene.after(16)
    assert len(scene.enforcer.tries) == 3
    scene.enforcer.why = None
    await scene.after(20)
    assert len(scene.enforcer.tries) == 4
    assert await scene.outcomes() == [Outcome.APPLIED]
    assert await scene.store.cases.pending_effects() == ()


async def test_a_sign_of_life_does_not_wait_for_the_time() -> None:
    """The platform is back: everything is tried at once, unless it asked for a pause."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.MISSING_PERMISSION, permission="x")
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE))
    scene.enforcer.why = reason(PlatformReason.RATE_LIMITED, seconds=600)
    await scene.enforcing.carry_out(await scene.decided("2", Action.DELETE))
    scene.enforcer.why = None
    scene.recovery.alive(COMMUNITY)
    await settle()
    assert [key.decision for key in scene.enforcer.tries] == ["d1", "d2", "d1"]
    await scene.after(599)
    assert len(scene.enforcer.tries) == 3
    await scene.after(2)
    assert [key.decision for key in scene.enforcer.tries][3:] == ["d2"]


async def test_a_removal_that_never_succeeds_ends_after_a_day_with_its_reason() -> None:
    """And its author is told nothing; a restart in between changes nothing about that."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.MISSING_PERMISSION, permission="Manage Messages")
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE, Action.NOTICE))
    await scene.clock.advance(23 * HOUR)
    scene.restart()
    await scene.recovery.begin()
    await scene.after(1)
    assert await scene.outcomes() == [None]
    await scene.clock.advance(HOUR)
    await scene.after(61)
    assert await scene.outcomes() == [Outcome.REFUSED]
    assert await scene.store.cases.pending_effects() == ()
    assert "told" not in scene.journal


async def test_an_edit_withdraws_what_the_platform_put_off() -> None:
    """It surely did not happen, and the words it was about are gone."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.RATE_LIMITED, seconds=60)
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE))
    scene.enforcer.why = None
    file = await scene.store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    assert file.message is not None
    await scene.store.inbox.accept(edit("have a good day", of=file.message), scene.clock.now())
    await scene.after(90)
    assert await scene.outcomes() == [Outcome.SUPPRESSED]
    assert len(scene.enforcer.tries) == 1


async def test_one_community_that_hangs_holds_up_no_other() -> None:
    """Its call never ends; the other one's work goes on."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.PLATFORM_DOWN)
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE))
    await scene.enforcing.carry_out(await scene.decided("2", Action.DELETE, community=OTHER_COMMUNITY))
    scene.enforcer.why, scene.enforcer.hangs = None, COMMUNITY
    for _ in range(10):
        scene.recovery.alive(COMMUNITY)
        await scene.after(1)
    assert await scene.outcomes(OTHER_COMMUNITY) == [Outcome.APPLIED]
    assert await scene.outcomes() == [None]
    await scene.recovery.stop(within=0)


async def test_a_platform_that_is_down_is_not_asked_for_everything_that_waits() -> None:
    """Three tries in vain end a community's turn for a while, and each turn comes later than the one before."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.PLATFORM_DOWN)
    for number in range(50):
        await scene.enforcing.carry_out(await scene.decided(str(number), Action.DELETE))
    before = len(scene.enforcer.tries)
    await scene.after(120)
    assert len(scene.enforcer.tries) - before <= 3 * 5
    scene.enforcer.why = None
    scene.recovery.alive(COMMUNITY)
    await settle()
    assert await scene.store.cases.pending_effects() == ()


async def test_a_raid_that_is_rate_limited_half_way_goes_on_by_itself() -> None:
    """Each outcome is on record as it comes; the rest is not asked for in vain, and the card counts."""
    scene = Scene()
    scene.enforcer.most, scene.enforcer.fails_after = 1, 55
    await scene.enforcing.carry_out(await scene.decided("1", removals=120))
    assert len(scene.enforcer.tries) == 56
    assert sorted(str(each) for each in await scene.outcomes()) == sorted(["applied"] * 55 + ["None"] * 65)
    waiting = await scene.store.cases.postponed(COMMUNITY)
    assert {each.put_off.why.code for each in waiting if each.put_off} == {PlatformReason.RATE_LIMITED}
    assert not any(each.begun for each in waiting)
    scene.enforcer.fails_after = 10_000
    await scene.after(62)
    assert set(await scene.outcomes()) == {Outcome.APPLIED}
    assert len(scene.enforcer.tries) == len(set(scene.enforcer.tries)) + 1
    assert scene.journal.count("card") == 1


async def test_messages_that_cannot_be_looked_at_now_are_not_all_asked_for() -> None:
    """A raid waits, and before it goes on each message is looked at again: the platform wants to be left alone."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.RATE_LIMITED, seconds=90)
    effects = await scene.decided("1", removals=50)
    await scene.enforcing.carry_out(effects)
    busy = BusyHistory(scene.store.inbox)
    scene.enforcer.why, scene.platform = None, replace(scene.platform, history=busy)
    scene.restart()
    await scene.recovery.begin()
    await scene.after(100)
    assert busy.asked == 1
    busy.busy = False
    await scene.after(70)
    assert set(await scene.outcomes()) == {Outcome.APPLIED}
    assert len(scene.enforcer.tries) == 2 * 50


class BusyHistory(ConsoleHistory):
    """A past that can't be looked at for the moment."""

    busy = True
    asked = 0

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return a message, or ask for a minute's pause."""
        self.asked += 1
        if self.busy:
            why = reason(PlatformReason.RATE_LIMITED, seconds=60)
            raise PlatformBusy("busy", code="429", retry_after=60, why=why)
        return await super().fetch(ref)


async def test_one_message_that_cannot_be_removed_holds_up_none_of_its_raid() -> None:
    """The platform breaks on the first one each time, as if it were down."""
    scene = Scene()
    scene.enforcer.most = 1
    effects = await scene.decided("1", removals=20)
    scene.enforcer.down_for = effects[0].effect.key.target
    await scene.enforcing.carry_out(effects)
    await scene.after(20)
    outcomes = await scene.outcomes()
    assert (outcomes.count(Outcome.APPLIED), outcomes.count(None)) == (19, 1)
    await scene.clock.advance(25 * HOUR)
    await scene.after(20)
    assert (await scene.outcomes()).count(Outcome.FAILED) == 1


async def test_the_card_of_a_long_removal_counts_up_without_hammering() -> None:
    """A hundred messages at 1.2 seconds each: every ten seconds, and once at the end."""
    scene = Scene()
    scene.enforcer.most, scene.enforcer.clock, scene.enforcer.takes = 1, scene.clock, 1.2
    work = asyncio.create_task(scene.enforcing.carry_out(await scene.decided("1", removals=100)))
    await scene.clock.advance(60)
    assert scene.journal == ["card", *["redrawn"] * 5]
    card = next(iter(scene.mod_log.cards.values()))
    done = [each for each in card.effects if each.result is not None and each.effect.action is Action.DELETE]
    assert 40 <= len(done) <= 50
    await scene.clock.advance(70)
    await work
    assert 10 <= scene.journal.count("redrawn") <= 13


async def test_the_card_stands_before_a_slow_notice_and_is_drawn_again_after_it() -> None:
    """Today it waits for nobody's direct messages."""
    scene = Scene()
    work = asyncio.create_task(scene.enforcing.carry_out(await scene.decided("1", Action.DELETE, Action.NOTICE)))
    await settle()
    assert scene.journal == ["card", "redrawn"]
    await scene.clock.advance(60)
    await work
    assert scene.journal == ["card", "redrawn", "told", "redrawn"]


async def test_nobody_is_called_late_however_many_notices_are_on_their_way() -> None:
    """Forty authors are told at a minute each; a case that needs people is shown and called at once."""
    scene = Scene()
    works = [
        asyncio.create_task(scene.enforcing.carry_out(await scene.decided(str(number), Action.DELETE, Action.NOTICE)))
        for number in range(40)
    ]
    await settle()
    assert scene.journal.count("card") == 40
    called = await scene.decided("urgent", Action.ESCALATE)
    await asyncio.wait_for(scene.enforcing.carry_out(called), 1)
    assert Action.ESCALATE in {key.action for key in scene.enforcer.tries}
    await scene.clock.advance(61)
    await asyncio.gather(*works)
    assert scene.journal.count("told") == 40


async def test_a_card_that_breaks_keeps_nothing_else_from_being_done() -> None:
    """A bug in drawing it: the message is removed, its author told, and the card tried again later."""
    scene = Scene()
    scene.mod_log.error = RuntimeError("a bug")
    work = asyncio.create_task(scene.enforcing.carry_out(await scene.decided("1", Action.DELETE, Action.NOTICE)))
    await scene.clock.advance(61)
    await work
    assert await scene.outcomes() == [Outcome.APPLIED]
    assert "told" in scene.journal
    [waiting] = await scene.store.cases.postponed()
    assert waiting.put_off is not None
    assert waiting.put_off.why == reason(PlatformReason.PLATFORM_ERROR, code="RuntimeError")
    scene.mod_log.error = None
    await scene.after(10)
    assert scene.journal.count("card") == 1
    scene.mod_log.error = RuntimeError("a bug")
    assert not await scene.enforcing.drawing.refresh(COMMUNITY, CaseNumber(1))
    scene.mod_log.error = None
    await scene.after(40)
    assert await scene.store.cases.cards_due() == ()


async def test_a_call_of_people_does_not_wait_for_other_cards() -> None:
    """Twenty cards hang in the mod log."""
    scene = Scene()
    hanging = asyncio.Event()
    scene.mod_log.waits = hanging
    works = [
        asyncio.create_task(scene.enforcing.carry_out(await scene.decided(str(number), Action.DELETE)))
        for number in range(20)
    ]
    await settle()
    scene.mod_log.waits = None
    await asyncio.wait_for(scene.enforcing.carry_out(await scene.decided("urgent", Action.ESCALATE)), 1)
    assert Action.ESCALATE in {key.action for key in scene.enforcer.tries}
    hanging.set()
    await asyncio.gather(*works)


async def test_a_card_that_could_not_be_drawn_again_is_drawn_later() -> None:
    """By the worker, also in the next process."""
    scene = Scene()
    effects = await scene.decided("1", Action.DELETE)
    [flag] = [each for each in effects if each.effect.action is Action.FLAG]
    await scene.enforcing.drawing.post(flag, CaseNumber(1))
    scene.mod_log.error = PlatformBusy("busy")
    await scene.enforcing.drawing.refresh(COMMUNITY, CaseNumber(1))
    scene.mod_log.error = None
    scene.restart()
    await scene.recovery.begin()
    assert [case.number for case in await scene.store.cases.cards_due()] == [1]
    scene.recovery.alive(COMMUNITY)
    await settle()
    assert await scene.store.cases.cards_due() == ()


@pytest.mark.parametrize("code", ["50013", "no_mod_log", "channel_gone"])
async def test_a_case_from_before_there_was_a_mod_log_gets_its_card(code: str) -> None:
    """Whatever kept it, without a restart."""
    scene = Scene()
    scene.mod_log.error = PlatformRefused("no", code=code)
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE))
    assert (scene.journal, await scene.outcomes()) == (["in vain"], [Outcome.APPLIED])
    scene.mod_log.error = None
    scene.recovery.alive(COMMUNITY)
    await settle()
    assert scene.journal == ["in vain", "card"]
    assert await scene.store.cases.pending_effects() == ()


async def test_where_the_bot_was_removed_everything_ends_with_that_reason() -> None:
    """The platform itself said so."""
    scene = Scene()
    scene.enforcer.gone = reason(PlatformReason.COMMUNITY_GONE)
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE))
    assert await scene.outcomes() == [Outcome.REFUSED]
    assert await scene.store.cases.pending_effects() == ()


async def test_what_can_not_be_announced_now_is_not_said_and_the_mod_log_left_alone() -> None:
    """Not every few seconds; a refusal that may pass counts as much as an outage."""
    clock, journal = SimulatedClock(), list[str]()
    mod_log = Written(journal)
    speaker = Speaker(mod_log, clock)
    said = Announcement(community=COMMUNITY, key="outage", reason=reason("outage_began", count=1))
    mod_log.error = PlatformRefused("no", code="50013")
    assert [await speaker.say(said) for _ in range(5)] == [False] * 5
    assert journal == ["in vain"]
    mod_log.error = None
    await clock.advance(5)
    assert await speaker.say(said)
    mod_log.error = PlatformRefused("gone", code="community_gone")
    assert await speaker.say(said)


async def test_a_clock_that_is_set_back_keeps_nothing_waiting() -> None:
    """It was a year ahead while the platform was busy; the card and the removal are there soon after it is right."""
    scene = Scene()
    ahead = 365 * 24 * HOUR
    await scene.clock.advance(ahead)
    scene.enforcer.why = reason(PlatformReason.RATE_LIMITED, seconds=60)
    scene.mod_log.error = PlatformBusy("busy", code="429", retry_after=60)
    await scene.enforcing.carry_out(await scene.decided("1", Action.DELETE))
    await scene.after(30)
    scene.enforcer.why = scene.mod_log.error = None
    scene.clock.set_back(ahead)
    await scene.after(60)
    assert await scene.outcomes() == [Outcome.APPLIED]
    assert scene.journal.count("card") == 1
    assert await scene.store.cases.cards_due() == ()


@pytest.mark.parametrize("error", [RuntimeError("a bug"), StorageError("a fault")], ids=["bug", "fault"])
@pytest.mark.parametrize("was_put_off", [True, False], ids=["put off", "left"])
async def test_decisions_that_break_hold_up_none_of_the_others(error: Exception, *, was_put_off: bool) -> None:
    """The oldest four can never be carried out; what is younger is, and the broken ones are not tried without end."""
    scene = Scene()
    scene.enforcer.why = reason(PlatformReason.PLATFORM_DOWN)
    for number in range(6):
        effects = await scene.decided(str(number), Action.DELETE)
        if was_put_off:
            await scene.enforcing.carry_out(effects)
            await scene.clock.advance(0.1)
    scene.enforcer.why = None
    scene.enforcer.breaks, scene.enforcer.broken = error, {"d0", "d1", "d2", "d3"}
    scene.restart()
    await scene.recovery.begin()
    scene.recovery.alive(COMMUNITY)
    await scene.after(120)
    pending = {stored.effect.key.decision for stored in await scene.store.cases.pending_effects()}
    assert pending == {"d0", "d1", "d2", "d3"}
    assert len(scene.enforcer.tries) < 60
    scene.enforcer.breaks = None
    scene.recovery.alive(COMMUNITY)
    await settle()
    assert await scene.store.cases.pending_effects() == ()


@pytest.mark.parametrize("code", [PlatformReason.NOT_CONNECTED, PlatformReason.COMMUNITY_GONE])
async def test_a_community_that_is_away_for_hours_is_hardly_asked_for(code: PlatformReason) -> None:
    """Neither effects nor cards make calls or writes again and again; what is gone has ended for that reason."""
    scene = Scene()
    scene.mod_log.error = PlatformBusy("away", code=code)
    scene.enforcer.why = reason(PlatformReason.PLATFORM_DOWN)
    for number in range(30):
        await scene.enforcing.carry_out(await scene.decided(str(number), Action.DELETE))
    scene.enforcer.gone, scene.enforcer.asked = reason(code), 0
    scene.journal.clear()
    await scene.after(2 * HOUR)
    assert scene.enforcer.asked <= 60
    assert scene.journal.count("in vain") <= 3
    waiting = await scene.store.cases.postponed()
    if code is PlatformReason.COMMUNITY_GONE:
        assert waiting == ()
        assert await scene.outcomes() == [Outcome.REFUSED]
    else:
        assert {each.put_off.why.code for each in waiting if each.put_off is not None} == {code}
        assert max(each.put_off.tries for each in waiting if each.put_off is not None) <= 4
    await scene.clock.advance(22 * HOUR)
    await scene.after(700)
    assert [each for each in await scene.store.cases.pending_effects() if each.effect.action is Action.DELETE] == []
    scene.enforcer.gone = scene.enforcer.why = scene.mod_log.error = None
    scene.recovery.alive(COMMUNITY)
    await settle()
    assert scene.journal.count("card") == 30


async def test_what_a_mod_log_does_not_take_is_announced_once_it_does_over_a_restart() -> None:
    """It stands on record until it was said; a sign of life ends the pause."""
    clock, journal, store = SimulatedClock(), list[str](), MemoryStore()
    mod_log, settings = Written(journal), GivenSettings(community_settings(mode=Mode.SHADOW))
    said = Announcement(community=COMMUNITY, key="set up", reason=reason("setup_done"))
    mod_log.error = PlatformRefused("no", code="50013")
    first = Announcing(Speaker(mod_log, clock), store.facts, still_holds(settings))
    await first.say(said)
    await first.look()
    assert journal == ["in vain"]
    mod_log.error = None
    first.alive(COMMUNITY)
    after = Announcing(Speaker(mod_log, clock), store.facts, still_holds(settings))
    await after.load()
    await after.look()
    await after.look()
    assert journal == ["in vain", "set up"]


async def test_what_is_not_true_any_more_is_not_announced_later() -> None:
    """That every rule only practises: meanwhile one was let act."""
    clock, journal = SimulatedClock(), list[str]()
    mod_log, settings = Written(journal), GivenSettings(community_settings(mode=Mode.SHADOW))
    announcing = Announcing(Speaker(mod_log, clock), MemoryStore().facts, still_holds(settings))
    mod_log.error = PlatformRefused("no", code="50013")
    await announcing.say(Announcement(community=COMMUNITY, key="set up", reason=reason("setup_done")))
    mod_log.error = None
    settings.settings = community_settings(mode=Mode.SHADOW, live_checks=frozenset({TAKEOVER}))
    announcing.alive(COMMUNITY)
    await announcing.look()
    assert journal == ["in vain"]


@pytest.mark.parametrize(
    ("first", "waits"), [(Outcome.APPLIED, False), (Outcome.REFUSED, True), (Outcome.SUPPRESSED, True)]
)
def test_a_note_on_several_messages_waits_until_one_is_removed_or_none_can_be(first: Outcome, *, waits: bool) -> None:
    """The first of three lines is gone, and the second waits: whether there is anything to tell is not known yet."""
    gone, waiting = effect(of=message(id="1")), effect(of=message(id="2"))
    note = effect(Action.NOTICE, told_of=Action.DELETE)
    now = Round(
        (
            StoredEffect(effect=gone, result=EffectResult(key=gone.key, outcome=first)),
            StoredEffect(effect=waiting, result=None, put_off=put_off()),
            StoredEffect(effect=note, result=None),
        )
    )
    assert now.waits_for(note) is waits
    now.ended(waiting, EffectResult(key=waiting.key, outcome=Outcome.REFUSED))
    assert not now.waits_for(note)
