"""Before something automatic happens to a message that is no longer fresh, it is looked at again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.console.history import ConsoleHistory
from bot.domain.actions import Action, Outcome
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.events import Message
from bot.domain.ids import MessageRef
from bot.domain.states import State
from bot.inference.scripted import ScriptedClassifier, by_text, violates
from tests.core.walking import Walk, walk
from tests.factories import category, community_settings, edit, later, message, policy
from tests.memory.store import MemoryStore

RUDE = "you are a complete fool and everybody knows it"
OLD = later(120)
"""Two minutes after the message: it is looked at again."""


class Changed(ConsoleHistory):
    """A history in which messages read as a test says, whatever was delivered; it counts how often it is asked."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store.inbox)
        self.reads: dict[MessageRef, Message | None] = {}
        self.fault: PlatformBusy | PlatformRefused | None = None
        self.fetched = 0

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return what the test says."""
        self.fetched += 1
        if self.fault is not None:
            raise self.fault
        return self.reads[ref] if ref in self.reads else await super().fetch(ref)


class Scene:
    """A live community and one rude message."""

    def __init__(self, action: Action = Action.DELETE) -> None:
        store = MemoryStore()
        self.history = Changed(store)
        model = ScriptedClassifier(by_text({RUDE: violates("insult", "complete fool")}))
        rule = policy("harassment", category(action=action))
        self.walk: Walk = walk(community_settings(), rule, model=model, store=store, history=self.history)

    async def judge(self, *, old: bool = True) -> dict[Action, tuple[Outcome, str]]:
        """Let the message be judged, late or at once; return the outcomes and their reasons."""
        received = await self.walk.flow.receive(message(RUDE))
        assert received.waiting is not None
        self.walk.clock.advance(OLD if old else later(1))
        await self.walk.flow.moderate(received.waiting.key)
        file = await self.walk.store.cases.file_of(message().ref)
        assert file is not None
        return {
            stored.effect.action: (stored.result.outcome, stored.result.why.code if stored.result.why else "")
            for stored in file.effects
            if stored.result is not None
        }


async def test_an_old_message_that_reads_as_it_was_judged_is_acted_on() -> None:
    """It was fetched once, for all its effects."""
    scene = Scene()
    outcomes = await scene.judge()
    assert outcomes[Action.DELETE][0] is outcomes[Action.NOTICE][0] is Outcome.APPLIED
    assert scene.history.fetched == 1


async def test_a_fresh_message_is_not_fetched() -> None:
    """What was edited would have been heard of."""
    scene = Scene()
    assert (await scene.judge(old=False))[Action.DELETE][0] is Outcome.APPLIED
    assert scene.history.fetched == 0


async def test_a_message_that_was_edited_unseen_is_left_alone_and_judged_anew() -> None:
    """The card says why nothing was done; the new text waits."""
    scene = Scene()
    changed = edit("have a good day", of=message(RUDE)).message
    scene.history.reads[message().ref] = changed
    outcomes = await scene.judge()
    assert outcomes[Action.DELETE] == outcomes[Action.NOTICE] == (Outcome.SUPPRESSED, "changed")
    assert outcomes[Action.FLAG][0] is Outcome.APPLIED
    shown = {stored.effect.action: stored.result for stored in scene.walk.cards[0].effects}
    told = shown[Action.DELETE]
    assert told is not None
    assert told.outcome is Outcome.SUPPRESSED
    current = await scene.walk.store.inbox.current(message().ref)
    assert current is not None
    assert (current.message, current.state) == (changed, State.WAITING)


async def test_a_message_that_is_gone_unseen_brings_its_author_nothing() -> None:
    """No timeout and no notice; the row is withdrawn, the card stays."""
    scene = Scene(Action.TIMEOUT)
    scene.history.reads[message().ref] = None
    outcomes = await scene.judge()
    assert {outcomes[action] for action in (Action.DELETE, Action.TIMEOUT, Action.NOTICE)} == {
        (Outcome.SUPPRESSED, "gone")
    }
    assert (scene.walk.enforcer.done, scene.walk.notifier.told, len(scene.walk.cards)) == ({}, {}, 1)
    current = await scene.walk.store.inbox.current(message().ref)
    assert current is not None
    assert current.state is State.WITHDRAWN


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PlatformBusy("It is busy.", code="rate_limited"), "rate_limited"),
        (PlatformRefused("No.", code="missing_permission"), "missing_permission"),
        (PlatformBusy("Nobody answers."), "platform_down"),
    ],
)
async def test_while_a_message_can_not_be_read_again_everything_automatic_waits(
    fault: PlatformBusy | PlatformRefused, code: str
) -> None:
    """Nothing is done blindly, and nothing is given up."""
    scene = Scene()
    scene.history.fault = fault
    assert await scene.judge() == {Action.FLAG: (Outcome.APPLIED, "")}
    [removal] = [each for each in await scene.walk.store.cases.postponed() if each.effect.action is Action.DELETE]
    assert removal.put_off is not None
    assert (removal.put_off.why.code, removal.put_off.unclear) == (code, False)
    assert (scene.walk.enforcer.done, scene.walk.notifier.told) == ({}, {})


async def test_how_old_is_a_setting() -> None:
    """With ten minutes, two are nothing."""
    scene = Scene()
    settings = scene.walk.settings.settings
    scene.walk.settings.settings = replace(settings, ages=replace(settings.ages, recheck=timedelta(minutes=10)))
    scene.history.reads[message().ref] = None
    assert (await scene.judge())[Action.DELETE][0] is Outcome.APPLIED
    assert scene.history.fetched == 0
