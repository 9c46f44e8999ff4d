"""What a community decides for itself: defaults, every key, and what its platform or the policies do not allow."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.communities import community_settings
from bot.config.settings.sources import LayeredSettings
from bot.domain.actions import Action, Mode
from bot.domain.audit import AuditNote
from bot.domain.errors import ConfigError
from bot.domain.ids import TAKEOVER, CategoryId, CommunityId, PolicyId
from bot.domain.policy import PolicyUpload
from bot.ports.settings import StoredSettings

SOURCE = PolicyFiles([Path(__file__).parents[1] / "data" / "policies"])
POLICIES = SOURCE.policies()
CLUB = CommunityId("discord:123")
WORK = CommunityId("slack:T1")
ADVERTS, AD1 = PolicyId("adverts"), CategoryId("AD1")


def faults(community: CommunityId, raw: dict[str, object]) -> list[str]:
    """Return what is told of settings that can't be used, without the place before each."""
    with pytest.raises(ConfigError) as raised:
        community_settings(community, raw, POLICIES)
    return [fault.removeprefix(f"settings of {community}: ") for fault in raised.value.faults]


def one_rule(**keys: object) -> dict[str, object]:
    """Return settings with one rule, AD1 of adverts, live as far as the community and the policy decide."""
    return {"mode": "live", "policies": {"adverts": {"mode": "live", "categories": {"AD1": keys}}}}


@pytest.mark.parametrize("raw", [None, {}, {"policies": None}])
def test_without_a_word_every_policy_is_asked_in_shadow(raw: dict[str, object] | None) -> None:
    """Nothing that members notice happens before an admin says so."""
    made = community_settings(CLUB, raw, POLICIES)
    assert [(switch.policy, switch.mode) for switch in made.policies] == [
        ("adverts", Mode.SHADOW),
        ("kindness", Mode.SHADOW),
    ]
    assert (made.mode, made.check_mode(TAKEOVER), made.stopped, made.categories) == (
        Mode.SHADOW,
        Mode.SHADOW,
        False,
        (),
    )
    assert made.mode_of(ADVERTS, AD1) is Mode.SHADOW
    assert (made.ages.act, made.ages.judge) == (timedelta(minutes=10), timedelta(hours=24))
    assert made.ages.recheck == timedelta(minutes=1)
    assert (made.limits.per_author_minute, made.limits.per_community_hour, made.limits.per_incident) == (5, 60, 100)
    assert (made.moderators_only, made.judge_mod_log) == (frozenset(), False)
    assert (made.context_messages, made.edits_judged, made.language) == (6, 3, "en")
    assert (made.mod_log, made.quarantine_role, made.escalate_to, made.moderators) == (None, None, None, frozenset())


def test_an_empty_list_of_policies_asks_none() -> None:
    """Switching the last policy off must not switch all of them on."""
    assert community_settings(CLUB, {"policies": {}}, POLICIES).policies == ()


def test_every_key_arrives() -> None:
    """Ids may be numbers or texts; lengths of time are written as people do."""
    raw: dict[str, object] = {
        "mode": "live",
        "stopped": True,
        "takeover_mode": "live",
        "mod_log": 5,
        "moderators": ["6", 7],
        "escalate_to": 8,
        "quarantine_role": "9",
        "policies": {
            "kindness": {},
            "adverts": {
                "mode": "live",
                "channels": [11],
                "except_channels": ["12"],
                "categories": {"AD1": {"mode": "live", "action": "quarantine", "min_log_odds": 4}},
            },
        },
        "exempt_roles": [1],
        "exempt_channels": [2],
        "moderator_channels": [4],
        "judge_mod_log": True,
        "exempt_people": [3],
        "programs_for_people": [12],
        "context_messages": 0,
        "new_member_for": "2w",
        "edits_judged": 0,
        "timeout_for": "1d 12h",
        "slowmode_for": "5m",
        "language": "pt-BR",
        "ages": {"act": "1m", "judge": "2m", "recheck": "3s"},
        "limits": {"per_author_minute": 1, "per_community_hour": 2, "per_incident": 3},
    }
    made = community_settings(CLUB, raw, POLICIES)
    assert (made.mode, made.stopped, made.check_mode(TAKEOVER)) == (Mode.LIVE, True, Mode.LIVE)
    assert (made.mod_log, made.escalate_to, made.quarantine_role) == ("5", "8", "9")
    assert made.moderators == {"6", "7"}
    assert [switch.policy for switch in made.policies] == ["kindness", "adverts"]
    adverts = made.switch(ADVERTS)
    assert adverts is not None
    assert adverts.mode is Mode.LIVE
    assert (set(adverts.channels), set(adverts.except_channels)) == ({"11"}, {"12"})
    rule = made.category_settings(ADVERTS, AD1)
    assert rule is not None
    assert (rule.mode, rule.action, rule.min_log_odds) == (Mode.LIVE, Action.QUARANTINE, 4.0)
    assert made.mode_of(ADVERTS, AD1) is Mode.LIVE
    assert [set(made.exempt_roles), set(made.exempt_channels), set(made.exempt_people)] == [{"1"}, {"2"}, {"3"}]
    assert made.programs_for_people == {"12"}
    assert ([*made.moderator_channels], made.judge_mod_log, [*made.moderators_only]) == (["4"], True, ["4"])
    assert (made.context_messages, made.edits_judged, made.language) == (0, 0, "pt-BR")
    assert (made.new_member_for, made.timeout_for) == (timedelta(days=14), timedelta(hours=36))
    assert (made.slowmode_for, made.ages.recheck) == (timedelta(minutes=5), timedelta(seconds=3))
    assert (made.limits.per_author_minute, made.limits.per_community_hour, made.limits.per_incident) == (1, 2, 3)


@pytest.mark.parametrize("action", ["timeout", "quarantine", "slowmode"])
def test_slack_is_not_asked_for_what_it_can_not_do(action: str) -> None:
    """The fault says what it can do."""
    assert faults(WORK, one_rule(action=action)) == [
        (
            f"policies.adverts.categories.AD1.action: {action} can't be done here. Slack lets no bot do that. "
            "Use delete, warn or escalate."
        ),
    ]


@pytest.mark.parametrize("action", ["flag", "escalate", "warn", "delete"])
def test_slack_takes_what_it_can_do(action: str) -> None:
    """Whether it deletes or asks people to is the token's business."""
    made = community_settings(WORK, one_rule(action=action, mode="live"), POLICIES)
    assert made.categories[0].action == action


def test_a_policys_own_action_is_refused_on_slack_once_it_is_live(tmp_path: Path) -> None:
    """In shadow it may stay, since all policies begin there; an action beside it is the way out."""
    text = "---\nid: firm\ntitle: Firm\nlanguages: [en]\ncategories:\n  - {id: F1, title: F, severity: high, "
    (tmp_path / "policy.md").write_text(text + "action: timeout}\n---\nF1.")
    firm = PolicyFiles([tmp_path]).policies()
    rule: dict[str, object] = {"mode": "live"}
    raw: dict[str, object] = {"mode": "live", "policies": {"firm": {"mode": "live", "categories": {"F1": rule}}}}
    with pytest.raises(ConfigError, match="the policy's own action is timeout"):
        community_settings(WORK, raw, firm)
    assert community_settings(CLUB, raw, firm).mode is Mode.LIVE
    assert community_settings(WORK, {**raw, "mode": "shadow"}, firm).mode is Mode.SHADOW
    rule["action"] = "delete"
    assert community_settings(WORK, raw, firm).categories[0].action is Action.DELETE


@pytest.mark.parametrize(
    ("community", "raw", "told"),
    [
        (WORK, {"quarantine_role": "S1"}, "quarantine_role: Slack has no roles. Leave this key out."),
        (
            WORK,
            {"escalate_to": "C1"},
            "escalate_to: `C1` is something else. This has to be a user group: its id begins with S.",
        ),
        (
            WORK,
            {"moderators": ["S1", "U2"]},
            "moderators: `U2` is something else. This has to be a user group: its id begins with S.",
        ),
        (
            WORK,
            {"mod_log": "S1"},
            "mod_log: `S1` is something else. This has to be a channel: its id begins with C or G.",
        ),
        (
            WORK,
            {"exempt_people": ["C1"]},
            "exempt_people: `C1` is something else. This has to be a member: the id begins with U or W.",
        ),
        (WORK, {"timeout_for": "1h"}, "timeout_for: Slack lets no bot time anybody out. Leave this key out."),
        (WORK, {"slowmode_for": "10m"}, "slowmode_for: Slack has no slow mode. Leave this key out."),
        (
            CLUB,
            one_rule(action="quarantine"),
            (
                "policies.adverts.categories.AD1.action: quarantine needs a role to give. Set `quarantine_role` of the "
                "community."
            ),
        ),
        (
            CLUB,
            {"policies": {"kindness": {"categories": {"KI1": {"action": "delete"}}}}},
            (
                "policies.kindness.categories.KI1.action: violations of KI1 always go to people, and nothing else is "
                "done. Leave this key out."
            ),
        ),
        (CLUB, {"policies": {"advert": {}}}, "policies.advert: there is no such policy. Did you mean `adverts`?"),
        (
            CLUB,
            one_rule(action="kick"),
            (
                "policies.adverts.categories.AD1.action: `kick` is only ever done by a person. Use escalate, so that "
                "people decide."
            ),
        ),
        (CLUB, {"timeout_for": "29d"}, "timeout_for: must be at most 28 days."),
        (CLUB, {"ages": {"act": "2h", "judge": "1h"}}, "ages.judge: must be at least as long as `act`."),
        (CLUB, {"ages": {"judge": "5m"}}, "ages.judge: must be at least as long as `act`."),
        (CLUB, {"moderators": "admins"}, "moderators: must be a list, such as [one, two]."),
        (CLUB, {"language": "english"}, "language: `english` is no language code. Write one such as en, de or pt-BR."),
        (CLUB, {"mode": "on"}, "mode: `on` is not known here. Known here: shadow, live."),
        (
            WORK,
            {"mod_log": "#mods"},
            (
                "mod_log: `#mods` is a name or a mention, not an id. An id is capitals and digits, at the end of its "
                "details in Slack."
            ),
        ),
    ],
)
def test_what_can_not_be_is_told_with_its_remedy(community: CommunityId, raw: dict[str, object], told: str) -> None:
    """One fault for one mistake."""
    assert faults(community, raw) == [told]


def test_faults_of_all_kinds_are_told_at_once() -> None:
    """A misspelt key does not hide an unknown policy, nor that an impossible action."""
    raw: dict[str, object] = {"mod": "live", "policies": {"nope": {}, "adverts": {"categories": {"AD3": {}}}}}
    raw["policies"]["kindness"] = {"categories": {"KI1": {"action": "timeout"}}}  # type: ignore[index]
    told = faults(WORK, raw)
    assert [line.partition(": ")[0] for line in told] == [
        "mod",
        "policies.nope",
        "policies.adverts.categories.AD3",
        "policies.kindness.categories.KI1.action",
        "policies.kindness.categories.KI1.action",
    ]


class _Saved(StoredSettings):
    """Saved settings in a dictionary."""

    def __init__(self, values: dict[CommunityId, dict[str, object]]) -> None:
        self.values = values

    async def load(self, community: CommunityId) -> dict[str, object] | None:
        return self.values.get(community)

    async def save(self, community: CommunityId, values: dict[str, object], note: AuditNote) -> None:
        del note
        self.values[community] = values

    async def communities(self) -> tuple[CommunityId, ...]:
        return tuple(self.values)

    async def save_upload(self, upload: PolicyUpload, note: AuditNote) -> None:
        raise NotImplementedError

    async def uploads(self) -> tuple[PolicyUpload, ...]:
        return ()


async def test_the_file_goes_before_what_was_saved_before_the_defaults() -> None:
    """A community that the file names is not asked for in the database."""
    named = {CLUB: community_settings(CLUB, {"context_messages": 1}, POLICIES)}
    saved = _Saved({CLUB: {"context_messages": 2}, WORK: {"context_messages": 3}})
    layered = LayeredSettings(named, saved, SOURCE, language="en")
    assert (await layered.of(CLUB)).context_messages == 1
    assert (await layered.of(WORK)).context_messages == 3
    assert (await layered.of(CommunityId("discord:9"))).context_messages == 6


async def test_what_is_saved_holds_from_then_on() -> None:
    """What was built before is not kept longer than what it was built of."""
    saved = _Saved({})
    layered = LayeredSettings({}, saved, SOURCE, language="de")
    assert (await layered.of(WORK)).stopped is False
    assert (await layered.of(WORK)).language == "de"
    saved.values[WORK] = {"stopped": True}
    assert (await layered.of(WORK)).stopped is True
    assert await layered.of(WORK) is await layered.of(WORK)


async def test_saved_settings_that_can_not_be_used_any_more_are_told_at_once() -> None:
    """A policy may have gone since they were saved."""
    gone: dict[str, object] = {"policies": {"gone": {}}}
    layered = LayeredSettings({}, _Saved({CLUB: gone, WORK: gone}), SOURCE, language="en")
    with pytest.raises(ConfigError) as raised:
        await layered.check()
    assert [fault.partition(": ")[0] for fault in raised.value.faults] == [
        "settings of discord:123",
        "settings of slack:T1",
    ]


WORDS = st.sampled_from(
    ["mode", "policies", "adverts", "categories", "AD1", "action", "timeout", "live", "ages", "act"]
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(raw=st.dictionaries(WORDS, JSON, max_size=4), community=st.sampled_from([CLUB, WORK]))
def test_hostile_saved_settings_end_as_settings_or_a_clear_error(
    raw: dict[str, object], community: CommunityId
) -> None:
    """Whatever was saved, nothing but ConfigError comes out."""
    try:
        made = community_settings(community, raw, POLICIES)
    except ConfigError as error:
        assert error.faults  # noqa: PT017 - either end is fine
    else:
        assert made.community == community
