"""What the bookkeeping of crowds keeps in memory, and for how long."""

from datetime import datetime, timedelta

from bot.core.raids.crowd import WINDOW
from bot.core.raids.crowds import MOST_CROWDS, Crowds
from bot.domain.events import Message
from bot.domain.ids import CommunityId, MessageRef
from bot.domain.inbox import InboxItem, key_of
from bot.domain.states import State
from bot.ports.recent_texts import Like, RecentTexts
from tests.factories import AT, message, ref


class EqualTexts(RecentTexts):
    """Finds equal texts alone, so that thousands cost nothing."""

    def __init__(self) -> None:
        self.kept: dict[str, MessageRef] = {}

    def put(self, ref: MessageRef, text: str, at: datetime) -> None:
        """Remember the first of each."""
        del at
        self.kept.setdefault(text, ref)

    def like(self, community: CommunityId, text: str) -> tuple[Like, ...]:
        """Return the first of its kind."""
        del community
        return (Like(ref=self.kept[text], edits=0),) if text in self.kept else ()

    def edits(self, one: str, other: str) -> int | None:
        """Return 0 for equal texts."""
        return 0 if one == other else None

    def forget(self, before: datetime) -> None:
        """Forget nothing."""


def arrive(crowds: Crowds, number: int, text: str, *, after: float = 0.0) -> None:
    """Let a message arrive, so many seconds after the first."""
    sent: Message = message(text, id=str(number))
    item = InboxItem(key=key_of(sent), message=sent, state=State.WAITING, reason="", received_at=AT)
    crowds.arrive(item, sent, AT + timedelta(seconds=after))


def test_a_flood_of_unlike_texts_is_forgotten_from_its_oldest_end() -> None:
    """Each would take 2 KB for ten minutes; an incident under way is kept, and so is the newest."""
    crowds = Crowds(EqualTexts())
    for number in range(3):
        arrive(crowds, number, "the same again and again")
    for number in range(3, MOST_CROWDS + 10):
        arrive(crowds, number, f"text {number}")
    assert crowds.of(ref("1")) is not None
    assert crowds.of(ref("5")) is None
    assert crowds.of(ref(str(MOST_CROWDS + 9))) is not None
    assert len([number for number in range(3, MOST_CROWDS + 10) if crowds.of(ref(str(number)))]) <= MOST_CROWDS + 1


def test_a_crowd_that_nobody_joins_is_forgotten_after_the_window() -> None:
    """What comes later begins a crowd of its own."""
    crowds = Crowds(EqualTexts())
    arrive(crowds, 1, "said once")
    arrive(crowds, 2, "said much later", after=WINDOW.total_seconds() + 1)
    assert crowds.of(ref("1")) is None
    assert crowds.of(ref("2")) is not None
