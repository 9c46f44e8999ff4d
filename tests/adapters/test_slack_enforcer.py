"""What Slack lets a bot do, with its own token alone and with an admin's; refusals, pauses and requests to people."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.adapters.slack.platform import connect
from bot.core.recordings.clocks import SystemClock
from bot.domain.actions import Action, Outcome
from bot.domain.case import CaseStatus
from bot.domain.decision import Effect, EffectResult
from bot.domain.events import Delete, Message
from bot.domain.ids import CaseNumber, ChannelId, CommunityId, MessageId, MessageRef
from bot.domain.reasons import PlatformReason
from tests import factories
from tests.fakes.slack import User
from tests.fakes.slack.things import JSON
from tests.fakes.slack_rig import FAST, Rig, calling, rigged, slack_settings


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a workspace in which an admin's token is at hand."""
    async with rigged() as made:
        yield made


@pytest.fixture
async def alone() -> AsyncIterator[Rig]:
    """Return a workspace in which the bot has its own token alone."""
    async with rigged(deletes="no") as made:
        yield made


async def _said(rig: Rig, text: str, by: User | None = None) -> tuple[JSON, Message]:
    post = await rig.world.say(rig.general, by or rig.anna, text)
    ref = MessageRef(community=rig.community, channel=ChannelId(rig.general.id), message=MessageId(post["ts"]))
    found = await rig.platform.history.fetch(ref)
    assert found is not None
    return post, found


def _effect(action: Action, of: Message) -> Effect:
    return factories.effect(action, of=of, case=CaseNumber(12), rule="Insults", rationale="It insults.")


async def _apply(rig: Rig, action: Action, of: Message) -> EffectResult:
    [result] = await rig.platform.enforcer.apply((_effect(action, of),))
    return result


async def test_with_an_admins_token_a_message_is_deleted_in_that_persons_name(rig: Rig) -> None:
    """The bot's own token could not."""
    post, message = await _said(rig, "you fool")
    result = await _apply(rig, Action.DELETE, message)
    assert result.outcome is Outcome.APPLIED
    assert post["ts"] not in rig.general.posts


async def test_with_the_bots_token_alone_a_deletion_is_a_request_to_people(alone: Rig) -> None:
    """The message stays, and nothing was tried that Slack refuses anyway."""
    post, message = await _said(alone, "you fool")
    result = await _apply(alone, Action.DELETE, message)
    assert result.outcome is Outcome.REQUESTED
    assert result.why is not None
    assert result.why.code == PlatformReason.NO_ADMIN_TOKEN
    assert post["ts"] in alone.general.posts
    assert alone.world.called("chat.delete") == []


async def test_a_requested_deletion_is_found_done_when_people_did_it(alone: Rig) -> None:
    """The later deletion comes in as an event too."""
    post, message = await _said(alone, "you fool")
    assert await alone.platform.enforcer.find(_effect(Action.DELETE, message)) is None
    async with alone.linked():
        await alone.world.drop(alone.general, post)
        await alone.world.until(lambda: any(isinstance(event, Delete) for event in alone.events))
    found = await alone.platform.enforcer.find(_effect(Action.DELETE, message))
    assert found is not None
    assert found.outcome is Outcome.APPLIED


async def test_a_deletion_of_ours_is_no_news(rig: Rig) -> None:
    """Its event is not taken for the author's."""
    post, message = await _said(rig, "you fool")
    async with rig.linked():
        await _apply(rig, Action.DELETE, message)
        later, _ = await _said(rig, "and more")
        await rig.world.drop(rig.general, later)
        await rig.world.until(lambda: any(isinstance(event, Delete) for event in rig.events))
        await rig.world.until(lambda: not rig.world.sockets.pending)
    gone = [event.ref.message for event in rig.events if isinstance(event, Delete)]
    assert gone == [later["ts"]]
    assert post["ts"] not in gone


async def test_a_workspace_that_forbids_deletion_leaves_it_to_people(rig: Rig) -> None:
    """`cant_delete_message` even for the owner's token."""
    rig.team.forbids_admin_deletion = True
    _, message = await _said(rig, "you fool")
    result = await _apply(rig, Action.DELETE, message)
    assert result.outcome is Outcome.REQUESTED
    assert result.why is not None
    assert result.why.code == PlatformReason.NOT_DELETABLE


async def test_an_outsiders_message_in_a_shared_channel_is_left_to_people(rig: Rig) -> None:
    """Slack Connect: nobody here can delete it."""
    sauron = rig.world.user(rig.team, "Sauron", home="T9999")
    rig.general.members.add(sauron.id)
    rig.platform.workspaces[rig.community].people.add_user(sauron.payload())
    _, message = await _said(rig, "one ring", sauron)
    result = await _apply(rig, Action.DELETE, message)
    assert result.outcome is Outcome.REQUESTED
    assert result.why is not None
    assert result.why.code == PlatformReason.OUTSIDER


async def test_an_admin_who_is_none_any_more_leaves_deletion_to_people(rig: Rig) -> None:
    """Admins change; the token stays."""
    rig.elrond.is_admin = False
    _, message = await _said(rig, "you fool")
    assert (await _apply(rig, Action.DELETE, message)).outcome is Outcome.REQUESTED


async def test_a_pause_that_slack_asks_for_is_kept_for_the_method(rig: Rig) -> None:
    """The second call waits for what the first was told, instead of asking for the same refusal."""
    rig.world.fail("chat.delete", "ratelimited", status=429, retry_after=1)
    _, first = await _said(rig, "you fool")
    _, second = await _said(rig, "you too")
    results = await rig.platform.enforcer.apply((_effect(Action.DELETE, first), _effect(Action.DELETE, second)))
    assert [result.outcome for result in results] == [Outcome.APPLIED, Outcome.APPLIED]
    assert len(rig.world.called("chat.delete")) == 3


async def test_a_pause_holds_for_its_method_and_workspace_alone(rig: Rig) -> None:
    """While a deletion has to wait five minutes, cards are posted, and another workspace deletes."""
    shire = rig.world.team("Shire")
    sam, lobelia = rig.world.user(shire, "Sam", is_admin=True), rig.world.user(shire, "Lobelia")
    hobbiton = rig.world.channel(shire, "hobbiton")
    both = slack_settings(rig.world, rig.team, rig.elrond), slack_settings(rig.world, shire, sam)
    settings = replace(both[0], workspaces=both[0].workspaces + both[1].workspaces)
    platform = await connect(settings, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)
    _, here = await _said(rig, "you fool")
    rig.world.fail("chat.delete", "ratelimited", status=429, retry_after=300)
    [paused] = await platform.enforcer.apply((_effect(Action.DELETE, here),))
    assert paused.outcome is Outcome.FAILED
    asked = len(rig.world.called("chat.delete"))
    [again] = await platform.enforcer.apply((_effect(Action.DELETE, here),))
    assert (again.outcome, len(rig.world.called("chat.delete"))) == (Outcome.FAILED, asked)
    await platform.mod_log.post("case/1", factories.card(here))
    post = await rig.world.say(hobbiton, lobelia, "those spoons are mine")
    there = MessageRef(
        community=CommunityId(f"slack:{shire.id}"), channel=ChannelId(hobbiton.id), message=MessageId(post["ts"])
    )
    message = await platform.history.fetch(there)
    assert message is not None
    [elsewhere] = await platform.enforcer.apply((_effect(Action.DELETE, message),))
    assert elsewhere.outcome is Outcome.APPLIED


async def test_a_long_pause_is_a_failure_that_says_how_long(rig: Rig) -> None:
    """Nothing else waits five minutes for one deletion."""
    rig.world.fail("chat.delete", "ratelimited", status=429, retry_after=300)
    _, message = await _said(rig, "you fool")
    result = await _apply(rig, Action.DELETE, message)
    assert result.outcome is Outcome.FAILED
    assert result.why is not None
    assert result.why.code == PlatformReason.RATE_LIMITED
    assert int(result.why.value("seconds")) in range(290, 301)


async def test_a_warning_is_a_direct_message_and_shows_in_the_channel_too(rig: Rig) -> None:
    """The direct message is what counts."""
    _, message = await _said(rig, "you fool")
    assert (await _apply(rig, Action.WARN, message)).outcome is Outcome.APPLIED
    told = list(rig.world.direct(rig.team, rig.anna).posts.values())
    assert len(told) == 1
    assert [(channel, person) for channel, person, _ in rig.world.ephemerals] == [(rig.general.id, rig.anna.id)]


async def test_a_warning_and_its_notice_tell_the_author_once(rig: Rig) -> None:
    """Both of one decision."""
    _, message = await _said(rig, "you fool")
    await _apply(rig, Action.WARN, message)
    await _apply(rig, Action.NOTICE, message)
    assert len(rig.world.direct(rig.team, rig.anna).posts) == 1


async def test_a_warning_whose_ephemeral_fails_is_a_warning_all_the_same(rig: Rig) -> None:
    """The author has left the channel meanwhile."""
    _, message = await _said(rig, "you fool")
    rig.general.members.discard(rig.anna.id)
    assert (await _apply(rig, Action.WARN, message)).outcome is Outcome.APPLIED
    assert rig.world.ephemerals == []


async def test_nobody_is_told_of_a_deletion_that_was_only_requested(alone: Rig) -> None:
    """The message still stands."""
    _, message = await _said(alone, "you fool")
    told = replace(_effect(Action.NOTICE, message), told_of=Action.DELETE)
    [result] = await alone.platform.enforcer.apply((told,))
    assert result.outcome is Outcome.SUPPRESSED
    assert alone.world.called("chat.postMessage") == []


async def test_escalating_calls_the_user_group_in_the_cards_thread(rig: Rig) -> None:
    """And once more finds the call instead of repeating it."""
    _, message = await _said(rig, "you fool")
    card = factories.card(message)
    key = f"case:{rig.community}:1"
    await rig.platform.mod_log.post(key, card)
    effect = replace(_effect(Action.ESCALATE, message), case=CaseNumber(1))
    assert await rig.platform.enforcer.find(effect) is None
    [result] = await rig.platform.enforcer.apply((effect,))
    assert result.outcome is Outcome.APPLIED
    assert await rig.platform.enforcer.find(effect) is not None
    posted, call = rig.cards()
    assert call["thread_ts"] == posted["ts"]
    assert f"<!subteam^{rig.moderators.id}>" in str(call["blocks"])


async def test_an_escalated_case_calls_the_group_once(rig: Rig) -> None:
    """The card mentions nobody, neither when it is posted nor when it is redrawn: the call in its thread does."""
    _, message = await _said(rig, "you fool")
    card = factories.card(message)
    escalated = replace(card, decision=replace(card.decision, action=Action.ESCALATE))
    key = f"case:{rig.community}:1"
    card_id = await rig.platform.mod_log.post(key, escalated)
    await rig.platform.enforcer.apply((replace(_effect(Action.ESCALATE, message), case=CaseNumber(1)),))
    await rig.platform.mod_log.update(card_id, escalated)
    assert [str(post["blocks"]).count("<!subteam") for post in rig.cards()] == [0, 1]


async def test_without_a_group_nobody_is_called(rig: Rig) -> None:
    """The card stands in the mod log in any case."""
    rig.settings = replace(rig.settings, escalate_to=None)
    _, message = await _said(rig, "you fool")
    [result] = await rig.platform.enforcer.apply((replace(_effect(Action.ESCALATE, message), case=CaseNumber(1)),))
    assert result.why is not None
    assert (result.outcome, result.why.code) == (Outcome.REFUSED, PlatformReason.NO_ROLE)
    assert rig.cards() == []


@pytest.mark.parametrize("action", [Action.TIMEOUT, Action.SLOWMODE, Action.QUARANTINE, Action.LOCKDOWN, Action.KICK])
async def test_what_slack_offers_no_bot_is_refused_and_named(rig: Rig, action: Action) -> None:
    """It is not among the capabilities either."""
    _, message = await _said(rig, "you fool")
    result = await _apply(rig, action, message)
    assert result.outcome is Outcome.REFUSED
    assert result.why is not None
    assert result.why.code == PlatformReason.NOT_SUPPORTED
    assert action not in await rig.platform.enforcer.capabilities(rig.community)


async def test_a_ban_is_a_recommendation(rig: Rig) -> None:
    """Slack's own pages do it; the card says so."""
    _, message = await _said(rig, "you fool")
    assert (await _apply(rig, Action.BAN, message)).outcome is Outcome.REQUESTED


async def test_a_severe_text_is_not_on_the_card(rig: Rig) -> None:
    """Slack has no spoilers: it stands behind More…."""
    _, message = await _said(rig, "something terrible")
    await rig.platform.mod_log.post("case/1", replace(factories.card(message), severe=True))
    [post] = rig.cards()
    assert "terrible" not in str(post["blocks"])


async def test_a_decided_card_keeps_what_still_can_be_done(rig: Rig) -> None:
    """And an open one has the four, and the link to the message."""
    _, message = await _said(rig, "you fool")
    card = replace(factories.card(message), effects=())
    card_id = await rig.platform.mod_log.post("case/1", card)
    [post] = rig.cards()
    actions = next(block for block in post["blocks"] if block["type"] == "actions")
    labels = [element["text"]["text"] for element in actions["elements"]]
    assert labels == ["Right", "Wrong", "Act…", "More…"]
    assert any("accessory" in block for block in post["blocks"])
    review = factories.review(by_name="Elrond")
    decided = replace(card, case=replace(card.case, status=CaseStatus.UPHELD), reviews=(review,))
    await rig.platform.mod_log.update(card_id, decided)
    [post] = rig.cards()
    actions = next(block for block in post["blocks"] if block["type"] == "actions")
    assert [element["text"]["text"] for element in actions["elements"]] == ["Act…", "More…"]
    assert "Elrond" in str(post["blocks"])
