"""Raids for tests of incidents: variants of one text by many accounts, and a model that objects to them."""

from collections.abc import Iterable
from datetime import timedelta

from bot.core.main_flow import Patience
from bot.domain.actions import Action, Mode
from bot.domain.card import Card
from bot.domain.events import Author, Message
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.domain.verdict import UndecidedReason
from bot.inference.scripted import SAFE, Answer, ScriptedClassifier, violates
from bot.ports.directory import Directory
from bot.ports.store import Store
from tests.core.walking import Walk, walk
from tests.factories import (
    AT,
    author,
    category,
    community_settings,
    later,
    message,
    policy,
)

OFFER = "You can all get a free prize if you click on my name, number {} in line"
RULE = policy("harassment", category("insult", context_free=False))


def member(name: str, *, days: float = 100) -> Author:
    """Return someone who joined so many days ago."""
    return author(name, joined_at=AT - timedelta(days=days))


def raid(count: int, *, days: float = 100, start: int = 0, text: str = OFFER) -> list[Message]:
    """Return variants of one text, each by another account, a second apart."""
    return [
        message(text.format(number), id=f"m{number}", by=member(f"raider-{number}", days=days), at=later(number))
        for number in range(start, start + count)
    ]


def model(*, safe: Iterable[str] = (), unread: Iterable[str] = ()) -> ScriptedClassifier:
    """Return a model that finds a violation in every offer but these."""
    kept, lost = set(safe), set(unread)

    def script(question: object) -> Answer | UndecidedReason:
        text = getattr(question, "text", "")
        if text in lost:
            return UndecidedReason.UNREADABLE
        return violates("insult", "free prize") if "free prize" in text and text not in kept else SAFE

    return ScriptedClassifier(script)


def walked(
    settings: CommunitySettings | None = None,
    asked: ScriptedClassifier | None = None,
    store: Store | None = None,
    directory: Directory | None = None,
) -> Walk:
    """Return a walk in which messages wait where they have to."""
    return walk(
        settings or community_settings(),
        RULE,
        model=asked or model(),
        patience=Patience.WAITS,
        store=store,
        directory=directory,
    )


def shadow() -> CommunitySettings:
    """Return a community that only practises."""
    return community_settings(mode=Mode.SHADOW)


async def deliver(found: Walk, messages: Iterable[Message]) -> list[Message]:
    """Take messages in without judging any; return those that wait for the model."""
    waiting = []
    for each in messages:
        found.clock.advance(each.sent_at)
        received = await found.flow.receive(each)
        waiting += [each] if received.waiting is not None else []
    return waiting


async def judge(found: Walk, messages: Iterable[Message]) -> None:
    """Judge messages that wait, and whatever is freed by that."""
    for each in messages:
        item = await found.store.inbox.current(each.ref)
        assert item is not None
        await found.flow.moderate(item.key)


async def states(found: Walk, messages: Iterable[Message]) -> list[State]:
    """Return where messages stand."""
    items = [await found.store.inbox.current(each.ref) for each in messages]
    return [item.state for item in items if item is not None]


async def the_card(found: Walk) -> Card:
    """Return the one card there is, up to date."""
    found.clock.advance(found.clock.now() + timedelta(seconds=6))
    await found.incidents.tick()
    [card] = found.cards
    return card


def removed(found: Walk) -> list[str]:
    """Return the ids of the messages that were removed."""
    return sorted(key.target.rpartition("/")[2] for key in found.enforcer.done if key.action is Action.DELETE)
