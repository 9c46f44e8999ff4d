"""Starting, being refused, checking up, and a process that dies in the middle of work."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from discord import Intents

from bot.adapters.discord.doctor.check_up import Chosen
from bot.adapters.discord.platform import check_up, connect
from bot.domain.actions import Action
from bot.domain.errors import PlatformRefused
from bot.domain.finding import Grade
from bot.domain.policy import Policy
from bot.domain.settings import DiscordSettings
from tests import factories
from tests.core.walking import ListedPolicies
from tests.fakes.discord_rig import Rig, rigged


def settings(token: str | None) -> DiscordSettings:
    """Return settings with this token."""
    return DiscordSettings(token=token, backfill_messages=100, backfill_age=timedelta(hours=1))


async def test_without_a_token_it_says_where_to_get_one() -> None:
    """Before anything is tried."""
    async with rigged() as rig:
        with pytest.raises(PlatformRefused, match=r"docs/discord\.md"):
            connect(settings(None), rig.settings, rig.clock)


async def test_a_wrong_token_is_one_sentence_with_a_remedy() -> None:
    """No traceback of a library."""
    async with rigged() as rig:
        platform = connect(settings("wrong"), rig.settings, rig.clock)
        with pytest.raises(PlatformRefused, match="Reset it at"):
            await platform.run(rig.receivers(), rig.desk)


async def test_a_token_revoked_while_running_ends_with_the_same_sentence() -> None:
    """Discord closes the connection and refuses the next one."""
    async with rigged() as rig:
        platform = connect(settings(rig.world.token), rig.settings, rig.clock, ready_after=0.05)
        running = asyncio.create_task(platform.run(rig.receivers(), rig.desk))
        await rig.world.until(lambda: rig.missed)
        rig.world.token = "another"
        await rig.world.gateway.forget_sessions()
        with pytest.raises(PlatformRefused, match="Reset it at"):
            await asyncio.wait_for(running, 20)


async def test_a_switch_that_is_off_is_named() -> None:
    """The commonest mistake of a first installation."""
    async with rigged() as rig:
        rig.world.gateway.refused_intents = Intents(message_content=True)
        platform = connect(settings(rig.world.token), rig.settings, rig.clock)
        with pytest.raises(PlatformRefused, match="Message Content Intent"):
            await platform.run(rig.receivers(), rig.desk)


def chosen(rig: Rig, *policies: Policy) -> Chosen:
    """Return what the rig's communities have chosen."""
    return Chosen(settings=rig.settings, policies=ListedPolicies(*policies))


async def findings(rig: Rig, *policies: Policy) -> dict[str, tuple[Grade, str]]:
    """Return the check-up's findings by their names, with their remedies."""
    found = await check_up(settings(rig.world.token), chosen(rig, *policies), rig.desk, rig.clock)
    return {item.check: (item.grade, item.remedy) for item in found}


async def acting(rig: Rig, *policies: Policy) -> list[tuple[Grade, str]]:
    """Return what the check-up says of the rules that act."""
    found = await check_up(settings(rig.world.token), chosen(rig, *policies), rig.desk, rig.clock)
    return [(item.grade, item.found) for item in found if item.check == "Rivendell: acting"]


async def test_the_check_up_of_a_fresh_bot_names_every_fault_with_a_remedy() -> None:
    """Switches, mod log, unreadable channels, the audit log, the commands."""
    async with rigged(send_messages=True) as rig:
        rig.world.application_flags = 0
        everyone = rig.guild.roles[rig.guild.id]
        secret = rig.world.channel(rig.guild, "secret")
        rig.world.deny(secret, everyone, view_channel=True)
        rig.changes["mod_log"] = None
        found = await findings(rig)
    faults = {check for check, (grade, _) in found.items() if grade is Grade.FAULT}
    advice = {check for check, (grade, _) in found.items() if grade is Grade.ADVICE}
    assert faults == {"message content intent", "members intent", "Rivendell: mod log"}
    assert advice == {"commands", "Rivendell: reading", "Rivendell: audit log"}
    assert all(remedy for grade, remedy in found.values() if grade is not Grade.FINE)


async def test_the_check_up_of_a_good_bot_is_fine() -> None:
    """With a mod log that members do not see, and the commands in place."""
    async with rigged() as rig:
        everyone, own = rig.guild.roles[rig.guild.id], rig.guild.members[rig.world.bot.id]
        rig.world.deny(rig.log, everyone, view_channel=True)
        rig.log.overwrites[own.user.id] = (1, (1 << 10) | (1 << 11) | (1 << 16), 0)
        async with rig.connected():
            pass
        found = await findings(rig)
    assert {grade for grade, _ in found.values()} == {Grade.FINE}


async def test_the_check_up_survives_a_wrong_token_and_an_outage() -> None:
    """Each is a finding."""
    async with rigged() as rig:
        wrong = await check_up(settings("wrong"), chosen(rig), rig.desk, rig.clock)
        missing = await check_up(settings(None), chosen(rig), rig.desk, rig.clock)
        rig.world.fail("GET", "/users/@me", 503, times=9)
        down = await check_up(settings(rig.world.token), chosen(rig), rig.desk, rig.clock)
    assert [(item[0].check, item[0].grade) for item in (wrong, missing, down)] == [
        ("token", Grade.FAULT),
        ("token", Grade.FAULT),
        ("connection", Grade.FAULT),
    ]


async def test_the_check_up_names_what_the_rules_that_act_lack() -> None:
    """A rule that practises needs nothing; one that times members out removes their message, too."""
    rules = [
        factories.category(name, action=action) for name, action in (("a", Action.TIMEOUT), ("b", Action.SLOWMODE))
    ]
    rule = factories.policy("harassment", *rules)
    async with rigged(view_audit_log=True, manage_channels=True) as rig:
        rig.world.deny(rig.general, rig.guild.roles[rig.guild.id], manage_channels=True)
        own = next(role for role in rig.guild.roles.values() if role.name == "hallmoot")
        rig.general.overwrites[own.id] = (0, 0, 1 << 4)
        assert await acting(rig, rule) == [(Grade.FINE, "No rule acts in earnest here, so nothing more is needed.")]
        rig.changes["categories"] = tuple(factories.category_settings(entry.id) for entry in rules)
        assert await acting(rig, rule) == [
            (Grade.FAULT, "A rule is to remove messages, and the bot lacks Manage Messages. Such cases go to people."),
            (Grade.ADVICE, "A rule is to slow channels down, and the bot lacks Manage Channels in #general."),
            (Grade.FAULT, "A rule is to time members out, and the bot lacks Timeout Members. Such cases go to people."),
        ]


async def test_the_check_up_looks_at_the_role_for_quarantine() -> None:
    """It has to be chosen, and to stand below the bot's own."""
    rule = factories.policy("harassment", factories.category(action=Action.QUARANTINE))
    async with rigged() as rig:
        rig.changes["categories"] = (factories.category_settings(),)
        none = await acting(rig, rule)
        rig.changes["quarantine_role"] = str(rig.world.role(rig.guild, "mute", 20).id)
        high = await acting(rig, rule)
        rig.changes["quarantine_role"] = str(rig.world.role(rig.guild, "low", 2).id)
        low = await acting(rig, rule)
    assert none == [(Grade.FAULT, "A rule is to quarantine members, and no role for it is chosen.")]
    assert high == [(Grade.FAULT, "The role mute stands above the bot's own, so it can't be given.")]
    assert low == [(Grade.FINE, "The rules that act have what they need: Manage Messages, Manage Roles.")]


async def test_one_server_that_does_not_answer_hides_nothing_of_the_others() -> None:
    """It is a finding of its own."""
    async with rigged() as rig:
        other = rig.world.guild("Mordor")
        rig.world.fail("GET", f"/guilds/{rig.guild.id}/members/", 403, code=50001, times=9)
        found = await findings(rig)
    assert found["Rivendell"][0] is Grade.FAULT
    assert f"{other.name}: reading" in found


async def test_two_hundred_servers_on_two_shards_lose_nothing() -> None:
    """Every message is handed on once, and each channel's in its order."""
    async with rigged() as rig:
        rig.world.shards = 2
        people = []
        for number in range(200):
            guild = rig.world.guild(f"guild-{number}")
            people.append((rig.world.channel(guild, "general"), rig.world.member(guild, "anna")))
        async with rig.connected():
            await rig.world.until(lambda: len(rig.missed) == 201, patience=30)
            for number in range(10):
                for channel, anna in people:
                    await rig.world.say(channel, anna, f"message {number}")
            await rig.heard(2_000)
    texts: dict[str, list[str]] = {}
    for event in rig.events:
        ref = event.ref  # type: ignore[union-attr]
        texts.setdefault(ref.channel, []).append(event.own_text)  # type: ignore[union-attr]
    assert len(texts) == 200
    assert all(found == [f"message {number}" for number in range(10)] for found in texts.values())


async def test_two_servers_never_share_what_they_are_told() -> None:
    """A case of one server is posted in that server's own mod log."""
    async with rigged() as rig:
        other = rig.world.guild("Mordor")
        foreign_log = rig.world.channel(other, "mod-log")
        async with rig.connected():
            await rig.world.until(lambda: len(rig.missed) == 2)
            rig.log = foreign_log
            chosen = await rig.settings(rig.community)
            assert chosen.mod_log == str(foreign_log.id)

            card = factories.card(factories.message(ref=factories.ref(community=rig.community)))
            with pytest.raises(PlatformRefused):
                await rig.platform.mod_log.post("k", replace(card, case=replace(card.case, community=rig.community)))
        assert foreign_log.posts == {}


async def test_the_directory_tells_how_a_server_grew() -> None:
    """Since when it exists, and which share of its members joined about a moment; programs are no members."""
    async with rigged() as rig:
        early = [rig.world.member(rig.guild, f"early-{number}") for number in range(3)]
        late = rig.world.member(rig.guild, "late")
        late.joined_at = early[0].joined_at + timedelta(days=3)
        async with rig.connected():
            people = [member for member in rig.guild.members.values() if not member.user.bot]
            near = sum(abs(member.joined_at - late.joined_at) <= timedelta(hours=1) for member in people)
            growth = await rig.platform.ports.directory.growth(rig.community, late.joined_at, timedelta(hours=1))
            assert growth.share == near / len(people)
            assert 0 < near < len(people)
            assert growth.founded_at is not None
