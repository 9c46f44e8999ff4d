"""What is remembered of deliveries, in memory and on record."""

from datetime import timedelta

import pytest

from bot.adapters.slack.deliveries import KeptDeliveries, RecentDeliveries
from bot.domain.ids import CommunityId
from bot.ports.deliveries import Deliveries
from bot.storage.memory.store import MemoryStore
from tests.factories import AT

ONE, OTHER = CommunityId("slack:T1"), CommunityId("slack:T2")


@pytest.fixture(params=["memory", "record"])
def deliveries(request: pytest.FixtureRequest) -> Deliveries:
    """Return each kind in turn."""
    return RecentDeliveries() if request.param == "memory" else KeptDeliveries(MemoryStore().facts)


async def test_an_event_is_known_once_it_is_marked_and_in_its_community_alone(deliveries: Deliveries) -> None:
    """Two workspaces may share an app."""
    assert not await deliveries.seen(ONE, "Ev1")
    await deliveries.mark(ONE, "Ev1", AT)
    assert await deliveries.seen(ONE, "Ev1")
    assert not await deliveries.seen(OTHER, "Ev1")


async def test_the_moment_of_completeness_only_moves_on(deliveries: Deliveries) -> None:
    """An earlier moment changes nothing."""
    assert await deliveries.complete_until(ONE) is None
    await deliveries.set_complete_until(ONE, AT)
    await deliveries.set_complete_until(ONE, AT - timedelta(hours=1))
    assert await deliveries.complete_until(ONE) == AT
    await deliveries.set_complete_until(ONE, AT + timedelta(hours=1))
    assert await deliveries.complete_until(ONE) == AT + timedelta(hours=1)
    assert await deliveries.complete_until(OTHER) is None


async def test_the_oldest_events_are_forgotten_first() -> None:
    """The memory is bounded."""
    deliveries = RecentDeliveries(most=2)
    for event_id in ("Ev1", "Ev2", "Ev3"):
        await deliveries.mark(ONE, event_id, AT)
    assert [await deliveries.seen(ONE, event_id) for event_id in ("Ev1", "Ev2", "Ev3")] == [False, True, True]


async def test_what_is_on_record_outlives_the_process() -> None:
    """A second process over the same record."""
    facts = MemoryStore().facts
    await KeptDeliveries(facts).set_complete_until(ONE, AT)
    assert await KeptDeliveries(facts).complete_until(ONE) == AT
