"""Changes of settings, made on what is stored: pure, and careful with what they are not about."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.settings.changes import changed, practising, set_up
from bot.config.settings.communities import community_settings
from bot.domain.actions import Action, Mode
from bot.domain.answer import (
    Change,
    ExemptChange,
    LanguageChange,
    LimitChange,
    LimitName,
    ModeChange,
    ModeratorsChange,
    OwnAction,
    PlaceChange,
    PlaceName,
    PolicyChange,
    SetupPlan,
    StopChange,
    Switch,
)
from bot.domain.ids import CategoryId, ChannelId, CommunityId, PersonId, PolicyId
from bot.domain.settings import CommunitySettings
from tests.factories import category, policy

CLUB = CommunityId("console:club")
SPAM, KIND = PolicyId("spam"), PolicyId("kindness")
AD, SCAM, GRAVE = CategoryId("ad"), CategoryId("scam"), CategoryId("grave")
POLICIES = (
    policy("spam", category("ad"), category("scam"), category("grave", people_only=True)),
    policy("kindness", category("rude")),
)
HERE, THERE = ChannelId("here"), ChannelId("there")


def made(raw: dict[str, Any]) -> CommunitySettings:
    """Return the settings that come of stored values."""
    return community_settings(CLUB, raw, POLICIES)


def live_rules(raw: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the rules that act in earnest."""
    settings = made(raw)
    rules = ((entry.id, rule.id) for entry in POLICIES for rule in entry.categories)
    return {(name, rule) for name, rule in rules if settings.mode_of(name, rule) is Mode.LIVE}


def live(policy_id: PolicyId | None = None, rule: CategoryId | None = None) -> ModeChange:
    """Return the change that lets something act."""
    return ModeChange(mode=Mode.LIVE, policy=policy_id, category=rule)


def shadow(policy_id: PolicyId | None = None, rule: CategoryId | None = None) -> ModeChange:
    """Return the change that lets something only practise."""
    return ModeChange(mode=Mode.SHADOW, policy=policy_id, category=rule)


def after(raw: dict[str, Any] | None, *changes: Change) -> dict[str, Any]:
    """Return what is stored after some changes."""
    values: dict[str, Any] = dict(raw or {})
    for change in changes:
        values = changed(values, change, POLICIES)
    return values


def test_one_rule_goes_live_alone() -> None:
    """Community and policy are raised with it, and nothing else acts."""
    assert live_rules(after({}, live(SPAM, AD))) == {("spam", "ad")}


def test_a_rule_that_goes_live_wakes_nothing_that_was_put_to_rest() -> None:
    """What had been live below a level in shadow would act again otherwise, though nobody asked for it."""
    rested = after({}, live(SPAM, SCAM), live(KIND, CategoryId("rude")), shadow())
    assert live_rules(rested) == set()
    assert live_rules(after(rested, live(SPAM, AD))) == {("spam", "scam"), ("spam", "ad")}
    by_policy = after({}, live(SPAM, SCAM), shadow(SPAM))
    assert live_rules(after(by_policy, live(SPAM, AD))) == {("spam", "ad")}


def test_the_whole_community_can_be_put_to_rest_and_woken() -> None:
    """What was live before is live again."""
    rested = after({}, live(SPAM, SCAM), live(KIND), shadow())
    assert live_rules(rested) == set()
    assert live_rules(after(rested, live())) == {("spam", "scam"), ("kindness", "rude")}


def test_a_policy_goes_live_with_all_rules_but_those_for_people() -> None:
    """A rule for people can't act anyway, and its mode stays what it was."""
    raw = after({}, live(SPAM))
    assert live_rules(raw) == {("spam", "ad"), ("spam", "scam")}
    assert raw["policies"]["spam"]["categories"].keys() == {"ad", "scam"}


def test_one_rule_is_put_to_rest_alone() -> None:
    """Its neighbours go on."""
    assert live_rules(after({}, live(SPAM), shadow(SPAM, AD))) == {("spam", "scam")}
    assert live_rules(after({}, live(SPAM), shadow(SPAM))) == set()


def test_switching_one_policy_off_leaves_the_others_in_use() -> None:
    """Without the key all are in use: it is written out before one is taken away."""
    raw = after({}, PolicyChange(policy=SPAM, switch=Switch.OFF))
    assert [switch.policy for switch in made(raw).policies] == ["kindness"]
    none = after(raw, PolicyChange(policy=KIND, switch=Switch.OFF))
    assert made(none).policies == ()


def test_a_policy_begins_in_shadow_and_in_the_channel_it_was_switched_on_in() -> None:
    """Everywhere only when that was asked for."""
    none: dict[str, Any] = {"policies": {}}
    one = after(none, PolicyChange(policy=SPAM, switch=Switch.ON, channel=HERE))
    [switch] = made(one).policies
    assert (switch.mode, switch.channels) == (Mode.SHADOW, frozenset({HERE}))
    two = after(one, PolicyChange(policy=SPAM, switch=Switch.ON, channel=THERE))
    assert made(two).policies[0].channels == {HERE, THERE}
    everywhere = after(two, PolicyChange(policy=SPAM, switch=Switch.ON))
    assert made(everywhere).policies[0].channels == frozenset()


def test_a_policy_that_loses_its_last_channel_is_out_of_use() -> None:
    """No channels would mean everywhere."""
    raw = after(
        {"policies": {"spam": {"channels": ["here"]}}}, PolicyChange(policy=SPAM, switch=Switch.OFF, channel=HERE)
    )
    assert made(raw).policies == ()


def test_a_policy_in_use_everywhere_can_leave_a_channel_out_and_take_it_in_again() -> None:
    """By the same two commands."""
    out = after({}, PolicyChange(policy=SPAM, switch=Switch.OFF, channel=HERE))
    assert made(out).policies[0].except_channels == {HERE}
    back = after(out, PolicyChange(policy=SPAM, switch=Switch.ON, channel=HERE))
    assert (made(back).policies[0].channels, made(back).policies[0].except_channels) == (frozenset(), frozenset())


def test_exemptions_come_and_go_one_by_one() -> None:
    """Ids that a file has as numbers are found as well."""
    raw = after(
        {"exempt_roles": [7, "8"]},
        ExemptChange(switch=Switch.ON, role="9"),
        ExemptChange(switch=Switch.OFF, role="7"),
        ExemptChange(switch=Switch.ON, person=PersonId("ann")),
        ExemptChange(switch=Switch.ON, channel=HERE),
        ExemptChange(switch=Switch.OFF, channel=HERE),
    )
    settings = made(raw)
    assert settings.exempt_roles == {"8", "9"}
    assert settings.exempt_people == {"ann"}
    assert settings.exempt_channels == frozenset()


def test_the_moderators_channels_are_exempted_like_others_and_known_for_what_they_are() -> None:
    """The mod log is one without being named, so it has a key of its own."""
    before = {"mod_log": "log", "moderator_channels": ["admins", 7]}
    assert made(before).moderators_only == {"log", "admins", "7"}
    off = [ExemptChange(switch=Switch.OFF, channel=ChannelId(name)) for name in ("log", "admins", "elsewhere")]
    judged = after(before, *off)
    assert judged == {"mod_log": "log", "moderator_channels": ["7"], "judge_mod_log": True}
    assert made(judged).moderators_only == {"7"}
    back = after(judged, *(ExemptChange(switch=Switch.ON, channel=ChannelId(name)) for name in ("log", "admins")))
    assert back == {"mod_log": "log", "moderator_channels": ["7"], "exempt_channels": ["admins"]}
    assert made(back).moderators_only == {"log", "7"}


def test_places_limits_moderators_language_and_stop_are_set() -> None:
    """Each at its own key, and unset where that is possible."""
    raw = after(
        {"limits": {"per_incident": 3}},
        LimitChange(name=LimitName.PER_AUTHOR_MINUTE, number=2),
        PlaceChange(name=PlaceName.MOD_LOG, id="log"),
        PlaceChange(name=PlaceName.ESCALATE_TO, id="leads"),
        PlaceChange(name=PlaceName.ESCALATE_TO, id=None),
        ModeratorsChange(switch=Switch.ON, role="mods"),
        LanguageChange(language="fr"),
        StopChange(switch=Switch.ON),
    )
    settings = made(raw)
    assert (settings.limits.per_author_minute, settings.limits.per_incident) == (2, 3)
    assert (settings.mod_log, settings.escalate_to, settings.moderators) == ("log", None, frozenset({"mods"}))
    assert (settings.language, settings.stopped) == ("fr", True)
    assert made(after(raw, StopChange(switch=Switch.OFF))).stopped is False


def test_a_setup_replaces_what_it_asked_for_and_nothing_else() -> None:
    """Modes of policies that stay, limits and exemptions are kept."""
    before = after({"exempt_roles": ["vip"], "moderators": ["old"]}, live(SPAM, AD))
    plan = SetupPlan(
        mod_log=ChannelId("log"),
        moderators=frozenset({"new"}),
        policies=(KIND, SPAM),
        channels=frozenset({HERE}),
        language="es",
    )
    raw = set_up(before, plan, POLICIES)
    settings = made(raw)
    assert [(switch.policy, switch.channels) for switch in settings.policies] == [
        (KIND, frozenset({HERE})),
        (SPAM, frozenset({HERE})),
    ]
    assert (settings.moderators, settings.exempt_roles, settings.mod_log) == (
        frozenset({"new"}),
        frozenset({"vip"}),
        "log",
    )
    assert live_rules(raw) == {("spam", "ad")}
    assert made(set_up(raw, replace(plan, escalate_to="on-call"), POLICIES)).escalate_to == "on-call"
    assert made(set_up({**raw, "escalate_to": "kept"}, plan, POLICIES)).escalate_to == "kept"
    assert made(set_up({**raw, "escalate_to": "old"}, replace(plan, escalate_to=""), POLICIES)).escalate_to is None
    assert made(set_up(raw, replace(plan, moderators=None), POLICIES)).moderators == frozenset({"new"})


def test_a_policy_with_a_new_text_practises_without_the_rules_it_lost() -> None:
    """One that is not named is left as it is."""
    before = after({}, live(SPAM))
    raw = practising(before, policy("spam", category("ad")))
    assert live_rules(raw) == set()
    assert raw["policies"]["spam"]["categories"].keys() == {"ad"}  # type: ignore[index]
    assert practising({"mode": "live"}, policy("spam")) == {"mode": "live"}


IDS = st.sampled_from(["here", "there", "7"])
SWITCHES = st.sampled_from(list(Switch))
RULES = st.sampled_from([(None, None), (SPAM, None), (SPAM, AD), (SPAM, SCAM), (SPAM, GRAVE), (KIND, None)])
ANY_CHANGE: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        lambda mode, rule: ModeChange(mode=mode, policy=rule[0], category=rule[1]), st.sampled_from(list(Mode)), RULES
    ),
    st.builds(
        lambda rule, switch, channel: PolicyChange(policy=rule[0] or SPAM, switch=switch, channel=channel),
        RULES,
        SWITCHES,
        st.none() | IDS.map(ChannelId),
    ),
    st.builds(lambda switch, role: ExemptChange(switch=switch, role=role), SWITCHES, IDS),
    st.builds(
        lambda name, number: LimitChange(name=name, number=number), st.sampled_from(LimitName), st.integers(0, 9)
    ),
    st.builds(lambda name, place: PlaceChange(name=name, id=place), st.sampled_from(PlaceName), st.none() | IDS),
    st.builds(lambda switch, role: ModeratorsChange(switch=switch, role=role), SWITCHES, IDS),
    st.builds(lambda switch, rule: StopChange(switch=switch, policy=rule[0], category=rule[1]), SWITCHES, RULES),
)


@given(changes=st.lists(ANY_CHANGE, max_size=8))
def test_any_changes_in_any_order_leave_settings_that_can_be_used(changes: list[Change]) -> None:
    """What chat can ask for never breaks what is stored, and a rule for people never acts."""
    raw = after({"note from a later version": [1]}, *changes)
    assert raw.pop("note from a later version") == [1]
    assert ("spam", "grave") not in live_rules(raw)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_change_leaves_what_it_was_made_on_as_it_was(mode: Mode) -> None:
    """What was read from a store may be held by somebody else."""
    raw: dict[str, Any] = {"policies": {"spam": {"categories": {"ad": {"mode": "live"}}}}, "other": {"kept": [1]}}
    before = copy.deepcopy(raw)
    result = changed(raw, ModeChange(mode=mode, policy=SPAM), POLICIES)
    assert raw == before
    assert result["other"] == {"kept": [1]}


@given(changes=st.lists(ANY_CHANGE, max_size=6), last=ANY_CHANGE)
def test_the_same_change_twice_is_the_same_as_once(changes: list[Change], last: Change) -> None:
    """So that a second press can say that nothing changed."""
    once = after({}, *changes, last)
    assert made(after(once, last)) == made(once)


def test_an_action_is_set_for_the_rule_that_is_named_and_undone_by_the_same_command() -> None:
    """Nothing else of the rule changes; where the policy's own action is chosen, none stands there any more."""
    with_action = ModeChange(mode=Mode.LIVE, policy=SPAM, category=AD, action=Action.DELETE)
    once = changed({"policies": {"spam": {}}}, with_action, POLICIES)
    assert once["policies"]["spam"]["categories"]["ad"] == {"mode": "live", "action": "delete"}  # type: ignore[index]
    later = changed(once, ModeChange(mode=Mode.LIVE, policy=SPAM, category=AD), POLICIES)
    assert later == once
    undone = changed(once, replace(with_action, action=OwnAction.OWN), POLICIES)
    assert undone["policies"]["spam"]["categories"]["ad"] == {"mode": "live"}  # type: ignore[index]


def test_an_action_for_a_whole_policy_leaves_out_what_is_for_people() -> None:
    """Rules that only people decide keep no action of their own, and practising takes none away."""
    result = changed({}, ModeChange(mode=Mode.SHADOW, policy=SPAM, action=Action.WARN), POLICIES)
    rules = result["policies"]["spam"]["categories"]  # type: ignore[index]
    people_only = {
        rule.id for policy in POLICIES if policy.id == SPAM for rule in policy.categories if rule.people_only
    }
    assert {name for name, keys in rules.items() if keys.get("action") == "warn"} == {
        rule.id for policy in POLICIES if policy.id == SPAM for rule in policy.categories
    } - people_only
