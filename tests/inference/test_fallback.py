"""Several addresses: the first that works is used."""

import pytest

from bot.domain.errors import ModelMissing, ModelUnreachable
from bot.domain.verdict import Label, UndecidedReason
from bot.inference.fallback import REST_SECONDS
from bot.inference.ollama import OllamaClassifier
from tests.fakes.ollama import Fault, StandIn, Step, serving
from tests.inference.samples import INSTALL_KEY, policy, question, settings


class _Time:
    """A clock that stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_the_next_address_is_used_when_the_first_does_not_answer(server: StandIn) -> None:
    """For judging, warming and health alike."""
    async with serving() as gone:
        first = gone.url
    asking = OllamaClassifier(settings(first, server.url), install_key=INSTALL_KEY)
    await asking.health()
    await asking.warm(policy())
    verdict = await asking.judge(question("tea"))
    await asking.close()
    assert verdict.label is Label.SAFE
    assert len(server.generates) == 4


async def test_an_address_that_failed_is_asked_again_after_a_rest(server: StandIn) -> None:
    """Half a minute later the first one has its turn back."""
    time = _Time()
    async with serving() as first:
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY, monotonic=time)
        first.faults.on(Fault.NOT_AN_OLLAMA, times=1)
        await asking.judge(question("one"))
        await asking.judge(question("two"))
        assert (len(first.generates), len(server.generates)) == (0, 4)
        time.now += REST_SECONDS
        await asking.judge(question("three"))
        assert (len(first.generates), len(server.generates)) == (2, 4)
        await asking.close()


async def test_a_server_without_the_model_is_passed_over(server: StandIn) -> None:
    """The second one has it."""
    async with serving() as first:
        first.models.remove("gpt-oss-safeguard:20b")
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY)
        assert (await asking.judge(question("tea"))).label is Label.SAFE
        await asking.close()


async def test_when_none_answers_the_first_ones_fault_is_told() -> None:
    """The first has no such model, the second is gone."""
    async with serving() as first:
        async with serving() as gone:
            second = gone.url
        first.models.remove("gpt-oss-safeguard:20b")
        asking = OllamaClassifier(settings(first.url, second), install_key=INSTALL_KEY)
        with pytest.raises(ModelMissing):
            await asking.health()
        assert (await asking.judge(question("tea"))).reason is UndecidedReason.MODEL_MISSING
        await asking.close()


async def test_any_other_fault_is_final(server: StandIn) -> None:
    """A runner that died under a message may die of it at the next address too."""
    async with serving() as first:
        first.faults.on(Fault.CRASHED)
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY)
        assert (await asking.judge(question("tea"))).reason is UndecidedReason.DIED
        await asking.close()
    assert server.generates == []


async def test_a_model_that_goes_away_between_two_steps_leaves_no_verdict(server: StandIn) -> None:
    """What one server reasoned is not weighed by another."""
    async with serving() as first:
        first.faults.on(Fault.MISSING, step=Step.WEIGH)
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY)
        verdict = await asking.judge(question("tea"))
        await asking.close()
    assert verdict.reason is UndecidedReason.MODEL_MISSING
    assert verdict.run is not None
    assert verdict.run.requests == 2
    assert server.generates == []


async def test_warming_says_when_no_address_answers() -> None:
    """The error is the first one's."""
    async with serving() as gone:
        url = gone.url
    asking = OllamaClassifier(settings(url), install_key=INSTALL_KEY)
    with pytest.raises(ModelUnreachable, match=url):
        await asking.warm(policy())
    await asking.close()
