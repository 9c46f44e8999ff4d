"""How verdicts become a decision: which action wins, and every reason that makes it milder."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deciding.deciding import Circumstances, decide
from bot.domain.actions import Action, Mode
from bot.domain.decision import Decision
from bot.domain.ids import CategoryId, DecisionId, PolicyId
from bot.domain.policy import Policy, Severity
from bot.domain.reasons import StepCode, reason
from bot.domain.settings import CategorySettings, CommunitySettings
from bot.domain.verdict import OBJECTED, UndecidedReason, Verdict, VerdictSource
from tests.factories import (
    AT,
    author,
    category,
    message,
    model_run,
    policy,
    safe,
    undecided,
    using,
    violates,
)


def _live(*policies: Policy) -> CommunitySettings:
    settings = using(*(entry.id for entry in policies))
    categories = tuple(
        CategorySettings(policy=entry.id, category=rule.id, mode=Mode.LIVE, action=None, min_log_odds=0.0)
        for entry in policies
        for rule in entry.categories
    )
    switches = tuple(replace(switch, mode=Mode.LIVE) for switch in settings.policies)
    return replace(settings, mode=Mode.LIVE, policies=switches, categories=categories)


def _around(*policies: Policy, **changes: object) -> Circumstances:
    used = policies or (policy(),)
    made = Circumstances(
        id=DecisionId("d1"),
        message=message(),
        settings=_live(*used),
        policies=used,
        now=AT,
        reported=False,
        model_away=False,
        limit_reached="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _codes(decision: Decision) -> list[str]:
    return [step.code for step in decision.steps]


def test_a_violation_in_a_live_category_leads_to_its_action() -> None:
    """Nothing softens it, and the one step says which rule it was."""
    found = decide((violates(),), _around())
    assert (found.action, found.mode, found.makes_case) == (Action.DELETE, Mode.LIVE, True)
    assert _codes(found) == [StepCode.VIOLATION]


def test_safe_alone_makes_neither_case_nor_action() -> None:
    """Most messages end here."""
    found = decide((safe(), safe(policy="spam")), _around(policy(), policy("spam")))
    assert (found.action, found.makes_case) == (None, False)


@pytest.mark.parametrize(
    ("milder", "stricter"),
    [
        (Action.FLAG, Action.ESCALATE),
        (Action.ESCALATE, Action.WARN),
        (Action.WARN, Action.SLOWMODE),
        (Action.SLOWMODE, Action.DELETE),
        (Action.DELETE, Action.QUARANTINE),
        (Action.QUARANTINE, Action.TIMEOUT),
    ],
)
def test_the_strictest_action_wins(milder: Action, stricter: Action) -> None:
    """Whichever policy comes first."""
    one, two = policy("one", category("a", action=milder)), policy("two", category("b", action=stricter))
    verdicts = (violates(policy="one", category="a"), violates(policy="two", category="b"))
    for order in ((one, two), (two, one)):
        given = tuple(sorted(verdicts, key=lambda verdict: [entry.id for entry in order].index(verdict.policy)))
        found = decide(given, _around(*order))
        assert (found.action, found.policy) == (stricter, "two")
        assert StepCode.STRICTEST_OF in _codes(found)


def test_between_equal_actions_the_higher_severity_wins_then_the_earlier_policy() -> None:
    """The order of the policies settles what nothing else does."""
    one, two = policy("one", category("a")), policy("two", category("b", severity=Severity.HIGH))
    three = policy("three", category("c", severity=Severity.HIGH))
    verdicts = tuple(
        violates(policy=name, category=rule) for name, rule in (("one", "a"), ("two", "b"), ("three", "c"))
    )
    assert decide(verdicts, _around(one, two, three)).policy == "two"


def test_a_people_only_category_makes_the_whole_decision_an_escalation() -> None:
    """Even beside a stricter automatic action."""
    careful = policy("careful", category("help", people_only=True, action=Action.FLAG))
    verdicts = (violates(), violates(policy="careful", category="help"))
    found = decide(verdicts, _around(policy(), careful))
    assert (found.action, found.policy) == (Action.ESCALATE, "careful")
    assert StepCode.PEOPLE_ONLY in _codes(found)


@pytest.mark.parametrize(
    ("verdict", "changes", "why"),
    [
        (violates(reasoning_cut=True), {}, StepCode.REASONING_CUT),
        (violates(source=VerdictSource.NEAR_COPY, copy_of="golden:1"), {}, StepCode.NEAR_COPY_FLAGS),
        (violates(), {"model_away": True}, StepCode.MODEL_AWAY),
        (violates(), {"now": AT + timedelta(minutes=11)}, StepCode.STALE),
        (violates(), {"message": message(by=author("mo", is_moderator=True))}, StepCode.MODERATOR),
    ],
)
def test_some_circumstances_allow_no_more_than_a_flag(
    verdict: Verdict, changes: dict[str, object], why: StepCode
) -> None:
    """Each of them leaves its reason; what was wanted stays on record."""
    found = decide((verdict,), _around(**changes))
    assert (found.action, found.wanted) == (Action.FLAG, Action.DELETE)
    assert why in _codes(found)


def test_a_violation_below_the_threshold_only_flags() -> None:
    """The threshold is in log-odds: ln P(1) - ln P(0)."""
    settings = _live(policy())
    strict = replace(settings, categories=(replace(settings.categories[0], min_log_odds=2.0),))
    unsure = violates(run=model_run(logprob_violates=-0.5, logprob_safe=-1.0))
    sure = violates(run=model_run(logprob_violates=-0.01, logprob_safe=-5.0))
    assert decide((unsure,), _around(settings=strict)).action is Action.FLAG
    assert decide((sure,), _around(settings=strict)).action is Action.DELETE


def test_a_limit_or_a_stop_switch_asks_people_instead() -> None:
    """The action becomes an escalation, with the reason; a mere flag stays one."""
    limited = decide((violates(),), _around(limit_reached="per_author_minute"))
    assert (limited.action, limited.wanted) == (Action.ESCALATE, Action.DELETE)
    assert StepCode.LIMIT in _codes(limited)
    stopped = decide((violates(),), _around(settings=replace(_live(policy()), stopped=True)))
    assert (stopped.action, _codes(stopped)[-1]) == (Action.ESCALATE, StepCode.STOPPED)
    mild = policy("harassment", category(action=Action.FLAG))
    assert decide((violates(),), _around(mild, limit_reached="per_author_minute")).action is Action.FLAG


@pytest.mark.parametrize("shadowed", ["community", "policy", "category"])
def test_one_shadow_is_enough_to_stay_in_shadow(shadowed: str) -> None:
    """Community, policy and category must all be live."""
    settings = _live(policy())
    if shadowed == "community":
        settings = replace(settings, mode=Mode.SHADOW)
    elif shadowed == "policy":
        settings = replace(settings, policies=(replace(settings.policies[0], mode=Mode.SHADOW),))
    else:
        settings = replace(settings, categories=(replace(settings.categories[0], mode=Mode.SHADOW),))
    found = decide((violates(),), _around(settings=settings))
    assert (found.action, found.mode) == (Action.DELETE, Mode.SHADOW)
    assert StepCode.SHADOW in _codes(found)


def test_a_community_can_replace_a_categorys_action() -> None:
    """Its own setting stands in the policy's place."""
    entry = CategorySettings(
        policy=PolicyId("harassment"),
        category=CategoryId("insult"),
        mode=Mode.LIVE,
        action=Action.WARN,
        min_log_odds=0.0,
    )
    settings = replace(_live(policy()), categories=(entry,))
    assert decide((violates(),), _around(settings=settings)).action is Action.WARN


@pytest.mark.parametrize("why", list(UndecidedReason))
def test_undecided_never_does_more_than_flag(why: UndecidedReason) -> None:
    """Only what a person alone can settle makes a case."""
    found = decide((undecided(why),), _around())
    for_people = OBJECTED | {
        UndecidedReason.TOO_LONG,
        UndecidedReason.EDIT_LIMIT,
        UndecidedReason.UNFINISHED,
        UndecidedReason.UNCLEAR,
    }
    assert found.makes_case is (why in for_people)
    assert found.action is (Action.FLAG if why in for_people else None)


@pytest.mark.parametrize("why", sorted(OBJECTED))
def test_an_objection_that_does_not_hold_is_for_people_and_never_removes(why: UndecidedReason) -> None:
    """Every rule is live and deletes; which of them it was about, nobody can say."""
    found = decide((safe(policy="spam"), undecided(why)), _around(policy("spam"), policy()))
    assert (found.action, found.policy, found.category) == (Action.FLAG, "harassment", None)
    assert found.steps == (reason(StepCode.OBJECTED, why=why),)


def test_an_objection_is_escalated_where_every_rule_would_be() -> None:
    """A policy on self-harm: whichever rule it was, people are called. One rule that only flags, and it flags."""
    calls = policy("self-harm", category("plans", people_only=True), category("method", action=Action.ESCALATE))
    assert (
        decide((undecided(UndecidedReason.UNEXPLAINED, policy="self-harm"),), _around(calls)).action is Action.ESCALATE
    )
    assert decide((undecided(UndecidedReason.TOO_LONG, policy="self-harm"),), _around(calls)).action is Action.FLAG
    mixed = policy("self-harm", category("plans", people_only=True), category("joke", action=Action.FLAG))
    assert decide((undecided(UndecidedReason.UNEXPLAINED, policy="self-harm"),), _around(mixed)).action is Action.FLAG


def test_of_several_that_people_must_settle_the_strictest_makes_the_case() -> None:
    """An objection before a text that is too long, an escalation before a flag."""
    calls = policy("self-harm", category("plans", people_only=True))
    verdicts = (
        undecided(UndecidedReason.TOO_LONG, policy="spam"),
        undecided(UndecidedReason.NO_EVIDENCE),
        undecided(UndecidedReason.UNEXPLAINED, policy="self-harm"),
    )
    around = _around(policy("spam"), policy(), calls)
    assert (decide(verdicts, around).action, decide(verdicts, around).policy) == (Action.ESCALATE, "self-harm")
    assert decide(verdicts[:2], around).policy == "harassment"


def test_an_objection_is_told_beside_what_another_policy_found() -> None:
    """It calls people where its rules would, and takes nothing back of what was found with evidence."""
    mild = policy("harassment", category(action=Action.FLAG))
    calls = policy("self-harm", category("plans", people_only=True))
    verdicts = (violates(), undecided(UndecidedReason.UNEXPLAINED, policy="self-harm"))
    found = decide(verdicts, _around(mild, calls))
    assert (found.action, found.policy) == (Action.ESCALATE, "harassment")
    assert reason(StepCode.OBJECTED, why=UndecidedReason.UNEXPLAINED) in found.steps
    assert decide(verdicts, _around(policy(), calls)).action is Action.DELETE


def test_a_reported_message_always_makes_a_case() -> None:
    """SAFE, undecided, or under no policy at all."""
    for verdicts in ((safe(),), (undecided(),), ()):
        found = decide(verdicts, _around(reported=True))
        assert (found.makes_case, found.action) == (True, Action.FLAG)
        assert StepCode.REPORTED in _codes(found)
