"""Several platforms as one: each call reaches the community's own."""

from dataclasses import replace

import pytest

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.notifier import ConsoleNotifier
from bot.adapters.console.platform import console_platform
from bot.core.switchboard import switchboard
from bot.domain.actions import Action, Outcome
from bot.domain.errors import PlatformBusy
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement, Notice
from bot.domain.people import Actor, Permission
from bot.domain.reasons import reason
from bot.ports.platform import Platform
from tests.factories import COMMUNITY, OTHER_COMMUNITY, card, case, effect, message
from tests.memory.store import MemoryStore


def _two() -> tuple[Platform, Platform, Platform]:
    one, two = console_platform(MemoryStore().inbox), console_platform(MemoryStore().inbox)
    return switchboard({COMMUNITY: one, OTHER_COMMUNITY: two}.get), one, two


async def test_effects_cards_and_notices_go_to_their_own_community_alone() -> None:
    """The other platform hears nothing of them."""
    board, one, two = _two()
    elsewhere = effect(of=message(community=OTHER_COMMUNITY))
    await board.enforcer.apply((elsewhere,))
    posted = await board.mod_log.post("k", card(case=replace(case(), community=OTHER_COMMUNITY)))
    await board.mod_log.announce(Announcement(community=OTHER_COMMUNITY, key="a", reason=reason("setup_done")))
    notice = Notice(
        community=OTHER_COMMUNITY,
        person=message().author.id,
        case=case().number,
        action=Action.DELETE,
        rule="Insult",
        rationale="",
        returned_text="",
    )
    await board.notifier.tell(elsewhere.key, notice)
    assert isinstance(one.enforcer, ConsoleEnforcer)
    assert isinstance(two.enforcer, ConsoleEnforcer)
    assert isinstance(one.mod_log, ConsoleModLog)
    assert isinstance(two.mod_log, ConsoleModLog)
    assert isinstance(two.notifier, ConsoleNotifier)
    assert (list(two.enforcer.done), list(two.mod_log.cards)) == ([elsewhere.key], [posted])
    assert (list(two.mod_log.announcements), list(two.notifier.told)) == (["a"], [elsewhere.key])
    assert (one.enforcer.done, one.mod_log.cards, one.mod_log.announcements) == ({}, {}, {})
    assert await board.mod_log.find(OTHER_COMMUNITY, "k") == posted
    assert await board.mod_log.find(COMMUNITY, "k") is None


async def test_questions_are_answered_by_the_communitys_own_platform() -> None:
    """What can be done, who may do it, what was said."""
    board, one, _ = _two()
    actor = Actor(community=COMMUNITY, person=message().author.id)
    assert await board.enforcer.capabilities(COMMUNITY) == await one.enforcer.capabilities(COMMUNITY)
    assert await board.directory.may(actor, Permission.MODERATE)
    assert await board.history.fetch(message().ref) is None
    assert await board.history.channels(COMMUNITY) == ()
    assert [found async for found in board.history.since(COMMUNITY, message().ref.channel, None, 5)] == []


async def test_a_community_that_nobody_serves_is_named_and_never_gone() -> None:
    """A token that was taken away, or a platform that is not there yet, says nothing of the community."""
    board = switchboard(lambda _community: None)
    with pytest.raises(PlatformBusy, match="discord:9 is not connected"):
        await board.enforcer.capabilities(CommunityId("discord:9"))


async def test_an_effect_in_a_community_that_nobody_serves_is_refused_and_not_an_error() -> None:
    """Carrying out goes on with the others."""
    board = switchboard(lambda _community: None)
    assert await board.enforcer.check(effect()) == reason("not_connected")
    assert await board.enforcer.away(COMMUNITY) == reason("not_connected")
    assert [result.outcome for result in await board.enforcer.apply((effect(),))] == [Outcome.REFUSED]
    assert await board.enforcer.find(effect()) is None
