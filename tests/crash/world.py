"""A platform that outlives the process: what happened there and what was done there stands in a journal.

With a file the journal survives SIGKILL (one `write` for each line); without one it lives as long as the test. The
platform is as treacherous as the real ones: carrying out an effect or posting twice shows as two lines.
"""

import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.adapters.console.directory import ConsoleDirectory
from bot.domain.actions import Action, Outcome
from bot.domain.card import Card
from bot.domain.decision import Effect, EffectKey, EffectResult
from bot.domain.errors import PlatformRefused
from bot.domain.events import Delete, Edit, Event, Message
from bot.domain.ids import ChannelId, CommunityId, DecisionId, MessageRef
from bot.domain.notice import Announcement, Notice
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.ports.enforcer import Enforcer
from bot.ports.history import History
from bot.ports.mod_log import ModLog
from bot.ports.notifier import Notifier
from bot.ports.platform import Platform

Committed = Callable[[EffectKey], bool]
"""Tells whether an effect is on record, with a rationale or a person's name, at the moment it is carried out."""


class World:
    """Messages as they stand, and everything the bot did. `events` are all that may happen, by their number."""

    def __init__(
        self, events: Sequence[Event], journal: Path | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self.events = events
        self._now = now
        self.lines: list[dict[str, Any]] = []
        self.messages: dict[MessageRef, Message] = {}
        self._said: set[MessageRef] = set()
        self._journal = journal
        if journal is not None and journal.exists():
            for line in journal.read_text("utf-8").splitlines():
                self._take(json.loads(line))

    def note(self, **line: Any) -> None:
        """Write a line to the journal, and let it be so."""
        if self._journal is not None:
            handle = os.open(self._journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, (json.dumps(line) + "\n").encode())
            finally:
                os.close(handle)
        self._take(line)

    def happen(self, number: int) -> None:
        """Let an event happen, once; an edit of a message that is gone does not."""
        event = self.events[number]
        if number in self.numbers("happened"):
            return
        if isinstance(event, Edit) and event.message.ref not in self.messages:
            self.note(what="impossible", number=number)
            return
        self.note(what="happened", number=number)

    def age_of(self, message: Message | None) -> float | None:
        """Return how many seconds ago a message was sent, where this world has a clock."""
        if message is None or self._now is None:
            return None
        return (self._now() - message.sent_at).total_seconds()

    def numbers(self, what: str) -> set[int]:
        """Return the numbers of the events that happened, were impossible, or were acknowledged."""
        return {line["number"] for line in self.lines if line["what"] == what}

    def all_of(self, what: str) -> list[dict[str, Any]]:
        """Return the journal's lines of one kind."""
        return [line for line in self.lines if line["what"] == what]

    def _take(self, line: dict[str, Any]) -> None:
        self.lines.append(line)
        if line["what"] == "performed" and line["action"] == Action.DELETE:
            channel, _, message = str(line["target"]).removeprefix("message:").partition("/")
            for ref in [ref for ref in self.messages if (ref.channel, ref.message) == (channel, message)]:
                del self.messages[ref]
        if line["what"] != "happened":
            return
        match self.events[line["number"]]:
            case Message() as said if said.ref not in self._said:
                self._said.add(said.ref)
                self.messages[said.ref] = said
            case Edit() as edit:
                self.messages[edit.message.ref] = edit.message
            case Delete() as delete:
                self.messages.pop(delete.ref, None)
            case _:
                pass


class WorldEnforcer(Enforcer):
    """Carries everything out, and writes down whether it was committed by then and what the message read."""

    def __init__(self, world: World, committed: Committed) -> None:
        self._world = world
        self._committed = committed

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return everything."""
        del community
        return frozenset(Action)

    async def away(self, community: CommunityId) -> Reason | None:
        """Return None: it is always there."""
        del community
        return None

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return a hundred."""
        del action, community
        return 100

    async def check(self, effect: Effect) -> Reason | None:
        """Return None: everything is possible."""
        del effect
        return None

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry effects out. A deletion of what is gone does nothing and succeeds."""
        return tuple(self._one(effect) for effect in effects)

    def _one(self, effect: Effect) -> EffectResult:
        standing = self._world.messages.get(effect.message) if effect.message is not None else None
        if effect.action is not Action.DELETE or standing is not None:
            self._world.note(
                what="performed",
                **key_line(effect.key),
                by=effect.by,
                mode=effect.mode,
                committed=self._committed(effect.key),
                text=standing.judged_text if standing is not None else None,
                age=self._world.age_of(standing),
            )
        return EffectResult(key=effect.key, outcome=Outcome.APPLIED)

    async def find(self, effect: Effect) -> EffectResult | None:
        """Look whether it shows: a message that is gone, anything else by what was done."""
        gone = effect.action is Action.DELETE and effect.message not in self._world.messages
        shows = gone or any(_is_key(line, effect.key) for line in self._world.all_of("performed"))
        told = any(_is_key(line, effect.key) for line in self._world.all_of("told"))
        return EffectResult(key=effect.key, outcome=Outcome.APPLIED) if shows or told else None


class WorldModLog(ModLog):
    """Posts a card as often as it is asked to."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def post(self, key: str, card: Card) -> str:
        """Post it anew."""
        card_id = f"card-{len(self._world.all_of('posted')) + 1}"
        self._world.note(what="posted", key=key, id=card_id, case=card.case.number)
        return card_id

    async def update(self, card_id: str, card: Card) -> None:
        """Note the redrawing. Raises PlatformRefused for a card that was never posted."""
        if not any(line["id"] == card_id for line in self._world.all_of("posted")):
            gone = reason(PlatformReason.MESSAGE_GONE)
            raise PlatformRefused(f"there is no card {card_id}", code="unknown_card", why=gone)
        self._world.note(what="redrawn", id=card_id, case=card.case.number)

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Return the latest card of that key."""
        del community
        return next((str(line["id"]) for line in reversed(self._world.all_of("posted")) if line["key"] == key), None)

    async def announce(self, announcement: Announcement) -> None:
        """Note it."""
        self._world.note(what="announced", key=announcement.key)


class WorldNotifier(Notifier):
    """Tells as often as it is asked to."""

    def __init__(self, world: World, committed: Committed) -> None:
        self._world = world
        self._committed = committed

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Note what was told."""
        line = {"of": notice.action, "person": notice.person, "committed": self._committed(key)}
        self._world.note(what="told", **key_line(key), **line)
        return EffectResult(key=key, outcome=Outcome.APPLIED)


class WorldHistory(History):
    """Knows the messages that stand."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield the messages after the cursor, oldest first; without one the newest."""
        place = [
            message
            for ref, message in self._world.messages.items()
            if (ref.community, ref.channel) == (community, channel)
        ]
        place.sort(key=lambda message: _order(message.ref.message))
        after = [message for message in place if cursor is None or _order(message.ref.message) > _order(cursor)]
        for message in after[-limit:] if cursor is None else after[:limit]:
            yield message

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return a message as it reads now."""
        return self._world.messages.get(ref)

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return every channel that anything was said in."""
        return tuple(dict.fromkeys(ref.channel for ref in self._world.messages if ref.community == community))


def world_platform(world: World, committed: Committed) -> Platform:
    """Return the world's five ports."""
    return Platform(
        enforcer=WorldEnforcer(world, committed),
        mod_log=WorldModLog(world),
        history=WorldHistory(world),
        directory=ConsoleDirectory(),
        notifier=WorldNotifier(world, committed),
    )


def key_line(key: EffectKey) -> dict[str, str]:
    """Return an effect's key as a journal holds it."""
    return {"decision": key.decision, "action": key.action, "target": key.target}


def key_in(line: dict[str, Any]) -> EffectKey:
    """Return the effect's key that a line holds."""
    return EffectKey(decision=DecisionId(line["decision"]), action=Action(line["action"]), target=line["target"])


def _is_key(line: dict[str, Any], key: EffectKey) -> bool:
    return key_in(line) == key


def _order(message: str) -> tuple[int, str]:
    return (len(message), message)
