"""Changing settings from chat: applied with an audit entry, or refused where the YAML file decides."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.answer import (
    AnswerKind,
    Change,
    ExemptChange,
    LanguageChange,
    LimitChange,
    LimitName,
    Listed,
    ModeChange,
    ModeratorsChange,
    OwnAction,
    PlaceChange,
    PlaceName,
    PolicyChange,
    StopChange,
    Switch,
)
from bot.domain.audit import AuditCode
from bot.domain.ids import TAKEOVER, CategoryId, ChannelId, PersonId, PolicyId
from bot.domain.settings import CommunitySettings
from tests.core.desk_room import ADA, MO, RUDE, live, refused, room, said, worded
from tests.factories import (
    COMMUNITY,
    category,
    decision,
    decision_record,
    effect,
    later,
    message,
    policy,
)

RULES = PolicyId("harassment")
INSULT, THREAT, GRAVE = CategoryId("insult"), CategoryId("threat"), CategoryId("grave")
CHANGES: list[tuple[Change, str]] = [
    (ModeChange(mode=Mode.SHADOW), "mode"),
    (PolicyChange(policy=RULES, switch=Switch.OFF), "policies"),
    (ExemptChange(switch=Switch.ON, role="vip"), "exempt_roles"),
    (ExemptChange(switch=Switch.ON, channel=ChannelId("bots")), "exempt_channels"),
    (ExemptChange(switch=Switch.ON, person=PersonId("ann")), "exempt_people"),
    (ExemptChange(switch=Switch.OFF, channel=ChannelId("mod-log")), "judge_mod_log"),
    (LimitChange(name=LimitName.PER_AUTHOR_MINUTE, number=9), "limits"),
    (PlaceChange(name=PlaceName.MOD_LOG, id="cards"), "mod_log"),
    (PlaceChange(name=PlaceName.ESCALATE_TO, id="leads"), "escalate_to"),
    (ModeratorsChange(switch=Switch.ON, role="helpers"), "moderators"),
    (LanguageChange(language="de"), "language"),
]


@pytest.mark.parametrize(("change", "key"), CHANGES)
async def test_a_change_holds_at_once_and_is_on_record(change: Change, key: str) -> None:
    """The settings that everything else reads have it; the audit log says who asked for what."""
    found = await room()
    before = await found.book.of(COMMUNITY)
    answer = await found.desk.change(ADA, change)
    assert answer.kind is AnswerKind.DONE
    assert len(said(answer)) >= 1
    after = await found.book.of(COMMUNITY)
    changed = {name for name in CommunitySettings.__slots__ if getattr(before, name) != getattr(after, name)}
    assert key in changed
    assert changed <= {key, "categories"}
    assert found.alive == [COMMUNITY]
    entry = (await found.entries(AuditCode.SETTINGS_CHANGED))[-1]
    details = dict(entry.details or ())
    assert (details["by"], details["change"]) == ("ada", type(change).__name__)


@pytest.mark.parametrize("change", [change for change, _ in CHANGES])
async def test_where_the_file_decides_a_change_is_refused_with_its_name(change: Change, tmp_path: Path) -> None:
    """Nothing is saved beside it."""
    file = tmp_path / "config.yaml"
    found = await room(file=file)
    before = await found.book.of(COMMUNITY)
    answer = await found.desk.change(ADA, change)
    assert refused(answer) == "command.in_file"
    assert str(file) in worded(answer)
    assert await found.book.of(COMMUNITY) == before
    assert await found.store.settings.load(COMMUNITY) is None
    assert [entry["why"] for entry in await found.refusals()] == ["command.in_file"]


async def test_a_change_that_changes_nothing_is_not_written() -> None:
    """And says so."""
    found = await room()
    entries = len(await found.entries(AuditCode.SETTINGS_CHANGED))
    answer = await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=RULES, category=INSULT))
    assert said(answer) == ("command.unchanged", "status_of.earnest")
    assert len(await found.entries(AuditCode.SETTINGS_CHANGED)) == entries


async def test_a_rule_that_goes_live_acts_from_the_next_message_on() -> None:
    """What was only practised before is done."""
    found = await room({"mod_log": "mod-log"})
    await found.deliver(message(RUDE, id="1"))
    answer = await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=RULES, category=INSULT))
    assert worded(answer) == (
        "Insult is in earnest now. It can do this on its own: removing the message.\n"
        "In earnest: Insult. All else only practises."
    )
    await found.deliver(message(RUDE, id="2", at=later(5)))
    assert (await found.outcomes(1))[Action.DELETE] is Outcome.SIMULATED
    assert (await found.outcomes(2))[Action.DELETE] is Outcome.APPLIED


async def test_a_rule_for_people_is_never_made_live() -> None:
    """Neither by its name nor with its whole policy."""
    rules = policy("harassment", category(), category("grave", people_only=True))
    found = await room({}, rules)
    answer = await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=RULES, category=GRAVE))
    assert refused(answer) == "mode.people_only"
    await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=RULES))
    settings = await found.book.of(COMMUNITY)
    assert settings.mode_of(RULES, INSULT) is Mode.LIVE
    assert settings.mode_of(RULES, GRAVE) is Mode.SHADOW


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (ModeChange(mode=Mode.LIVE, policy=PolicyId("nope")), "command.unknown_policy"),
        (ModeChange(mode=Mode.LIVE, policy=RULES, category=CategoryId("nope")), "command.unknown_category"),
        (ModeChange(mode=Mode.LIVE, category=INSULT), "command.missing_value"),
        (PolicyChange(policy=PolicyId("nope"), switch=Switch.ON), "command.unknown_policy"),
        (PolicyChange(policy=PolicyId("nope"), switch=Switch.OFF), "command.unknown_policy"),
        (LimitChange(name=LimitName.PER_INCIDENT, number=-1), "command.bad_value"),
        (LimitChange(name=LimitName.PER_INCIDENT, number=100_001), "command.bad_value"),
        (LimitChange(name=LimitName.PER_AUTHOR_MINUTE, number=5_000), "command.not_accepted"),
        (LanguageChange(language="no such language"), "command.not_accepted"),
        (StopChange(switch=Switch.ON, policy=PolicyId("nope")), "command.unknown_policy"),
    ],
)
async def test_what_does_not_fit_is_refused_and_not_saved(change: Change, code: str) -> None:
    """With what would fit."""
    found = await room()
    before = await found.store.settings.load(COMMUNITY)
    assert refused(await found.desk.change(ADA, change)) == code
    assert await found.store.settings.load(COMMUNITY) == before


async def test_switching_a_policy_says_where_it_is_in_use() -> None:
    """Everywhere, in some channels, everywhere but in some, nowhere."""
    found = await room({})
    general = ChannelId("general")
    on, off = Switch.ON, Switch.OFF
    assert worded(await found.desk.change(ADA, PolicyChange(policy=RULES, switch=off, channel=general))) == (
        "Harassment is in use everywhere but in general. It only practises until you say otherwise."
    )
    assert worded(await found.desk.change(ADA, PolicyChange(policy=RULES, switch=off))) == (
        "Harassment is no longer in use."
    )
    assert worded(await found.desk.change(ADA, PolicyChange(policy=RULES, switch=on, channel=general))) == (
        "Harassment is in use in general. It only practises until you say otherwise."
    )
    await found.deliver(message(RUDE, channel="offtopic"))
    assert found.model.asked == []


async def test_any_moderator_may_stop_and_only_an_admin_may_start_again() -> None:
    """A stop is heard at once: the next violation is put to people."""
    found = await room()
    await found.deliver(message(RUDE, id="1"))
    answer = await found.desk.change(MO, StopChange(switch=Switch.ON))
    assert said(answer) == ("stop.stopped", "stop.last_day", "case.entry")
    assert worded(answer).endswith(
        "In the last 24 hours the bot acted once, in this case:\nCase 1 · Removed · Insult · open"
    )
    await found.deliver(message(RUDE, id="2", by="bob", at=later(5)))
    assert (await found.file(2)).decisions[-1].action is Action.ESCALATE
    assert refused(await found.desk.change(MO, StopChange(switch=Switch.OFF))) == "press.not_an_admin"
    assert said(await found.desk.change(ADA, StopChange(switch=Switch.OFF))) == ("stop.started",)
    assert said(await found.desk.change(ADA, StopChange(switch=Switch.OFF))) == ("stop.not_stopped",)
    assert (await found.book.of(COMMUNITY)).stopped is False
    assert len(await found.entries(AuditCode.STOPPED)) == 1


async def test_a_stop_drops_what_was_planned_and_not_carried_out_yet() -> None:
    """What a person pressed stays planned, and so do the cards."""
    found = await room()
    await found.store.inbox.accept(message(), later(0))
    planned = (effect(Action.DELETE), effect(Action.NOTICE), effect(Action.FLAG))
    await found.store.cases.record_decision(decision_record(effects=planned))
    theirs = message("Another", id="2")
    await found.store.inbox.accept(theirs, later(0))
    pressed = effect(Action.BAN, of=theirs, decision_id="d2", by=PersonId("mo"))
    made = decision_record(theirs, id="d2", decision=decision(theirs, id="d2"), effects=(pressed,))
    await found.store.cases.record_decision(made)
    answer = await found.desk.change(MO, StopChange(switch=Switch.ON))
    assert said(answer) == ("stop.stopped", "stop.withdrawn", "stop.last_day_none")
    assert answer.lines[1].value("count") == "2"
    left = [stored.effect.action for stored in await found.store.cases.pending_effects()]
    assert left == [Action.FLAG, Action.BAN]
    assert (await found.outcomes(1))[Action.DELETE] is Outcome.SUPPRESSED


async def test_stopping_one_rule_lets_only_that_rule_practise() -> None:
    """By any moderator; the others go on."""
    rules = policy("harassment", category(context_free=True), category("threat", context_free=True))
    found = await room({}, rules)
    await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=RULES))
    answer = await found.desk.change(MO, StopChange(switch=Switch.ON, policy=RULES, category=INSULT))
    assert said(answer) == ("stop.rule_stopped", "stop.last_day_none")
    settings = await found.book.of(COMMUNITY)
    assert (settings.mode_of(RULES, INSULT), settings.mode_of(RULES, THREAT)) == (Mode.SHADOW, Mode.LIVE)
    assert settings.stopped is False


async def test_the_check_on_stolen_accounts_has_a_mode_of_its_own_that_commands_set() -> None:
    """It practises until an admin says otherwise; any moderator may stop it, and nothing else with it."""
    found, check = await room(), PolicyId("account_takeover")
    assert (await found.book.of(COMMUNITY)).check_mode(TAKEOVER) is Mode.SHADOW
    assert refused(await found.desk.change(MO, ModeChange(mode=Mode.LIVE, policy=check))) == "press.not_an_admin"
    told = worded(await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=check)))
    assert "Account takeover" in told.splitlines()[0]
    assert told.splitlines()[1].startswith("In earnest: Insult, Account takeover.")
    assert (await found.book.of(COMMUNITY)).check_mode(TAKEOVER) is Mode.LIVE
    answer = await found.desk.change(MO, StopChange(switch=Switch.ON, policy=check))
    assert said(answer) == ("stop.rule_stopped", "stop.last_day_none")
    settings = await found.book.of(COMMUNITY)
    assert (settings.check_mode(TAKEOVER), settings.mode_of(RULES, INSULT)) == (Mode.SHADOW, Mode.LIVE)
    unknown = ModeChange(mode=Mode.LIVE, policy=check, category=INSULT)
    assert refused(await found.desk.change(ADA, unknown)) == "command.unknown_category"


async def test_a_stop_is_heard_even_where_the_file_decides(tmp_path: Path) -> None:
    """Whoever presses it in need may not reach the file. Everything else stays the file's."""
    found = await room(file=tmp_path / "config.yaml")
    assert said(await found.desk.change(MO, StopChange(switch=Switch.ON)))[0] == "stop.stopped"
    settings = await found.book.of(COMMUNITY)
    assert (settings.stopped, settings.mode, settings.mod_log) == (True, Mode.LIVE, "mod-log")
    assert said(await found.desk.change(ADA, StopChange(switch=Switch.OFF))) == ("stop.started",)
    assert (await found.book.of(COMMUNITY)).stopped is False


async def test_what_the_file_has_stopped_only_the_file_starts(tmp_path: Path) -> None:
    """A command says so instead of claiming it."""
    found = await room({**live(), "stopped": True}, file=tmp_path / "config.yaml")
    assert refused(await found.desk.change(ADA, StopChange(switch=Switch.OFF))) == "command.in_file"


async def test_reading_settings_and_policies_needs_nobody_s_leave() -> None:
    """Adapters draw menus from them."""
    found = await room()
    assert (await found.desk.settings(COMMUNITY)).mod_log == "mod-log"
    assert [entry.id for entry in await found.desk.policies(COMMUNITY)] == [RULES]


async def test_what_a_rule_does_is_chosen_where_it_is_made_live() -> None:
    """Shipped rules against spam only flag: an admin lets one remove, sees that, and takes it back the same way."""
    found = await room({"mod_log": "mod-log"}, policy("harassment", category(action=Action.FLAG)))
    chosen = ModeChange(mode=Mode.LIVE, policy=RULES, category=INSULT, action=Action.DELETE)
    told = worded(await found.desk.change(ADA, chosen))
    assert told.startswith("Insult is in earnest now. It can do this on its own: removing the message.")
    listed = worded(await found.desk.listed(MO, Listed.POLICIES))
    assert "Insult does this on its own: removing the message" in listed
    entries = await found.entries(AuditCode.SETTINGS_CHANGED)
    assert "delete" in {dict(entry.details or ()).get("action") for entry in entries}
    await found.deliver(message(RUDE))
    assert await found.outcomes() == {
        Action.DELETE: Outcome.APPLIED,
        Action.NOTICE: Outcome.APPLIED,
        Action.FLAG: Outcome.APPLIED,
    }
    told = worded(await found.desk.change(ADA, replace(chosen, action=OwnAction.OWN)))
    assert "showing it to moderators" in told
    assert (await found.desk.settings(COMMUNITY)).categories[0].action is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (ModeChange(mode=Mode.LIVE, policy=RULES, category=INSULT, action=Action.BAN), "mode.never_automatic"),
        (ModeChange(mode=Mode.LIVE, policy=RULES, category=INSULT, action=Action.LOCKDOWN), "mode.never_automatic"),
        (ModeChange(mode=Mode.LIVE, action=Action.DELETE), "command.missing_value"),
        (ModeChange(mode=Mode.LIVE, policy=RULES, category=GRAVE, action=Action.DELETE), "mode.people_only"),
        (ModeChange(mode=Mode.SHADOW, policy=RULES, category=GRAVE, action=Action.DELETE), "mode.people_only"),
        (ModeChange(mode=Mode.LIVE, policy=TAKEOVER, action=Action.DELETE), "mode.fixed_action"),
        (ModeChange(mode=Mode.LIVE, policy=RULES, category=INSULT, action=Action.QUARANTINE), "command.not_accepted"),
    ],
)
async def test_an_action_is_bounded_by_what_may_be_automatic(change: ModeChange, code: str) -> None:
    """Bans and kicks are only ever a person's press, what people decide stays theirs, a role has to be there."""
    found = await room({"mod_log": "mod-log"}, policy("harassment", category(), category("grave", people_only=True)))
    assert refused(await found.desk.change(ADA, change)) == code
    assert all(entry.action is None for entry in (await found.desk.settings(COMMUNITY)).categories)


async def test_a_rule_may_practise_another_action() -> None:
    """The answer and the list say what it would do; nothing is done."""
    found = await room({"mod_log": "mod-log"}, policy("harassment", category(action=Action.FLAG)))
    chosen = ModeChange(mode=Mode.SHADOW, policy=RULES, category=INSULT, action=Action.DELETE)
    assert "In earnest it would do this: removing the message." in worded(await found.desk.change(ADA, chosen))
    assert "Insult only practises this: removing the message" in worded(await found.desk.listed(MO, Listed.POLICIES))
    await found.deliver(message(RUDE))
    assert (await found.outcomes())[Action.DELETE] is Outcome.SIMULATED
