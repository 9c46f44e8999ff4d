"""Walking a recorded conversation through the main flow, message by message, on its own time."""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.core.main_flow import MainFlow
from bot.core.recordings.clocks import RecordedClock
from bot.domain.events import Delete, Edit, Event, Member, Message, Unread


async def play(flow: MainFlow, clock: RecordedClock, events: Iterable[Event], after_each: Callable[[int], None]) -> int:
    """Take each event to its end before the next comes in, and return how many there were.

    One after the other, so that two runs over the same file lead to the same records. `after_each` is told how many
    events are done. A cancellation between two events leaves everything before it done.
    """
    done = 0
    for event in events:
        clock.advance(moment_of(event))
        received = await flow.receive(event)
        if received.waiting is not None:
            await flow.moderate(received.waiting.key)
        done += 1
        after_each(done)
    return done


def moment_of(event: Event) -> datetime:
    """Return when an event happened, by its own account."""
    match event:
        case Message():
            return event.sent_at
        case Edit():
            return event.edited_at
        case Delete():
            return event.deleted_at
        case Member() | Unread():
            return event.at
        case _:
            return event.reported_at
