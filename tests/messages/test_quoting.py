"""Quotes on cards: short, with the evidence in sight and marked, and with nothing hidden."""

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.texts.evidence import find_quote
from bot.domain.texts.text import is_hidden
from bot.domain.verdict import Evidence
from bot.messages.quoting import QUOTED_CHARACTERS, Segment, hidden_characters, quoted
from bot.messages.readable import ordinary_joiners

HOSTILE = st.text(
    alphabet=st.sampled_from(
        "ab \n\t\u200b\u200d\u202e\ufe0f\U000e0041\U000e0061❤\U0001f468\x00\u2028\u3164\u0301ß\ud800<|>*_"
    ),
    max_size=900,
)
ANY = st.text(max_size=900) | HOSTILE


def at(text: str, quote: str) -> Evidence:
    """Return evidence that quotes the first such words of a text."""
    start = text.index(quote)
    return Evidence(quote=quote, start=start, end=start + len(quote))


def drawn(segments: tuple[Segment, ...]) -> str:
    """Draw segments as text: [evidence], {hidden}."""
    signs = {(True, False): "[{}]", (False, True): "{{{}}}", (True, True): "[{{{}}}]", (False, False): "{}"}
    return "".join(signs[segment.is_evidence, segment.is_hidden].format(segment.text) for segment in segments)


def test_a_short_text_is_quoted_whole() -> None:
    """With the evidence marked where it stands."""
    text = "Buy cheap followers at shop.example today"
    assert drawn(quoted(text, (at(text, "cheap followers"),))) == "Buy [cheap followers] at shop.example today"


def test_two_pieces_of_evidence_are_marked_apart() -> None:
    """And what overlaps is marked once."""
    text = "you are a fool and a liar"
    evidence = (at(text, "a fool"), at(text, "fool and"), at(text, "liar"))
    assert drawn(quoted(text, evidence)) == "you are [a fool and] a [liar]"


def test_a_long_text_is_cut_around_its_evidence() -> None:
    """The middle of a long message is what the card shows, with an ellipsis on both sides."""
    text = "before " * 200 + "the bad words" + " after" * 200
    shown = quoted(text, (at(text, "the bad words"),))
    assert "[the bad words]" in drawn(shown)
    assert shown[0].is_cut
    assert shown[-1].is_cut
    assert 290 <= sum(len(segment.text) for segment in shown) <= 300


def test_evidence_far_apart_is_seen_together() -> None:
    """Each piece has its own window."""
    text = "first bad " + "x" * 2_000 + " second bad " + "y" * 2_000 + " third bad"
    shown = drawn(quoted(text, (at(text, "first bad"), at(text, "second bad"), at(text, "third bad"))))
    assert "[first bad]" in shown
    assert "[second bad]" in shown
    assert "[third bad]" in shown
    assert shown.count("…") == 2


def test_evidence_longer_than_the_quote_is_shown_from_its_beginning() -> None:
    """A whole long message can be the evidence."""
    text = "spam " * 400
    shown = quoted(text, (Evidence(quote=text.strip(), start=0, end=len(text)),))
    assert drawn(shown).startswith("[spam spam")
    assert shown[-1].is_cut
    assert sum(len(segment.text) for segment in shown) <= 300


def test_a_long_text_without_evidence_is_quoted_from_its_beginning() -> None:
    """As of a reported message that no rule was found broken by."""
    shown = quoted("word " * 100, ())
    assert drawn(shown).startswith("word word")
    assert drawn(shown).endswith("…")


def test_hidden_characters_are_shown_by_name() -> None:
    """They are marked as what they are, also inside the evidence."""
    text = "fr\u200bee mo\u202eney \U000e0068\U000e0069"
    assert drawn(quoted(text, (at(text, "fr\u200bee"),))) == ("[fr][{U+200B}][ee] mo{U+202E}ney {U+E00xx “hi”}")
    assert hidden_characters(text) == 4


def test_emoji_are_quoted_as_they_are() -> None:
    """Their joiners are no trick, so nothing is marked."""
    text = "my family \U0001f468\u200d\U0001f469\u200d\U0001f467 ❤\ufe0f"
    assert quoted(text, ()) == (Segment(text=text),)
    assert hidden_characters(text) == 0


def test_line_breaks_are_marked_and_the_quote_stays_one_line() -> None:
    """Three hundred empty lines are one mark."""
    assert drawn(quoted("one\n\n\ntwo" + "\n" * 300, ())) == "one ↵ two"


def test_evidence_at_a_wrong_place_is_looked_up_or_left_unmarked() -> None:
    """An edit since the verdict must not mark other words."""
    assert drawn(quoted("hello fool", (Evidence(quote="fool", start=0, end=4),))) == "hello [fool]"
    assert drawn(quoted("hello friend", (Evidence(quote="fool", start=0, end=4),))) == "hello friend"
    assert drawn(quoted("short", (Evidence(quote="short", start=-3, end=900),))) == "[short]"


def test_a_text_with_nothing_to_see_has_no_quote() -> None:
    """White space alone is nothing; hidden characters are something."""
    assert quoted(" \n ", ()) == ()
    assert quoted("", ()) == ()
    assert drawn(quoted("\u200b\u200b", ())) == "{U+200B x2}"


@example(text="\ufe0f\u200d\U0001f000", places=[])
@given(text=ANY, places=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 60)), max_size=3))
def test_a_quote_is_short_one_line_and_hides_nothing(text: str, places: list[tuple[int, int]]) -> None:
    """For any text and any evidence in it."""
    evidence = tuple(
        Evidence(quote=text[start : start + length], start=start, end=start + length)
        for start, length in places
        if text[start : start + length]
    )
    segments = quoted(text, evidence)
    whole = "".join(segment.text for segment in segments)
    assert len(whole) <= QUOTED_CHARACTERS
    assert len(whole.splitlines()) <= 1
    whole.encode()
    joiners = ordinary_joiners(whole)
    assert not [char for index, char in enumerate(whole) if is_hidden(char) and index not in joiners]


@given(before=ANY, after=ANY, quote=st.text(alphabet="abcdefgh ", min_size=5, max_size=40))
def test_the_evidence_is_always_in_sight_and_exactly_marked(before: str, after: str, quote: str) -> None:
    """Whatever surrounds it; the marked words are the evidence and nothing else."""
    quote = f"x{quote}z"
    text = f"{before} {quote} {after}"
    start = len(before) + 1
    evidence = Evidence(quote=quote, start=start, end=start + len(quote))
    segments = quoted(text, (evidence,))
    marked = "".join(segment.text for segment in segments if segment.is_evidence)
    assert find_quote(quote, text) is not None
    assert marked.split() == quote.split()


@given(text=st.text(alphabet="abc \u200b\u202e\u2060", max_size=250))
def test_every_hidden_run_of_a_short_text_has_its_marker(text: str) -> None:
    """As many markers as runs, none dropped and none added."""
    runs = len(
        [1 for index, char in enumerate(text) if is_hidden(char) and (not index or not is_hidden(text[index - 1]))]
    )
    segments = quoted(text, ())
    shown = sum(1 for segment in segments if segment.is_hidden)
    assert shown == runs or segments[-1].is_cut


def test_a_huge_text_is_quoted_quickly_and_marked_as_cut() -> None:
    """A text over the limit of what is normalised is never read whole."""
    segments = quoted("a" * 2_000_000, ())
    assert sum(len(segment.text) for segment in segments) <= 300
    assert segments[-1].is_cut
