"""A server that loses its graphics card, as Ollama itself tells it: nothing fails, and all the same it is an outage."""

from collections.abc import AsyncIterator

import pytest

from bot.core.judging.judging import Judging
from bot.core.waiting.breaker import Breaker, Trouble
from bot.core.waiting.speed import ENOUGH, WINDOW
from bot.inference.ollama import OllamaClassifier
from tests.clocks import SimulatedClock
from tests.core.run import DEGRADED
from tests.fakes.ollama import StandIn, serving
from tests.inference.samples import INSTALL_KEY, policy, question, settings
from tests.memory.store import MemoryStore

A_MINUTE = 61.0


class Watched:
    """A breaker over the real client and the stand-in, measured at set-up."""

    def __init__(self, server: StandIn) -> None:
        self.server = server
        self.clock = SimulatedClock()
        self.asked = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
        judging = Judging(self.asked, slots=2)
        facts = MemoryStore().facts
        self.breaker = Breaker(self.asked, judging, self.clock, facts, DEGRADED, slots=2, sample=policy)

    async def answers(self, count: int) -> Trouble | None:
        """Put questions, tell the breaker of the answers, let it look, and return what it finds."""
        for number in range(count):
            await self.breaker.heard(await self.asked.judge(question(f"message number {number}")))
        await self.clock.advance(A_MINUTE)
        await self.breaker.look()
        return self.breaker.trouble


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    """Yield it with the speed at set-up on record: 200 tokens a second, all of the model on the card."""
    async with serving() as server:
        made = Watched(server)
        await made.asked.warm(policy())
        await made.breaker.start()
        await made.breaker.look()
        yield made
        await made.asked.close()


async def test_under_a_third_of_the_speed_at_set_up_is_an_outage(watched: Watched) -> None:
    """Sixty tokens a second where there were two hundred; and at full speed again it is over."""
    assert await watched.answers(WINDOW) is None
    watched.server.speed = 60.0
    assert await watched.answers(WINDOW) is Trouble.SLOW
    watched.server.speed = 200.0
    assert await watched.answers(ENOUGH) is None


async def test_just_over_a_third_is_none(watched: Watched) -> None:
    """Seventy tokens a second are slow, and no outage."""
    watched.server.speed = 70.0
    assert await watched.answers(2 * WINDOW) is None


async def test_a_few_slow_answers_are_none(watched: Watched) -> None:
    """One long prompt or another program's work proves nothing."""
    assert await watched.answers(WINDOW) is None
    watched.server.speed = 10.0
    assert await watched.answers(WINDOW // 2 - 1) is None


async def test_less_of_the_model_on_the_card_is_an_outage(watched: Watched) -> None:
    """Before a single answer was slow."""
    watched.server.models.gpu_share = 0.6
    assert await watched.answers(0) is Trouble.SLOW
    watched.server.models.gpu_share = 1.0
    assert await watched.answers(0) is None


async def test_a_slow_model_goes_on_being_asked(watched: Watched) -> None:
    """It is no reason to count it as away."""
    watched.server.speed = 10.0
    assert await watched.answers(WINDOW) is Trouble.SLOW
    assert watched.breaker.identity is not None
    before = len(watched.server.generates)
    await watched.answers(3)
    assert len(watched.server.generates) >= before + 6
