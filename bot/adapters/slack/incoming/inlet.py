"""The one way in for live and fetched events alike: bounded, and nothing twice within this process."""

import asyncio
from abc import abstractmethod
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Protocol

from bot.domain.events import Delete, Edit, Event, Message
from bot.domain.ids import MessageRef

_AT_ONCE = 64
_REMEMBERED = 50_000
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


class Deliver(Protocol):
    """Commits an event and the id of its delivery. Slack is told that it arrived when this returns, and not before."""

    @abstractmethod
    async def __call__(self, event: Event, delivery: str = "") -> object:
        """Commit an event; raises when it could not. One of a known delivery changes nothing."""


class Inlet:
    """Hands events on, at most `_AT_ONCE` at a time and in their order: Bolt starts as many listeners as events come.

    A message's present text wins. With several sockets, redelivery and reading channels again, an earlier text can come
    after a later one, and a text after its deletion: those are passed over, as is what was handed on before. Whoever
    brings what is being handed on just now waits for it, and fails with it.
    """

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._latest: OrderedDict[MessageRef, datetime] = OrderedDict()
        self._under_way: dict[tuple[MessageRef, datetime], asyncio.Future[Exception | None]] = {}
        self._our_deletions: OrderedDict[MessageRef, None] = OrderedDict()

    def about_to_delete(self, ref: MessageRef) -> None:
        """Expect the deletion of a message by ourselves: it is on record as an effect, and is not news."""
        self._our_deletions[ref] = None
        if len(self._our_deletions) > _REMEMBERED:
            self._our_deletions.popitem(last=False)

    def not_deleted(self, ref: MessageRef) -> None:
        """Stop expecting it: the deletion was refused, and somebody else may delete it yet."""
        self._our_deletions.pop(ref, None)

    async def take(self, event: Event, delivery: str = "") -> bool:
        """Hand an event on, unless this process has handed on it or a later state; return whether it was.

        Raises what `deliver` raises.
        """
        if isinstance(event, Delete) and event.ref in self._our_deletions:
            return False
        placed = _placed(event)
        if placed is None:
            await self._hand_on(event, delivery)
            return True
        ref, at = placed
        under_way = self._under_way.get(placed)
        if under_way is not None:
            failure = await asyncio.shield(under_way)
            if failure is not None:
                raise failure
            return False
        before = self._latest.get(ref)
        if before is not None and at <= before:
            return False
        await self._hand_on_once(event, delivery, placed, before)
        return True

    async def _hand_on_once(
        self, event: Event, delivery: str, placed: tuple[MessageRef, datetime], before: datetime | None
    ) -> None:
        ref, at = placed
        self._remember(ref, at)
        ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self._under_way[placed] = ended
        failure: Exception | None = RuntimeError("it was given up: the bot is being stopped")
        try:
            await self._hand_on(event, delivery)
            failure = None
        except Exception as error:
            failure = error
            raise
        finally:
            if failure is not None and self._latest.get(ref) == at:
                self._forget_or_restore(ref, before)
            del self._under_way[placed]
            ended.set_result(failure)

    async def _hand_on(self, event: Event, delivery: str) -> None:
        async with self._room:
            await self._deliver(event, delivery)

    def _remember(self, ref: MessageRef, at: datetime) -> None:
        self._latest[ref] = at
        self._latest.move_to_end(ref)
        if len(self._latest) > _REMEMBERED:
            self._latest.popitem(last=False)

    def _forget_or_restore(self, ref: MessageRef, before: datetime | None) -> None:
        if before is None:
            self._latest.pop(ref, None)
        else:
            self._latest[ref] = before


def _placed(event: Event) -> tuple[MessageRef, datetime] | None:
    """Return which message an event tells of, and where in its life: as sent, as edited then, gone."""
    if isinstance(event, Message):
        return event.ref, _FIRST
    if isinstance(event, Edit):
        return event.message.ref, event.edited_at
    return (event.ref, _LAST) if isinstance(event, Delete) else None
