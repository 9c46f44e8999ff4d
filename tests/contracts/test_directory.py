"""What every directory promises."""

from bot.domain.ids import CommunityId, PersonId
from bot.domain.people import Actor, Permission
from tests.contracts.scene import Scene


def actor(scene: Scene, who: PersonId) -> Actor:
    """Return somebody in the scene's community."""
    return Actor(community=scene.community, person=who)


async def test_an_ordinary_member_may_nothing(scene: Scene) -> None:
    """Neither decide cases nor change settings."""
    who = actor(scene, scene.new_member())
    assert not any([await scene.directory.may(who, permission) for permission in Permission])


async def test_a_moderator_decides_cases_and_changes_no_settings(scene: Scene) -> None:
    """Two rights, told apart."""
    who = actor(scene, await scene.new_moderator())
    assert await scene.directory.may(who, Permission.MODERATE)
    assert not await scene.directory.may(who, Permission.ADMINISTER)


async def test_an_admin_may_change_settings(scene: Scene) -> None:
    """And decide cases."""
    who = actor(scene, await scene.new_admin())
    assert await scene.directory.may(who, Permission.ADMINISTER)
    assert await scene.directory.may(who, Permission.MODERATE)


async def test_a_right_that_was_taken_away_is_gone_at_once(scene: Scene) -> None:
    """The present counts, not what was known."""
    moderator = await scene.new_moderator()
    who = actor(scene, moderator)
    assert await scene.directory.may(who, Permission.MODERATE)
    scene.demote(moderator)
    assert not await scene.directory.may(who, Permission.MODERATE)


async def test_rights_here_are_none_elsewhere(scene: Scene) -> None:
    """A moderator of one community is nobody in another."""
    who = Actor(community=CommunityId("elsewhere:1"), person=await scene.new_moderator())
    assert not await scene.directory.may(who, Permission.MODERATE)


async def test_somebody_unknown_may_nothing(scene: Scene) -> None:
    """Whatever their id looks like."""
    for person in ("1", "", "not-an-id", "99999999999999999999999"):
        assert not await scene.directory.may(actor(scene, PersonId(person)), Permission.MODERATE)
