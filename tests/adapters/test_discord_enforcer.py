"""Discord's own rules for what may be done, to whom, and in which numbers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect, EffectResult, channel_target, message_target, person_target
from bot.domain.ids import CaseNumber, ChannelId, PersonId
from bot.domain.reasons import PlatformReason
from tests import factories
from tests.fakes.discord import Member, Post
from tests.fakes.discord_rig import USUAL, Rig, person, rigged

DAY = 86_400


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a bot that may do everything usual; tests build their people before they connect."""
    async with rigged() as made:
        yield made


def effect(rig: Rig, action: Action, *, on: Member | None = None, post: Post | None = None, **more: object) -> Effect:
    """Return an effect of case 12 on a member, a message or the channel `general`."""
    channel = ChannelId(str(rig.general.id))
    target = channel_target(channel)
    if on is not None:
        target = person_target(person(on))
    if post is not None:
        target = message_target(rig.ref(post))
    made = Effect(
        key=replace(factories.effect().key, action=action, target=target),
        community=rig.community,
        case=CaseNumber(12),
        message=rig.ref(post) if post is not None else None,
        person=person(on) if on is not None else None,
        channel=channel,
        mode=factories.effect().mode,
        rule="Insults",
        rationale="It calls somebody a fool.",
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def apply(rig: Rig, *effects: Effect) -> list[EffectResult]:
    """Carry effects out."""
    return list(await rig.platform.enforcer.apply(effects))


def why(result: EffectResult) -> tuple[Outcome, str]:
    """Return an outcome and its reason's code."""
    return result.outcome, result.why.code if result.why else ""


async def test_a_timeout_is_set_with_its_reason_and_lifted_again(rig: Rig) -> None:
    """The audit log says case, rule and rationale."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        [result] = await apply(rig, effect(rig, Action.TIMEOUT, on=anna, seconds=600))
        assert result.outcome is Outcome.APPLIED
        assert anna.timeout_until is not None
        left = anna.timeout_until - datetime.now(UTC)
        assert timedelta(seconds=590) < left <= timedelta(seconds=600)
        assert rig.guild.audit[-1]["reason"] == "[case 12] Insults: It calls somebody a fool."
        await rig.world.until(lambda: rig.platform.gateway.get_guild(rig.guild.id) is not None)
        found = await rig.platform.enforcer.find(effect(rig, Action.TIMEOUT, on=anna, seconds=600))
        assert found is not None
        await rig.world.until(lambda: _is_known_timed_out(rig, anna))
        await apply(rig, effect(rig, Action.LIFT, on=anna, told_of=Action.TIMEOUT))
        assert anna.timeout_until is None


def _is_known_timed_out(rig: Rig, who: Member) -> bool:
    guild = rig.platform.gateway.get_guild(rig.guild.id)
    member = guild.get_member(who.user.id) if guild is not None else None
    return member is None or member.is_timed_out()


async def test_a_timeout_is_cut_to_what_discord_takes_and_never_shortened(rig: Rig) -> None:
    """Twenty-eight days at most; a longer one that a person gave stays."""
    anna, bert = rig.world.member(rig.guild, "anna"), rig.world.member(rig.guild, "bert")
    until = datetime.now(UTC) + timedelta(days=20)
    bert.timeout_until = until
    async with rig.connected():
        wanted = [
            effect(rig, Action.TIMEOUT, on=who, seconds=seconds) for who, seconds in ((anna, 99 * DAY), (bert, 60))
        ]
        results = [result.outcome for item in wanted for result in await apply(rig, item)]
    assert results == [Outcome.APPLIED, Outcome.APPLIED]
    assert anna.timeout_until is not None
    assert anna.timeout_until - datetime.now(UTC) <= timedelta(days=28)
    assert bert.timeout_until == until


@pytest.mark.parametrize("action", [Action.TIMEOUT, Action.KICK, Action.BAN])
async def test_those_above_the_bot_and_the_owner_are_refused_without_a_call(rig: Rig, action: Action) -> None:
    """Ten thousand refusals in ten minutes ban the whole host."""
    boss = rig.world.member(rig.guild, "boss", rig.world.role(rig.guild, "boss", 11))
    admin = rig.world.member(rig.guild, "admin", rig.world.role(rig.guild, "admin", 3, administrator=True))
    owner = rig.guild.members[rig.guild.owner.id]
    own = rig.guild.members[rig.world.bot.id]
    async with rig.connected():
        before = len(rig.world.requests)
        found = [why((await apply(rig, effect(rig, action, on=who, seconds=60)))[0]) for who in (boss, owner, own)]
        if action is Action.TIMEOUT:
            found.append(why((await apply(rig, effect(rig, action, on=admin, seconds=60)))[0]))
        changing = [call for call in rig.world.requests[before:] if call.method != "GET"]
    expected = [PlatformReason.ROLE_ORDER, PlatformReason.OWNER, PlatformReason.OWN_ACCOUNT]
    expected += [PlatformReason.ADMINISTRATOR] if action is Action.TIMEOUT else []
    assert found == [(Outcome.REFUSED, code) for code in expected]
    assert changing == []


@pytest.mark.parametrize("action", [Action.TIMEOUT, Action.KICK, Action.BAN])
async def test_nobody_reaches_through_the_bot_what_is_above_themselves(rig: Rig, action: Action) -> None:
    """Discord would refuse it to them; the bot's higher role is not theirs. Nor does a right outlive a membership."""
    low, high = rig.world.role(rig.guild, "mods", 2), rig.world.role(rig.guild, "head mods", 3)
    mod, peer, head = (rig.world.member(rig.guild, name, role) for name, role in (("a", low), ("b", low), ("c", high)))
    anna = rig.world.member(rig.guild, "anna")
    owner = rig.guild.members[rig.guild.owner.id]
    tried = [
        *(effect(rig, action, on=who, by=person(mod), seconds=60) for who in (head, peer, mod)),
        effect(rig, action, on=anna, by=PersonId("77"), seconds=60),
    ]
    async with rig.connected():
        before = len(rig.world.requests)
        found = [why((await apply(rig, wanted))[0]) for wanted in tried]
        changing = [call for call in rig.world.requests[before:] if call.method != "GET"]
        fine = [(on, by) for on, by in ((anna, mod), (peer, head), (head, owner))]
        done = [(await apply(rig, effect(rig, action, on=on, by=person(by), seconds=60)))[0] for on, by in fine]
    assert found == [(Outcome.REFUSED, PlatformReason.ABOVE_PRESSER)] * 4
    assert changing == []
    assert [result.outcome for result in done] == [Outcome.APPLIED] * 3


async def test_several_bans_at_once_spare_who_is_above_the_presser(rig: Rig) -> None:
    """Each of an incident's authors is looked at."""
    low, high = rig.world.role(rig.guild, "mods", 2), rig.world.role(rig.guild, "head mods", 3)
    mod, head = (rig.world.member(rig.guild, name, role) for name, role in (("a", low), ("b", high)))
    crowd = [head, *(rig.world.member(rig.guild, name) for name in ("c", "d", "e"))]
    async with rig.connected():
        results = await apply(rig, *(effect(rig, Action.BAN, on=who, by=person(mod)) for who in crowd))
    assert [result.outcome for result in results] == [Outcome.REFUSED, *[Outcome.APPLIED] * 3]
    assert head.user.id not in rig.guild.bans


async def test_kick_and_ban_leave_their_reason_and_a_ban_can_be_lifted(rig: Rig) -> None:
    """Only this case's own ban is lifted."""
    anna, bert = rig.world.member(rig.guild, "anna"), rig.world.member(rig.guild, "bert")
    mod = rig.world.member(rig.guild, "mod", rig.world.role(rig.guild, "mod", 2))
    rig.guild.bans[rig.world.user("carl").id] = "by hand"
    carl = next(iter(rig.guild.bans))
    async with rig.connected():
        await apply(rig, effect(rig, Action.KICK, on=anna, by=person(mod)))
        assert rig.guild.audit[-1]["reason"].endswith(f"(asked for by {person(mod)})")
        await apply(rig, effect(rig, Action.BAN, on=bert))
        assert rig.guild.bans[bert.user.id].startswith("[case 12]")
        assert await rig.platform.enforcer.find(effect(rig, Action.BAN, on=bert)) is not None
        await apply(rig, effect(rig, Action.LIFT, on=bert, told_of=Action.BAN))
        foreign = replace(effect(rig, Action.LIFT, on=bert, told_of=Action.BAN), person=PersonId(str(carl)))
        await apply(rig, foreign)
    assert anna.user.id not in rig.guild.members
    assert set(rig.guild.bans) == {carl}


async def test_quarantine_gives_the_role_when_it_stands_below_the_bots_own(rig: Rig) -> None:
    """A role that is gone or too high is named as such."""
    anna = rig.world.member(rig.guild, "anna")
    low, high = rig.world.role(rig.guild, "quarantine", 2), rig.world.role(rig.guild, "high", 12)
    async with rig.connected():
        [good] = await apply(rig, effect(rig, Action.QUARANTINE, on=anna, role=str(low.id)))
        found = [
            why((await apply(rig, effect(rig, Action.QUARANTINE, on=anna, role=role)))[0])
            for role in (str(high.id), "12345", "")
        ]
    assert good.outcome is Outcome.APPLIED
    assert low.id in anna.roles
    codes = [PlatformReason.ROLE_ORDER, PlatformReason.NO_ROLE, PlatformReason.NO_ROLE]
    assert found == [(Outcome.REFUSED, code) for code in codes]


async def test_slowmode_and_lockdown_are_set_and_lifted(rig: Rig) -> None:
    """A channel that was closed before is not ours to open."""
    everyone = rig.guild.roles[rig.guild.id]
    closed = rig.world.channel(rig.guild, "rules")
    rig.world.deny(closed, everyone, send_messages=True)
    async with rig.connected():
        await apply(rig, effect(rig, Action.SLOWMODE, seconds=600))
        await apply(rig, effect(rig, Action.LOCKDOWN, seconds=1800))
        assert rig.general.slowmode == 30
        assert rig.general.overwrites[everyone.id][2] != 0
        [refused] = await apply(rig, effect(rig, Action.LOCKDOWN, channel=ChannelId(str(closed.id))))
        await rig.world.until(lambda: _is_known_closed(rig))
        await apply(rig, effect(rig, Action.LIFT))
    assert why(refused) == (Outcome.REFUSED, PlatformReason.ALREADY_CLOSED)
    assert rig.general.slowmode == 0
    assert rig.general.overwrites[everyone.id][2] == 0


def _is_known_closed(rig: Rig) -> bool:
    guild = rig.platform.gateway.get_guild(rig.guild.id)
    channel = guild.get_channel(rig.general.id) if guild is not None else None
    return channel is not None and channel.overwrites_for(channel.guild.default_role).send_messages is False


async def test_bulk_deletion_keeps_to_discords_numbers_and_ages(rig: Rig) -> None:
    """Two hundred and one young ones in three calls, the old one and the odd one singly."""
    anna = rig.world.member(rig.guild, "anna")
    old = await rig.world.say(rig.general, anna, "old", age=timedelta(days=15), heard=False)
    young = [await rig.world.say(rig.general, anna, f"spam {number}", heard=False) for number in range(201)]
    async with rig.connected():
        wanted = [effect(rig, Action.DELETE, post=post, on=anna) for post in (old, *young)]
        wanted = [replace(item, key=replace(item.key, target=f"m{index}")) for index, item in enumerate(wanted)]
        results = await apply(rig, *wanted)
        bulk = rig.world.asked("POST", r"/channels/\d+/messages/bulk-delete")
        single = rig.world.asked("DELETE", r"/channels/\d+/messages/\d+")
    assert {result.outcome for result in results} == {Outcome.APPLIED}
    assert [len(call.body["messages"]) for call in bulk] == [100, 100]
    assert len(single) == 2
    assert rig.general.posts == {}


async def test_a_bulk_ban_lists_whom_it_could_not_ban(rig: Rig) -> None:
    """One call for all that may be banned; the others keep their reasons."""
    raiders = [rig.world.member(rig.guild, f"raider-{number}") for number in range(5)]
    boss = rig.world.member(rig.guild, "boss", rig.world.role(rig.guild, "boss", 11))
    async with rig.connected():
        results = await apply(rig, *(effect(rig, Action.BAN, on=who) for who in (*raiders, boss)))
        calls = rig.world.asked("POST", r"/guilds/\d+/bulk-ban")
    assert [result.outcome for result in results] == [Outcome.APPLIED] * 5 + [Outcome.REFUSED]
    assert len(calls) == 1
    assert set(rig.guild.bans) == {who.user.id for who in raiders}


async def test_whoever_a_bulk_ban_skips_is_banned_alone_or_has_a_reason(rig: Rig) -> None:
    """Discord lists whom it skipped and not why; banned already is not said either. So each is asked for once more."""
    raiders = [rig.world.member(rig.guild, f"raider-{number}") for number in range(3)]
    deleted = rig.world.member(rig.guild, "deleted")
    async with rig.connected():
        rig.world.skips_in_bulk.add(raiders[1].user.id)
        del rig.world.users[deleted.user.id]
        results = await apply(rig, *(effect(rig, Action.BAN, on=who) for who in (*raiders, deleted)))
        singly = rig.world.asked("PUT", r"/guilds/\d+/bans/\d+")
    assert [result.outcome for result in results] == [Outcome.APPLIED] * 3 + [Outcome.REFUSED]
    assert why(results[3]) == (Outcome.REFUSED, PlatformReason.NOT_A_MEMBER)
    assert len(singly) == 2


async def test_our_own_deletions_do_not_come_back_as_news(rig: Rig) -> None:
    """Else a message that was just decided would be taken as withdrawn."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "you fool")
        await rig.heard()
        await apply(rig, effect(rig, Action.DELETE, post=post, on=anna))
        later = await rig.world.say(rig.general, anna, "sorry")
        event = await rig.heard(2)
    assert event == rig.events[1]
    assert getattr(event, "ref", None) == rig.ref(later)


async def test_an_escalation_calls_the_role_once(rig: Rig) -> None:
    """A post in the mod log that may ping that one role, found again after a crash."""
    helpers = rig.world.role(rig.guild, "helpers", 2)
    rig.changes["escalate_to"] = str(helpers.id)
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "help")
        wanted = effect(rig, Action.ESCALATE, post=post, on=anna)
        assert await rig.platform.enforcer.find(wanted) is None
        await apply(rig, wanted)
        await apply(rig, wanted)
        found = await rig.platform.enforcer.find(wanted)
    [call] = rig.world.posted(rig.log)
    assert call.texts().startswith(f"<@&{helpers.id}> Case 12 needs a person.\n")
    assert call.texts().splitlines()[1] == f"Insults · <#{rig.general.id}>"
    assert call.extra["mentions_allowed"]["roles"] == [helpers.id]
    assert found is not None
    assert found.platform_id == f"{rig.log.id}/{call.id}"


async def test_a_forum_gets_the_call_as_a_post_of_its_own(rig: Rig) -> None:
    """Where the mod log is a forum, nobody would see a message elsewhere."""
    helpers = rig.world.role(rig.guild, "helpers", 2)
    forum = rig.world.channel(rig.guild, "cases", kind="forum")
    rig.changes |= {"escalate_to": str(helpers.id), "mod_log": ChannelId(str(forum.id))}
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "help")
        [result] = await apply(rig, effect(rig, Action.ESCALATE, post=post, on=anna))
    [call] = rig.world.posted(forum)
    assert result.outcome is Outcome.APPLIED
    assert f"<@&{helpers.id}>" in call.texts()


async def test_an_escalation_with_nobody_to_call_is_refused(rig: Rig) -> None:
    """The card stands in the mod log in any case."""
    anna = rig.world.member(rig.guild, "anna")
    rig.changes["escalate_to"] = None
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "help")
        [result] = await apply(rig, effect(rig, Action.ESCALATE, post=post, on=anna))
    assert why(result) == (Outcome.REFUSED, PlatformReason.NO_ROLE)


@pytest.mark.parametrize(
    ("mod_log", "reason"), [(None, PlatformReason.NO_MOD_LOG), (ChannelId("404"), PlatformReason.CHANNEL_GONE)]
)
async def test_an_escalation_with_nowhere_to_call_is_refused(
    rig: Rig, mod_log: ChannelId | None, reason: PlatformReason
) -> None:
    """It says what is missing, instead of breaking what else was to be done; and looking for it finds nothing."""
    helpers = rig.world.role(rig.guild, "helpers", 2)
    rig.changes |= {"escalate_to": str(helpers.id), "mod_log": mod_log}
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "help")
        wanted = effect(rig, Action.ESCALATE, post=post, on=anna)
        [result] = await apply(rig, wanted)
        assert why(result) == (Outcome.REFUSED, reason)
        assert await rig.platform.enforcer.find(wanted) is None


async def test_a_rate_limit_is_waited_for_and_a_long_one_is_a_failure(rig: Rig) -> None:
    """Nothing hammers on; a wait beyond half a minute is left to later."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        first, second = [await rig.world.say(rig.general, anna, text) for text in ("one", "two")]
        rig.world.limit("DELETE", "/messages/", seconds=0.02, times=2)
        [waited] = await apply(rig, effect(rig, Action.DELETE, post=first, on=anna))
        rig.world.limit("DELETE", "/messages/", seconds=600)
        [gave_up] = await apply(rig, effect(rig, Action.DELETE, post=second, on=anna))
    assert waited.outcome is Outcome.APPLIED
    assert why(gave_up) == (Outcome.FAILED, PlatformReason.RATE_LIMITED)
    assert gave_up.why is not None
    assert gave_up.why.value("seconds") == "600"


async def test_removals_one_by_one_keep_to_the_pace_that_discord_sets(rig: Rig) -> None:
    """Messages of more than two weeks can't go in bulk; each waits for its turn, and none is given up."""
    anna, old = rig.world.member(rig.guild, "anna"), timedelta(days=20)
    posts = [await rig.world.say(rig.general, anna, f"{number}", age=old, heard=False) for number in range(7)]
    rig.world.pace("DELETE", r"/messages/\d+$", most=3, seconds=0.4)
    async with rig.connected():
        results = await apply(rig, *(effect(rig, Action.DELETE, post=post) for post in posts))
    assert {result.outcome for result in results} == {Outcome.APPLIED}
    assert rig.general.posts == {}
    assert len(rig.world.asked("DELETE", r".*/messages/\d+")) > len(posts)


async def test_of_a_client_that_is_closed_nothing_is_asked(rig: Rig) -> None:
    """Between two tries to connect there is no session; an effect ends, or waits, and raises nothing."""
    anna = rig.world.member(rig.guild, "anna")
    post = await rig.world.say(rig.general, anna, "fool", heard=False)
    async with rig.connected():
        pass
    before = len(rig.world.requests)
    [result] = await apply(rig, effect(rig, Action.DELETE, post=post))
    assert result.outcome is not Outcome.APPLIED
    assert len(rig.world.requests) == before


async def test_a_permission_lost_on_the_way_is_a_refusal(rig: Rig) -> None:
    """The check was right when it was made; Discord's answer is the last word."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "one")
        rig.world.fail("DELETE", "/messages/", 403, code=50013)
        [result] = await apply(rig, effect(rig, Action.DELETE, post=post, on=anna))
        calls = rig.world.asked("DELETE", r"/channels/\d+/messages/\d+")
    assert why(result) == (Outcome.REFUSED, PlatformReason.MISSING_PERMISSION)
    assert len(calls) == 1


async def test_lifting_needs_what_doing_needs_and_is_not_tried_without() -> None:
    """A timeout, a ban, a quarantine, a slow mode and a lockdown: each names its own permission."""
    words = {
        Action.TIMEOUT: "Timeout Members",
        Action.QUARANTINE: "Manage Roles",
        Action.BAN: "Ban Members",
        Action.SLOWMODE: "Manage Channels",
        Action.LOCKDOWN: "Manage Roles",
    }
    async with rigged(view_audit_log=True) as rig:
        anna = rig.world.member(rig.guild, "anna")
        async with rig.connected():
            found = {}
            for action in words:
                on = None if action in (Action.SLOWMODE, Action.LOCKDOWN) else anna
                [result] = await apply(rig, effect(rig, Action.LIFT, on=on, told_of=action))
                assert result.why is not None
                found[action] = result.why.value("permission")
            changing = [call for call in rig.world.requests if call.method not in ("GET", "PUT")]
    assert found == words
    assert changing == []


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        (404, 10008, Outcome.APPLIED, ""),
        (403, 50001, Outcome.REFUSED, PlatformReason.MISSING_PERMISSION),
        (403, 50013, Outcome.REFUSED, PlatformReason.MISSING_PERMISSION),
        (400, 50035, Outcome.REFUSED, PlatformReason.PLATFORM_ERROR),
        (401, 0, Outcome.REFUSED, PlatformReason.PLATFORM_ERROR),
    ],
)
async def test_each_answer_of_discords_ends_in_one_outcome_after_one_call(
    rig: Rig, status: int, code: int, outcome: Outcome, reason: str
) -> None:
    """What is gone is done; what is refused is not asked again."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "one")
        rig.world.fail("DELETE", "/messages/", status, code=code, times=9)
        [result] = await apply(rig, effect(rig, Action.DELETE, post=post, on=anna))
        calls = rig.world.asked("DELETE", r"/channels/\d+/messages/\d+")
    assert why(result) == (outcome, reason)
    assert len(calls) == 1


async def test_a_hiccup_and_a_limit_on_everything_are_waited_for(rig: Rig) -> None:
    """Once each; then it is done."""
    anna = rig.world.member(rig.guild, "anna")
    async with rig.connected():
        post = await rig.world.say(rig.general, anna, "one")
        rig.world.fail("DELETE", "/messages/", 502)
        rig.world.limit("DELETE", "/messages/", seconds=0.02, everywhere=True)
        [result] = await apply(rig, effect(rig, Action.DELETE, post=post, on=anna))
        calls = rig.world.asked("DELETE", r"/channels/\d+/messages/\d+")
    assert result.outcome is Outcome.APPLIED
    assert len(calls) == 3


async def test_each_missing_permission_is_named_as_discord_names_it() -> None:
    """An admin finds the word in the server's settings."""
    words = {
        Action.DELETE: "Manage Messages",
        Action.TIMEOUT: "Timeout Members",
        Action.KICK: "Kick Members",
        Action.BAN: "Ban Members",
        Action.SLOWMODE: "Manage Channels",
        Action.LOCKDOWN: "Manage Roles",
        Action.QUARANTINE: "Manage Roles",
    }
    async with rigged(view_audit_log=True) as rig:
        anna = rig.world.member(rig.guild, "anna")
        post = await rig.world.say(rig.general, anna, "one", heard=False)
        async with rig.connected():
            found = {}
            for action in words:
                on_message = post if action is Action.DELETE else None
                reason = await rig.platform.enforcer.check(effect(rig, action, post=on_message, on=anna))
                assert reason is not None
                found[action] = reason.value("permission")
            able = await rig.platform.enforcer.capabilities(rig.community)
    assert found == words
    assert able == {Action.FLAG, Action.WARN, Action.NOTICE, Action.ESCALATE, Action.LIFT}


def test_every_usual_permission_is_one_of_discords() -> None:
    """The rig would otherwise build a bot that may less than it says."""
    assert len(set(USUAL)) == len(USUAL) == 9
