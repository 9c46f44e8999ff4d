"""How much may happen automatically, and how it is stopped at once."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.audit import AuditCode
from bot.domain.decision import StoredEffect
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CategoryId, PersonId, PolicyId
from bot.domain.reasons import StepCode
from bot.domain.settings import CommunitySettings
from bot.inference.scripted import ScriptedClassifier, by_text, violates
from tests.core.walking import Walk, walk
from tests.factories import COMMUNITY, category_settings, community_settings, later, message, policy

INSULTS = (
    "you are a complete fool, ask anybody",
    "what a miserable clown you make of yourself",
    "such an idiot has never been seen before",
    "go home and learn to read, you donkey",
)
MODEL = by_text({text: violates("insult") for text in INSULTS})


def limited(**limits: int) -> CommunitySettings:
    """Return a live community with these limits."""
    made = community_settings()
    return replace(made, limits=replace(made.limits, **limits))


def insults(by: str = "") -> list[Message]:
    """Return four insults, a second apart, by one author or by four."""
    return [
        message(text, id=f"i{number}", by=by or f"b{number}", at=later(number)) for number, text in enumerate(INSULTS)
    ]


def walked(settings: CommunitySettings) -> Walk:
    """Return a walk with a model that knows the insults."""
    return walk(settings, policy(), model=ScriptedClassifier(MODEL))


async def effects(found: Walk, case: int) -> list[StoredEffect]:
    """Return what is on record of a case's effects."""
    file = await found.store.cases.file(COMMUNITY, CaseNumber(case))
    assert file is not None
    return list(file.effects)


@pytest.mark.parametrize(
    ("settings", "by", "limit"),
    [
        (limited(per_author_minute=4), "ann", "per_author_minute"),
        (limited(per_community_hour=4), "", "per_community_hour"),
    ],
)
async def test_above_a_limit_people_are_asked_and_the_record_says_what_was_held_back(
    settings: CommunitySettings, by: str, limit: str
) -> None:
    """A removal and its notice are two effects: two removals fit, the third does not."""
    found = walked(settings)
    await found.through(*insults(by)[:3])
    assert [card.decision.action for card in found.cards] == [Action.DELETE, Action.DELETE, Action.ESCALATE]
    held_back = [entry for entry in await effects(found, 3) if entry.effect.action is Action.DELETE]
    [result] = [entry.result for entry in held_back]
    assert result is not None
    assert result.outcome is Outcome.SUPPRESSED
    assert result.why is not None
    assert (result.why.code, result.why.value("limit")) == (StepCode.LIMIT, limit)
    assert ("message:general/i2", Action.DELETE) not in {(key.target, key.action) for key in found.enforcer.done}


async def test_one_authors_limit_is_not_anothers() -> None:
    """Nor does it last longer than a minute."""
    found = walked(limited(per_author_minute=2))
    first, second, third, fourth = insults("ann")
    bobs = replace(third, author=replace(third.author, id=PersonId("bob")))
    await found.through(first, second, bobs, replace(fourth, sent_at=later(90)))
    assert [card.decision.action for card in found.cards] == [
        Action.DELETE,
        Action.ESCALATE,
        Action.DELETE,
        Action.DELETE,
    ]


async def test_decisions_at_the_same_time_do_not_share_the_last_place() -> None:
    """They are made one after the other."""
    found = walked(limited(per_community_hour=2))
    keys = []
    for each in insults():
        received = await found.flow.receive(each)
        assert received.waiting is not None
        keys.append(received.waiting.key)
    await asyncio.gather(*(found.flow.moderate(key) for key in keys))
    assert len([key for key in found.enforcer.done if key.action is Action.DELETE]) == 1


async def test_what_is_only_practised_uses_no_limit_up() -> None:
    """Nothing happened to anybody."""
    found = walked(replace(limited(per_community_hour=1), mode=Mode.SHADOW))
    await found.through(*insults())
    assert [card.decision.action for card in found.cards] == [Action.DELETE] * 4


async def test_a_stop_puts_everything_to_people() -> None:
    """From the next decision on, with what would have been done."""
    found = walked(community_settings(stopped=True))
    await found.through(insults()[0])
    assert {key.action for key in found.enforcer.done} == {Action.ESCALATE}
    [card] = found.cards
    assert card.decision.action is Action.ESCALATE
    outcomes = {entry.effect.action: entry.result.outcome for entry in card.effects if entry.result is not None}
    assert outcomes[Action.DELETE] is Outcome.SUPPRESSED


async def test_a_stop_withdraws_what_is_queued_and_lists_what_was_done() -> None:
    """What is already decided and not carried out never happens; the audit log says who stopped it."""
    found = walked(community_settings())
    first, second = insults()[:2]
    await found.through(first)
    received = await found.flow.receive(second)
    assert received.waiting is not None
    item = await found.store.inbox.claim(received.waiting.key)
    assert item is not None
    brief = await found.flow.open(item)
    assert brief is not None
    recorded = await found.flow.record(brief, await found.flow.judge(brief))
    assert recorded is not None
    found.settings.settings = community_settings(stopped=True)
    stopped = await found.stop_switch.halt(COMMUNITY, None, None, PersonId("mo"))
    await found.flow.carry_out(brief, recorded)
    assert stopped.withdrawn == 2
    assert [entry.effect.action for entry in stopped.acted] == [Action.DELETE, Action.NOTICE]
    assert {key.target for key in found.enforcer.done} == {"message:general/i0"}
    assert len(found.notifier.told) == 1
    assert AuditCode.STOPPED in [entry.code for entry in await found.store.audit.entries(COMMUNITY, 20)]


async def test_a_decision_that_is_being_made_heeds_a_stop() -> None:
    """It reads the settings as they are when it is made, not when the message was opened."""
    found = walked(community_settings())
    received = await found.flow.receive(insults()[0])
    assert received.waiting is not None
    item = await found.store.inbox.claim(received.waiting.key)
    assert item is not None
    brief = await found.flow.open(item)
    assert brief is not None
    verdicts = await found.flow.judge(brief)
    found.settings.settings = community_settings(stopped=True)
    await found.flow.conclude(brief, verdicts)
    assert {key.action for key in found.enforcer.done} == {Action.ESCALATE}


async def test_a_rule_can_be_stopped_by_itself() -> None:
    """What another rule has queued stays."""
    found = walked(community_settings())
    await found.through(insults()[0])
    none = await found.stop_switch.halt(COMMUNITY, PolicyId("harassment"), CategoryId("threat"), PersonId("mo"))
    assert (none.withdrawn, none.acted) == (0, ())
    some = await found.stop_switch.halt(COMMUNITY, PolicyId("harassment"), CategoryId("insult"), PersonId("mo"))
    assert len(some.acted) == 2
    practising = category_settings(mode=Mode.SHADOW)
    found.settings.settings = community_settings(categories=(practising,))
    await found.through(insults()[1])
    assert {key.target for key in found.enforcer.done} == {"message:general/i0"}
