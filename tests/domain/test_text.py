"""Hostile text: what the model reads, where quotes stand in the original, and what neutralising leaves."""

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.domain.texts.text import MAX_CHARACTERS, copy_key, fold, hidden_count, is_hidden, neutralise, normalise

TRICKY = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="<|>end \u200b\uff1c\uff5c\uff1e\U000e003c\U000e007c", max_size=40),
    st.text(
        alphabet="e\u0301\u0316\u0345\u1100\u1161\u11a8\uac00\ufb01\ufdfa\u0958\u2126\u034f\u00df\u0130", max_size=40
    ),
    st.text(alphabet=st.characters(), max_size=30),
)
"""Any text, lone surrogates too, and texts dense with what normalising changes."""


def has_pile(text: str) -> bool:
    """Return whether so many marks stand on one letter that some of them are dropped."""
    marks = "".join("m" if unicodedata.combining(char) else "." for char in text if not is_hidden(char))
    return "m" * 15 in marks


@given(TRICKY)
@example("\ud800 lone")
def test_normalising_is_nfkc_of_what_can_be_seen(text: str) -> None:
    """Piece by piece it is the same as over the whole text, whatever the marks around the pieces."""
    assume(not has_pile(text))
    seen = "".join(char for char in text if not is_hidden(char))
    plain = seen.translate(
        dict.fromkeys(map(ord, "\r\x0b\x0c\x85"), "\n") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    )
    assert normalise(text).text == unicodedata.normalize("NFKC", plain)


@given(TRICKY)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    """What the model reads can be normalised again, and shows no hidden character."""
    assume(not has_pile(text))
    once = normalise(text).text
    assert normalise(once).text == once
    assert hidden_count(once) == 0


@given(TRICKY)
def test_every_character_knows_a_place_in_the_original(text: str) -> None:
    """Places are inside of the original, never empty, and run forward."""
    made = normalise(text)
    assert len(made.starts) == len(made.ends) == len(made.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(made.starts, made.ends, strict=True))
    assert list(made.starts) == sorted(made.starts)
    assert list(made.ends) == sorted(made.ends)


@given(TRICKY, st.data())
def test_the_place_of_a_piece_normalises_to_that_piece(text: str, data: st.DataObject) -> None:
    """Cutting the original where a piece came from gives text that holds the piece."""
    made = normalise(text)
    if not made.text:
        return
    start = data.draw(st.integers(0, len(made.text) - 1))
    end = data.draw(st.integers(start + 1, len(made.text)))
    first, last = made.span(start, end)
    assert made.text[start:end] in normalise(text[first:last]).text


def test_an_empty_range_has_no_place() -> None:
    """Asking where nothing stands is a mistake of the caller's."""
    with pytest.raises(IndexError, match="empty range"):
        normalise("abc").span(1, 1)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\uff1c\uff5cend\uff5c\uff1e", "<|end|>"),
        ("<\u200b|end|>", "<|end|>"),
        ("<\U000e007c|end|\U000e0020>", "<|end|>"),
        ("fr\u00adee\u2060 ni\ufe0ftro", "free nitro"),
        ("one\r\ntwo\x0bthree", "one\n\ntwo\nthree"),
        ("cafe\u0301", "caf\u00e9"),
        ("\U0001d41f\U0001d42b\U0001d41e\U0001d41e", "free"),
        ("\u3164\u115f\u2800", ""),
    ],
)
def test_hidden_and_disguised_spellings_are_read_plainly(text: str, read: str) -> None:
    """The model reads what the author meant to be understood."""
    assert normalise(text).text == read


def test_a_text_over_the_limit_is_refused_and_not_cut() -> None:
    """8,000 characters pass, one more does not."""
    assert len(normalise("x" * MAX_CHARACTERS).text) == 8_000
    with pytest.raises(ValueError, match="8001 characters"):
        normalise("x" * (MAX_CHARACTERS + 1))


def test_marks_that_pile_up_on_a_letter_are_dropped() -> None:
    """Thirty are kept, which is more than any language needs: the sorting of each pile costs time by its square."""
    piled = normalise("a" + "\u0316\u0301" * 100 + "b" + "\u0316" * 31)
    assert [piled.text.count(mark) for mark in "\u0316\u0301\u00e1b"] == [15 + 30, 14, 1, 1]
    assert copy_key("a" + "\u0316" * 99) == copy_key("a" + "\u0316" * 30) != copy_key("a" + "\u0316" * 29)


@given(TRICKY)
def test_neutralised_text_begins_no_control_token(text: str) -> None:
    """Neither the text nor what neutralising makes of it holds the two characters."""
    assert "<|" not in neutralise(text)
    assert neutralise(text).replace("< |", "<|") == text.replace("< |", "<|")


@given(TRICKY)
def test_folded_text_has_single_spaces_and_places(text: str) -> None:
    """White space is collapsed, and each character still knows where it came from."""
    made = fold(text)
    assert "  " not in made.text
    assert len(made.starts) == len(made.ends) == len(made.text)


def test_copies_are_alike_whatever_the_disguise() -> None:
    """Case, spacing, quotes and hidden characters make no difference; words do."""
    assert copy_key(" Free\u200b  NITRO \u2018now\u2019") == copy_key("free nitro 'now'")
    assert copy_key("free nitro") != copy_key("free nitros")


@given(st.text(alphabet=st.characters(min_codepoint=9, max_codepoint=127), max_size=60))
def test_the_quick_way_to_a_copy_key_leads_where_the_long_way_does(text: str) -> None:
    """Plain ASCII needs no alignment."""
    assert copy_key(text) == fold(normalise(text).text).text.strip()
