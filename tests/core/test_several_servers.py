"""More than one server: what was measured and warmed on one says nothing of another."""

from dataclasses import replace

from bot.core.waiting.breaker import BASELINE, Trouble
from tests.clocks import SimulatedClock
from tests.core.run import Run, TryingModel, at_work, run_of
from tests.factories import community_settings, message, policy
from tests.memory.store import MemoryStore

FIRST, SECOND = "http://127.0.0.1:11434", "http://192.0.2.7:11434"
MINUTE = 60.0


def _run(store: MemoryStore | None = None, clock: SimulatedClock | None = None) -> Run:
    time = clock or SimulatedClock()
    model = TryingModel(time)
    model.identity = replace(model.identity, address=FIRST)
    return run_of(community_settings(), policy(), clock=time, model=model, store=store)


def _moves(run: Run, address: str, *, speed: float) -> None:
    """Let another server answer from now on."""
    run.model.identity = replace(run.model.identity, address=address)
    run.model.speed = speed


async def _speak(run: Run, count: int, *, prefix: str) -> None:
    for number in range(count):
        each = message(f"{prefix} number {number}", id=f"{prefix}{number}", by=f"member-{number}", at=run.clock.now())
        await run.deliver(each)
    await run.clock.advance(MINUTE)


async def test_a_slower_server_in_reserve_is_measured_for_itself_and_is_no_outage() -> None:
    """A fifth of the first one's speed is its normal; back on the first one, the first one's speed counts again."""
    run = _run()
    async with at_work(run):
        await _speak(run, 20, prefix="first")
        _moves(run, SECOND, speed=20.0)
        await _speak(run, 20, prefix="second")
        await run.clock.advance(2 * MINUTE)
        assert _trouble(run) is None
        speeds = [await run.store.facts.load(f"{BASELINE}:{address}") for address in (FIRST, SECOND)]
        assert [kept["tokens_per_second"] if kept else None for kept in speeds] == [100.0, 20.0]
        _moves(run, FIRST, speed=20.0)
        await _speak(run, 30, prefix="third")
        await run.clock.advance(MINUTE)
        assert _trouble(run) is Trouble.SLOW
    assert run.mod_log.codes == ["slow_began"]


async def test_the_speed_of_each_server_is_measured_once() -> None:
    """Whichever answers after a restart is known."""
    store, clock, asked = MemoryStore(), SimulatedClock(), []
    for address in (FIRST, SECOND, FIRST, SECOND):
        run = _run(store, clock)
        run.model.identity = replace(run.model.identity, address=address)
        async with at_work(run):
            await clock.advance(2 * MINUTE)
        asked.append(len(run.model.asked))
    assert asked == [1, 1, 0, 0]


async def test_another_server_is_warmed_anew() -> None:
    """The prefix lies in the cache of the first one alone."""
    run = _run()
    async with at_work(run):
        await _speak(run, 3, prefix="first")
        assert len(run.model.warmed) == 1
        _moves(run, SECOND, speed=100.0)
        await _speak(run, 3, prefix="second")
        assert len(run.model.warmed) == 2
        await _speak(run, 3, prefix="third")
        assert len(run.model.warmed) == 2


def _trouble(run: Run) -> Trouble | None:
    return run.breaker.trouble
