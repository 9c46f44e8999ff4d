"""Recordings whose model goes away, is removed, or breaks on single messages: nothing is thrown away."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.bootstrap.recordings import Replaying
from bot.core.recordings.patience import OUTAGES, TRIES, Waiting
from bot.domain.coverage import Coverage
from bot.domain.errors import ModelDied, ModelError, ModelMissing, ModelUnreachable
from bot.domain.events import Message, Part, PartKind
from bot.domain.question import ModelHealth, Question
from bot.domain.states import State
from bot.domain.verdict import UndecidedReason, Verdict
from bot.inference.ollama import OllamaClassifier
from bot.inference.scripted import SAFE, Answer, Script, ScriptedClassifier
from bot.lab.replaying import Progress
from tests.factories import later, message
from tests.fakes.clocks import SteppingClock
from tests.fakes.ollama.brain import Brain, Heard, Rule
from tests.fakes.ollama.running import serving
from tests.fakes.ollama.server import StandIn
from tests.inference.samples import INSTALL_KEY
from tests.inference.samples import settings as ollama_settings
from tests.lab.replays import objects_to_the_word, replay_into, replaying_into
from tests.samples.source import WICKED

COUNT = 216
BAD = "a text on which the model breaks"


def _conversation() -> list[Message]:
    """Return 216 messages; every 24th breaks the rule."""
    return [
        message(
            f"In a long talk about keyboards this is {WICKED if number % 24 == 5 else 'message'} number {number}.",
            id=str(number),
            at=later(number),
        )
        for number in range(COUNT)
    ]


async def _nothing() -> None:
    """Let nothing happen."""


class _Clock(SteppingClock):
    """A clock whose sleeps a test counts: after so many of them, something happens."""

    def __init__(self, after: int = 0, then: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__()
        self._after, self._then = after, then or _nothing

    async def sleep(self, seconds: float) -> None:
        """Move on, and let happen what is due."""
        await super().sleep(seconds)
        if len(self.slept) == self._after:
            await self._then()


class _Leaving(ScriptedClassifier):
    """Answers `good` questions, and then fails until it is told to come back."""

    def __init__(self, good: int, fault: ModelError) -> None:
        super().__init__(self._answer_or_leave)
        self._good, self._leaves_with = good, fault

    def _answer_or_leave(self, question: Question) -> Answer:
        if len(self.asked) > self._good:
            self._good = 10**9
            self.fail(self._leaves_with)
            raise self._leaves_with
        answer = objects_to_the_word(question)
        assert isinstance(answer, Answer)
        return answer

    async def come_back(self) -> None:
        """Answer again."""
        self.fail(None)


async def _coverage(found: Replaying) -> Coverage:
    return await found.store.inbox.coverage(None, None, None)


async def _whole(path: Path) -> Coverage:
    """Return what a replay comes to whose model never fails."""
    async with replaying_into(path, ScriptedClassifier(objects_to_the_word)) as found:
        await found.replay(lambda _: None).run(_conversation())
        return await _coverage(found)


@pytest.mark.parametrize("fault", [ModelUnreachable("Nobody answers."), ModelDied("It died.")])
async def test_a_model_that_is_away_for_a_while_is_waited_for(tmp_path: Path, fault: ModelError) -> None:
    """Every message is judged in the end, and the records are those of a model that was never away."""
    model = _Leaving(24, fault)
    clock = _Clock(2, model.come_back)
    told: list[Waiting | None] = []
    async with replaying_into(tmp_path / "r.db", model, clock=clock) as found:
        found.watch.tell = told.append
        replay = found.replay(lambda _: None)
        await replay.run(_conversation())
        coverage = await _coverage(found)
    assert (coverage.judged, replay.lost, replay.stopped) == (COUNT, None, False)
    assert coverage == await _whole(tmp_path / "whole.db")
    assert sum(clock.slept) <= 60
    assert told[-1] is None
    assert isinstance(told[0], Waiting)
    assert told[0].seconds_left == 600


async def test_a_model_that_stays_away_ends_the_replay_and_resuming_it_judges_the_rest(tmp_path: Path) -> None:
    """Here it was removed. What it has judged stands as it was judged: nothing is made milder by its absence."""
    model = _Leaving(24, ModelMissing("The Ollama does not have the model."))
    clock = _Clock()
    async with replaying_into(tmp_path / "r.db", model, clock=clock, wait=timedelta(minutes=2)) as found:
        replay = found.replay(lambda _: None)
        progress = await replay.run(_conversation())
        coverage = await _coverage(found)
    assert str(replay.lost) == "The Ollama does not have the model."
    assert (progress.judged_now, coverage.judged, coverage.count(State.NOT_JUDGED)) == (24, 24, 0)
    assert sum(clock.slept) == 120
    assert len(model.asked) < 40
    resumed = await replay_into(tmp_path / "r.db", _conversation())
    assert resumed.judged_now == COUNT - 24
    async with replaying_into(tmp_path / "r.db", ScriptedClassifier()) as found:
        assert await _coverage(found) == await _whole(tmp_path / "whole.db")


@dataclass(slots=True)
class _Killing(Brain):
    """Thinks about so many messages, and then its server is killed."""

    left: int = 24
    kill: Callable[[], None] = lambda: None

    def think(self, heard: Heard) -> str:
        """Think, or see to it that nobody reads the thought."""
        self.left -= 1
        if self.left == 0:
            self.kill()
        return Brain.think(self, heard)


async def test_a_real_client_whose_server_is_killed_for_a_while_judges_all_of_them(tmp_path: Path) -> None:
    """Connections break in mid-answer, then nobody listens; the server comes back at its address."""
    brain = _Killing(rules=(Rule(WICKED),))
    server, stopping = StandIn(brain=brain), list[asyncio.Task[None]]()
    await server.start()
    port = int(server.url.rpartition(":")[2])
    brain.kill = lambda: stopping.append(asyncio.get_running_loop().create_task(server.stop()))

    async def comes_back() -> None:
        await asyncio.gather(*stopping)
        await server.start(port)

    model = OllamaClassifier(ollama_settings(server.url), install_key=INSTALL_KEY)
    try:
        async with replaying_into(tmp_path / "r.db", model, clock=_Clock(1, comes_back)) as found:
            replay = found.replay(lambda _: None)
            await replay.run(_conversation())
            coverage = await _coverage(found)
    finally:
        await model.close()
        await server.stop()
    assert stopping
    assert (coverage.judged, replay.lost) == (COUNT, None)


async def test_a_real_client_whose_model_loops_on_ten_messages_judges_all_others(tmp_path: Path) -> None:
    """Ollama breaks such an answer off with an error of the server's: it is these messages' own, and for people."""
    events = _conversation()
    looping = {event.ref.message for event in events[3::20][:10]}
    events = [
        replace(event, parts=(Part(kind=PartKind.TEXT, text=f"{event.judged_text} {BAD}"),))
        if event.ref.message in looping
        else event
        for event in events
    ]
    clock = _Clock()
    async with serving(StandIn(brain=Brain(rules=(Rule(WICKED),), loops_on=BAD), version="0.34.1")) as server:
        model = OllamaClassifier(ollama_settings(server.url), install_key=INSTALL_KEY)
        try:
            async with replaying_into(tmp_path / "r.db", model, clock=clock) as found:
                replay = found.replay(lambda _: None)
                await replay.run(events)
                coverage = await _coverage(found)
        finally:
            await model.close()
    assert (coverage.judged, coverage.count(State.NOT_JUDGED)) == (COUNT - 10, 10)
    assert {code for state, code, _ in coverage.reasons if state is State.NOT_JUDGED} == {UndecidedReason.UNFINISHED}
    assert (clock.slept, replay.lost) == ([], None)


def _breaking(reason: UndecidedReason, texts: set[str]) -> Script:
    return lambda question: reason if question.text in texts else objects_to_the_word(question)


@pytest.mark.parametrize(
    "reason", [UndecidedReason.DIED, UndecidedReason.TIMEOUT, UndecidedReason.UNFINISHED, UndecidedReason.UNREADABLE]
)
async def test_messages_on_which_the_model_breaks_drag_no_others_along(tmp_path: Path, reason: UndecidedReason) -> None:
    """Ten of 216: these are not judged, with their own reason, and all others are."""
    events = _conversation()
    bad = {event.judged_text for event in events[3::20][:10]}
    clock = _Clock()
    async with replaying_into(tmp_path / "r.db", ScriptedClassifier(_breaking(reason, bad)), clock=clock) as found:
        replay = found.replay(lambda _: None)
        await replay.run(events)
        coverage = await _coverage(found)
    assert (coverage.judged, coverage.count(State.NOT_JUDGED)) == (COUNT - 10, 10)
    assert {code for state, code, _ in coverage.reasons if state is State.NOT_JUDGED} == {reason}
    assert (replay.lost, replay.stopped) == (None, False)


async def test_a_message_alone_is_put_a_few_times_with_rests_between(tmp_path: Path) -> None:
    """Each time a small question of our own is answered, which tells that it is the message."""
    model, clock = ScriptedClassifier(_breaking(UndecidedReason.TIMEOUT, {BAD})), _Clock()
    async with replaying_into(tmp_path / "r.db", model, clock=clock) as found:
        await found.replay(lambda _: None).run([message(BAD)])
    assert [question.text == BAD for question in model.asked] == [True, False] * TRIES
    assert clock.slept == [5.0, 30.0]


class _Falling(ScriptedClassifier):
    """Is brought down by one text, and started again by the next look for it."""

    down = False

    async def health(self) -> ModelHealth:
        """Be there at every second look."""
        self.down, was = False, self.down
        if was:
            raise ModelUnreachable("Nobody answers.")
        return await super().health()


async def test_a_message_that_brings_the_model_down_each_time_is_given_up_in_the_end(tmp_path: Path) -> None:
    """The others are judged, those beside it too."""
    model = _Falling(lambda question: _fall(model) if question.text == BAD else SAFE)
    events = [message(BAD, id="bad"), *_conversation()[:40]]
    async with replaying_into(tmp_path / "r.db", model, clock=_Clock()) as found:
        await found.replay(lambda _: None).run(events)
        coverage = await _coverage(found)
    assert (coverage.judged, coverage.count(State.NOT_JUDGED)) == (40, 1)
    assert sum(question.text == BAD for question in model.asked) == 2 * OUTAGES


def _fall(model: _Falling) -> UndecidedReason:
    model.down = True
    return UndecidedReason.DIED


async def test_a_server_that_goes_on_refusing_ends_the_replay(tmp_path: Path) -> None:
    """It has no room for any message, although a small question fits in between: nothing is thrown away."""
    script = _breaking(UndecidedReason.LOADING, {event.judged_text for event in _conversation()})
    async with replaying_into(tmp_path / "r.db", ScriptedClassifier(script), clock=_Clock()) as found:
        replay = found.replay(lambda _: None)
        await replay.run(_conversation())
        coverage = await _coverage(found)
    assert replay.lost is not None
    assert (coverage.judged, coverage.count(State.NOT_JUDGED)) == (0, 0)


class _Unhurried(ScriptedClassifier):
    """Takes a few turns of the event loop for each answer."""

    async def judge(self, question: Question) -> Verdict:
        """Answer, but not at once."""
        for _ in range(5):
            await asyncio.sleep(0)
        return await super().judge(question)


async def test_progress_counts_each_message_as_soon_as_its_verdict_is_there(tmp_path: Path) -> None:
    """Not a window at a time: in the first window there are many steps already."""
    told: list[Progress] = []
    await replay_into(tmp_path / "r.db", _conversation(), model=_Unhurried(), after_each=told.append)
    steps = [progress.done for progress in told]
    assert steps == sorted(steps)
    assert steps[-1] == COUNT
    assert len({step for step in steps if step < 64}) >= 10


async def test_a_stop_ends_the_wait_for_a_model_at_once(tmp_path: Path) -> None:
    """Ctrl-C in an outage that was there before the messages were opened: no rest is waited for to its end."""

    async def pressed() -> None:
        replay.stop()
        await asyncio.Event().wait()

    model, clock = ScriptedClassifier(objects_to_the_word), _Clock(1, pressed)
    async with replaying_into(tmp_path / "r.db", model, clock=clock) as found:
        replay = found.replay(lambda _: None)
        model.fail(ModelUnreachable("Nobody answers."))
        assert await found.watch.probe() is None
        await replay.run(_conversation())
        coverage = await _coverage(found)
    assert (len(clock.slept), replay.lost, replay.stopped) == (1, None, True)
    assert (coverage.judged, coverage.count(State.NOT_JUDGED)) == (0, 0)
    assert (await replay_into(tmp_path / "r.db", _conversation())).judged_now == COUNT
