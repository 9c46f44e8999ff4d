"""Replays of recorded conversations with a scripted model, and what they leave on record."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.bootstrap.recordings import Replaying, ReplayParts, replay_flow
from bot.domain.actions import Mode
from bot.domain.events import Event
from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.inference.scripted import SAFE, Answer, ScriptedClassifier, violates
from bot.lab.replaying import Progress
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.storage.comparing.near_copies import IndexedNearCopies
from bot.storage.sqlite.store import open_store
from tests.core.run import DEGRADED
from tests.core.walking import GivenSettings, ListedPolicies
from tests.factories import category, community_settings, policy
from tests.fakes.clocks import SteppingClock
from tests.samples.source import WICKED

RULE = policy("harassment", category(context_free=True))


def objects_to_the_word(question: Question) -> Answer:
    """Answer that a text violates where it holds the wicked word."""
    return violates("insult", WICKED) if WICKED in question.text else SAFE


def _unheard(_: Progress) -> None:
    """Let progress pass."""


@asynccontextmanager
async def replaying_into(
    path: Path,
    model: Classifier,
    rule: Policy = RULE,
    *,
    clock: Clock | None = None,
    wait: timedelta = timedelta(minutes=10),
) -> AsyncIterator[Replaying]:
    """Open a database and put a replay together over it, in shadow. `clock` is the one that waits for the model."""
    store = await open_store(path, exclusive=True)
    parts = ReplayParts(
        store=store,
        model=model,
        settings=GivenSettings(community_settings(mode=Mode.SHADOW)),
        near_copies=IndexedNearCopies(),
        slots=4,
        degraded=DEGRADED,
        wait=wait,
        clock=clock or SteppingClock(),
    )
    try:
        found = replay_flow(ListedPolicies(rule), parts)
        await found.watch.start()
        yield found
    finally:
        await store.close()


async def replay_into(
    path: Path,
    events: Iterable[Event],
    *,
    model: ScriptedClassifier | None = None,
    rule: Policy = RULE,
    after_each: Callable[[Progress], None] = _unheard,
) -> Progress:
    """Replay events into a database, and return how far that came."""
    async with replaying_into(path, model or ScriptedClassifier(objects_to_the_word), rule) as found:
        await found.recover()
        return await found.replay(after_each).run(events)
