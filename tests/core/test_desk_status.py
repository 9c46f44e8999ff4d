"""How things stand, as `/mod status` tells it: each number is of what it says, and each sentence holds now."""

from datetime import timedelta

from bot.domain.actions import Action
from bot.domain.ids import PolicyId
from bot.domain.put_off import shown_at
from tests.core.desk_room import MO, Room, live, room, worded
from tests.factories import AT, COMMUNITY, later, message

TWO = ("you fool", "you other fool altogether")


async def test_policies_that_can_not_be_read_are_named() -> None:
    """Nobody would notice otherwise that nothing is judged by them."""
    assert "Not usable" not in worded(await (await room()).desk.status(MO))
    found = await room(broken=frozenset({PolicyId("spam"), PolicyId("hate")}))
    told = worded(await found.desk.status(MO))
    assert "Not usable now, so nothing is judged by it: hate, spam. The command hallmoot doctor says why." in told


async def test_what_waits_alike_is_counted_by_its_own_name() -> None:
    """Two messages that wait to be removed are not two things of one message."""
    found = await waiting_for_two()
    told = worded(await found.desk.status(MO))
    assert "Waiting: removing 2 messages (the platform did not answer). Next try: 12:00 UTC." in told


def test_another_day_is_named_by_its_date() -> None:
    """An hour alone would be read as today's."""
    assert shown_at(later(60), AT) == "12:01"
    assert shown_at(AT + timedelta(days=1), AT) == "2026-11-24 12:00"


async def test_the_check_on_stolen_accounts_is_among_what_can_not_be_done() -> None:
    """It acts as rules do, and needs the same permissions."""
    found = await room({**live(Action.FLAG), "takeover_mode": "live"})
    found.enforcer.withheld.add(Action.TIMEOUT)
    assert "The bot may not do this here: a time-out." in worded(await found.desk.status(MO))


async def waiting_for_two() -> Room:
    """Return a room in which two removals wait for the platform."""
    found = await room()
    found.enforcer.refuses[Action.DELETE] = "platform_down"
    found.model_says_violates(*TWO)
    for number, text in enumerate(TWO):
        await found.deliver(message(text, id=str(number), by=f"m{number}"))
    assert len(await found.store.cases.postponed(COMMUNITY)) == 2
    return found
