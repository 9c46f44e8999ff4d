"""Connecting to Slack, and the check-up: what can't work is told with its remedy, before anything is lost."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import structlog

from bot.adapters.slack.doctor.check_up import examine
from bot.adapters.slack.pace import Method
from bot.adapters.slack.platform import connect
from bot.core.recordings.clocks import SystemClock
from bot.domain.errors import ConfigError, PlatformBusy
from bot.domain.finding import Finding, Grade
from bot.domain.ids import ChannelId
from bot.domain.settings import SlackSettings
from tests.adapters.slack_stage import settled
from tests.fakes.slack_rig import FAST, Rig, calling, rigged, slack_settings


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a workspace."""
    async with rigged() as made:
        yield made


def _settings(rig: Rig, **tokens: str | None) -> SlackSettings:
    settings = slack_settings(rig.world, rig.team, rig.elrond)
    return replace(settings, workspaces=(replace(settings.workspaces[0], **tokens),))  # type: ignore[arg-type]


async def _examined(rig: Rig, **tokens: str | None) -> dict[str, Finding]:
    found = await examine(_settings(rig, **tokens), rig.settings_of, SystemClock(), calling(rig.world))
    return {finding.check: finding for finding in found}


async def test_tokens_in_the_wrong_places_are_refused_before_slack_is_asked(rig: Rig) -> None:
    """Each is told where to copy it from, and none is repeated."""
    settings = _settings(rig, bot_token="xapp-1-secret", app_token="xoxb-secret")
    rig.world.calls.clear()
    with pytest.raises(ConfigError) as raised:
        await connect(settings, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)
    assert len(raised.value.faults) == 2
    assert "secret" not in str(raised.value)
    assert rig.world.calls == []


async def test_a_token_that_slack_does_not_know_is_refused_with_the_remedy(rig: Rig) -> None:
    """`invalid_auth`."""
    settings = _settings(rig, bot_token="xoxb-unknown")
    with pytest.raises(ConfigError, match=r"invalid_auth.*Reinstall"):
        await connect(settings, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)


async def test_an_org_wide_install_is_refused_with_the_reason(rig: Rig) -> None:
    """Each workspace is a community of its own."""
    rig.team.org_wide = True
    with pytest.raises(ConfigError, match="whole organisation"):
        await connect(_settings(rig), rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)


async def test_one_workspace_given_twice_is_refused(rig: Rig) -> None:
    """Its events would come twice."""
    settings = _settings(rig)
    twice = replace(settings, workspaces=settings.workspaces * 2)
    with pytest.raises(ConfigError, match="Rivendell"):
        await connect(twice, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)


async def test_two_workspaces_in_one_process_are_two_communities(rig: Rig) -> None:
    """Each with its own tokens, sockets and settings."""
    shire = rig.world.team("Shire")
    settings = _settings(rig)
    both = replace(settings, workspaces=settings.workspaces + slack_settings(rig.world, shire, None).workspaces)
    platform = await connect(both, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)
    assert set(platform.workspaces) == {rig.community, f"slack:{shire.id}"}


async def test_a_workspace_whose_token_was_revoked_is_left_out_and_the_others_are_not(rig: Rig) -> None:
    """The log says which; with no other workspace there is nothing to run."""
    shire = rig.world.team("Shire")
    settings = _settings(rig)
    both = replace(settings, workspaces=settings.workspaces + slack_settings(rig.world, shire, None).workspaces)
    rig.world.bot_token(rig.team).revoked = True
    with structlog.testing.capture_logs() as lines:
        platform = await connect(both, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)
    assert set(platform.workspaces) == {f"slack:{shire.id}"}
    [line] = [line for line in lines if line["event"] == "slack_workspace_left_out"]
    assert line["number"] == 1
    assert "token_revoked" in line["text"]
    assert "Reinstall" in line["text"]
    rig.world.bot_token(shire).revoked = True
    with pytest.raises(ConfigError, match="token_revoked"):
        await connect(both, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)


async def test_two_workspaces_with_apps_of_their_own_run_beside_one_another(rig: Rig) -> None:
    """One loses its app token, and with it its sockets; what is said in the other goes on coming in."""
    shire = rig.world.team("Shire")
    square, frodo = rig.world.channel(shire, "square"), rig.world.user(shire, "Frodo")
    settings = _settings(rig)
    both = replace(settings, workspaces=settings.workspaces + slack_settings(rig.world, shire, None).workspaces)
    rig.platform = await connect(both, rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)
    async with rig.linked():
        await rig.world.until(lambda: len(rig.world.sockets.of(shire.app)) == 2)
        await rig.world.say(rig.general, rig.anna, "from Rivendell")
        await rig.world.until(lambda: len(rig.events) == 1)
        rig.world.tokens[rig.team.app.token].revoked = True
        await rig.world.sockets.close(rig.team.app)
        await rig.world.say(square, frodo, "from the Shire")
        await rig.world.until(lambda: len(rig.events) == 2)
    assert [event.community for event in rig.events] == [rig.community, f"slack:{shire.id}"]


async def test_a_slack_that_does_not_answer_is_no_fault_of_the_settings(rig: Rig) -> None:
    """It is tried again by whoever started it."""
    rig.world.fail("auth.test", "fatal_error", times=9)
    with pytest.raises(PlatformBusy):
        await connect(_settings(rig), rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST)


async def test_an_admin_token_without_rights_is_told_of_at_the_start(rig: Rig) -> None:
    """Its owner is no admin: deletions are requests then, and the log says why."""
    token = rig.world.user_token(rig.anna, rig.team).value
    with structlog.testing.capture_logs() as lines:
        await connect(
            _settings(rig, admin_token=token), rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST
        )
    [line] = [line for line in lines if line["event"] == "slack_admin_token_without_rights"]
    assert line["person"] == rig.anna.id


async def test_public_channels_are_joined_at_the_start(rig: Rig) -> None:
    """By default; archived ones are not."""
    quiet, old = (rig.world.channel(rig.team, name, watched="no") for name in ("quiet", "old"))
    old.archived = True
    async with rig.linked():
        await rig.world.until(lambda: rig.team.bot.id in quiet.members)
    assert rig.team.bot.id not in old.members


async def test_a_slack_that_hides_its_names_is_no_reason_not_to_moderate(rig: Rig) -> None:
    """Mentions read as `@member` until it shows them; nobody has to restart the bot for that."""
    rig.world.fail("users.list", "fatal_error", times=3)
    rig.platform = await connect(
        _settings(rig), rig.settings_of, SystemClock(), calling=calling(rig.world), sockets=FAST
    )
    people = rig.platform.workspaces[rig.community].people
    assert people.name(rig.anna.id) == "member"
    async with rig.linked():
        await rig.world.until(lambda: len(rig.world.called("conversations.list")) > 0)
        await settled(lambda: people.name(rig.anna.id) == "Anna")


async def test_a_permission_that_is_given_back_is_a_sign_of_life(rig: Rig) -> None:
    """It shows in whatever Slack answers next."""
    token = rig.world.bot_token(rig.team)
    api = rig.platform.workspaces[rig.community].api
    async with rig.linked():
        await settled(lambda: bool(rig.signs))
        token.scopes, before = token.scopes - {"chat:write"}, token.scopes
        await api.call(Method.AUTH_TEST)
        heard = len(rig.signs)
        token.scopes = before
        await api.call(Method.AUTH_TEST)
        await settled(lambda: len(rig.signs) == heard + 1)


# The check-up


async def examine_all(rig: Rig, **tokens: str | None) -> tuple[Finding, ...]:
    """Return every finding in its order."""
    return await examine(_settings(rig, **tokens), rig.settings_of, SystemClock(), calling(rig.world))


async def test_all_is_well(rig: Rig) -> None:
    """A service account would be better still."""
    found = await _examined(rig)
    assert {check for check, finding in found.items() if finding.grade is Grade.FAULT} == set()
    assert "Elrond" in found["deletion"].found
    assert "service account" in found["deletion"].remedy


async def test_a_missing_permission_is_named(rig: Rig) -> None:
    """With what to do."""
    token = rig.world.bot_token(rig.team)
    token.scopes = token.scopes - {"groups:history"}
    found = (await _examined(rig))["permissions"]
    assert (found.grade, "groups:history" in found.found, "manifest" in found.remedy) == (Grade.FAULT, True, True)


async def test_more_than_is_needed_is_advised_against(rig: Rig) -> None:
    """What nobody needs can only be misused."""
    token = rig.world.bot_token(rig.team)
    token.scopes = token.scopes | {"files:read"}
    assert (await _examined(rig))["permissions"].grade is Grade.ADVICE


@pytest.mark.parametrize(
    ("tokens", "check", "word"),
    [
        ({"bot_token": "xoxb-gone"}, "bot token", "invalid_auth"),
        ({"app_token": "xapp-gone"}, "app token", "invalid_auth"),
        ({"admin_token": "xoxp-gone"}, "deletion", "invalid_auth"),
        ({"bot_token": "xapp-1"}, "tokens", "xoxb-"),
    ],
)
async def test_each_token_is_checked(rig: Rig, tokens: dict[str, str], check: str, word: str) -> None:
    """And its fault told."""
    found = (await _examined(rig, **tokens))[check]
    assert found.grade is Grade.FAULT
    assert word in found.found
    assert found.remedy


async def test_a_token_in_the_wrong_place_is_named_for_what_it_looks_like(rig: Rig) -> None:
    """Swapped, the admin's in the bot's place, and one of an app with token rotation."""
    keys = _settings(rig).workspaces[0]
    swapped = await examine_all(rig, bot_token=keys.app_token, app_token=keys.bot_token)
    assert ["looks like app_token" in swapped[0].found, "looks like bot_token" in swapped[1].found] == [True, True]
    assert "looks like admin_token" in (await _examined(rig, bot_token=keys.admin_token))["tokens"].found
    assert "token rotation" in (await _examined(rig, bot_token="xoxe.xoxb-1-abc"))["tokens"].found
    assert all("abcdef" not in finding.found for finding in swapped)


async def test_each_finding_names_its_workspace_where_there_are_several(rig: Rig) -> None:
    """By its name in Slack, or by its place in the settings while Slack does not know it."""
    settings = _settings(rig)
    shire = slack_settings(rig.world, rig.world.team("Shire"), None).workspaces[0]
    both = replace(settings, workspaces=(*settings.workspaces, shire, replace(shire, bot_token="xoxb-gone")))
    found = await examine(both, rig.settings_of, SystemClock(), calling(rig.world))
    assert {finding.check.partition(": ")[0] for finding in found} == {"Rivendell", "Shire", "workspace 3"}


async def test_what_slack_needs_and_what_it_was_given_are_told(rig: Rig) -> None:
    """So that nobody has to guess which permission it is."""
    token = rig.world.bot_token(rig.team)
    token.scopes = frozenset({"groups:read"})
    found = (await _examined(rig))["channels"]
    assert "needed: channels:read; provided: groups:read" in found.found
    rig.world.tokens[rig.team.app.token].scopes = frozenset()
    assert "needed: connections:write; provided: nothing" in (await _examined(rig))["app token"].found


async def test_a_closed_account_deletes_nothing(rig: Rig) -> None:
    """Whoever left took their token along."""
    rig.elrond.deleted = True
    found = (await _examined(rig))["deletion"]
    assert found.grade is Grade.FAULT
    assert "closed" in found.found


async def test_without_an_admins_token_deleting_is_left_to_people(rig: Rig) -> None:
    """That works, and could work better."""
    assert (await _examined(rig, admin_token=None))["deletion"].grade is Grade.ADVICE


async def test_an_account_that_lost_its_rights_is_reported(rig: Rig) -> None:
    """By name."""
    rig.elrond.is_admin = False
    found = (await _examined(rig))["deletion"]
    assert found.grade is Grade.FAULT
    assert "Elrond" in found.found


@pytest.mark.parametrize(
    ("case", "word"), [("unset", "No channel"), ("unseen", "can't see"), ("public", "Everybody can read")]
)
async def test_the_mod_log_has_to_be_a_private_channel_with_the_bot_in_it(rig: Rig, case: str, word: str) -> None:
    """Three ways in which it is not."""
    chosen = {"unset": None, "unseen": ChannelId("G0000"), "public": ChannelId(rig.general.id)}
    rig.settings = replace(rig.settings, mod_log=chosen[case])
    found = (await _examined(rig))["mod log"]
    assert found.grade is Grade.FAULT
    assert word in found.found


async def test_unwatched_channels_are_named(rig: Rig) -> None:
    """Nothing there is judged."""
    rig.world.channel(rig.team, "backyard", watched="no")
    found = (await _examined(rig))["channels"]
    assert found.grade is Grade.ADVICE
    assert "#backyard" in found.found
