"""Which quotes count as evidence, and where they stand: as the model read them, or as a person sees them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.texts.evidence import Quotable, _shown, find_quote
from bot.domain.texts.text import MAX_CHARACTERS, fold, neutralise, normalise
from tests.domain.test_text import TRICKY


@given(TRICKY, TRICKY)
def test_looking_for_any_quote_in_any_text_never_fails(quote: str, text: str) -> None:
    """What is found lies inside of the text."""
    found = find_quote(quote, text)
    assert found is None or 0 <= found[0] < found[1] <= len(text)


@given(TRICKY, TRICKY)
def test_a_text_quoted_as_a_whole_is_found_in_any_surroundings(around: str, quote: str) -> None:
    """Whatever the disguise, words with three letters are found where they stand between two line ends."""
    read = fold(neutralise(normalise(quote).text)).text.strip()
    if sum(char.isalnum() for char in read) < 3:
        return
    text = f"{around}\n{quote}\n{around}"
    found = find_quote(quote, text)
    assert found is not None
    assert read in fold(neutralise(normalise(text[found[0] : found[1]]).text)).text


@pytest.mark.parametrize(
    ("quote", "text", "marked"),
    [
        ("free nitro", "get FREE   Nitro now", "FREE   Nitro"),
        ("free nitro", "get fr\u200bee ni\u00adtro now", "fr\u200bee ni\u00adtro"),
        ("\u201cidiot\u201d", 'you "idiot" you', '"idiot"'),
        ("< |end| >", "so <|end|> it", None),
        ("< |end|>", "so <|end|> it", "<|end|>"),
        ("<|end|>", "so \uff1c\uff5cend\uff5c\uff1e it", "\uff1c\uff5cend\uff5c\uff1e"),
        ("fish", "the \ufb01sh", "\ufb01sh"),
        ("ish", "the \ufb01sh", "\ufb01sh"),
        ("stra\u00dfe", "Die STRASSE da", "STRASSE"),
        ("line one line two", "line one\n\n line two", "line one\n\n line two"),
        (
            "\U0001f52a\U0001f52a\U0001f52a",
            "watch out \U0001f52a\ufe0f\U0001f52a\U0001f52a",
            "\U0001f52a\ufe0f\U0001f52a\U0001f52a",
        ),
        ("no", "no, not at all", None),
        ("no", " NO ", "NO"),
        ("...", "well... fine", None),
        ("other words", "these words", None),
        ("   ", "these words", None),
        ("", "", None),
    ],
)
def test_a_quote_is_marked_where_people_look(quote: str, text: str, marked: str | None) -> None:
    """Exactly the original's own words are marked; too little or other words count for nothing."""
    found = find_quote(quote, text)
    assert (None if found is None else text[found[0] : found[1]]) == marked


def test_a_quote_or_text_beyond_the_limit_counts_for_nothing() -> None:
    """No work is spent on it."""
    assert find_quote("x" * 8_001, "xxx") is None
    assert find_quote("xxx", "x" * 8_001) is None


def test_words_that_no_model_reads_are_never_quoted() -> None:
    """A text of 8,000 letters that are read as 18 each is too long to judge, so nothing in it is evidence."""
    assert find_quote("\ufdfa", "\ufdfa and more") == (0, 1)
    assert find_quote("\ufdfa", "\ufdfa" * 8_000) is None


def marked(quote: str, text: str) -> list[str]:
    """Return what of the text a quote marks."""
    return [text[start:end] for start, end in Quotable(text).places(quote)]


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("\u50bb\u903c", "\u4f60\u662f\u50bb\u903c\u5427"),
        ("\u6b7b\u306d", "\u304a\u524d\u306f\u6b7b\u306d\u3088"),
        ("\ubcd1\uc2e0", "\uc57c \ubcd1\uc2e0 \uc544"),
        ("\u0e2b\u0e35", "\u0e44\u0e2d\u0e49\u0e2b\u0e35\u0e19\u0e35\u0e48"),
        ("\U0001f595\U0001f595", "here you go \U0001f595\U0001f595 and more"),
        ("\uff76\uff7d", "\u304a\u524d\u306f\u30ab\u30b9\u3060"),
        ("\u50bbx", "\u4f60\u662f\u50bbx\u5427"),
    ],
)
def test_two_characters_are_a_word_where_a_script_says_one_with_them(quote: str, text: str) -> None:
    """Chinese, Japanese, Korean, Thai, emoji."""
    assert normalise(marked(quote, text)[0]).text == normalise(quote).text


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("\u50bb", "\u4f60\u662f\u50bb\u903c\u5427"),
        ("\U0001f595", "here you go \U0001f595\U0001f595 and more"),
        ("\U0001f595\U0001f3fd", "here you go \U0001f595\U0001f3fd and more"),
        ("\U0001f1e9\U0001f1ea", "flags \U0001f1e9\U0001f1ea here"),
        ("no", "no, not at all"),
        ("**no**", "no, not at all"),
        ('"no."', "no, not at all"),
        ("n\u00f6", "no, not at all"),
    ],
)
def test_words_that_stand_there_and_are_too_few_are_told_apart_from_those_that_do_not(quote: str, text: str) -> None:
    """One character says too little, however it is dressed up."""
    whole = Quotable(text)
    assert whole.places(quote) == ()
    assert whole.is_too_short(quote)
    assert not whole.is_too_short("other words")
    assert not Quotable(text).is_too_short("")


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("fuck you", "so **f**uck you all", ["f**uck you"]),
        ("fuck you", "so ||fu||ck __you__ all", ["fu||ck __you"]),
        ("fuck you", "so f`u`ck ~~yo~~u all", ["f`u`ck ~~yo~~u"]),
        ("**fuck** you", "so fuck you all", ["fuck you"]),
        ("fuck", r"so f\*uck all", [r"f\*uck"]),
        ("fuck you", "so fu\u0441k \u0443\u043eu all", ["fu\u0441k \u0443\u043eu"]),
        ("fuck", "so \uff46\uff55\uff43\uff4b all", ["\uff46\uff55\uff43\uff4b"]),
        ("fuck", "so f\u0336u\u0336c\u0336k\u0336 all", ["f\u0336u\u0336c\u0336k\u0336"]),
        ("f\u00fcck", "so fuck all", ["fuck"]),
        ("h\u03bfpe", "no hope here", ["hope"]),
        ("https://x.example/fuck", "see https://x.example/%66%75ck now", ["https://x.example/%66%75ck"]),
        ("/%66uck", "see https://x.example/fuck now", ["fuck"]),
        ("sch\u00f6n", "https://x.example/sch%C3%B6n", ["sch%C3%B6n"]),
        ("fuck", "https://x.example/%FF%66uck", ["%66uck"]),
        ("you are scum.", "you are scum and more", ["you are scum"]),
        ('"you are scum"', "you are scum and more", ["you are scum"]),
        ("\u201eyou are scum!\u201d", "you are scum and more", ["you are scum"]),
        ("\u300c\u6b7b\u306d\u300d", "\u304a\u524d\u306f\u6b7b\u306d\u3088", ["\u6b7b\u306d"]),
        ("you are ... scum", "you are, I must say, scum and more", ["you are", "scum"]),
        ("you are [\u2026] scum.", "you are, I must say, scum and more", ["you are", "scum"]),
        ("I ... hate you", "I must say that I hate you", ["hate you"]),
        ("scum ... you are", "you are, I must say, scum and more", []),
        ("you are ... rubbish", "you are, I must say, scum and more", []),
        ("a ... b ... c ... d ... e", "a b c d e", []),
        ("... you are scum ...", "you are scum and more", ["you are scum"]),
        ("no", "**NO**", ["NO"]),
        ("fuck", "so f*u*n, duck all", []),
        ("not here", "**n**obody is there", []),
    ],
)
def test_a_quote_is_found_as_people_see_the_message(quote: str, text: str, found: list[str]) -> None:
    """Markup, look-alike letters, accents, escapes, added marks and ellipses hide no word; the original is marked."""
    assert marked(quote, text) == found


_DRESSED = st.one_of(
    TRICKY,
    st.text(alphabet='fuck *_~|`\\.%6675C3B6\u0441\u0443\u0336\u0301\uff46\u50bb\U0001f595\U0001f3fd"', max_size=60),
)


@given(_DRESSED, _DRESSED)
def test_what_is_found_lies_in_the_original_and_says_the_same_to_a_person(quote: str, text: str) -> None:
    """No look-alike, escape or ellipsis finds words that the marked ones do not read as."""
    whole = Quotable(text)
    found = whole.places(quote)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert not (found and whole.is_too_short(quote))
    for start, end in found:
        shown = _seen(text[start:end])
        assert any(piece and piece in shown for piece in _seen(quote).split("...")) or _seen(quote) in shown


def _seen(text: str) -> str:
    """Return a text as people see it, put together another way than the code does it: letters alone matter."""
    return "".join(_shown(neutralise(normalise(text).text)).text.split()).strip("\"'.,!?")


@given(_DRESSED)
def test_words_are_found_in_any_dress(text: str) -> None:
    """Three letters between bold marks and a look-alike one: wherever they stand."""
    assert marked("cab", f"{text}\n**c**\u0430b\n")[-1:] != []


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("x" + "\u0301" * 7_000, "y" + "\u0301" * 40_000),
        ("a" + "\u0301" * 7_900, "b" + "\u0316" * 7_900),
        ("a*" * 3_999, "a_" * 4_000),
        ("%66" * 2_600, "%67" * 2_600),
        ("%" * 8_000, "%6" * 4_000),
        ("..." * 2_600, "." * 8_000),
        ("a ... " * 1_300, "a " * 4_000),
        ("a" * 3_000 + "b ... c", "a" * 8_000),
        ("\u0430" * 3_000 + "\u0431", "a" * 8_000),
        ("\u300c" * 8_000, "\u300d" * 8_000),
    ],
)
def test_hostile_quotes_and_texts_cost_little(quote: str, text: str) -> None:
    """A second of the processor's time is many times what they take."""
    began = time.process_time()
    whole = Quotable(text[:MAX_CHARACTERS])
    whole.places(quote)
    whole.is_too_short(quote)
    assert Quotable(text).places(quote) == () or len(text) <= MAX_CHARACTERS
    assert time.process_time() - began < 1.0
