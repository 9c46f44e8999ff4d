"""Several addresses: the first that works is used."""

import asyncio
from urllib.parse import urlsplit

import pytest

from bot.domain.errors import ModelMissing, ModelUnreachable
from bot.domain.question import ModelHealth
from bot.domain.verdict import Label, UndecidedReason
from bot.inference.fallback import REST_SECONDS, TROUBLED_AFTER
from bot.inference.ollama import OllamaClassifier
from tests.fakes.ollama import Brain, Fault, StandIn, Step, serving
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


async def _trials() -> int:
    """Wait for the trials under way; return how many there were."""
    trials = [task for task in asyncio.all_tasks() if task.get_name().startswith("trial of ")]
    await asyncio.gather(*trials)
    return len(trials)


async def test_an_address_that_failed_is_tried_beside_the_work_after_a_rest(server: StandIn) -> None:
    """The question that sets the trial off does not wait for it; the next one goes to the first address again."""
    time = _Time()
    async with serving() as first:
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY, monotonic=time)
        first.faults.on(Fault.NOT_AN_OLLAMA, times=1)
        await asking.judge(question("one"))
        time.now += REST_SECONDS - 0.1
        await asking.judge(question("two"))
        assert (len(first.requests), len(server.generates), await _trials()) == (0, 4, 0)
        time.now += 0.1
        await asking.judge(question("three"))
        assert len(server.generates) == 6
        assert await _trials() == 1
        assert [request.body["options"]["num_predict"] for request in first.generates] == [1]
        await asking.judge(question("four"))
        assert (len(first.generates), len(server.generates)) == (3, 6)
        await asking.close()


async def test_a_server_dies_and_comes_back_and_every_verdict_says_who_gave_it(server: StandIn) -> None:
    """On the same port, as after a restart; no question is lost on the way."""
    time, first = _Time(), StandIn()
    async with serving(first):
        home, port = first.url, urlsplit(first.url).port
        asking = OllamaClassifier(settings(home, server.url), install_key=INSTALL_KEY, monotonic=time)
        verdicts = [await asking.judge(question("before"))]
        await first.stop()
        verdicts += [await asking.judge(question("while it is dead")) for _ in range(2)]
        time.now += REST_SECONDS
        verdicts.append(await asking.judge(question("a trial that finds nobody")))
        await _trials()
        assert port is not None
        await first.start(port)
        verdicts.append(await asking.judge(question("back, and nobody has looked yet")))
        time.now += REST_SECONDS
        verdicts.append(await asking.judge(question("the trial is due")))
        await _trials()
        verdicts.append(await asking.judge(question("back at home")))
        await asking.close()
    assert all(verdict.label is Label.SAFE for verdict in verdicts)
    where = [verdict.run.address for verdict in verdicts if verdict.run is not None]
    assert where == [home, *[server.url] * 5, home]


async def test_an_address_that_is_there_and_breaks_on_every_question_is_set_aside(server: StandIn) -> None:
    """One broken question may be the message's own fault, two in a row are the server's. Its looks mend nothing."""
    time = _Time()
    async with serving() as first:
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY, monotonic=time)
        first.faults.on(Fault.CRASHED)
        reasons = [(await asking.judge(question("tea"))).reason for _ in range(TROUBLED_AFTER + 1)]
        assert reasons == [*[UndecidedReason.DIED] * TROUBLED_AFTER, None]
        time.now += REST_SECONDS
        assert (await asking.judge(question("tea"))).label is Label.SAFE
        assert await _trials() == 1
        assert (await asking.judge(question("tea"))).label is Label.SAFE
        first.faults.off()
        time.now += REST_SECONDS
        await asking.judge(question("tea"))
        await _trials()
        before = len(server.generates)
        assert (await asking.judge(question("tea"))).label is Label.SAFE
        assert len(server.generates) == before
        await asking.close()


async def test_an_answer_between_two_broken_questions_clears_the_server(server: StandIn) -> None:
    """Two messages that break it, an hour apart, are no reason to leave it."""
    async with serving() as first:
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY)
        for _ in range(3):
            first.faults.on(Fault.CRASHED, times=1)
            assert (await asking.judge(question("tea"))).reason is UndecidedReason.DIED
            assert (await asking.judge(question("tea"))).label is Label.SAFE
        await asking.close()
    assert server.generates == []


async def test_texts_that_make_the_model_go_round_in_circles_do_not_drive_it_away(server: StandIn) -> None:
    """However many come in a row: the server is well, and so is its place."""
    async with serving(StandIn(version="0.34.1", brain=Brain(loops_on="round"))) as first:
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY)
        for _ in range(TROUBLED_AFTER + 1):
            assert (await asking.judge(question("round and round"))).reason is UndecidedReason.UNFINISHED
        assert (await asking.judge(question("tea"))).label is Label.SAFE
        await asking.close()
    assert server.generates == []


async def test_a_server_that_is_only_loading_does_not_hold_up_a_question(server: StandIn) -> None:
    """Nothing was answered there, so the next address answers."""
    async with serving() as first:
        first.faults.on(Fault.BUSY)
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY)
        assert (await asking.judge(question("tea"))).label is Label.SAFE
        await asking.close()
    assert len(server.generates) == 2


async def test_a_server_in_reserve_is_left_alone(server: StandIn) -> None:
    """It has failed and the first one works: nobody tries it, so nothing is loaded there."""
    time = _Time()
    async with serving() as reserve:
        urls = (server.url, reserve.url)
        asking = OllamaClassifier(settings(*urls), install_key=INSTALL_KEY, monotonic=time)
        reserve.faults.on(Fault.NOT_AN_OLLAMA, times=1)
        server.faults.on(Fault.MISSING, times=1)
        assert (await asking.judge(question("both fail"))).reason is UndecidedReason.MODEL_MISSING
        assert (await asking.judge(question("tea"))).label is Label.SAFE
        reserve.requests.clear()
        for _ in range(3):
            time.now += REST_SECONDS
            await asking.judge(question("tea"))
            assert await _trials() == 0
        await asking.close()
    assert reserve.requests == []


async def test_when_all_are_set_aside_they_are_asked_in_turn(server: StandIn) -> None:
    """One that is there and hangs does not keep another one from being found when that is back."""
    time = _Time()
    async with serving() as first:
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY, monotonic=time)
        first.faults.on(Fault.CRASHED)
        server.faults.on(Fault.CRASHED)
        for _ in range(2 * TROUBLED_AFTER):
            time.now += 1
            assert (await asking.judge(question("tea"))).reason is UndecidedReason.DIED
        server.faults.off()
        labels = []
        for _ in range(2):
            time.now += 1
            await asking.health()
            labels.append((await asking.judge(question("tea"))).label)
        await asking.close()
    assert Label.SAFE in labels


async def test_each_address_can_be_asked_how_it_is(server: StandIn) -> None:
    """In the order that the settings have, with the fault of one that is of no use."""
    async with serving() as gone:
        first = gone.url
    asking = OllamaClassifier(settings(first, server.url), install_key=INSTALL_KEY)
    (one, fault), (two, health) = await asking.health_of_each()
    await asking.close()
    assert (one, two) == (first, server.url)
    assert isinstance(fault, ModelUnreachable)
    assert isinstance(health, ModelHealth)
    assert health.identity.address == server.url


async def test_closing_ends_a_trial_under_way(server: StandIn) -> None:
    """A server that takes a minute to load holds nobody up at the end."""
    time = _Time()
    async with serving() as first:
        asking = OllamaClassifier(settings(first.url, server.url), install_key=INSTALL_KEY, monotonic=time)
        first.faults.on(Fault.NOT_AN_OLLAMA, times=1)
        await asking.judge(question("tea"))
        first.faults.on(Fault.SLOW)
        time.now += REST_SECONDS
        await asking.judge(question("tea"))
        await first.reached.wait()
        await asking.close()
    assert await _trials() == 0


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
