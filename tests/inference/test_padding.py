"""A padded message never pushes the policy out: the stand-in cuts as Ollama does, and finds nothing to cut."""

import ollama
import pytest

from bot.domain.policy import Effort
from bot.domain.verdict import Label, UndecidedReason
from bot.inference.faults import NoVerdict
from bot.inference.ollama import OllamaClassifier
from bot.inference.prompts.harmony import Harmony
from bot.inference.prompts.vocabulary import load_encoding
from tests.fakes.ollama import Fault, Rule, StandIn, Step
from tests.inference.samples import INSTALL_KEY, policy, question, settings

PIECES = {"words": "pad ", "emoji": "\U0001f52a", "letters": "\u4e2d", "marks": "a\u0301\u0316", "lines": "\n."}


def _longest_that_fits(harmony: Harmony, piece: str) -> int:
    """Return how often the piece can stand in a message before it is too long."""
    fits, too_many = 0, 8_000
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        try:
            harmony.render(question(_padded(piece, middle)))
        except NoVerdict:
            too_many = middle
        else:
            fits = middle
    return fits


def _padded(piece: str, times: int) -> str:
    return f"nitro {piece * times} nitro"


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
async def test_at_the_very_edge_nothing_is_cut_in_any_step(piece: str, server: StandIn) -> None:
    """The longest message that is taken, with reasoning that never ends; one piece more is too long."""
    harmony = Harmony(install_key=INSTALL_KEY, settings=settings())
    edge = _longest_that_fits(harmony, piece)
    server.brain.rules = (Rule("nitro"),)
    server.faults.on(Fault.ENDLESS, step=Step.REASON)
    asking = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
    verdict = await asking.judge(question(_padded(piece, edge)))
    over = await asking.judge(question(_padded(piece, edge + 1)))
    await asking.close()
    assert verdict.label is Label.VIOLATES
    assert over.reason is UndecidedReason.TOO_LONG
    assert len(server.generates) == 3
    for request in server.generates:
        assert request.cut_tokens == ()
        assert request.prompt.startswith(harmony.prefix(policy()))
        assert len(request.tokens) + request.body["options"]["num_predict"] <= 4_096


@pytest.mark.parametrize("neighbours", [1, 6, 50])
async def test_neighbours_can_not_push_the_policy_out_either(neighbours: int, server: StandIn) -> None:
    """Context gives way, whatever its length."""
    asking = OllamaClassifier(settings(server.url), install_key=INSTALL_KEY)
    verdict = await asking.judge(question("nitro", *["\U0001f52a" * 8_000] * neighbours))
    await asking.close()
    assert verdict.label is Label.VIOLATES
    assert [request.cut_tokens for request in server.generates] == [(), (), ()]


async def test_a_prompt_sent_without_counting_would_have_lost_its_policy(server: StandIn) -> None:
    """The danger is real: the stand-in keeps four tokens and the tail, and finds nothing wrong any more."""
    harmony = Harmony(install_key=INSTALL_KEY, settings=settings(num_ctx=16_384))
    prompt = harmony.render(question(_padded("\U0001f52a", 5_000)))
    client = ollama.AsyncClient(server.url)
    answer = await client.generate(
        model="gpt-oss-safeguard:20b", prompt=prompt.reason, raw=True, options={"num_ctx": 4_096}
    )
    await client.close()  # type: ignore[no-untyped-call]
    policy_tokens = load_encoding().encode(harmony.prefix(policy()), allowed_special="all")
    cut = server.generates[0].cut_tokens
    assert tuple(policy_tokens[4:]) == cut[: len(policy_tokens) - 4]
    assert "No rule fits" in (answer.response or "")


@pytest.mark.parametrize("effort", Effort)
def test_every_effort_leaves_its_reasoning_room(effort: Effort) -> None:
    """More effort, less message."""
    harmony = Harmony(install_key=INSTALL_KEY, settings=settings())
    budget = settings().reasoning_budget(effort)
    prompt = harmony.render(question("x " * 500, of=policy(effort=effort)))
    assert harmony.room(effort) == 4_096 - budget - 300 - 32
    assert prompt.tokens <= harmony.room(effort)
