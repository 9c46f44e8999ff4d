"""Setup, the home tab, and what happens to the app itself on Slack."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.slack.desk.setup_page import plan_in
from bot.domain.answer import Answer, AnswerKind, SetupPlan
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.reasons import reason
from tests.adapters.slack_stage import settled
from tests.fakes.desk import done
from tests.fakes.slack.exchange import Exchange, texts
from tests.fakes.slack_rig import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a running workspace."""
    async with rigged() as made, made.linked():
        yield made


async def _asked(rig: Rig, method: str) -> Any:
    await rig.world.until(lambda: bool(rig.desk.calls(method)))
    return rig.desk.calls(method)[-1]


async def test_setup_collects_a_plan(rig: Rig) -> None:
    """One form; the desk then saves, measures and begins."""
    exchange = await rig.world.slash(rig.general, rig.elrond, "setup")
    await exchange.modal("Where should cards go?")
    await rig.world.submit(
        exchange,
        mod_log=rig.log.id,
        policies=["harassment"],
        moderators=[rig.moderators.id],
        channels=[rig.general.id],
        escalate_to=rig.moderators.id,
        language="de",
    )
    plan = await _asked(rig, "set_up")
    assert plan == SetupPlan(
        mod_log=ChannelId(rig.log.id),
        moderators=frozenset({rig.moderators.id}),
        policies=(PolicyId("harassment"),),
        channels=frozenset({ChannelId(rig.general.id)}),
        language="de",
        escalate_to=rig.moderators.id,
    )


async def test_who_is_called_can_be_cleared(rig: Rig) -> None:
    """Nobody chosen is nobody called."""
    exchange = await rig.world.slash(rig.general, rig.elrond, "setup")
    await exchange.modal("Where should cards go?")
    await rig.world.submit(exchange, mod_log=rig.log.id, policies=["harassment"], language="en")
    plan = await _asked(rig, "set_up")
    assert (plan.escalate_to, plan.moderators) == ("", frozenset())


def test_what_the_form_does_not_ask_stays_as_it_is() -> None:
    """A workspace without user groups has nothing to choose from there."""
    chosen = {
        "mod_log": {"mod_log": {"selected_conversation": "C1"}},
        "policies": {"policies": {"selected_options": [{"value": "harassment"}]}},
    }
    plan = plan_in({"state": {"values": chosen}})
    assert plan is not None
    assert (plan.escalate_to, plan.moderators) == (None, None)


async def test_a_setup_begins_with_what_holds_now(rig: Rig) -> None:
    """Setting up again changes nothing that nobody touched."""
    rig.desk.chosen = replace(
        rig.desk.chosen,
        mod_log=ChannelId(rig.log.id),
        moderators=frozenset({rig.moderators.id}),
        escalate_to=rig.moderators.id,
        language="fr",
    )
    exchange = await rig.world.slash(rig.general, rig.elrond, "setup")
    view = await exchange.modal("Where should cards go?")
    asked = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert asked["mod_log"]["initial_conversation"] == rig.log.id
    assert [option["value"] for option in asked["moderators"]["initial_options"]] == [rig.moderators.id]
    assert asked["escalate_to"]["initial_option"]["value"] == rig.moderators.id
    assert [option["value"] for option in asked["policies"]["initial_options"]] == ["harassment"]
    assert asked["language"]["initial_option"]["text"]["text"] == "Français"


async def test_a_form_that_slack_refuses_is_asked_without_the_choices_of_before(rig: Rig) -> None:
    """The channel for cards was deleted meanwhile: another can be chosen."""
    rig.desk.chosen = replace(rig.desk.chosen, mod_log=ChannelId("G404"))
    rig.world.fail("views.update", "invalid_arguments")
    exchange = await rig.world.slash(rig.general, rig.elrond, "setup")
    view = await exchange.modal("Where should cards go?")
    assert "G404" not in str(view)


async def test_setup_is_for_admins(rig: Rig) -> None:
    """A moderator is told so before they choose anything, and who may; the refusal is the desk's."""
    rig.desk.answers["why_no_setup"] = Answer(kind=AnswerKind.REFUSED, lines=(reason("press.not_an_admin"),))
    exchange = await rig.world.slash(rig.general, rig.glorfindel, "setup")
    view = await exchange.modal("Only admins")
    assert "submit" not in view
    assert "An owner or admin of this workspace can type /mod setup." in texts(view)


@pytest.mark.parametrize(
    ("kind", "words"), [("channel", "Everybody can read"), ("group", "Type /invite in that channel")]
)
async def test_setup_refuses_a_channel_that_would_not_do(rig: Rig, kind: str, words: str) -> None:
    """A public one, and one in which the bot is not: the form stays open, with the reason beside the choice."""
    chosen = rig.world.channel(rig.team, "elsewhere", kind=kind)
    if kind == "group":
        chosen.kind = "channel"
        chosen.members.discard(rig.team.bot.id)
    exchange = await rig.world.slash(rig.general, rig.elrond, "setup")
    await exchange.modal("Where should cards go?")
    answered = await rig.world.submit(exchange, mod_log=chosen.id, policies=["harassment"], language="en")
    assert answered.ack is not None
    assert answered.ack["response_action"] == "errors"
    assert words in answered.ack["errors"]["mod_log"]
    assert rig.desk.calls("set_up") == []


async def _submitted_setup(rig: Rig) -> Exchange:
    exchange = await rig.world.slash(rig.general, rig.elrond, "setup")
    await exchange.modal("Where should cards go?")
    await rig.world.submit(exchange, mod_log=rig.log.id, policies=["harassment"], language="en")
    return exchange


async def test_a_setup_shows_how_far_it_is_and_can_be_stopped(rig: Rig) -> None:
    """By the admin who began it."""
    rig.desk.steps = (done("setup.measuring"), done("setup.reading", done=3, count=9, cases=1))
    exchange = await _submitted_setup(rig)
    await exchange.modal("3 of 9")
    exchange.by = rig.glorfindel
    rig.world.opened.append((rig.glorfindel.id, rig.world.opened[-1][1]))
    await rig.world.press_in_view(exchange, "setup_stop")
    assert rig.desk.calls("set_up") == []
    exchange.by = rig.elrond
    await rig.world.press_in_view(exchange, "setup_stop")
    await exchange.modal("Done.")
    assert len(rig.desk.calls("set_up")) == 1
    assert rig.desk.calls("forged") == []


async def test_a_setup_under_way_does_not_keep_the_run_from_ending() -> None:
    """Everything that it handed in is on record; the next run reads on."""
    async with rigged() as rig:
        rig.desk.steps = (done("setup.measuring"),)
        async with asyncio.timeout(10):
            async with rig.linked():
                exchange = await _submitted_setup(rig)
                await exchange.modal("Measuring")
    assert rig.desk.calls("set_up") == []


async def test_a_setup_whose_form_was_closed_ends_in_direct_messages(rig: Rig) -> None:
    """Reading messages takes minutes; nobody has to wait with the form open."""
    exchange = await rig.world.slash(rig.general, rig.elrond, "setup")
    await exchange.modal("Where should cards go?")
    rig.world.fail("views.update", "not_found", times=5)
    await rig.world.submit(exchange, mod_log=rig.log.id, policies=["harassment"], language="en")
    direct = rig.world.direct(rig.team, rig.elrond)
    await rig.world.until(lambda: bool(direct.posts))
    assert "Done." in texts(list(direct.posts.values()))


async def test_the_home_tab_shows_moderators_how_things_stand(rig: Rig) -> None:
    """As the desk tells it."""
    view = await rig.world.open_home(rig.team, rig.glorfindel)
    assert "How things stand" in texts(view)


async def test_the_home_tab_shows_a_member_their_own(rig: Rig) -> None:
    """And what is read and kept."""
    view = await rig.world.open_home(rig.team, rig.anna)
    assert "How things stand" not in texts(view)
    assert "What is read and kept" in texts(view)


async def test_a_mention_is_answered_with_how_to_reach_moderators(rig: Rig) -> None:
    """For their eyes alone."""
    mention = {"type": "app_mention", "user": rig.anna.id, "channel": rig.general.id, "event_ts": rig.world.next_ts()}
    await rig.world.emit(rig.team, mention)
    await rig.world.until(lambda: bool(rig.world.called("chat.postEphemeral")))
    await rig.world.until(lambda: bool(rig.world.ephemerals))
    assert rig.world.ephemerals[0][:2] == (rig.general.id, rig.anna.id)


async def test_a_new_public_channel_is_joined(rig: Rig) -> None:
    """So that it is read from its first message on."""
    created = rig.world.channel(rig.team, "new", watched="no")
    payload = created.payload(rig.team.bot.id)
    await rig.world.emit(rig.team, {"type": "channel_created", "channel": payload, "event_ts": rig.world.next_ts()})
    await rig.world.until(lambda: rig.team.bot.id in created.members)


async def test_the_name_of_a_private_channel_is_learned_when_the_bot_is_invited(rig: Rig) -> None:
    """Nobody could see it before."""
    secret = rig.world.channel(rig.team, "council", kind="group")
    people = rig.platform.workspaces[rig.community].people
    assert people.channel(secret.id) == "channel"
    joined = {"type": "member_joined_channel", "user": rig.team.bot.id, "channel": secret.id}
    await rig.world.emit(rig.team, joined | {"event_ts": rig.world.next_ts()})
    await settled(lambda: people.channel(secret.id) == "council")


async def test_losing_the_app_is_on_record(rig: Rig) -> None:
    """An admin uninstalled it."""
    await rig.world.emit(rig.team, {"type": "app_uninstalled", "event_ts": rig.world.next_ts()})
    await rig.world.until(lambda: bool(rig.notes))
    assert rig.notes[0].details == (("what", "app_uninstalled"),)
