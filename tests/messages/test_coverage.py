"""Coverage in words: complete, and honest about what was not judged."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.coverage import Coverage, Gap, GapReason
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.reasons import NotJudgedReason, ScreenReason
from bot.domain.states import State
from bot.domain.verdict import UndecidedReason
from bot.messages.catalogue import catalogue
from bot.messages.coverage import coverage_lines

ENGLISH = catalogue("en")


def coverage(by_state: dict[State, int], *reasons: tuple[State, str, int], **changes: object) -> Coverage:
    """Return a coverage with these counts, and nothing else to tell."""
    values: dict[str, object] = {
        "by_state": tuple(by_state.items()),
        "reasons": reasons,
        "undecided": (),
        "sources": (),
        "attachments_unjudged": 0,
        "unread": (),
        "gaps": (),
        "unwatched": (),
        "since": None,
        "until": None,
    }
    return Coverage(**(values | changes))  # type: ignore[arg-type]


def test_an_ordinary_day() -> None:
    """Every reason is named with its count, the most frequent first."""
    day = coverage(
        {
            State.DONE: 1_100,
            State.SCREENED_OUT: 82,
            State.NOT_JUDGED: 24,
            State.WITHDRAWN: 3,
            State.WAITING: 4,
            State.JUDGING: 1,
            State.SUPERSEDED: 2,
        },
        (State.SCREENED_OUT, ScreenReason.EXEMPT_CHANNEL, 20),
        (State.SCREENED_OUT, ScreenReason.BOT, 62),
        (State.NOT_JUDGED, UndecidedReason.TIMEOUT, 4),
        (State.NOT_JUDGED, NotJudgedReason.STALE, 20),
        undecided=((PolicyId("spam"), "too_long", 2), (PolicyId("hate"), "timeout", 5)),
        sources=(("SAFE", "exact_copy", 30), ("VIOLATES", "exact_copy", 10), ("SAFE", "model", 1_060)),
        attachments_unjudged=37,
        gaps=(Gap(channel=ChannelId("general"), after="1", before="9"),),
    )
    assert coverage_lines(day, ENGLISH) == (
        "1214 messages came in.",
        "1100 were judged.",
        (
            "24 should have been judged and were not: 20 (it had waited too long for the model); "
            "4 (the model did not answer in time)"
        ),
        "82 were not meant to be judged: 62 (written by a bot or another program); 20 (the channel is not checked)",
        (
            "7 times a judged message was not judged by every rule: 5 by hate (the model did not answer in time); "
            "2 by spam (the message is too long for the model)"
        ),
        "3 were deleted before they were read.",
        "5 are waiting.",
        "2 earlier texts were edited before they were read; the later ones count.",
        "40 answers were kept from the same text judged before.",
        "37 files were seen and not opened.",
        "In 1 stretch of a channel messages were not fetched.",
    )


def test_what_could_not_be_read_is_told_with_its_kinds() -> None:
    """The most frequent first; and then nobody is told that none was missed, also where no message could be read."""
    told = coverage({State.DONE: 2}, unread=(("block table", 1), ("event message_create", 3)))
    unread = "4 pieces were seen and could not be read: 3 (event message_create); 1 (block table)"
    assert coverage_lines(told, ENGLISH) == ("2 messages came in.", "2 were judged.", unread)
    assert coverage_lines(coverage({}, unread=(("poll", 1),)), ENGLISH) == (
        "No messages have come in yet.",
        "1 piece was seen and could not be read: 1 (poll)",
    )


def test_what_the_model_objected_to_in_vain_is_told_apart() -> None:
    """It was neither judged nor missed: people have it on a card. The numbers still add up."""
    day = coverage(
        {State.DONE: 5, State.NOT_JUDGED: 4},
        (State.NOT_JUDGED, UndecidedReason.UNEXPLAINED, 2),
        (State.NOT_JUDGED, UndecidedReason.NO_EVIDENCE, 1),
        (State.NOT_JUDGED, UndecidedReason.TIMEOUT, 1),
        undecided=((PolicyId("hate"), "unexplained", 1),),
    )
    assert (day.missed, sum(count for _, count in day.objected)) == (1, 3)
    assert coverage_lines(day, ENGLISH)[1:] == (
        "5 were judged.",
        "1 should have been judged and was not: 1 (the model did not answer in time)",
        (
            "3 were left to people: 2 (the model objected; its reason could not be read); "
            "1 (the model objected, but to no words that stand in the message)"
        ),
        "1 was judged, but not by every rule: 1 by hate (the model objected; its reason could not be read)",
    )


def test_what_never_came_in_is_told_with_its_reasons() -> None:
    """Spans by their reasons, and the channels in which nothing is read at all, even where nothing came in."""
    spans = [Gap(channel=ChannelId("C1"), after=str(number), before="9", reason=GapReason.LIMIT) for number in range(2)]
    spans += [Gap(channel=ChannelId("C2"), after="1", before="9", reason=GapReason.THREADS)]
    told = coverage({}, gaps=tuple(spans), unwatched=("attic", "<@U1>"))
    assert coverage_lines(told, ENGLISH) == (
        "No messages have come in yet.",
        (
            "In 3 stretches of channels messages were not fetched: 2 (there were more than are fetched); "
            "1 (only replies to older messages are missing)"
        ),
        "The bot is not in 2 public channels, and reads nothing there: #attic, #<@U1>",
    )


def test_every_reason_for_a_gap_has_words() -> None:
    """In every language."""
    for language in ("en", "de", "es", "fr"):
        for reason in GapReason:
            gap = Gap(channel=ChannelId("C1"), after="1", before="9", reason=reason)
            assert str(reason) not in coverage_lines(coverage({}, gaps=(gap,)), catalogue(language))[1].split("(")[1]


def test_many_channels_that_nobody_reads_are_counted_and_the_first_named() -> None:
    """A card has room for some."""
    line = coverage_lines(coverage({}, unwatched=tuple(f"c{number}" for number in range(30))), ENGLISH)[1]
    assert line.startswith("The bot is not in 30 public channels")
    assert line.endswith("#c19, …")


def test_nothing_missed_is_said_to_be() -> None:
    """A line is there either way: silence would not tell."""
    assert coverage_lines(coverage({State.DONE: 2}), ENGLISH) == (
        "2 messages came in.",
        "2 were judged.",
        "None was missed.",
    )


def test_no_messages_at_all() -> None:
    """A community that has just begun."""
    assert coverage_lines(coverage({}), ENGLISH) == ("No messages have come in yet.",)


def test_a_day_without_the_model_in_german() -> None:
    """Nothing is presented as judged that was not."""
    away = coverage({State.NOT_JUDGED: 2}, (State.NOT_JUDGED, UndecidedReason.NO_MODEL, 2))
    assert coverage_lines(away, catalogue("de")) == (
        "2 Nachrichten kamen an.",
        "0 wurden beurteilt.",
        "2 hätten beurteilt werden sollen und wurden es nicht: 2 (es ist kein Modell verbunden)",
    )


COUNTS = st.fixed_dictionaries({state: st.integers(0, 10_000) for state in State})


@given(counts=COUNTS)
def test_the_lines_add_up_to_what_came_in(counts: dict[State, int]) -> None:
    """Every message is in exactly one of the lines below the first."""
    told = coverage(counts)
    if not told.seen:
        return
    lines = coverage_lines(told, ENGLISH)
    kinds = ("judged", "not meant", "should have been", "deleted before", "waiting")
    numbers = {}
    for kind in kinds:
        numbers[kind] = [int(found[0]) for line in lines[1:] if kind in line and (found := re.match(r"\d+", line))]
    numbers["judged"] = numbers["judged"][:1]
    assert sum(sum(found) for found in numbers.values()) == told.seen == int(lines[0].split()[0])
