"""Giving up what has only begun."""

import asyncio

import pytest

from bot.core.stopping import until_stopped


async def test_work_that_ends_first_hands_over_what_it_comes_to() -> None:
    """And nothing is left behind."""
    stop = asyncio.Event()

    async def work() -> str:
        return "ready"

    assert await until_stopped(stop, work()) == "ready"
    assert len(asyncio.all_tasks()) == 1


async def test_a_stop_cancels_the_work_and_waits_for_its_cleaning_up() -> None:
    """What it had opened is closed before the stop goes on."""
    stop, began, closed = asyncio.Event(), asyncio.Event(), []

    async def work() -> str:
        try:
            began.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            closed.append("database")
        return "never"

    giving_up = asyncio.create_task(until_stopped(stop, work()))
    await began.wait()
    stop.set()
    assert await giving_up is None
    assert closed == ["database"]


async def test_what_goes_wrong_in_the_work_is_told() -> None:
    """An address that is refused at the start is no stop."""

    async def work() -> None:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        await until_stopped(asyncio.Event(), work())
