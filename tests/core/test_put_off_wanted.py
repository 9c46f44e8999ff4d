"""What waits for its platform is not carried out once nobody wants it any more: stopped, practising, unused, wrong."""

import asyncio

import pytest

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.decision import BOT, StoredEffect
from bot.domain.ids import CaseNumber, CategoryId, PersonId, PolicyId
from bot.domain.reasons import PlatformReason, Reason, StepCode, reason
from bot.domain.settings import CommunitySettings
from tests.core.test_put_off import HOUR, Scene
from tests.factories import COMMUNITY, community_settings, decision, effect, review_record

BUSY = reason(PlatformReason.RATE_LIMITED, seconds=60)
DOWN = reason(PlatformReason.PLATFORM_DOWN)
RULE = {"policy": PolicyId("harassment"), "category": CategoryId("insult")}


async def waiting(scene: Scene, why: Reason, *actions: Action, by: str = BOT) -> tuple[StoredEffect, ...]:
    """Let effects of a rule wait, and return them as they were decided."""
    effects = await scene.decided("1", *(actions or (Action.DELETE,)), saying=RULE | {"by": PersonId(by)})
    scene.enforcer.why = why
    await scene.enforcing.carry_out(effects)
    scene.enforcer.why = None
    return effects


async def ended(scene: Scene, action: Action = Action.DELETE) -> tuple[Outcome | None, str]:
    """Return how an effect of the first case ended, and why."""
    file = await scene.store.cases.file(COMMUNITY, CaseNumber(1))
    assert file is not None
    result = next(stored.result for stored in file.effects if stored.effect.action is action)
    return (result.outcome, result.why.code if result.why is not None else "") if result is not None else (None, "")


@pytest.mark.parametrize("why", [BUSY, DOWN], ids=["surely not done", "unclear"])
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (community_settings(stopped=True), StepCode.STOPPED),
        (community_settings(mode=Mode.SHADOW), StepCode.SHADOW),
        (community_settings(policies=()), StepCode.UNUSED),
    ],
    ids=["stopped", "practising", "unused"],
)
async def test_what_the_settings_do_not_allow_any_more_is_not_done(
    changed: CommunitySettings, told: StepCode, why: Reason
) -> None:
    """It was decided while the rule was live, and is tried once it is not."""
    scene = Scene()
    await waiting(scene, why)
    scene.settings.settings = changed
    await scene.after(120)
    assert len(scene.enforcer.tries) == 1
    assert await ended(scene) == (Outcome.SUPPRESSED, told)
    assert await scene.store.cases.pending_effects() == ()


async def test_what_may_have_happened_before_a_stop_is_looked_for_all_the_same() -> None:
    """The answer was lost, and the message is gone: then it was removed, whatever the settings say by now."""
    scene = Scene()
    [removal, _] = await waiting(scene, DOWN)
    scene.enforcer.found = {removal.effect.key}
    scene.settings.settings = community_settings(stopped=True)
    await scene.after(60)
    assert await ended(scene) == (Outcome.APPLIED, "")


async def test_a_person_s_press_is_no_automatic_effect() -> None:
    """Neither the stop switch nor practising holds it back."""
    scene = Scene()
    await waiting(scene, BUSY, by="mo")
    scene.settings.settings = community_settings(stopped=True, mode=Mode.SHADOW)
    await scene.after(62)
    assert await ended(scene) == (Outcome.APPLIED, "")


@pytest.mark.parametrize("why", [BUSY, DOWN], ids=["surely not done", "unclear"])
@pytest.mark.parametrize("by", ["hallmoot", "mo"])
async def test_what_was_found_wrong_is_not_done(by: str, why: Reason) -> None:
    """Neither what the bot decided nor what a person had pressed before."""
    scene = Scene()
    await waiting(scene, why, Action.DELETE, Action.TIMEOUT, by=by)
    await scene.store.cases.review(review_record(1, ReviewResult.OVERTURNED))
    await scene.after(120)
    assert len(scene.enforcer.tries) == 2
    assert await ended(scene) == (Outcome.SUPPRESSED, StepCode.OVERTURNED)
    assert await ended(scene, Action.TIMEOUT) == (Outcome.SUPPRESSED, StepCode.OVERTURNED)


async def test_what_is_not_wanted_ends_at_once_where_somebody_looks() -> None:
    """It does not wait for its next try, nor for a platform that is away, only to say so."""
    scene = Scene()
    effects = await waiting(scene, BUSY)
    scene.enforcer.gone = reason(PlatformReason.NOT_CONNECTED)
    await scene.store.cases.review(review_record(1, ReviewResult.OVERTURNED))
    await scene.enforcing.carry_out(effects)
    assert await ended(scene) == (Outcome.SUPPRESSED, StepCode.OVERTURNED)


async def test_what_is_decided_after_a_review_is_wanted() -> None:
    """Somebody found the case wrong, and removes the message all the same; then they press something else, too."""
    scene = Scene()
    await scene.decided("1", saying=RULE)
    await scene.store.cases.review(review_record(1, ReviewResult.OVERTURNED))
    await scene.clock.advance(HOUR)
    scene.enforcer.why = BUSY
    await press(scene, Action.DELETE, version=2)
    scene.enforcer.why = None
    await press(scene, Action.TIMEOUT, version=3)
    await scene.after(62)
    assert await ended(scene) == (Outcome.APPLIED, "")
    assert await ended(scene, Action.TIMEOUT) == (Outcome.APPLIED, "")


async def press(scene: Scene, action: Action, *, version: int) -> None:
    """Let a person press something on the first case, and carry it out."""
    made = decision(id=f"p{version}", action=action, by=PersonId("mo"), makes_case=False, made_at=scene.clock.now())
    effects = (effect(action, decision_id=made.id, by=PersonId("mo")),)
    record = review_record(review=None, status=CaseStatus.OVERTURNED, version=version, decision=made, effects=effects)
    recorded = await scene.store.cases.review(record)
    assert recorded is not None
    await scene.enforcing.carry_out(recorded.effects)


@pytest.mark.parametrize("how", ["practising", "wrong"])
async def test_a_raid_that_is_being_removed_stops_where_it_stands(how: str) -> None:
    """What is under way ends; none of the rest is begun."""
    scene = Scene()
    scene.enforcer.most, scene.enforcer.clock, scene.enforcer.takes = 1, scene.clock, 1
    work = asyncio.create_task(scene.enforcing.carry_out(await scene.decided("1", removals=30, saying=RULE)))
    await scene.clock.advance(9.5)
    if how == "practising":
        scene.settings.settings = community_settings(mode=Mode.SHADOW)
    else:
        await scene.store.cases.review(review_record(1, ReviewResult.OVERTURNED))
    await scene.clock.advance(60)
    await work
    outcomes = await scene.outcomes()
    assert (outcomes.count(Outcome.APPLIED), outcomes.count(Outcome.SUPPRESSED)) == (10, 20)
