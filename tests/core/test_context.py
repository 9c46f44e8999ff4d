"""Earlier words come along without anybody's name."""

from bot.core.judging.context import context_lines
from tests.factories import message


def test_the_author_is_member_1_and_others_are_numbered_as_they_appear() -> None:
    """The same person keeps their number."""
    earlier = (message("one", by="bo"), message("two", by="ann"), message("three", by="cy"), message("four", by="bo"))
    lines = context_lines(message(by="ann"), earlier)
    assert [(line.author, line.text) for line in lines] == [
        ("member-2", "one"),
        ("member-1", "two"),
        ("member-3", "three"),
        ("member-2", "four"),
    ]


def test_quoted_words_come_last_and_belong_to_nobody() -> None:
    """They are background, as the earlier messages are."""
    lines = context_lines(message("mine", quoted="theirs"), (message("one", by="bo"),))
    assert [(line.author, line.text, line.kind) for line in lines] == [
        ("member-2", "one", "message"),
        ("quoted", "theirs", "reply"),
    ]
