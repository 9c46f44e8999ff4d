"""The search for near copies: what joins, what does not, and how long it takes among ten thousand."""

import random
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.question import NearCopy, Precedent
from bot.storage.comparing.near_copies import IndexedNearCopies
from tests.factories import COMMUNITY, OTHER_COMMUNITY, precedent

SCAM = "Claim your free Nitro gift now before it expires, only 20 left for members of this server"
LINK = "Free skins for everyone who logs in at https://skins-drop.example/login until midnight"


async def nearest(text: str, *known: str) -> NearCopy | None:
    """Return what is found for a text among these precedents."""
    near = IndexedNearCopies()
    await near.add(None, tuple(precedent(entry, id=f"golden:{number}") for number, entry in enumerate(known)))
    return await near.nearest(COMMUNITY, text)


async def test_the_same_text_is_wholly_alike() -> None:
    """Case, white space and quotation marks do not count: it is an exact copy."""
    found = await nearest(SCAM.upper().replace(" ", "  "), "Something else entirely, about gardens", SCAM)
    assert found is not None
    assert (found.precedent.id, found.likeness) == ("golden:1", 100.0)


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(SCAM.replace("free", "fr\u0435\u0435").replace("gift", "g\u0456ft"), id="Cyrillic look-alikes"),
        pytest.param(SCAM.replace("o", "\u03bf"), id="Greek look-alikes"),
        pytest.param("\u200b".join(SCAM), id="a zero-width space after every character"),
        pytest.param("".join(char + "\U000e0041" for char in SCAM), id="tag characters"),
        pytest.param(SCAM.replace("e", "e\u0301\u0316"), id="stacked marks"),
        pytest.param(SCAM.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}), id="full width"),
        pytest.param(SCAM.replace("Claim", "Clqim").replace("now", "nov").replace("left", "lfet"), id="three edits"),
        pytest.param(SCAM.replace("expires", "ex pires").replace("this server", "thisserver"), id="moved spaces"),
        pytest.param(SCAM + " !!", id="a tail"),
    ],
)
async def test_tricks_of_spelling_do_not_hide_a_copy(spelling: str) -> None:
    """What a reader takes for the same text is found, and never as an exact copy unless it is one when normalised."""
    found = await nearest(spelling, "Who wants to play a round tonight? We need two more", SCAM)
    assert found is not None
    assert found.precedent.id == "golden:1"
    assert found.likeness >= 90


@pytest.mark.parametrize("spelling", [SCAM.replace("o", "\u03bf"), SCAM.replace("now", "nov")])
async def test_what_is_only_like_a_precedent_is_never_wholly_alike(spelling: str) -> None:
    """100 is said of exact copies alone, since they are treated as such."""
    found = await nearest(spelling, SCAM)
    assert found is not None
    assert found.likeness < 100


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (
            "Those people deserve rights like everyone else here",
            "Those people deserve no rights like everyone else here",
        ),
        ("You should really go there and see it yourself", "You shouldn't really go there and see it yourself"),
        ("Ich finde, dass du ein guter Mensch bist, wirklich", "Ich finde, dass du kein guter Mensch bist, wirklich"),
        (
            "\u042d\u0442\u043e \u043f\u0440\u0430\u0432\u0434\u0430, is what they said",
            "\u042d\u0442\u043e \u043d\u0435 \u043f\u0440\u0430\u0432\u0434\u0430, is what they said",
        ),
    ],
)
async def test_a_negation_makes_another_text(known: str, text: str) -> None:
    """One word turns a text around, in either direction, however alike the rest is."""
    assert await nearest(text, known) is None
    assert await nearest(known, text) is None


async def test_a_quotation_is_no_copy() -> None:
    """Who quotes a scam to warn of it did not send it, with quotation marks or as a quoted line."""
    assert await nearest(f'"{SCAM}"', SCAM) is None
    assert await nearest(f"\u201e{SCAM}\u201c", SCAM) is None
    assert await nearest(f"> {SCAM}", SCAM) is None


async def test_two_quotations_of_one_text_are_copies() -> None:
    """What both have does not tell them apart."""
    assert await nearest(f'"{SCAM}" !', f'"{SCAM}"') is not None


@pytest.mark.parametrize(
    "other",
    [
        LINK.replace("skins-drop.example", "skins-dr0p.example"),
        LINK.replace("https://skins-drop.example/login", "skins-drop.org"),
        LINK.replace("https://skins-drop.example/login", "the usual place"),
        LINK.replace("https://", "https://skins-drop.example@evil."),
    ],
)
async def test_another_link_makes_another_text(other: str) -> None:
    """The hosts of the links must be the same, wherever they stand."""
    assert await nearest(other, LINK) is None


async def test_the_same_host_in_another_dress_is_the_same() -> None:
    """`www.`, a port, case and the path do not make another host."""
    text = LINK.replace("https://skins-drop.example/login", "HTTP://www.Skins-Drop.example:443/logon")
    assert await nearest(text, LINK) is not None


async def test_a_word_in_another_place_makes_another_text() -> None:
    """Love is not hate, although 93% of the characters are the same."""
    assert (
        await nearest("I love all of you who come here every day", "I hate all of you who come here every day") is None
    )


@pytest.mark.parametrize(("text", "alike"), [("kys loser", True), ("KYS  lose\u200br", True), ("kys losers", False)])
async def test_short_texts_are_copies_only_when_equal(text: str, *, alike: bool) -> None:
    """Below 20 characters one letter is a large part."""
    assert (await nearest(text, "kys loser") is not None) is alike


async def test_precedents_of_one_community_stay_there() -> None:
    """Those for all are found everywhere; those of a community in it alone."""
    near = IndexedNearCopies()
    await near.add(OTHER_COMMUNITY, (precedent(SCAM, id="case:1"),))
    await near.add(None, (precedent(LINK),))
    assert await near.nearest(COMMUNITY, SCAM) is None
    found = await near.nearest(OTHER_COMMUNITY, SCAM)
    assert found is not None
    assert found.precedent.id == "case:1"
    assert await near.nearest(OTHER_COMMUNITY, LINK) is not None


async def test_a_precedent_of_a_known_id_takes_the_earlier_ones_place() -> None:
    """The earlier text is forgotten, whether equal or only alike."""
    near = IndexedNearCopies()
    await near.add(None, (precedent(SCAM), precedent(LINK)))
    assert await near.nearest(COMMUNITY, SCAM) is None
    assert await near.nearest(COMMUNITY, SCAM.replace("now", "nov")) is None
    found = await near.nearest(COMMUNITY, LINK)
    assert found is not None
    assert found.precedent == precedent(LINK)


async def test_the_most_alike_is_returned() -> None:
    """Of two copies the nearer one is named."""
    found = await nearest(SCAM + "!", SCAM + " and friends", SCAM)
    assert found is not None
    assert found.precedent.id == "golden:1"


@given(st.text(max_size=300), st.text(max_size=300))
async def test_no_text_is_too_strange(known: str, text: str) -> None:
    """Any text can be remembered and looked for, and equal ones are found."""
    near = IndexedNearCopies()
    await near.add(None, (Precedent(id="case:1", policy="spam", category="scam", text=known),))
    await near.nearest(COMMUNITY, text)
    found = await near.nearest(COMMUNITY, known)
    assert found is not None
    assert found.likeness == 100


async def test_texts_longer_than_any_that_is_judged_are_left_out() -> None:
    """They cost nothing, and nothing is found for them."""
    assert await nearest("a long story " * 1_000, "a long story " * 1_000) is None


@pytest.mark.parametrize(("characters", "precedents"), [(200, 2_000), (2_000, 500)])
async def test_an_edited_text_is_found_among_many(characters: int, precedents: int) -> None:
    """Of 60 texts with three edits each, nearly all are found; `hallmoot bench` says how fast."""
    rng = random.Random(7)  # noqa: S311 - the same texts in every run
    near = IndexedNearCopies()
    texts = [_babble(rng, characters) for _ in range(precedents)]
    await near.add(None, tuple(precedent(text, id=f"case:{number}") for number, text in enumerate(texts)))
    tried = range(0, precedents, precedents // 60)
    found = 0
    for number in tried:
        copy = await near.nearest(COMMUNITY, _edited(rng, texts[number]))
        found += copy is not None and copy.precedent.id == f"case:{number}"
    assert found >= 0.95 * len(tried)


_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
_VOCABULARY = [a + b for a in _SYLLABLES[:60] for b in _SYLLABLES[10:70]]
_COMMONNESS = list(accumulate(1 / rank for rank in range(1, len(_VOCABULARY) + 1)))


def _babble(rng: random.Random, characters: int) -> str:
    # Few words are common and most are rare, as in any language.
    words = rng.choices(_VOCABULARY, cum_weights=_COMMONNESS, k=characters // 4)
    return " ".join(words)[:characters]


def _edited(rng: random.Random, text: str) -> str:
    for _ in range(3):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice("xyq") + text[at + rng.randrange(2) :]
    return text
