"""The form in which copies are compared is made twice: in one go, and as the aligned steps spell it out."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.texts.text import copy_key, fold, normalise

_TRICKY = (
    "\u200b\u0301\u0327\ufdfa\u1100\u1161\u11a8\ufb01\u1e9e\u0130\x85\r\n \u3000\ufeff\ud800\u201e\u2019\U000e0041"
    "\uff9e\u30ab\u0345\u01c4\x1caB"
)


@given(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(_TRICKY)), max_size=30).map("".join))
def test_the_quick_way_makes_what_the_aligned_steps_make(text: str) -> None:
    """Whatever a message holds, both ways agree, so that a copy is a copy wherever it is looked for."""
    assert copy_key(text) == fold(normalise(text).text).text.strip()


def test_case_white_space_quotes_and_hidden_characters_do_not_matter() -> None:
    """Four spellings of one text have one key."""
    spellings = (
        "FREE \u201cnitro\u201d  now",
        'free\u200b "nitro" now ',
        "Free\n\u00abNitro\u00bb\tNow",
        "fre\u00ade \u201enitro\u201c now",
    )
    assert {copy_key(text) for text in spellings} == {'free "nitro" now'}
