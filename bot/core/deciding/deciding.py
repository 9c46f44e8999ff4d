"""From verdicts to a decision: a pure function. Every step that makes it milder or stronger leaves a reason."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import Action, Mode
from bot.domain.decision import Decision
from bot.domain.events import Message
from bot.domain.ids import DecisionId
from bot.domain.policy import Category, Policy
from bot.domain.reasons import Reason, StepCode, reason
from bot.domain.settings import CommunitySettings
from bot.domain.verdict import FOR_PEOPLE, OBJECTED, Label, Verdict, VerdictSource

_DISCIPLINARY = frozenset({Action.WARN, Action.SLOWMODE, Action.DELETE, Action.QUARANTINE, Action.TIMEOUT})
"""Actions beyond telling moderators: limits and the stop switch hold these back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that a decision rests on besides the verdicts.

    `limit_reached` names the limit that is used up, or is empty. `model_away` holds while no model answers.
    `confirmed` says that the message is a copy in an incident whose members all go. `because` are reasons that the
    decision rests on besides, such as what a check counted.
    """

    id: DecisionId
    message: Message
    settings: CommunitySettings
    policies: tuple[Policy, ...]
    now: datetime
    reported: bool
    model_away: bool
    limit_reached: str
    confirmed: bool = False
    because: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    verdict: Verdict
    category: Category
    order: int
    wanted: Action
    action: Action
    mode: Mode
    steps: tuple[Reason, ...]

    @property
    def weight(self) -> tuple[int, int, int, int]:
        """The strictest action wins, then the higher severity, then the earlier policy; people-only beats all."""
        return (self.category.people_only, self.action.strictness, self.category.severity.rank, -self.order)


def decide(verdicts: tuple[Verdict, ...], around: Circumstances) -> Decision:
    """Return what is to be done about one message, given one verdict for each policy that was asked."""
    candidates = [
        _candidate(verdict, order, around)
        for order, verdict in enumerate(verdicts)
        if verdict.label is Label.VIOLATES and verdict.category is not None
    ]
    if not candidates:
        return _without_violation(verdicts, around)
    winner = max(candidates, key=lambda candidate: candidate.weight)
    steps = winner.steps
    if len(candidates) > 1:
        steps = (*steps, reason(StepCode.STRICTEST_OF, count=len(candidates)))
    objections = [verdict for verdict in verdicts if verdict.reason in OBJECTED]
    steps = (*steps, *(reason(StepCode.OBJECTED, why=verdict.reason) for verdict in objections))
    for_people = [_for_people(verdict, around) for verdict in objections]
    if around.confirmed:
        steps = (*steps, reason(StepCode.INCIDENT))
    if around.reported:
        steps = (*steps, reason(StepCode.REPORTED))
    steps = (*steps, *around.because)
    return Decision(
        id=around.id,
        ref=around.message.ref,
        revision=around.message.revision,
        action=max((winner.action, *for_people), key=lambda action: action.strictness),
        wanted=winner.wanted,
        mode=winner.mode,
        policy=winner.verdict.policy,
        category=winner.category.id,
        severity=winner.category.severity,
        steps=steps,
        makes_case=True,
        made_at=around.now,
    )


def _without_violation(verdicts: tuple[Verdict, ...], around: Circumstances) -> Decision:
    undecided = [verdict for verdict in verdicts if verdict.reason is not None]
    for_people = sorted(
        (verdict for verdict in undecided if verdict.reason in FOR_PEOPLE),
        key=lambda verdict: (-_for_people(verdict, around).strictness, verdict.reason not in OBJECTED),
    )
    makes_case = around.reported or bool(for_people)
    steps = [_why_undecided(for_people or undecided)]
    if around.reported:
        steps.append(reason(StepCode.REPORTED))
    action = _for_people(for_people[0], around) if for_people else Action.FLAG
    return Decision(
        id=around.id,
        ref=around.message.ref,
        revision=around.message.revision,
        action=action if makes_case else None,
        wanted=action if makes_case else None,
        mode=around.settings.mode,
        policy=for_people[0].policy if for_people else None,
        category=None,
        severity=None,
        steps=tuple(steps),
        makes_case=makes_case,
        made_at=around.now,
    )


def _why_undecided(shown: list[Verdict]) -> Reason:
    """Return what the first of these verdicts, none of which is VIOLATES, says of the message; SAFE where none is."""
    if not shown:
        return reason(StepCode.SAFE)
    code = StepCode.OBJECTED if shown[0].reason in OBJECTED else StepCode.UNDECIDED
    return reason(code, why=shown[0].reason)


def _for_people(verdict: Verdict, around: Circumstances) -> Action:
    """Return how a verdict that only people can settle is put to them.

    Which rule the model objected under is not known. Where every rule it can have been is escalated, so is this.
    """
    policy = next((policy for policy in around.policies if policy.id == verdict.policy), None)
    if verdict.reason not in OBJECTED or policy is None:
        return Action.FLAG
    certain = all(_is_escalated(policy, category, around) for category in policy.categories)
    return Action.ESCALATE if certain else Action.FLAG


def _is_escalated(policy: Policy, category: Category, around: Circumstances) -> bool:
    return category.people_only or _wanted(policy, category, around) is Action.ESCALATE


def _wanted(policy: Policy, category: Category, around: Circumstances) -> Action:
    """Return a category's action: the community's own, or else the policy's."""
    entry = around.settings.category_settings(policy.id, category.id)
    return entry.action if entry is not None and entry.action is not None else category.action


def _candidate(verdict: Verdict, order: int, around: Circumstances) -> _Candidate:
    policy = next(policy for policy in around.policies if policy.id == verdict.policy)
    category = next(entry for entry in policy.categories if entry.id == verdict.category)
    wanted = _wanted(policy, category, around)
    mode = around.settings.mode_of(policy.id, category.id)
    action, steps = _softened(wanted, verdict, category, around)
    first = reason(StepCode.VIOLATION, policy=policy.id, category=category.id)
    if mode is Mode.SHADOW and action in _DISCIPLINARY:
        steps = (*steps, reason(StepCode.SHADOW))
    return _Candidate(
        verdict=verdict,
        category=category,
        order=order,
        wanted=wanted,
        action=action,
        mode=mode,
        steps=(first, *steps),
    )


def _softened(
    wanted: Action, verdict: Verdict, category: Category, around: Circumstances
) -> tuple[Action, tuple[Reason, ...]]:
    """Return the action that is left, and the reasons why it is milder than wanted."""
    if category.people_only:
        return Action.ESCALATE, (reason(StepCode.PEOPLE_ONLY),)
    flags_only = tuple(_reasons_to_only_flag(verdict, around))
    if flags_only:
        return min(wanted, Action.FLAG, key=lambda action: action.strictness), flags_only
    held_back = _reason_to_ask_people(around)
    if held_back is not None and wanted in _DISCIPLINARY:
        return Action.ESCALATE, (held_back,)
    return wanted, ()


def _reasons_to_only_flag(verdict: Verdict, around: Circumstances) -> list[Reason]:
    message, settings = around.message, around.settings
    found = []
    if verdict.copy_of and not around.confirmed:
        found.append((verdict.source is VerdictSource.NEAR_COPY, reason(StepCode.NEAR_COPY_FLAGS, of=verdict.copy_of)))
    found += [
        (around.model_away and verdict.source is not VerdictSource.CHECK, reason(StepCode.MODEL_AWAY)),
        (verdict.reasoning_cut, reason(StepCode.REASONING_CUT)),
        (_below_threshold(verdict, settings), reason(StepCode.BELOW_THRESHOLD)),
        (message.author.is_moderator, reason(StepCode.MODERATOR)),
        (around.now - message.sent_at > settings.ages.act, reason(StepCode.STALE)),
    ]
    return [why for holds, why in found if holds]


def _below_threshold(verdict: Verdict, settings: CommunitySettings) -> bool:
    entry = settings.category_settings(verdict.policy, verdict.category) if verdict.category is not None else None
    run = verdict.run
    if entry is None or run is None or run.logprob_violates is None or run.logprob_safe is None:
        return False
    return run.logprob_violates - run.logprob_safe < entry.min_log_odds


def _reason_to_ask_people(around: Circumstances) -> Reason | None:
    if around.settings.stopped:
        return reason(StepCode.STOPPED)
    if around.limit_reached:
        return reason(StepCode.LIMIT, limit=around.limit_reached)
    return None
