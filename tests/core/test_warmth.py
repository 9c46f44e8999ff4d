"""Which prefixes are warmed, and when again."""

import asyncio
from dataclasses import replace

import pytest

from bot.core.judging.judging import Judging
from bot.core.judging.warmth import MOST_PATIENCE
from bot.domain.errors import ModelTimeout
from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.domain.verdict import Verdict
from bot.inference.scripted import ScriptedClassifier
from tests.factories import policy

ONE, OTHER = policy("one", text="First."), policy("other", text="Second.")


class _Server(ScriptedClassifier):
    """A model whose answers say that they were cold, or loaded it, or came from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.cold: bool | None = False
        self.reloaded = False
        self.warming_loads = self.warming_fails = False
        self.tried = 0
        self.address = "here"
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def judge(self, question: Question) -> Verdict:
        verdict = await super().judge(question)
        self.begun.set()
        await self.go_on.wait()
        if verdict.run is None:
            return verdict
        run = replace(verdict.run, cold=self.cold, reloaded=self.reloaded, address=self.address)
        return replace(verdict, run=run)

    async def warm(self, policy: Policy) -> bool:
        self.tried += 1
        if self.warming_fails:
            raise ModelTimeout("late")
        await super().warm(policy)
        return self.warming_loads


async def _ask(judging: Judging, *policies: Policy) -> None:
    for each in policies:
        await judging.ask(Question(policy=each, text="hello"))


async def test_a_prefix_is_warmed_once_for_all_that_is_asked_under_it() -> None:
    """Whoever asks: a run, a replay, an evaluation."""
    server = _Server()
    await _ask(Judging(server, slots=1), ONE, OTHER, ONE, OTHER, ONE)
    assert server.warmed == [ONE, OTHER]


async def test_a_second_slot_at_work_in_a_lane_is_warmed_too() -> None:
    """Once, however often two are at work afterwards."""
    server = _Server()
    judging = Judging(server, slots=2)
    for _ in range(2):
        server.go_on.clear()
        asked = [asyncio.create_task(judging.ask(Question(policy=ONE, text=text))) for text in ("a", "b", "c")]
        while len(server.asked) % 3 != 2:
            server.begun.clear()
            await server.begun.wait()
        server.go_on.set()
        await asyncio.gather(*asked)
    assert server.warmed == [ONE, ONE]


async def test_a_lane_that_was_cold_is_warmed_again_and_no_other() -> None:
    """Two messages went on together, say, and the server kept another place."""
    server = _Server()
    judging = Judging(server, slots=1)
    await _ask(judging, ONE, OTHER)
    server.cold = True
    await _ask(judging, ONE)
    server.cold = False
    await _ask(judging, ONE, OTHER, ONE)
    assert server.warmed == [ONE, OTHER, ONE]


async def test_warming_that_does_not_help_grows_rare_and_counts_anew_once_it_does() -> None:
    """A server without room for so many prefixes would otherwise read each of them three times as often."""
    server = _Server()
    judging = Judging(server, slots=1)
    server.cold = True
    await _ask(judging, *[ONE] * (10 * MOST_PATIENCE))
    assert 10 + 6 <= len(server.warmed) <= 10 + 8
    server.cold = False
    await _ask(judging, *[ONE] * 2)
    server.cold = True
    await _ask(judging, ONE)
    before = len(server.warmed)
    await _ask(judging, ONE)
    assert len(server.warmed) == before + 1


async def test_a_model_that_is_loaded_for_every_request_is_hardly_ever_warmed() -> None:
    """It keeps nothing (`keep_alive: 0`, or another program's turn in between): each warming is two more loads."""
    server = _Server()
    judging = Judging(server, slots=1)
    server.reloaded = server.warming_loads = True
    await _ask(judging, *[ONE, OTHER] * (5 * MOST_PATIENCE))
    assert len(server.warmed) <= 2 * (8 + 10)
    server.reloaded = server.warming_loads = False
    await _ask(judging, ONE, OTHER)
    server.reloaded = True
    await _ask(judging, ONE)
    server.reloaded = False
    before = len(server.warmed)
    await _ask(judging, ONE, OTHER, ONE, OTHER)
    assert server.warmed[before:] == [ONE, OTHER]


async def test_addresses_that_take_turns_do_not_have_everything_warmed_each_time() -> None:
    """Each has its own cache; what is cold is noticed by itself."""
    server = _Server()
    judging = Judging(server, slots=1)
    for number in range(10 * MOST_PATIENCE):
        server.address = f"address {number % 2}"
        await _ask(judging, ONE)
    assert len(server.warmed) <= 20


async def test_a_server_that_is_cold_every_other_time_is_warmed_once_for_each_cold_question_at_most() -> None:
    """So warming at most doubles what such questions read."""
    server = _Server()
    judging = Judging(server, slots=1)
    for number in range(100):
        server.cold = number % 2 == 0
        await _ask(judging, ONE)
    assert len(server.warmed) <= 1 + 50


async def test_warming_that_goes_on_failing_grows_rare_and_is_tried_at_once_after_a_loss() -> None:
    """Each question would wait for its warming to fail, a time limit long, although it is answered itself."""
    server = _Server()
    judging = Judging(server, slots=1)
    server.warming_fails = True
    await _ask(judging, *[ONE] * (10 * MOST_PATIENCE))
    assert server.tried <= 20
    judging.warmth.lost()
    server.warming_fails = False
    await _ask(judging, ONE, ONE)
    assert server.warmed == [ONE]


@pytest.mark.parametrize("what", ["a question", "warming"])
async def test_a_model_that_was_loaded_anew_has_no_prefix_at_hand(what: str) -> None:
    """Another program asked it for another window: every lane is warmed again."""
    server = _Server()
    judging = Judging(server, slots=1)
    await _ask(judging, ONE, OTHER)
    if what == "a question":
        server.reloaded = True
        await _ask(judging, ONE)
        server.reloaded = False
    else:
        server.warming_loads = True
        await _ask(judging, third := policy("third", text="Third."))
        server.warming_loads = False
        assert server.warmed.pop() == third
    await _ask(judging, ONE, OTHER, ONE, OTHER)
    assert server.warmed == [ONE, OTHER, ONE, OTHER]


async def test_another_server_has_no_prefix_at_hand() -> None:
    """The address in use has changed."""
    server = _Server()
    judging = Judging(server, slots=1)
    await _ask(judging, ONE, OTHER, ONE)
    server.address = "in reserve"
    await _ask(judging, OTHER, ONE, OTHER, ONE)
    assert server.warmed == [ONE, OTHER, ONE, OTHER]


async def test_where_nothing_tells_nothing_is_warmed_again() -> None:
    """A server that says neither what was cached nor how long reading took."""
    server = _Server()
    server.cold = None
    await _ask(Judging(server, slots=1), *[ONE] * 5)
    assert server.warmed == [ONE]


async def test_warming_that_fails_is_tried_with_the_next_question() -> None:
    """The question itself meets the same fault, and tells."""
    server = _Server()
    judging = Judging(server, slots=1)
    server.fail(ModelTimeout("late"))
    await _ask(judging, ONE)
    server.fail(None)
    await _ask(judging, ONE, ONE)
    assert server.warmed == [ONE]


async def test_a_question_that_tries_the_model_out_warms_nothing() -> None:
    """It is put where the model is in doubt, and has to be small."""
    server = _Server()
    await Judging(server, slots=1).try_out(Question(policy=ONE, text="hello"))
    assert server.warmed == []
