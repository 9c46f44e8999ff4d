"""What one message may cost: whatever it repeats, up to the longest that platforms take, no step holds up the others.

Times are the processor's, so that a busy machine changes little; the bounds are many times what the steps need, and a
small part of what each took while its time grew with the square of the text.
"""

import time
from collections.abc import Callable

import pytest

from bot.core.precedents import precedents
from bot.core.screening import has_link
from bot.core.takeover import post_of
from bot.domain.ids import PolicyId
from bot.domain.policy import Effort
from bot.domain.question import Precedent, Question
from bot.domain.text import MAX_CHARACTERS, copy_key
from bot.domain.verdict import Evidence
from bot.inference.faults import NoVerdict
from bot.inference.harmony import Harmony, Prompt
from bot.messages.quoting import quoted
from bot.storage.likeness import shape_of
from bot.storage.near_copies import IndexedNearCopies
from bot.storage.recent_texts import IndexedRecentTexts
from tests.core.walking import ListedPolicies
from tests.factories import AT, COMMUNITY, message, policy, ref
from tests.inference.samples import question, settings

LONGEST = 40_000
"""What Slack takes as one message; Discord takes 4,000 and embeds."""
PIECES = (
    *("a.", "a.a-", "a.b-", "-a.", "..", "-", "a.com", "a.-", "www.(", "www.)a", "http://(", "a@", "@a.", "a://"),
    *("\n", " \n", "'aaaaaaaa'a", '"aaaaaaaa"', ">", "_", "\u00e9."),
)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor's seconds for some work."""
    before = time.process_time()
    work()
    return time.process_time() - before


def repeated(piece: str, length: int) -> str:
    """Return a text of this length: the piece again and again, with an end of its own."""
    return (piece * length)[: length - 1] + "!"


def prompt_or_nothing(rendering: Harmony, asked: Question) -> Prompt | None:
    """Return the prompt, or None for a text that has no room."""
    try:
        return rendering.render(asked)
    except NoVerdict:
        return None


@pytest.mark.parametrize("piece", PIECES)
def test_looking_for_links_and_hosts_takes_milliseconds(piece: str) -> None:
    """A chain of labels was tried from each of them: 40,000 characters stopped everything for 20 seconds."""
    text = repeated(piece, MAX_CHARACTERS)
    assert seconds(lambda: has_link(repeated(piece, LONGEST))) < 0.2
    assert seconds(lambda: post_of(message(text))) < 0.2
    assert seconds(lambda: shape_of(text)) < 0.2


@pytest.mark.parametrize(
    "piece", ["\ufdfa", "\u0316\u0301", "\ud800", "\u1161", "<|", "\u0436", "\U000e0041", "\u00df "]
)
def test_three_quotes_are_found_or_not_in_a_fraction_of_a_second(piece: str) -> None:
    """Each read the whole text anew, and letters that are read as eighteen made that a second of everybody's time."""
    text = repeated(piece, MAX_CHARACTERS)
    quotes = tuple(Evidence(quote=text[start:], start=0, end=0) for start in range(3))
    assert seconds(lambda: quoted(text, quotes)) < 0.6
    assert seconds(lambda: copy_key(text)) < 0.3


@pytest.mark.parametrize("piece", ["\ud800", "\u0436", "ab", " ", "!", "\n", "\U0001f642", "<|"])
def test_a_prompt_is_rendered_and_counted_in_milliseconds(piece: str) -> None:
    """A run without a break cost the encoder time by its square: a second for 8,000 halves of characters."""
    rendering = Harmony(install_key=b"key", settings=settings())
    asked = question(repeated(piece, MAX_CHARACTERS))
    rendering.prefix(asked.policy)
    assert seconds(lambda: prompt_or_nothing(rendering, asked)) < 0.2


@pytest.mark.parametrize("piece", ["\ufffd", "ab", " ", "<|end|>"])
def test_reasoning_without_end_costs_no_more_than_its_budget(piece: str) -> None:
    """A server that writes on and on is cut before anything is counted."""
    rendering = Harmony(install_key=b"key", settings=settings())
    prompt = rendering.render(question("hello"))
    endless = repeated(piece, 1_000_000)
    assert seconds(lambda: rendering.reasoned(prompt, endless, Effort.LOW)) < 0.5
    reasoned = rendering.reasoned(prompt, endless, Effort.LOW)
    assert reasoned.cut
    assert len(reasoned.reasoning) <= 500 * 32


@pytest.mark.parametrize("piece", ["\ufdfa", "\U0001d400", "ab ", "\u0436\u0436\u0436 ", "not ", "a.b "])
async def test_the_texts_most_like_one_are_found_in_a_fraction_of_a_second(piece: str) -> None:
    """Also where ten known ones differ from it by a word each; of letters that are read as eighteen no more counts."""
    text = repeated(piece, MAX_CHARACTERS)
    known, recent = IndexedNearCopies(), IndexedRecentTexts()
    began = time.process_time()
    for number in range(10):
        like = text[: 100 * number] + f"word{number}" + text[100 * number : -9]
        precedent = Precedent(id=f"{number}", policy=PolicyId("spam"), category="advert", text=like)
        await known.add(None, (precedent,))
        recent.put(ref(str(number)), like, AT)
    assert time.process_time() - began < 6.0
    assert len(shape_of(text).text) <= MAX_CHARACTERS
    before = time.process_time()
    await known.nearest(COMMUNITY, text)
    recent.like(COMMUNITY, text)
    assert time.process_time() - before < 2.0


@pytest.mark.parametrize("piece", ["\n", " \n", '- "', "-\n", '- "a" -> b ', "\t"])
def test_looking_for_examples_in_a_policy_takes_milliseconds(piece: str) -> None:
    """A file of empty lines took minutes."""
    source = ListedPolicies(policy(text=repeated(piece, 128 * 1024)))
    assert seconds(lambda: precedents(source)) < 0.5
