"""Copies that a webhook posts for a member."""

from dataclasses import replace
from datetime import timedelta

from bot.core.intake.backfill import Backfill, Reach
from bot.domain.actions import Action
from bot.domain.case import CaseStatus
from bot.domain.decision import message_target
from bot.domain.events import Edit, Message
from bot.domain.ids import MessageId
from bot.domain.inbox import Acceptance
from bot.domain.states import State
from bot.inference.scripted import ScriptedClassifier, by_text, violates
from tests.clocks import SimulatedClock
from tests.core.walking import Walk, walk
from tests.crash.world import World, WorldHistory
from tests.factories import (
    AT,
    COMMUNITY,
    author,
    community_settings,
    delete,
    later,
    message,
    policy,
)
from tests.memory.store import MemoryStore

RUDE = "you are a complete fool and everybody knows it"
ORIGINAL = message(f"[[{RUDE}]]", id="1")
COPY = message(RUDE, id="2", at=later(1), proxy_of=MessageId("1"))
HOOK = author("hook", name="Elrond", is_bot=True)


def _walk() -> Walk:
    rude = violates("insult", "complete fool")
    model = ScriptedClassifier(by_text({RUDE: rude, ORIGINAL.own_text: rude, "still a complete fool": rude}))
    return walk(community_settings(), policy(), model=model)


def _removed(found: Walk) -> list[str]:
    return [key.target for key in found.enforcer.done if key.action is Action.DELETE]


async def test_a_copy_goes_with_its_original_where_that_still_stands() -> None:
    """Both say the same; and one card tells of both."""
    found = _walk()
    await found.flow.receive(ORIGINAL)
    await found.through(COPY)
    assert _removed(found) == [message_target(ORIGINAL.ref), message_target(COPY.ref)]
    assert len(found.cards) == 1
    assert len(found.notifier.told) == 1


async def test_a_copy_of_what_has_a_case_already_joins_it() -> None:
    """One card and one notice for one thing said; the copy goes all the same."""
    found = _walk()
    await found.through(ORIGINAL, COPY)
    assert _removed(found) == [message_target(ORIGINAL.ref), message_target(COPY.ref)]
    assert (len(found.cards), len(found.notifier.told)) == (1, 1)
    item = await found.store.inbox.current(COPY.ref)
    assert item is not None
    assert item.state is State.DONE


async def test_an_original_that_its_proxy_deleted_takes_nothing_of_its_copy_along() -> None:
    """The usual course: the member's message is gone before anybody judged it, and the copy is judged as theirs."""
    found = _walk()
    await found.flow.receive(ORIGINAL)
    await found.flow.receive(delete(ORIGINAL.ref))
    await found.through(COPY)
    file = await found.store.cases.file_of(COPY.ref)
    assert file is not None
    assert (file.case.author, file.case.status) == ("ann", CaseStatus.OPEN)
    item = await found.store.inbox.current(ORIGINAL.ref)
    assert item is not None
    assert item.state is State.WITHDRAWN


async def test_an_edited_copy_is_still_its_members_after_a_restart() -> None:
    """Discord tells of the webhook alone by then, which looks like a program; the record tells whose it is."""
    found = _walk()
    await found.through(replace(COPY, parts=message("good morning to all of you").parts))
    edited = message("still a complete fool", id="2", by=HOOK)
    await found.through(Edit(message=edited, edited_at=later(60)))
    file = await found.store.cases.file_of(COPY.ref)
    assert file is not None
    assert file.case.author == "ann"


async def test_a_copy_that_changed_while_nobody_listened_is_still_its_members() -> None:
    """It is fetched as the webhook's."""
    store, taken = MemoryStore(), list[Acceptance]()
    world = World([message("the first words of all", id="0"), message("still a complete fool", id="2", by=HOOK)])
    world.happen(0)
    world.happen(1)

    async def note(acceptance: Acceptance) -> None:
        taken.append(acceptance)

    reach = Reach(most=100, age=timedelta(days=1))
    backfill = Backfill(store, WorldHistory(world), SimulatedClock(), reach, note)
    await store.inbox.accept(message("the first words of all", id="0"), AT)
    await backfill.note_break(COMMUNITY)
    await store.inbox.accept(Edit(message=COPY, edited_at=later(1)), AT)
    await backfill.catch_up(COMMUNITY)
    item = await store.inbox.current(COPY.ref)
    assert item is not None
    assert isinstance(item.message, Message)
    assert item.message.own_text == "still a complete fool"
    assert (item.message.author.id, item.message.proxy_of) == ("ann", "1")
