"""The model is kept at work: turns, lanes, look-ahead, failures, edits, shutdown."""

import asyncio
from collections.abc import Callable

from bot.core.acting.enforcing import AT_ONCE
from bot.core.running import Periodic
from bot.domain.errors import StorageError
from bot.domain.events import Message
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.states import State
from bot.inference.scripted import ScriptedClassifier, by_text, violates
from bot.ports.inbox import Inbox
from tests.clocks import SimulatedClock, settle
from tests.core.run import Run, TryingModel, at_work, run_of
from tests.factories import category, community_settings, delete, edit, later, message, policy, report, using
from tests.memory.inbox import MemoryInbox
from tests.memory.store import MemoryStore

RUDE = "you are a complete fool and everybody knows it"


async def _state(run: Run, of: Message) -> State:
    item = await run.store.inbox.current(of.ref)
    assert item is not None
    return item.state


def _many(count: int) -> list[Message]:
    return [
        message(f"message number {number}", id=str(number), by=f"member-{number}", at=later(number / 10))
        for number in range(count)
    ]


def _texts(run: Run) -> list[str]:
    """Return the texts of members' messages that the model was asked about, in order."""
    return [question.text for question in run.model.asked if question.ref is not None]


async def test_every_slot_works_while_anything_waits() -> None:
    """Twelve questions of one second each on four slots are done in three seconds and a little."""
    run = run_of(community_settings(), policy(), slots=4)
    async with at_work(run):
        await run.deliver(*_many(12))
        assert run.model.at_work == 4
        await run.clock.advance(2.5)
        assert run.model.at_work == 4
        await run.clock.advance(2.0)
        assert [await _state(run, each) for each in _many(12)] == [State.DONE] * 12
    assert run.model.most == 4


async def test_a_message_is_put_to_each_of_its_policies_and_concluded_once() -> None:
    """Two lanes, two turns, one decision."""
    rude = ScriptedClassifier(lambda question: violates("scam") if question.policy.id == "spam" else violates("insult"))
    clock = SimulatedClock()
    run = run_of(
        using("harassment", "spam"),
        policy(),
        policy("spam", category("scam")),
        clock=clock,
        model=TryingModel(clock, rude),
    )
    async with at_work(run):
        await run.deliver(message(RUDE))
        await run.clock.advance(5)
    assert sorted(question.policy.id for question in run.model.asked if question.ref is not None) == [
        "harassment",
        "spam",
    ]
    assert len(run.mod_log.cards) == 1


async def test_what_is_next_is_opened_while_the_slot_is_at_work() -> None:
    """When the slot is free the next question is put at once; no more than that is claimed ahead."""
    run = run_of(community_settings(), policy())
    async with at_work(run):
        await run.deliver(*_many(5))
        states = [await _state(run, each) for each in _many(5)]
    assert states == [State.JUDGING, State.JUDGING, State.WAITING, State.WAITING, State.WAITING]


async def test_a_lane_is_warmed_once_for_each_slot_it_uses_at_once() -> None:
    """Two slots: twice. Not again until the model was unloaded."""
    run = run_of(community_settings(), policy(), slots=2)
    async with at_work(run):
        await run.deliver(*_many(6))
        await run.clock.advance(5)
        assert len(run.model.warmed) == 2
        run.model.loaded = False
        await run.clock.advance(120)
        await run.deliver(message("one more message", id="later"))
        await run.clock.advance(5)
    assert len(run.model.warmed) == 3


async def test_a_lane_is_warmed_again_once_another_program_had_the_model_loaded_its_own_way() -> None:
    """The server says that it is loaded all the while, but with another window: nothing of ours is at hand."""
    run = run_of(community_settings(), policy(), slots=1)
    async with at_work(run):
        await run.deliver(*_many(2))
        await run.clock.advance(5)
        assert len(run.model.warmed) == 1
        run.model.foreign_window = 16_384
        await run.clock.advance(120)
        run.model.foreign_window = None
        await run.deliver(message("one more message", id="later"))
        await run.clock.advance(5)
    assert len(run.model.warmed) == 2


async def test_a_message_that_comes_to_a_lane_twice_is_asked_about_once_and_ends() -> None:
    """As one that was read from the database just before it was claimed."""
    run = run_of(community_settings(), policy(), slots=3)
    twice = message("read once more while it was being judged", id="twice")
    async with at_work(run):
        await run.deliver(twice)
        item = await run.store.inbox.current(twice.ref)
        assert item is not None
        assert run.model.at_work == 1
        await run.room.admit(item, (policy(),))
        await run.deliver(message("another one", id="other", by="bob"))
        await run.clock.advance(10)
        assert await _state(run, twice) is State.DONE
    assert sorted(_texts(run)) == ["another one", "read once more while it was being judged"]


async def test_an_edit_overtakes_the_text_that_waits() -> None:
    """Only the later text is asked about."""
    run = run_of(community_settings(), policy())
    first, waiting = message("the first one", id="0"), message("the text before the edit", id="1")
    async with at_work(run):
        await run.deliver(first, waiting, edit("the text after the edit", of=waiting))
        await run.clock.advance(10)
    assert _texts(run) == ["the first one", "the text after the edit"]


async def test_a_deleted_message_is_not_asked_about() -> None:
    """Its row is withdrawn and its entry gone."""
    run = run_of(community_settings(), policy())
    first, gone = message("the first one", id="0"), message("gone before its turn", id="2")
    async with at_work(run):
        await run.deliver(first, message("in between", id="1", by="bob"), gone, delete(gone.ref))
        assert gone.ref not in [key.ref for key in run.room]
        await run.clock.advance(10)
        assert await _state(run, gone) is State.WITHDRAWN
    assert _texts(run) == ["the first one", "in between"]


async def test_a_text_deleted_while_it_is_judged_has_no_consequence() -> None:
    """The verdict comes too late."""
    clock = SimulatedClock()
    model = TryingModel(clock, ScriptedClassifier(by_text({RUDE: violates("insult", "complete fool")})))
    run = run_of(community_settings(), policy(), clock=clock, model=model)
    async with at_work(run):
        await run.deliver(message(RUDE), delete())
        await run.clock.advance(5)
        assert await _state(run, message(RUDE)) is State.WITHDRAWN
    assert run.mod_log.cards == {}
    assert run.pipeline.idle


async def test_a_message_on_which_the_model_breaks_rests_and_holds_up_nobody() -> None:
    """It is tried again after 30 and then 60 seconds, and no outage is called for its sake."""
    run = run_of(community_settings(), policy())
    run.model.fails.add("this one breaks it")
    async with at_work(run):
        await run.deliver(message("this one breaks it", id="bad"), message("an ordinary one", id="good"))
        await run.clock.advance(20)
        assert await _state(run, message(id="good")) is State.DONE
        assert await _state(run, message(id="bad")) is State.WAITING
        await run.clock.advance(20)
        assert _texts(run).count("this one breaks it") == 2
        await run.clock.advance(50)
        assert _texts(run).count("this one breaks it") == 2
        run.model.fails.clear()
        await run.clock.advance(20)
        assert await _state(run, message(id="bad")) is State.DONE
    assert run.mod_log.said == []


async def test_a_report_of_a_safe_message_makes_a_case_for_people() -> None:
    """It goes before everything else."""
    run = run_of(community_settings(), policy())
    async with at_work(run):
        await run.deliver(*_many(4))
        await run.deliver(report(message(id="3").ref))
        await run.clock.advance(3)
        assert _texts(run)[1:3] == ["message number 3", "message number 1"]
        await run.clock.advance(10)
    assert len(run.mod_log.cards) == 1


async def test_a_report_without_its_text_is_fetched_and_then_waits_in_its_lanes() -> None:
    """The console's history knows a message that was delivered; nobody knows the other."""
    run = run_of(community_settings(), policy())
    async with at_work(run):
        await run.deliver(report(message(id="unknown").ref))
        await run.clock.advance(5)
        counts = (await run.store.inbox.coverage(None, None, None)).by_state
    assert counts == ()
    assert run.pipeline.idle


class _Slow(MemoryInbox):
    """Settling takes until a test lets it."""

    def __init__(self, inner: Inbox, gate: asyncio.Event) -> None:
        assert isinstance(inner, MemoryInbox)
        super().__init__(inner._records)
        self._gate = gate
        self.settling = 0

    async def settle(self, key: InboxKey) -> None:
        """Wait for the gate."""
        self.settling += 1
        await self._gate.wait()
        await super().settle(key)


class _Store(MemoryStore):
    """A store with another inbox."""

    def __init__(self, make: Callable[[Inbox], MemoryInbox]) -> None:
        super().__init__()
        self._inbox = make(self._inbox)


async def test_a_slow_platform_never_keeps_the_model_waiting() -> None:
    """With every platform call stuck, all questions are asked all the same."""
    gate = asyncio.Event()
    store = _Store(lambda inner: _Slow(inner, gate))
    clock = SimulatedClock()
    model = TryingModel(clock, ScriptedClassifier(lambda _: violates("insult")))
    run = run_of(community_settings(), policy(), store=store, clock=clock, model=model)
    count = AT_ONCE + 10
    async with at_work(run):
        await run.deliver(*_many(count))
        await run.clock.advance(count + 5)
        assert len(_texts(run)) == count
        slow = store.inbox
        assert isinstance(slow, _Slow)
        assert slow.settling == count
        gate.set()
        await settle()
        assert [await _state(run, each) for each in _many(count)] == [State.DONE] * count


class _Broken(MemoryInbox):
    """Claiming fails as often as it was told to."""

    def __init__(self, inner: Inbox, failures: int) -> None:
        assert isinstance(inner, MemoryInbox)
        super().__init__(inner._records)
        self._failures = failures

    async def claim(self, key: InboxKey) -> InboxItem | None:
        """Fail, or claim."""
        if self._failures:
            self._failures -= 1
            raise StorageError("The disk is full.")
        return await super().claim(key)


async def test_a_failing_database_loses_nothing() -> None:
    """A message that can't be claimed rests, and is judged later."""
    run = run_of(community_settings(), policy(), store=_Store(lambda inner: _Broken(inner, 2)))
    async with at_work(run):
        await run.deliver(message())
        await run.clock.advance(200)
        assert await _state(run, message()) is State.DONE


async def test_a_stop_ends_within_its_time_and_leaves_the_rest_waiting() -> None:
    """A question that takes an hour is given up; its message waits for the next start."""
    clock = SimulatedClock()
    model = TryingModel(clock, seconds=3_600.0)
    run = run_of(community_settings(), policy(), clock=clock, model=model)
    async with at_work(run):
        await run.deliver(*_many(3))
    assert [await _state(run, each) for each in _many(3)] == [State.WAITING] * 3


async def test_a_restart_takes_up_what_was_left() -> None:
    """Rows that were being judged when the process died included."""
    store = MemoryStore()
    before = run_of(community_settings(), policy(), store=store)
    await before.running.begin()
    await before.deliver(*_many(3))
    await store.inbox.claim((await store.inbox.waiting(1))[0].key)
    after = run_of(community_settings(), policy(), store=store)
    async with at_work(after):
        await after.clock.advance(10)
        assert [await _state(after, each) for each in _many(3)] == [State.DONE] * 3


async def test_a_chore_that_breaks_does_not_end_the_run() -> None:
    """It is logged, and done again next time."""
    calls: list[int] = []

    async def broken() -> None:
        calls.append(len(calls))
        raise ValueError("a mistake of ours")

    run = run_of(community_settings(), policy(), beside=(Periodic(name="broken", every=10.0, work=broken),))
    async with at_work(run):
        await run.clock.advance(35)
        await run.deliver(message())
        await run.clock.advance(5)
        assert await _state(run, message()) is State.DONE
    assert calls == [0, 1, 2, 3]


async def test_a_copy_of_a_judged_message_costs_no_question() -> None:
    """Its turn ends at once, with the verdict of the first."""
    alone = policy("harassment", category(context_free=True))
    run = run_of(community_settings(), alone)
    text = "a text long enough to be compared with others"
    async with at_work(run):
        await run.deliver(message(text, id="1"))
        await run.clock.advance(3)
        await run.deliver(message(text, id="2", by="bob"))
        await run.clock.advance(3)
        assert await _state(run, message(id="2")) is State.DONE
    assert _texts(run) == [text]


async def test_a_message_that_nobody_holds_is_found_within_a_minute() -> None:
    """Committed, but never told to the pipeline: as if a fault had left it behind."""
    run = run_of(community_settings(), policy())
    async with at_work(run):
        await run.deliver(*_many(2))
        await run.flow.receive(message("left behind", id="left"))
        await run.clock.advance(50)
        assert await _state(run, message(id="left")) is State.WAITING
        await run.clock.advance(20)
        assert await _state(run, message(id="left")) is State.DONE
    assert _texts(run).count("left behind") == 1


async def test_what_was_opened_ahead_waits_again_when_the_model_goes_away() -> None:
    """And is judged after its return."""
    run = run_of(community_settings(), policy(), slots=2)
    async with at_work(run):
        await run.deliver(*_many(6))
        run.model.go_away()
        await run.clock.advance(3)
        assert [await _state(run, each) for each in _many(6)] == [State.WAITING] * 6
        run.model.away = None
        await run.clock.advance(40)
        assert [await _state(run, each) for each in _many(6)] == [State.DONE] * 6
    assert run.pipeline.idle


async def test_a_stop_does_not_wait_for_a_platform_that_hangs() -> None:
    """Three calls hang when it is asked to stop, and it ends all the same; what was decided is on record."""
    store = _Store(lambda inner: _Slow(inner, asyncio.Event()))
    clock = SimulatedClock()
    model = TryingModel(clock, ScriptedClassifier(lambda _: violates("insult")))
    run = run_of(community_settings(), policy(), store=store, clock=clock, model=model, stop_within=0.05)
    async with asyncio.timeout(5), at_work(run):
        await run.deliver(*_many(3))
        await clock.advance(10)
        slow = store.inbox
        assert isinstance(slow, _Slow)
        assert slow.settling == 3
    assert len(run.mod_log.cards) == 3
