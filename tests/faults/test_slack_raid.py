"""A raid on Slack, confirmed by one press: all of it goes, at Slack's pace, and the card counts up meanwhile."""

from dataclasses import replace

from bot.domain.actions import Action, Outcome
from bot.domain.decision import message_target
from bot.domain.events import Message
from tests.factories import decision, decision_record, effect
from tests.faults.scene import Scene
from tests.faults.slack_site import SlackSite, slack_site

RAID = 120
A_MINUTE = 62.0


async def _decided(scene: Scene, site: SlackSite) -> tuple[Message, ...]:
    """Put a decision on record that removes every message of a raid, with its card."""
    sent = tuple([await site.said() for _ in range(RAID)])
    for each in sent:
        await scene.store.inbox.accept(each, site.clock.now())
    first, name = sent[0], "d-raid"
    removals = [await site.effect(Action.DELETE, each, name) for each in sent]
    removals = [
        replace(each, key=replace(each.key, target=message_target(each.message)), person=first.author.id)
        for each in removals
        if each.message is not None
    ]
    record = replace(
        decision_record(first, id=name),
        effects=(*removals, effect(Action.FLAG, of=first, decision_id=name)),
        decision=replace(decision(first, id=name), made_at=site.clock.now()),
    )
    await scene.store.inbox.claim(record.key)
    recorded = await scene.store.cases.record_decision(record)
    assert recorded is not None
    assert recorded.case is not None
    scene.cases[recorded.effects[0].effect.key] = recorded.case.number
    await scene.enforcing.carry_out(recorded.effects)
    return sent


async def _removed(scene: Scene, site: SlackSite) -> int:
    [number] = scene.cases.values()
    file = await scene.store.cases.file(site.community, number)
    assert file is not None
    found = [each.result for each in file.effects if each.effect.action is Action.DELETE]
    return sum(result is not None and result.outcome is Outcome.APPLIED for result in found)


async def test_a_raid_of_a_hundred_and_twenty_goes_at_slacks_pace() -> None:
    """50 a minute: nothing runs into Slack's limit, nothing is refused, and what still stands is on the card."""
    async with slack_site() as site, site.connected():
        scene = Scene(site)
        scene.start()
        await _decided(scene, site)
        counts = [await _removed(scene, site)]
        assert "70" in site.card()
        for _ in range(2):
            site.clock.move(A_MINUTE)
            await scene.taken_up()
            counts.append(await _removed(scene, site))
        assert counts == [50, 100, 120]
        assert await scene.store.cases.pending_effects() == ()
        assert site.limited() == []


async def test_a_restart_in_the_middle_of_a_raid_goes_on_with_it() -> None:
    """Slack's own count goes on, whatever process asks: what it says then is waited out."""
    async with slack_site() as site, site.connected():
        scene = Scene(site)
        scene.start()
        await _decided(scene, site)
        async with site.connected():
            scene.start()
            await scene.recovery.begin()
            await scene.alive()
            for _ in range(4):
                site.clock.move(A_MINUTE)
                await scene.taken_up()
        assert await _removed(scene, site) == RAID
        assert site.removals() == RAID
