"""Why Slack does not let a message be deleted: the true reason, on the card, and once in the moderators' channel."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.adapters.slack.platform import connect
from bot.core.recordings.clocks import SystemClock
from bot.domain.actions import Action, Outcome
from bot.domain.decision import EffectResult
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, ChannelId, MessageId, MessageRef, PersonId
from bot.domain.people import Actor, Permission
from bot.domain.reasons import PlatformReason, Reason
from tests import factories
from tests.fakes.slack import Channel
from tests.fakes.slack_rig import FAST, Rig, calling, rigged, slack_settings


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a workspace in which Elrond's token deletes."""
    async with rigged() as made:
        yield made


async def _said(rig: Rig, channel: Channel) -> Message:
    post = await rig.world.say(channel, rig.anna, "you fool")
    ref = MessageRef(community=rig.community, channel=ChannelId(channel.id), message=MessageId(post["ts"]))
    found = await rig.platform.history.fetch(ref)
    assert found is not None
    return found


async def _delete(rig: Rig, message: Message) -> EffectResult:
    effect = factories.effect(Action.DELETE, of=message, case=CaseNumber(12))
    [result] = await rig.platform.enforcer.apply((effect,))
    return result


async def _why(rig: Rig, channel: Channel) -> Reason:
    result = await _delete(rig, await _said(rig, channel))
    assert (result.outcome, result.why is None) == (Outcome.REQUESTED, False)
    assert result.why is not None
    return result.why


def _told(rig: Rig) -> list[str]:
    return [post["text"] for post in rig.cards()]


async def test_a_private_channel_without_the_deleting_account_is_not_gone(rig: Rig) -> None:
    """Slack says `channel_not_found` to it. The channel and the account are named, once, with what to do."""
    council = rig.world.channel(rig.team, "council", kind="group")
    council.members.discard(rig.elrond.id)
    for _ in range(2):
        why = await _why(rig, council)
        assert why.code == PlatformReason.ADMIN_NOT_IN_CHANNEL
        assert (why.value("channel"), why.value("name")) == ("#council", "Elrond")
    [told] = _told(rig)
    assert "#council" in told
    assert "Elrond" in told
    council.members.add(rig.elrond.id)
    assert (await _delete(rig, await _said(rig, council))).outcome is Outcome.APPLIED


async def test_a_channel_that_is_really_gone_is_called_so(rig: Rig) -> None:
    """The bot does not see it either."""
    message = await _said(rig, rig.general)
    del rig.world.channels[rig.general.id]
    result = await _delete(rig, message)
    assert result.why is not None
    assert result.why.code == PlatformReason.CHANNEL_GONE
    assert _told(rig) == []


async def test_a_revoked_token_is_called_so(rig: Rig) -> None:
    """Not "the bot may only delete its own messages"; each card says so, and the moderators' channel is told once."""
    rig.world.tokens[f"xoxp-{rig.elrond.id}"].revoked = True
    assert [(await _why(rig, rig.general)).code for _ in range(2)] == [PlatformReason.ADMIN_TOKEN_LOST] * 2
    [told] = _told(rig)
    assert "token" in told


async def test_a_token_that_was_revoked_before_the_start_is_called_so_and_used_once_it_works(rig: Rig) -> None:
    """What stands in the way at the start is looked at anew at each deletion."""
    token = rig.world.tokens[f"xoxp-{rig.elrond.id}"]
    token.revoked = True
    settings = slack_settings(rig.world, rig.team, None)
    keys = replace(settings.workspaces[0], admin_token=token.value)
    settings = replace(settings, workspaces=(keys,))
    rig.platform = await connect(settings, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)
    assert (await _why(rig, rig.general)).code == PlatformReason.ADMIN_TOKEN_LOST
    token.revoked = False
    assert (await _delete(rig, await _said(rig, rig.general))).outcome is Outcome.APPLIED


async def test_an_account_that_is_no_admin_any_more_is_called_so(rig: Rig) -> None:
    """Slack says the same as where the settings forbid it."""
    rig.elrond.is_admin = False
    why = await _why(rig, rig.general)
    assert (why.code, why.value("name")) == (PlatformReason.ADMIN_RIGHTS_LOST, "Elrond")
    [told] = _told(rig)
    assert "Elrond" in told
    rig.elrond.is_admin, rig.team.forbids_admin_deletion = True, True
    assert (await _why(rig, rig.general)).code == PlatformReason.NOT_DELETABLE


async def test_a_slack_that_can_not_be_asked_why_is_a_failure_and_no_reason_is_made_up(rig: Rig) -> None:
    """It is tried later."""
    message = await _said(rig, rig.general)
    rig.elrond.is_admin = False
    rig.world.fail("users.info", "fatal_error", times=9)
    result = await _delete(rig, message)
    assert result.outcome is Outcome.FAILED
    assert result.why is not None
    assert result.why.code == PlatformReason.PLATFORM_DOWN


# Several workspaces of one organisation


async def test_in_an_organisation_rights_go_by_the_workspaces_of_an_account(rig: Rig) -> None:
    """Slack names the organisation, or another workspace, in `team_id`; ids begin with W there."""
    galadriel = rig.world.user(rig.team, "Galadriel", id="W0042", home="E0001", teams=(rig.team.id,), is_admin=True)
    celeborn = rig.world.user(rig.team, "Celeborn", id="W0043", home=rig.team.id, teams=("T9999",), is_admin=True)
    rig.general.members |= {galadriel.id, celeborn.id}
    may = [
        await rig.platform.directory.may(
            Actor(community=rig.community, person=PersonId(person.id)), Permission.ADMINISTER
        )
        for person in (galadriel, celeborn)
    ]
    assert may == [True, False]


async def test_in_an_organisation_outsiders_are_told_by_the_workspaces_of_an_account(rig: Rig) -> None:
    """A member whose `team_id` is the organisation's is none; Slack forbids deletion here for another reason."""
    rig.anna.home, rig.anna.teams = "E0001", (rig.team.id,)
    rig.general.members.add(rig.anna.id)
    rig.platform.workspaces[rig.community].people.add_user(rig.anna.payload())
    rig.team.forbids_admin_deletion = True
    assert (await _why(rig, rig.general)).code == PlatformReason.NOT_DELETABLE
    rig.anna.teams = ("T9999",)
    rig.platform.workspaces[rig.community].people.add_user(rig.anna.payload())
    assert (await _why(rig, rig.general)).code == PlatformReason.OUTSIDER


async def test_in_an_organisation_an_admin_is_a_moderator_by_the_workspaces_of_the_account(rig: Rig) -> None:
    """Their own messages are not judged as a member's are."""
    rig.elrond.home, rig.elrond.teams = "E0001", (rig.team.id,)
    rig.general.members.add(rig.elrond.id)
    rig.platform.workspaces[rig.community].people.add_user(rig.elrond.payload())
    post = await rig.world.say(rig.general, rig.elrond, "hello")
    ref = MessageRef(community=rig.community, channel=ChannelId(rig.general.id), message=MessageId(post["ts"]))
    message = await rig.platform.history.fetch(ref)
    assert message is not None
    assert message.author.is_moderator
