"""Whatever is wrong with a platform for a while: every effect is carried out once, or ends with its true reason.

Each kind of effect goes through each kind of trouble, with the real client library against a stand-in, on a clock that
the test moves. While the trouble lasts the effect waits, and `/mod status` says so; afterwards it was carried out once,
and its card was posted once.
"""

from collections.abc import AsyncIterator

import pytest

from bot.domain.actions import BY_PEOPLE_ONLY, Action, Outcome
from bot.domain.reasons import PlatformReason
from bot.domain.states import State
from tests.fakes import discord_rig, slack_rig
from tests.faults.discord_site import DiscordSite
from tests.faults.scene import Scene, die_in
from tests.faults.site import PAUSE, SEEN_AS, Site, Trouble
from tests.faults.slack_site import SlackSite

IN_ONE_PROCESS = [trouble for trouble in Trouble if trouble not in (Trouble.RESTARTED, Trouble.BLIND)]
_OF_EVERYTHING = frozenset({Trouble.UNAVAILABLE, Trouble.FORBIDDEN})
"""Troubles that hit a whole community at once, and not single calls."""
LATER = 700.0
"""Seconds after which the next try of everything has come: ten minutes at most, and some."""


@pytest.fixture(params=["discord", "slack"])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """Yield a site of each platform."""
    if request.param == "discord":
        async with discord_rig.rigged() as on_discord:
            yield DiscordSite(on_discord)
    else:
        async with slack_rig.rigged() as on_slack:
            yield SlackSite(on_slack)


async def is_done_once(scene: Scene, *, but: frozenset[Action] = frozenset()) -> None:
    """Fail unless everything (`but` what people have to ask for anew) happened once, with one card for each case."""
    for action in {key.action for key in scene.cases} - but:
        await check(scene, action)
    assert await scene.status() == set()
    assert await scene.store.cases.pending_effects() == ()
    assert await scene.store.cases.cards_due() == ()
    assert scene.site.cards() == len(scene.cases)


@pytest.mark.parametrize("trouble", IN_ONE_PROCESS)
async def test_every_effect_waits_until_the_trouble_is_over_and_happens_once(site: Site, trouble: Trouble) -> None:
    """None is dropped, none happens twice, and every card is posted."""
    scene = Scene(site)
    async with site.connected():
        scene.start()
        at_once = trouble in _OF_EVERYTHING
        decided = {action: await scene.decided(action) for action in site.kinds if at_once}
        for action in site.kinds:
            wanted, recorded = decided[action] if at_once else await scene.decided(action)
            await site.begin(trouble, wanted)
            await scene.enforcing.carry_out(recorded.effects)
            stored = await scene.stored(wanted)
            if trouble is Trouble.FORBIDDEN and action in BY_PEOPLE_ONLY:
                assert stored.result is not None
                assert stored.result.outcome is Outcome.REFUSED
                assert stored.result.why is not None
                assert stored.result.why.code == PlatformReason.MISSING_PERMISSION
            elif site.hits(trouble, wanted):
                assert stored.put_off is not None, (action, stored.result)
                assert stored.put_off.why.code == SEEN_AS[trouble]
                assert (action.value, SEEN_AS[trouble].value) in await scene.status()
            if not at_once:
                await site.end(trouble)
                site.clock.move(LATER)
                await scene.taken_up()
                await check(scene, wanted.action)
        await site.end(trouble)
        await scene.alive()
        site.clock.move(LATER)
        await scene.taken_up()
        site.clock.move(LATER)
        await scene.taken_up()
        await is_done_once(scene, but=BY_PEOPLE_ONLY if trouble is Trouble.FORBIDDEN else frozenset())


async def check(scene: Scene, action: Action) -> None:
    """Fail unless every effect of a kind was carried out once, and its message is done with."""
    for key in scene.cases:
        if key.action is not action:
            continue
        file = await scene.store.cases.file(scene.site.community, scene.cases[key])
        assert file is not None
        [stored] = [each for each in file.effects if each.effect.key == key]
        assert stored.result is not None, (action, stored.put_off)
        assert stored.result.outcome is Outcome.APPLIED, stored.result
        assert action is Action.FLAG or scene.site.times(stored.effect) == 1, action
        item = await scene.store.inbox.current(file.case.ref)
        assert item is not None
        assert item.state in (State.DONE, State.WITHDRAWN)


async def test_a_pause_that_was_asked_for_is_kept_to_whatever_happens_meanwhile(site: Site) -> None:
    """Ten minutes are ten minutes, through every sign of life; then everything is done."""
    scene = Scene(site)
    async with site.connected():
        scene.start()
        for action in (Action.DELETE, Action.NOTICE):
            wanted, recorded = await scene.decided(action)
            await site.begin(Trouble.RATE_LIMITED, wanted)
            await scene.enforcing.carry_out(recorded.effects)
        await site.end(Trouble.RATE_LIMITED)  # it would answer now, and is not asked
        before = site.requests()
        site.clock.move(PAUSE - 60)
        await scene.alive()
        await scene.taken_up()
        assert site.requests() == before
        site.clock.move(120)
        await scene.taken_up()
        site.clock.move(LATER)
        await scene.taken_up()
        await is_done_once(scene)


async def test_what_the_last_process_died_in_is_found_and_not_repeated(site: Site) -> None:
    """The platform had done it, and nobody heard so."""
    scene = Scene(site)
    async with site.connected():
        for action in site.kinds:
            scene.start()
            wanted, recorded = await scene.decided(action)
            await die_in(scene, wanted, recorded)
            assert (await scene.stored(wanted)).result is None, action
            scene.start()
            await scene.recovery.begin()
            await scene.alive()
        await is_done_once(scene)


@pytest.mark.parametrize("then", [Trouble.UNAVAILABLE, Trouble.BLIND])
async def test_what_the_last_process_died_in_is_found_also_when_it_can_not_be_looked_for_at_first(
    site: Site, then: Trouble
) -> None:
    """The community is out of sight for a while, or nothing can be read: nothing is tried again blindly."""
    scene = Scene(site)
    async with site.connected():
        scene.start()
        for action in site.kinds:
            wanted, recorded = await scene.decided(action)
            await die_in(scene, wanted, recorded)
        await site.begin(then, wanted)
        scene.start()
        await scene.recovery.begin()
        for _ in range(3):
            await scene.alive()
            site.clock.move(LATER / 20)
            await scene.taken_up()
        await site.end(then)
        await scene.alive()
        site.clock.move(LATER)
        await scene.taken_up()
        await is_done_once(scene)


async def test_a_restart_before_the_platform_is_there_drops_nothing(site: Site) -> None:
    """The bot is faster than the list of its communities: nothing is gone, and nothing is tried in vain."""
    scene = Scene(site)
    async with site.connected():
        for action in site.kinds:
            await scene.decided(action)
    await site.begin(Trouble.RESTARTED, (await scene.store.cases.pending_effects())[0].effect)
    async with site.connected():
        scene.start()
        await scene.recovery.begin()
        before = site.requests()
        await scene.alive()
        assert site.requests() == before
        waiting = await scene.store.cases.postponed(site.community)
        assert {each.put_off.why.code for each in waiting if each.put_off} == {PlatformReason.NOT_CONNECTED}
        assert len(waiting) == len(await scene.store.cases.pending_effects())
        await site.end(Trouble.RESTARTED)
        await scene.alive()
        await is_done_once(scene)
