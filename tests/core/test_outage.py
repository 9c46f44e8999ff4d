"""The model's absence: nothing is lost, nothing stale is deleted, and as much is said as was promised, no more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.waiting.breaker import BASELINE, Trouble
from bot.domain.actions import Action, Mode
from bot.domain.errors import PlatformRefused
from bot.domain.events import Message
from bot.domain.notice import Announcement
from bot.domain.reasons import PlatformReason, reason
from bot.domain.records import CaseFilter
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.inference.scripted import ScriptedClassifier, by_text, violates
from tests.clocks import SimulatedClock
from tests.core.run import DEGRADED, Aloud, Run, Told, TryingModel, at_work, run_of
from tests.factories import (
    COMMUNITY,
    OTHER_COMMUNITY,
    category,
    community_settings,
    later,
    message,
    policy,
    precedent,
    report,
    using,
)
from tests.memory.store import MemoryStore

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
RUDE = "you are a complete fool and everybody knows it"
SCAM = "claim your free nitro on this page before it is gone"


async def _states(run: Run, *of: Message) -> list[State]:
    found = []
    for each in of:
        item = await run.store.inbox.current(each.ref)
        assert item is not None
        found.append(item.state)
    return found


def _rude_run(settings: CommunitySettings | None = None, **changes: object) -> Run:
    clock = SimulatedClock()
    model = TryingModel(clock, ScriptedClassifier(by_text({RUDE: violates("insult", "complete fool")})))
    return run_of(settings or community_settings(), policy(), clock=clock, model=model, **changes)  # type: ignore[arg-type]


async def test_an_outage_of_five_minutes_loses_nothing_and_says_two_things() -> None:
    """Every message of it is judged afterwards; the mod log and the operator hear of the beginning and the end."""
    run = _rude_run()
    sent = []
    async with at_work(run):
        await run.clock.advance(10)
        run.model.go_away()
        for number in range(30):
            each = message(f"message number {number}", id=str(number), by=f"member-{number}", at=run.clock.now())
            sent.append(each)
            await run.deliver(each)
            await run.clock.advance(10)
        assert await _states(run, *sent) == [State.WAITING] * 30
        run.model.away = None
        await run.clock.advance(2 * MINUTE)
        assert await _states(run, *sent) == [State.DONE] * 30
    assert run.mod_log.codes[:2] == ["outage_began", "outage_ended"]
    assert run.mod_log.codes[2:] == ["backlog_done"]
    assert [note.reason.code for note in run.operator.notes] == ["outage_began", "outage_ended"]
    ended = run.mod_log.said[1].reason
    assert 295 <= int(ended.value("seconds")) <= 320
    assert 20 <= int(ended.value("count")) <= 30


async def test_an_outage_of_two_days_deletes_nothing_stale_and_reminds_once_a_day() -> None:
    """What is older than a day is not judged, the rest is only flagged, and one digest sums it up."""
    run = _rude_run(pulse=30.0)
    async with at_work(run):
        await run.clock.advance(10)
        run.model.go_away()
        sent = []
        for hour in range(48):
            each = message(RUDE if hour % 2 else f"hour number {hour}", id=str(hour), at=run.clock.now())
            sent.append(each)
            await run.deliver(each)
            await run.clock.advance(HOUR)
        await run.clock.advance(MINUTE)
        run.model.away = None
        await run.clock.advance(10 * MINUTE)
        states = await _states(run, *sent)
        cases = await run.store.cases.find(COMMUNITY, CaseFilter(limit=1_000))
    assert set(states) == {State.DONE, State.NOT_JUDGED}
    assert states[:23] == [State.NOT_JUDGED] * 23
    assert states[25:] == [State.DONE] * 23
    assert {case.action for case in cases} == {Action.FLAG}
    assert len(cases) == sum(1 for hour, state in enumerate(states) if hour % 2 and state is State.DONE)
    assert not [key for key in _enforced(run) if key == Action.DELETE]
    assert run.mod_log.codes == ["outage_began", "outage_lasts", "outage_lasts", "outage_ended", "backlog_done"]
    assert [note.reason.code for note in run.operator.notes] == run.mod_log.codes[:4]
    waiting = [int(said.reason.value("count")) for said in run.mod_log.said[:4]]
    assert waiting == [1, 25, 24, states.count(State.DONE)]
    digest = run.mod_log.said[-1].reason
    assert int(digest.value("count")) == states.count(State.DONE)
    assert int(digest.value("cases")) == len(cases)


async def test_two_days_above_the_backlog_limit_lose_nothing_unrecorded() -> None:
    """The oldest are given up for the newest, each on record; no more is said than otherwise."""
    run = _rude_run(pulse=30.0, degraded=replace(DEGRADED, backlog_limit=10))
    async with at_work(run):
        await run.clock.advance(10)
        run.model.go_away()
        for hour in range(48):
            await run.deliver(message(f"hour number {hour}", id=str(hour), at=run.clock.now()))
            await run.clock.advance(HOUR)
        assert len(run.room) <= 10
        await run.clock.advance(MINUTE)
        run.model.away = None
        await run.clock.advance(10 * MINUTE)
        coverage = await run.store.inbox.coverage(COMMUNITY, None, None)
    ended = {(state, why): count for state, why, count in coverage.reasons}
    assert coverage.seen == 48
    assert coverage.count(State.DONE) + sum(ended.values()) == 48
    assert ended == {(State.NOT_JUDGED, "backlog_full"): 48 - coverage.count(State.DONE)}
    assert coverage.count(State.DONE) in (9, 10)
    assert run.mod_log.codes == ["outage_began", "outage_lasts", "outage_lasts", "outage_ended", "backlog_done"]


async def test_two_days_with_a_restart_each_day_lose_nothing_and_repeat_nothing() -> None:
    """Each process takes up where the last one stopped; what the first one said, the others do not say again."""
    store, mod_log, operator, clock = MemoryStore(), Aloud(), Told(), SimulatedClock()
    for day in range(3):
        model = TryingModel(clock, ScriptedClassifier(by_text({RUDE: violates("insult", "complete fool")})))
        run = run_of(
            community_settings(), policy(), store=store, clock=clock, model=model, mod_log=mod_log, operator=operator
        )
        if day < 2:
            run.model.go_away()
        async with at_work(run):
            for hour in range(0 if day == 2 else 12):
                await run.deliver(message(RUDE, id=f"{day}-{hour}", by=f"m{day}-{hour}", at=clock.now()))
                await clock.advance(2 * HOUR)
            await clock.advance(5 * MINUTE)
        assert _enforced(run) == []
    coverage = await store.inbox.coverage(COMMUNITY, None, None)
    cases = await store.cases.find(COMMUNITY, CaseFilter(limit=100))
    assert (coverage.seen, coverage.count(State.DONE, State.NOT_JUDGED)) == (24, 24)
    assert {case.action for case in cases} == {Action.FLAG}
    assert mod_log.codes == ["outage_began", "outage_lasts", "outage_lasts", "outage_ended", "backlog_done"]
    assert [note.reason.code for note in operator.notes] == mod_log.codes[:4]


async def test_a_restart_in_the_middle_repeats_nothing() -> None:
    """The same outage goes on, with the same keys."""
    store, mod_log, operator = MemoryStore(), Aloud(), Told()
    clock = SimulatedClock()
    for _ in range(3):
        run = run_of(
            community_settings(),
            policy(),
            store=store,
            clock=clock,
            model=TryingModel(clock),
            mod_log=mod_log,
            operator=operator,
        )
        run.model.go_away()
        async with at_work(run):
            await clock.advance(10 * MINUTE)
    last = run_of(community_settings(), policy(), store=store, clock=clock, mod_log=mod_log, operator=operator)
    async with at_work(last):
        await clock.advance(10 * MINUTE)
    assert mod_log.codes == ["outage_began", "outage_ended"]
    assert len(operator.notes) == 2
    assert 1_795 <= int(mod_log.said[1].reason.value("seconds")) <= 1_815


async def test_a_server_that_was_only_restarted_makes_no_noise() -> None:
    """Back before one more probe has failed."""
    run = _rude_run()
    async with at_work(run):
        await run.clock.advance(10)
        run.model.go_away()
        await run.deliver(message())
        await run.clock.advance(8)
        run.model.away = None
        await run.clock.advance(5 * MINUTE)
        assert await _states(run, message()) == [State.DONE]
    assert (run.mod_log.said, run.operator.notes) == ([], [])


class HardOfHearing(Aloud):
    """A mod log that can't be written to while it is `deaf`; it counts the tries."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf = False
        self.tries = 0

    async def announce(self, announcement: Announcement) -> None:
        """Hear it, or not."""
        self.tries += 1
        if self.deaf:
            raise PlatformRefused("no", why=reason(PlatformReason.MISSING_PERMISSION, permission="Send Messages"))
        await super().announce(announcement)


async def test_a_mod_log_that_could_not_be_written_to_hears_later_and_is_left_alone_meanwhile() -> None:
    """A missing permission may be given; until then it is asked for less and less often."""
    mod_log = HardOfHearing()
    mod_log.deaf = True
    run = _rude_run(mod_log=mod_log)
    async with at_work(run):
        run.model.go_away()
        await run.deliver(message())
        await run.clock.advance(20 * MINUTE)
        assert mod_log.codes == []
        assert mod_log.tries <= 10
        mod_log.deaf = False
        await run.clock.advance(11 * MINUTE)
    assert mod_log.codes == ["outage_began"]


async def test_an_outage_long_after_another_is_one_of_its_own_though_the_end_was_told_to_nobody() -> None:
    """Else its length would be counted from the first one's beginning."""
    mod_log = HardOfHearing()
    run = _rude_run(mod_log=mod_log)
    async with at_work(run):
        run.model.go_away()
        await run.deliver(message())
        await run.clock.advance(2 * MINUTE)
        mod_log.deaf = True
        run.model.away = None
        await run.clock.advance(60 * MINUTE)
        run.model.go_away()
        await run.deliver(message(id="2", at=run.clock.now()))
        mod_log.deaf = False
        await run.clock.advance(11 * MINUTE)
        run.model.away = None
        await run.clock.advance(11 * MINUTE)
    assert mod_log.codes == ["outage_began", "outage_began", "outage_ended"]
    [ended] = [said.reason for said in mod_log.said if said.reason.code == "outage_ended"]
    assert int(ended.value("seconds")) < 30 * MINUTE


async def test_an_operator_who_could_not_be_told_is_told_later_and_once() -> None:
    """The mod log does not hear it again for that."""
    run = _rude_run()
    run.operator.reachable = False
    async with at_work(run):
        run.model.go_away()
        await run.deliver(message())
        await run.clock.advance(2 * MINUTE)
        assert (run.mod_log.codes, run.operator.notes) == (["outage_began"], [])
        run.operator.reachable = True
        await run.clock.advance(2 * MINUTE)
    assert [note.reason.code for note in run.operator.notes] == ["outage_began"]
    assert run.mod_log.codes == ["outage_began"]


async def test_each_community_hears_how_many_of_its_own_messages_wait() -> None:
    """Two communities, two numbers."""
    run = _rude_run(communities=(COMMUNITY, OTHER_COMMUNITY))
    async with at_work(run):
        run.model.go_away()
        await run.deliver(*(message(id=str(number)) for number in range(3)))
        await run.deliver(message(id="9", community=OTHER_COMMUNITY))
        await run.clock.advance(MINUTE)
    counts = {said.community: said.reason.value("count") for said in run.mod_log.said}
    assert counts == {COMMUNITY: "3", OTHER_COMMUNITY: "1"}
    assert run.operator.notes[0].reason.value("count") == "4"


async def test_meanwhile_a_near_copy_is_flagged_and_judged_after_the_return() -> None:
    """The flag is one case; the model's verdict joins it."""
    spam = policy("spam", category("scam"))
    clock = SimulatedClock()
    model = TryingModel(clock, ScriptedClassifier(by_text({SCAM: violates("scam", "free nitro")})))
    settings = replace(using("spam"), categories=())
    run = run_of(settings, spam, clock=clock, model=model)
    await run.near_copies.add(None, (precedent(SCAM),))
    async with at_work(run):
        run.model.go_away()
        await run.deliver(message("an ordinary one", id="0"), message(SCAM))
        await run.clock.advance(MINUTE)
        assert len(run.mod_log.cards) == 1
        assert next(iter(run.mod_log.cards.values())).decision.action is Action.FLAG
        assert await _states(run, message(SCAM)) == [State.WAITING]
        run.model.away = None
        await run.clock.advance(MINUTE)
        assert await _states(run, message(SCAM)) == [State.DONE]
        file = await run.store.cases.file_of(message(SCAM).ref)
    assert file is not None
    assert [decision.action for decision in file.decisions] == [Action.FLAG, Action.DELETE]
    assert len(run.mod_log.cards) == 1


async def test_meanwhile_an_exact_copy_of_a_judged_violation_is_flagged_at_most() -> None:
    """Although the category is live and would delete."""
    alone = policy("harassment", category(context_free=True))
    clock = SimulatedClock()
    model = TryingModel(clock, ScriptedClassifier(by_text({RUDE: violates("insult", "complete fool")})))
    run = run_of(community_settings(), alone, clock=clock, model=model)
    async with at_work(run):
        await run.deliver(message(RUDE, id="1"))
        await run.clock.advance(5)
        assert _enforced(run) == [Action.DELETE]
        run.model.go_away()
        await run.deliver(message("another text to fail on", id="2"))
        await run.clock.advance(5)
        await run.deliver(message(RUDE, id="3", by="bob"))
        await run.clock.advance(MINUTE)
        file = await run.store.cases.file_of(message(id="3").ref)
        assert file is not None
        assert [decision.action for decision in file.decisions] == [Action.FLAG]
        assert _enforced(run) == [Action.DELETE]
        assert await _states(run, message(id="3")) == [State.WAITING]


async def test_meanwhile_a_report_still_reaches_people() -> None:
    """It makes a case at once, and is judged when the model is back."""
    run = _rude_run()
    async with at_work(run):
        await run.deliver(message())
        await run.clock.advance(5)
        run.model.go_away()
        await run.deliver(message("one to fail on", id="2"), report())
        await run.clock.advance(MINUTE)
        assert len(run.mod_log.cards) == 1
        run.model.away = None
        await run.clock.advance(MINUTE)
    assert len(run.mod_log.cards) == 1
    assert run.pipeline.idle


async def test_on_the_return_live_messages_go_first_and_the_backlog_gets_a_fifth() -> None:
    """Of the first ten turns after it, two at most go to what piled up."""
    run = _rude_run()
    async with at_work(run):
        run.model.go_away()
        for number in range(20):
            await run.deliver(message(f"late number {number}", id=f"late{number}", by=f"member-{number}"))
        await run.clock.advance(10 * MINUTE)
        run.model.seconds = 0.2
        run.model.away = None
        for number in range(20):
            await run.deliver(message(f"live number {number}", id=f"live{number}", by=f"other-{number}"))
        before = len(run.model.asked)
        await run.clock.advance(MINUTE)
    order = [q.text.split()[0] for q in run.model.asked[before:] if q.ref is not None]
    assert order[:10].count("late") == 2
    assert order[0] == "live"
    assert (order.count("late"), order.count("live")) == (20, 20)


async def test_a_model_at_a_quarter_of_its_speed_counts_as_an_outage_and_goes_on() -> None:
    """It is said, messages are still judged, and its recovery is said too."""
    run = _rude_run()
    async with at_work(run):
        await run.clock.advance(10)
        assert (await run.store.facts.load(BASELINE) or {})["tokens_per_second"] == pytest.approx(100.0)
        run.model.speed = 25.0
        for number in range(30):
            await run.deliver(
                message(f"message number {number}", id=str(number), by=f"member-{number}", at=later(number))
            )
        await run.clock.advance(2 * MINUTE)
        assert _trouble(run) is Trouble.SLOW
        assert run.mod_log.codes == ["slow_began"]
        run.model.speed = 100.0
        await run.clock.advance(10 * MINUTE)
        assert _trouble(run) is None
    assert run.mod_log.codes == ["slow_began", "slow_ended"]
    assert len([q for q in run.model.asked if q.ref is not None]) == 30


async def test_half_its_speed_is_no_outage() -> None:
    """A third is the limit."""
    run = _rude_run()
    async with at_work(run):
        await run.clock.advance(10)
        run.model.speed = 50.0
        for number in range(30):
            await run.deliver(
                message(f"message number {number}", id=str(number), by=f"member-{number}", at=later(number))
            )
        await run.clock.advance(5 * MINUTE)
    assert run.mod_log.said == []


async def test_a_model_that_lost_the_graphics_card_counts_as_slow() -> None:
    """Nothing fails; only the server's own account tells."""
    run = _rude_run()
    async with at_work(run):
        await run.clock.advance(10)
        run.model.gpu_share = 0.4
        await run.clock.advance(3 * MINUTE)
        assert _trouble(run) is Trouble.SLOW
        run.model.gpu_share = 1.0
        await run.clock.advance(3 * MINUTE)
        assert _trouble(run) is None
    assert run.mod_log.codes == ["slow_began", "slow_ended"]


async def test_the_speed_is_measured_once_for_a_model_and_its_slots() -> None:
    """A restart takes it from the record; other weights are measured anew."""
    store, clock = MemoryStore(), SimulatedClock()
    first = run_of(community_settings(), policy(), store=store, clock=clock, slots=3)
    async with at_work(first):
        await clock.advance(10)
    assert (len(first.model.asked), first.model.most) == (3, 3)
    second = run_of(community_settings(), policy(), store=store, clock=clock, slots=3)
    async with at_work(second):
        await clock.advance(10)
        assert second.model.asked == []
        second.model.identity = replace(second.model.identity, digest="sha256:" + "1" * 64)
        await clock.advance(3 * MINUTE)
        assert len(second.model.asked) == 3


async def test_nothing_is_asked_while_the_breaker_is_open() -> None:
    """But for one small question of our own, every fifteen seconds, once the server is there."""
    run = _rude_run()
    async with at_work(run):
        run.model.go_away()
        await run.deliver(message())
        await run.clock.advance(5)
        before = len(run.model.asked)
        await run.clock.advance(10 * MINUTE)
        assert len(run.model.asked) == before


async def test_a_whole_day_without_any_message_is_told_all_the_same() -> None:
    """Whoever reads the mod log wants to know that nothing is being watched."""
    run = _rude_run(pulse=30.0)
    run.model.go_away()
    async with at_work(run):
        await run.clock.advance(DAY + HOUR)
    assert run.mod_log.codes == ["outage_began", "outage_lasts"]
    assert run.mod_log.said[0].reason.value("count") == "0"


async def test_nothing_of_an_outage_deletes_in_a_live_community() -> None:
    """Judged within minutes of the return, a message over ten minutes old is only flagged."""
    run = _rude_run()
    async with at_work(run):
        run.model.go_away()
        await run.deliver(message(RUDE, at=run.clock.now()))
        await run.clock.advance(15 * MINUTE)
        run.model.away = None
        await run.clock.advance(5 * MINUTE)
        assert await _states(run, message(RUDE)) == [State.DONE]
        assert _enforced(run) == []
        assert run.settings.settings.mode is Mode.LIVE
    assert run.settings.settings.ages.act == timedelta(minutes=10)


def _enforced(run: Run) -> list[Action]:
    return [key.action for key in run.enforcer.done]


def _trouble(run: Run) -> Trouble | None:
    return run.breaker.trouble
