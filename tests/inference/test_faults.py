"""Each way in which a server or a model fails ends as UNDECIDED with its own reason, and never as SAFE."""

from datetime import timedelta

import pytest

from bot.domain.verdict import FOR_PEOPLE, MODEL_AWAY, Label, UndecidedReason, Verdict
from bot.inference.ollama import OllamaClassifier
from tests.fakes.ollama import Brain, Fault, StandIn, Step, serving
from tests.inference.samples import INSTALL_KEY, question, settings

VIOLATING = "get free nitro, you idiot"
R = UndecidedReason


async def _judge(url: str, text: str = VIOLATING, **changes: object) -> Verdict:
    asking = OllamaClassifier(settings(url, **changes), install_key=INSTALL_KEY)
    try:
        return await asking.judge(question(text))
    finally:
        await asking.close()


@pytest.mark.parametrize(
    ("fault", "step", "reason"),
    [
        (Fault.NOT_AN_OLLAMA, None, R.UNREACHABLE),
        *((Fault.BUSY, step, R.LOADING) for step in (Step.REASON, Step.WEIGH)),
        *((Fault.CRASHED, step, R.DIED) for step in (Step.REASON, Step.WEIGH)),
        *((Fault.DROPPED, step, R.DIED) for step in (Step.REASON, Step.WEIGH)),
        *((Fault.BAD_REQUEST, step, R.REJECTED) for step in (Step.REASON, Step.WEIGH)),
        *((Fault.NOT_JSON, step, R.UNREADABLE) for step in (Step.REASON, Step.WEIGH)),
        (Fault.JSON_LIST, Step.REASON, R.UNREADABLE),
        *((Fault.DONE_FALSE, step, R.UNFINISHED) for step in (Step.REASON, Step.WEIGH)),
        (Fault.LOOPS, Step.REASON, R.UNFINISHED),
        (Fault.SPREAD, Step.WEIGH, R.UNCLEAR),
        (Fault.NO_LOGPROBS, Step.WEIGH, R.UNREADABLE),
    ],
)
async def test_each_fault_has_its_own_reason(
    fault: Fault, step: Step | None, reason: UndecidedReason, server: StandIn
) -> None:
    """Whichever step it strikes."""
    server.faults.on(fault, step=step)
    verdict = await _judge(server.url)
    assert (verdict.label, verdict.reason) == (Label.UNDECIDED, reason)


OF_AN_EXPLANATION = (
    Fault.BUSY,
    Fault.CRASHED,
    Fault.MISSING,
    Fault.DROPPED,
    Fault.BAD_REQUEST,
    Fault.NOT_JSON,
    Fault.JSON_LIST,
    Fault.DONE_FALSE,
    Fault.LOOPS,
    Fault.ENDLESS,
    Fault.OUTSIDE_SCHEMA,
)


@pytest.mark.parametrize("fault", OF_AN_EXPLANATION)
async def test_what_was_found_outlives_whatever_befalls_its_explanation(fault: Fault, server: StandIn) -> None:
    """The model weighed a violation as likelier than none; that it could not say why must not make this nothing."""
    server.faults.on(fault, step=Step.EXPLAIN)
    verdict = await _judge(server.url)
    assert (verdict.label, verdict.reason) == (Label.UNDECIDED, R.UNEXPLAINED)
    assert verdict.run is not None
    assert verdict.run.logprob_violates is not None
    assert verdict.reasoning.startswith("We compare")


async def test_an_explanation_that_is_late_does_not_undo_what_was_found(server: StandIn) -> None:
    """A fifth of a second is all it gets here, and it is not waited for twice."""
    asking = OllamaClassifier(settings(server.url, timeout=timedelta(seconds=0.2)), install_key=INSTALL_KEY)
    assert (await asking.judge(question("tea"))).label is Label.SAFE
    server.faults.on(Fault.SLOW, step=Step.EXPLAIN)
    verdict = await asking.judge(question(VIOLATING))
    await asking.close()
    assert verdict.reason is R.UNEXPLAINED
    assert verdict.run is not None
    assert verdict.run.requests == 3


@pytest.mark.parametrize(
    "fault", [Fault.CRASHED, Fault.DROPPED, Fault.DONE_FALSE, Fault.ENDLESS, Fault.NOT_JSON, Fault.OUTSIDE_SCHEMA]
)
async def test_an_explanation_that_came_to_nothing_is_asked_for_once_more(fault: Fault, server: StandIn) -> None:
    """The same prompt, from the cache, but with its words drawn: the likeliest ones came to nothing."""
    server.faults.on(fault, step=Step.EXPLAIN, times=1)
    verdict = await _judge(server.url)
    assert (verdict.label, verdict.category) == (Label.VIOLATES, "SP1")
    assert verdict.run is not None
    assert verdict.run.requests == 4
    last, reason = server.generates[-1], server.generates[0].body["options"]
    assert last.step is Step.EXPLAIN
    assert last.body["options"]["temperature"] > reason["temperature"] == 0
    assert [last.body["options"][name] for name in ("num_ctx", "seed")] == [
        reason[name] for name in ("num_ctx", "seed")
    ]


@pytest.mark.parametrize("version", ["0.33.0", "0.34.1"])
async def test_an_answer_that_goes_round_in_circles_is_the_messages_own_fault(version: str, server: StandIn) -> None:
    """Up to 0.33 it ends with `done: false`, since then with status 500; neither means that the model is away."""
    server.version = version
    server.brain = Brain(loops_on="round and round")
    asking = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
    verdict = await asking.judge(question("round and round we go"))
    assert verdict.reason is R.UNFINISHED
    assert verdict.reason not in MODEL_AWAY
    assert verdict.reason in FOR_PEOPLE
    assert (await asking.judge(question("tea"))).label is Label.SAFE
    await asking.close()


async def test_a_slow_answer_is_a_timeout(server: StandIn) -> None:
    """A fifth of a second is all it gets here."""
    server.faults.on(Fault.SLOW)
    brief = timedelta(seconds=0.2)
    assert (await _judge(server.url, timeout=brief, load_timeout=brief)).reason is R.TIMEOUT


async def test_an_address_without_a_server_is_unreachable() -> None:
    """The port was just given back."""
    async with serving() as gone:
        url = gone.url
    assert (await _judge(url)).reason is R.UNREACHABLE


async def test_a_model_that_is_not_there_is_missing(server: StandIn) -> None:
    """At the first question, and when it is removed between two."""
    assert (await _judge(server.url, model="gpt-oss:120b")).reason is R.MODEL_MISSING
    asking = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
    assert (await asking.judge(question("tea"))).label is Label.SAFE
    server.models.remove("gpt-oss-safeguard:20b")
    assert (await asking.judge(question("tea"))).reason is R.MODEL_MISSING
    await asking.close()


async def test_a_violation_without_words_from_the_message_is_no_evidence(server: StandIn) -> None:
    """The reasoning is kept for moderators."""
    server.brain = Brain(evidence=("words from elsewhere",))
    verdict = await _judge(server.url)
    assert verdict.reason is R.NO_EVIDENCE
    assert verdict.reasoning.startswith("We compare")


@pytest.mark.parametrize(
    "outside",
    ["", "Sorry, I can't.", '{"violation":0}', '{"violation":1,"category":"HR1","evidence":["idiot"]}', "<|end|>"],
)
async def test_an_answer_outside_the_schema_explains_nothing(outside: str, server: StandIn) -> None:
    """A server that could not read the schema answers what it likes."""
    server.faults.outside = outside
    server.faults.on(Fault.OUTSIDE_SCHEMA)
    assert (await _judge(server.url)).reason is R.UNEXPLAINED


async def test_a_fenced_answer_beside_other_keys_is_read_at_once(server: StandIn) -> None:
    """The schema was not applied, but what was asked for is all there."""
    said = '{"violation":1,"category":"HR1","evidence":["idiot"],"rationale":"An insult.","severity":"low"}'
    server.faults.outside = f"```json\n{said}\n```"
    server.faults.on(Fault.OUTSIDE_SCHEMA)
    verdict = await _judge(server.url)
    assert (verdict.label, verdict.rationale) == (Label.VIOLATES, "An insult.")
    assert verdict.run is not None
    assert verdict.run.requests == 3


async def test_a_text_that_is_too_long_never_reaches_the_server(server: StandIn) -> None:
    """It needs a person, whether the model is there or not."""
    assert (await _judge(server.url, "x" * 8_001)).reason is R.TOO_LONG
    assert server.requests == []


async def test_a_server_with_a_smaller_window_is_noticed(server: StandIn) -> None:
    """It cut the prompt, policy and all, and says how much it read."""
    server.context_limit = 200
    assert (await _judge(server.url)).reason is R.REJECTED
    assert server.generates[0].cut_tokens


async def test_a_verdict_carries_the_servers_own_words(server: StandIn) -> None:
    """A reason is a code; why the runner could not start, Ollama alone can tell."""
    server.faults.on(Fault.NO_MEMORY)
    verdict = await _judge(server.url)
    assert verdict.reason is R.DIED
    assert "model requires more system memory (13.1 GiB) than is available (7.2 GiB)" in verdict.fault
    assert server.url in verdict.fault
    server.faults.off()
    assert (await _judge(server.url)).fault == ""


async def test_the_words_that_go_with_a_finding_say_why_it_has_no_reason(server: StandIn) -> None:
    """Also of the last step."""
    server.faults.on(Fault.NO_MEMORY, step=Step.EXPLAIN)
    verdict = await _judge(server.url)
    assert (verdict.reason, "13.1 GiB" in verdict.fault) == (R.UNEXPLAINED, True)


async def test_a_fault_is_told_where_nothing_was_asked(server: StandIn) -> None:
    """A text that is too long, a model that is not there."""
    assert "8000" in (await _judge(server.url, "x" * 8_001)).fault
    assert "ollama pull gpt-oss:120b" in (await _judge(server.url, model="gpt-oss:120b")).fault


async def test_what_was_spent_before_a_fault_is_on_record(server: StandIn) -> None:
    """Two requests of which one was answered."""
    server.faults.on(Fault.CRASHED, step=Step.WEIGH)
    run = (await _judge(server.url)).run
    assert run is not None
    assert run.requests == 2
    assert 300 < run.prompt_tokens < 600
    assert run.logprob_safe is None


async def test_an_unfinished_answer_counts_what_it_cost(server: StandIn) -> None:
    """300 tokens of an explanation that did not end."""
    server.faults.on(Fault.ENDLESS, step=Step.EXPLAIN)
    run = (await _judge(server.url)).run
    assert run is not None
    assert run.output_tokens > 300
    assert run.logprob_violates is not None


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.CRASHED, Fault.DROPPED, Fault.BAD_REQUEST, Fault.DONE_FALSE])
async def test_after_a_passing_fault_questions_are_answered_again(fault: Fault, server: StandIn) -> None:
    """With the same classifier."""
    asking = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
    server.faults.on(fault, times=1)
    assert (await asking.judge(question("tea"))).label is Label.UNDECIDED
    assert (await asking.judge(question("tea"))).label is Label.SAFE
    await asking.close()


def test_the_model_being_away_is_told_from_a_wrong_answer() -> None:
    """Only the former is waited for."""
    assert frozenset({R.UNREACHABLE, R.MODEL_MISSING, R.LOADING, R.TIMEOUT, R.DIED}) == MODEL_AWAY
