"""What every store keeps true of deliveries: known for days, committed with what they bring, scoped by community."""

import pytest

from bot.domain.inbox import Accepted
from bot.ports.store import Store
from tests.factories import AT, COMMUNITY, OTHER_COMMUNITY, delete, edit, later, member, message, report


async def test_a_delivery_is_new_once_and_in_its_own_community(store: Store) -> None:
    """Two workspaces may share an app, and nothing says that their ids differ."""
    assert await store.deliveries.note(COMMUNITY, "Ev1", AT)
    assert not await store.deliveries.note(COMMUNITY, "Ev1", later(60))
    assert await store.deliveries.note(OTHER_COMMUNITY, "Ev1", AT)


async def test_an_event_is_committed_with_its_delivery(store: Store) -> None:
    """What the inbox took in is known to both ways of asking."""
    assert (await store.inbox.accept(message(), AT, "Ev1")).accepted is Accepted.NEW
    assert not await store.deliveries.note(COMMUNITY, "Ev1", AT)
    again = await store.inbox.accept(message("Quite another text", id="77"), later(1), "Ev1")
    assert (again.accepted, again.item) == (Accepted.KNOWN, None)
    assert await store.inbox.current(message(id="77").ref) is None


async def test_an_old_edit_that_is_delivered_again_does_not_bring_its_text_back(store: Store) -> None:
    """By its text alone it would look like an edit back to an earlier text, which is judged anew."""
    await store.inbox.accept(message("one"), AT, "Ev1")
    await store.inbox.accept(edit("two", at=later(10)), later(10), "Ev2")
    await store.inbox.accept(edit("three", at=later(20)), later(20), "Ev3")
    await store.inbox.accept(edit("two", at=later(10)), later(30), "Ev2")
    current = await store.inbox.current(message().ref)
    assert current is not None
    assert current.message is not None
    assert current.message.own_text == "three"


@pytest.mark.parametrize("event", [delete(message().ref), report(message().ref), member(), edit("two")])
async def test_every_kind_of_event_is_known_by_its_delivery(store: Store, event: object) -> None:
    """Messages are not the only ones that come twice."""
    first = await store.inbox.accept(event, AT, "Ev1")  # type: ignore[arg-type]
    again = await store.inbox.accept(event, later(5), "Ev1")  # type: ignore[arg-type]
    assert first.accepted is not Accepted.KNOWN
    assert (again.accepted, again.item) == (Accepted.KNOWN, None)


async def test_without_an_id_nothing_is_noted(store: Store) -> None:
    """Discord's events have none."""
    await store.inbox.accept(message(), AT)
    await store.inbox.accept(message("Another", id="77"), AT)
    assert await store.inbox.current(message(id="77").ref) is not None


async def test_old_deliveries_are_forgotten_and_young_ones_are_not(store: Store) -> None:
    """A few more than one transaction takes."""
    for number in range(2_050):
        await store.deliveries.note(COMMUNITY, f"Old{number}", AT)
    await store.deliveries.note(COMMUNITY, "Young", later(60))
    assert await store.deliveries.forget(later(60)) == 2_050
    assert await store.deliveries.forget(later(60)) == 0
    assert not await store.deliveries.note(COMMUNITY, "Young", later(61))
    assert await store.deliveries.note(COMMUNITY, "Old7", later(61))


async def test_the_moment_of_completeness_only_moves_on(store: Store) -> None:
    """An earlier moment changes nothing, and each community has its own."""
    assert await store.deliveries.complete_until(COMMUNITY) is None
    await store.deliveries.set_complete_until(COMMUNITY, AT)
    await store.deliveries.set_complete_until(COMMUNITY, later(-3600))
    assert await store.deliveries.complete_until(COMMUNITY) == AT
    await store.deliveries.set_complete_until(COMMUNITY, later(3600))
    assert await store.deliveries.complete_until(COMMUNITY) == later(3600)
    assert await store.deliveries.complete_until(OTHER_COMMUNITY) is None
