"""What every record of cursors and gaps does."""

from dataclasses import replace

from bot.domain.coverage import Gap, GapReason
from bot.domain.events import Message
from bot.domain.ids import ChannelId, position
from bot.domain.inbox import Accepted
from bot.domain.states import State
from bot.ports.store import Store
from tests.factories import AT, CHANNEL, COMMUNITY, OTHER_COMMUNITY, edit, later, message

OTHER_CHANNEL = ChannelId("other")


async def deliver(store: Store, *numbers: int, channel: str = CHANNEL) -> None:
    """Deliver messages of these ids live."""
    for number in numbers:
        await store.inbox.accept(message(f"Text {number}", id=str(number), channel=channel, at=later(number)), AT)


def fetched(*numbers: int) -> tuple[Message, ...]:
    """Return messages of these ids, as the platform's history gives them."""
    return tuple(message(f"Text {number}", id=str(number), at=later(number)) for number in numbers)


def gap(after: int, before: int | None = None, *, channel: ChannelId = CHANNEL) -> Gap:
    """Return a gap between two ids."""
    return Gap(channel=channel, after=str(after), before="" if before is None else str(before))


async def test_live_messages_move_the_cursor_forward_only(store: Store) -> None:
    """Ids are ordered by length and then by digits, as snowflakes and timestamps are; an edit moves nothing."""
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) is None
    await deliver(store, 9, 10, 8)
    await store.inbox.accept(edit("Other", of=message(id="99")), AT)
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "10"
    assert await store.cursors.cursor(OTHER_COMMUNITY, CHANNEL) is None
    assert await store.cursors.channels(COMMUNITY) == (CHANNEL,)
    assert position("1700000000.000100") < position("1700000000.000200") < position("1700000001.000000")


async def test_a_channel_begins_at_its_newest_message(store: Store) -> None:
    """Nothing from before is ever fetched; where there is a cursor, it stays."""
    await store.cursors.begin(COMMUNITY, CHANNEL, "50")
    await store.cursors.begin(COMMUNITY, CHANNEL, "70")
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "50"


async def test_an_interruption_opens_a_gap_behind_each_channel(store: Store) -> None:
    """Its end is unknown until a live message comes in; a second interruption before that opens none."""
    await deliver(store, 5)
    await deliver(store, 7, channel="other")
    expected = (gap(5), gap(7, channel=OTHER_CHANNEL))
    assert await store.cursors.interrupted(COMMUNITY, later(100)) == expected
    assert await store.cursors.interrupted(COMMUNITY, later(200)) == expected
    await deliver(store, 20)
    assert await store.cursors.open_gaps(COMMUNITY) == (gap(5, 20), gap(7, channel=OTHER_CHANNEL))
    assert await store.cursors.interrupted(OTHER_COMMUNITY, AT) == ()


async def test_live_messages_never_move_a_cursor_over_an_open_gap(store: Store) -> None:
    """A crash now would lose nothing: the cursor still stands before the gap."""
    await deliver(store, 5)
    await store.cursors.interrupted(COMMUNITY, AT)
    await deliver(store, 20, 21)
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "5"
    assert await store.cursors.interrupted(COMMUNITY, AT) == (gap(5, 20), gap(21))


async def test_a_gap_shrinks_with_the_messages_that_fill_it(store: Store) -> None:
    """Both are one transaction; what reaches the gap's end closes it, and the cursor follows."""
    await deliver(store, 5)
    await store.cursors.interrupted(COMMUNITY, AT)
    await deliver(store, 9)
    accepted, left = await store.cursors.fill_gap(COMMUNITY, gap(5), fetched(6, 7), later(100))
    assert ([entry.accepted for entry in accepted], left) == ([Accepted.NEW, Accepted.NEW], gap(7, 9))
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "7"
    accepted, left = await store.cursors.fill_gap(COMMUNITY, gap(7), fetched(8, 9), later(101))
    assert ([entry.accepted for entry in accepted], left) == ([Accepted.NEW, Accepted.KNOWN], None)
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "9"
    assert await store.cursors.open_gaps(COMMUNITY) == ()
    assert len(await store.inbox.waiting(10)) == 5


async def test_a_gap_of_unknown_end_moves_the_newest_message_along(store: Store) -> None:
    """When it closes, the cursor stands at the last message fetched."""
    await deliver(store, 5)
    await store.cursors.interrupted(COMMUNITY, AT)
    _, left = await store.cursors.fill_gap(COMMUNITY, gap(5), fetched(6, 12), later(100))
    assert left == gap(12)
    await store.cursors.close_gap(COMMUNITY, gap(12))
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "12"


async def test_filling_nothing_shrinks_nothing(store: Store) -> None:
    """A gap that is not open, or of another community, takes messages all the same and stays closed."""
    await deliver(store, 5)
    await store.cursors.interrupted(COMMUNITY, AT)
    assert await store.cursors.fill_gap(COMMUNITY, gap(5), (), AT) == ((), gap(5))
    assert await store.cursors.fill_gap(OTHER_COMMUNITY, gap(5), (), AT) == ((), None)
    accepted, left = await store.cursors.fill_gap(COMMUNITY, gap(4), fetched(6), AT)
    assert (len(accepted), left) == (1, None)
    await store.cursors.close_gap(COMMUNITY, gap(4))
    assert await store.cursors.open_gaps(COMMUNITY) == (gap(5),)


async def test_what_is_given_up_stays_in_coverage(store: Store) -> None:
    """The cursor passes it, nobody fetches it again, and the counts go on saying that it was not read."""
    await deliver(store, 5)
    await store.cursors.interrupted(COMMUNITY, later(100))
    await deliver(store, 20)
    await store.cursors.give_up_gap(COMMUNITY, gap(5, 20), GapReason.REFUSED)
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "20"
    assert await store.cursors.open_gaps(COMMUNITY) == ()
    for community in (COMMUNITY, None):
        refused = replace(gap(5, 20), reason=GapReason.REFUSED)
        assert (await store.inbox.coverage(community, None, None)).gaps == (refused,)
    assert (await store.inbox.coverage(OTHER_COMMUNITY, None, None)).gaps == ()


def skipped(after: int, before: int) -> Gap:
    """Return a gap of which there was more than is fetched."""
    return replace(gap(after, before), reason=GapReason.LIMIT)


async def test_a_channel_born_in_a_break_is_read_from_the_break_on(store: Store) -> None:
    """Whether it is found before its first message is heard or after; what is heard once all are found opens none."""
    await deliver(store, 5)
    await store.cursors.begin(COMMUNITY, OTHER_CHANNEL, "3")
    assert await store.cursors.sought_since(COMMUNITY) is None
    await store.cursors.interrupted(COMMUNITY, AT)
    assert await store.cursors.sought_since(COMMUNITY) == "5"
    found, heard, later_on = ChannelId("found"), ChannelId("heard"), ChannelId("later")
    await store.cursors.begin_behind(COMMUNITY, found, "5", AT)
    await store.cursors.begin_behind(COMMUNITY, CHANNEL, "1", AT)
    await store.inbox.accept(message(id="20", channel=heard), AT)
    await store.inbox.accept(message(id="21", channel=found), AT)
    await store.cursors.interrupted(COMMUNITY, AT)
    assert await store.cursors.sought_since(COMMUNITY) == "5"
    gaps = {place.channel: place for place in await store.cursors.open_gaps(COMMUNITY) if place.after == "5"}
    assert gaps[heard] == Gap(channel=heard, after="5", before="20")
    assert gaps[found] == Gap(channel=found, after="5", before="21")
    await store.cursors.sought(COMMUNITY)
    await store.inbox.accept(message(id="30", channel=later_on), AT)
    assert await store.cursors.sought_since(COMMUNITY) is None
    assert later_on not in {place.channel for place in await store.cursors.open_gaps(COMMUNITY)}
    assert await store.cursors.cursor(COMMUNITY, later_on) == "30"


async def test_a_gap_can_be_filled_from_later_on(store: Store) -> None:
    """What lies before the first message is given up in the same transaction; the rest stays open."""
    await deliver(store, 5)
    await store.cursors.interrupted(COMMUNITY, AT)
    accepted, left = await store.cursors.fill_late(COMMUNITY, gap(5), fetched(30, 31), AT)
    assert ([entry.accepted for entry in accepted], left) == ([Accepted.NEW, Accepted.NEW], gap(31))
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "31"
    await deliver(store, 40)
    assert await store.cursors.open_gaps(COMMUNITY) == (gap(31, 40),)
    assert set((await store.inbox.coverage(COMMUNITY, None, None)).gaps) == {skipped(5, 30), gap(31, 40)}
    assert (await store.cursors.fill_late(COMMUNITY, gap(31), fetched(38, 40), AT))[1] is None
    assert await store.cursors.open_gaps(COMMUNITY) == ()
    assert set((await store.inbox.coverage(COMMUNITY, None, None)).gaps) == {skipped(5, 30), skipped(31, 38)}


async def test_every_community_with_a_cursor_is_known(store: Store) -> None:
    """After a start they are those where something may have been missed."""
    assert await store.cursors.communities() == ()
    await deliver(store, 5)
    await store.cursors.begin(OTHER_COMMUNITY, CHANNEL, "9")
    assert await store.cursors.communities() == (COMMUNITY, OTHER_COMMUNITY)


async def test_coverage_of_later_messages_leaves_older_gaps_out(store: Store) -> None:
    """What was missed before a moment can't have been sent after it."""
    await deliver(store, 5)
    await store.cursors.interrupted(COMMUNITY, later(100))
    assert (await store.inbox.coverage(None, later(100), None)).gaps == (gap(5),)
    assert (await store.inbox.coverage(None, later(101), None)).gaps == ()


async def test_a_fetched_message_counts_as_it_reads_now(store: Store) -> None:
    """One that was edited meanwhile supersedes its old text, even after an edit that came in live."""
    await store.inbox.accept(message("Text one", id="5"), AT)
    await store.inbox.accept(edit("Text two", of=message(id="5"), at=later(1)), later(1))
    await store.cursors.interrupted(COMMUNITY, later(2))
    accepted, _ = await store.cursors.fill_gap(COMMUNITY, gap(5), (message("Text three", id="5"),), later(9))
    assert accepted[0].accepted is Accepted.NEW
    accepted, _ = await store.cursors.fill_gap(COMMUNITY, gap(5), (message("Text one", id="5"),), later(10))
    assert accepted[0].accepted is Accepted.REOPENED
    current = await store.inbox.current(message(id="5").ref)
    assert current is not None
    assert current.message is not None
    assert (current.message.own_text, current.state) == ("Text one", State.WAITING)


async def test_what_an_adapter_left_out_is_a_span_with_its_reason(store: Store) -> None:
    """It shows in coverage, is not fetched by anybody else, and holds no cursor back."""
    await deliver(store, 5)
    left = replace(gap(5, 9), reason=GapReason.LIMIT)
    await store.cursors.leave_out(COMMUNITY, left, later(100))
    assert (await store.inbox.coverage(COMMUNITY, None, None)).gaps == (left,)
    assert (await store.inbox.coverage(COMMUNITY, later(101), None)).gaps == ()
    assert (await store.inbox.coverage(OTHER_COMMUNITY, None, None)).gaps == ()
    assert await store.cursors.open_gaps(COMMUNITY) == ()
    await deliver(store, 10)
    assert await store.cursors.cursor(COMMUNITY, CHANNEL) == "10"


async def test_one_span_left_out_takes_the_place_of_another_from_the_same_message_on(store: Store) -> None:
    """Tried again, it may be another reason, or another end."""
    await store.cursors.leave_out(COMMUNITY, replace(gap(5, 9), reason=GapReason.BUSY), later(100))
    again = replace(gap(5, 12), reason=GapReason.LIMIT)
    await store.cursors.leave_out(COMMUNITY, again, later(200))
    assert (await store.inbox.coverage(COMMUNITY, None, None)).gaps == (again,)


async def test_what_was_made_up_for_is_left_out_no_more(store: Store) -> None:
    """In one channel, or in all of one community, and only what was left out for that reason."""
    busy, other, cut = (
        replace(gap(5, 9), reason=GapReason.BUSY),
        replace(gap(5, 9, channel=OTHER_CHANNEL), reason=GapReason.BUSY),
        replace(gap(20, 30), reason=GapReason.LIMIT),
    )
    for span in (busy, other, cut):
        await store.cursors.leave_out(COMMUNITY, span, AT)
    await store.cursors.leave_out(OTHER_COMMUNITY, busy, AT)
    await store.cursors.made_up_for(COMMUNITY, CHANNEL, GapReason.BUSY)
    assert set((await store.inbox.coverage(COMMUNITY, None, None)).gaps) == {other, cut}
    await store.cursors.made_up_for(COMMUNITY, None, GapReason.BUSY)
    assert (await store.inbox.coverage(COMMUNITY, None, None)).gaps == (cut,)
    assert (await store.inbox.coverage(OTHER_COMMUNITY, None, None)).gaps == (busy,)


async def test_channels_that_nobody_reads_are_in_coverage(store: Store) -> None:
    """Those of the last look, by name; each community its own."""
    await store.cursors.set_unwatched(COMMUNITY, ("backyard", "attic"))
    await store.cursors.set_unwatched(OTHER_COMMUNITY, ("cellar",))
    assert (await store.inbox.coverage(COMMUNITY, None, None)).unwatched == ("attic", "backyard")
    assert (await store.inbox.coverage(None, None, None)).unwatched == ("attic", "backyard", "cellar")
    await store.cursors.set_unwatched(COMMUNITY, ("attic",))
    assert (await store.inbox.coverage(COMMUNITY, None, None)).unwatched == ("attic",)
    await store.cursors.set_unwatched(COMMUNITY, ())
    assert (await store.inbox.coverage(COMMUNITY, None, None)).unwatched == ()
