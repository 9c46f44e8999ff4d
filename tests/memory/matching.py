"""Which of the records in memory are asked for. Pure."""

from bot.domain.actions import NOTICED_BY_MEMBERS, TAKES_BACK, Action, Mode, Outcome
from bot.domain.case import Case
from bot.domain.decision import BOT, Effect, StoredEffect
from bot.domain.records import CaseFilter, CopyQuery, Withdrawal
from bot.domain.verdict import Label, Verdict, VerdictSource

COUNTED_OUTCOMES = (None, Outcome.APPLIED, Outcome.FAILED)
"""What counts against the limits: an effect that failed may have had its effect."""
_LIFTED = (None, Outcome.APPLIED, Outcome.REFUSED)


def fits(case: Case, wanted: CaseFilter) -> bool:
    """Return whether a case is one of those that are asked for, its words aside."""
    return (
        wanted.status in (None, case.status)
        and wanted.policy in (None, case.policy)
        and wanted.category in (None, case.category)
        and wanted.author in (None, case.author)
        and (wanted.since is None or case.opened_at >= wanted.since)
        and (wanted.until is None or case.opened_at < wanted.until)
        and (wanted.before is None or case.number < wanted.before)
    )


def is_automatic(effect: Effect) -> bool:
    """Return whether an effect is the bot's own, and one that members notice."""
    noticed: frozenset[Action] = NOTICED_BY_MEMBERS - TAKES_BACK
    return effect.by == BOT and effect.mode is Mode.LIVE and effect.action in noticed


def counts(stored: StoredEffect) -> bool:
    """Return whether an effect counts against the limits."""
    outcome = stored.result.outcome if stored.result is not None else None
    return is_automatic(stored.effect) and outcome in COUNTED_OUTCOMES


def is_of(effect: Effect, rule: Withdrawal) -> bool:
    """Return whether an effect belongs to the rule whose effects are withdrawn."""
    return (
        effect.community == rule.community
        and rule.policy in (None, effect.policy)
        and rule.category in (None, effect.category)
    )


def answers(verdict: Verdict, query: CopyQuery) -> bool:
    """Return whether a verdict is the model's on the very question that is asked."""
    if verdict.source is not VerdictSource.MODEL or verdict.with_context or verdict.label is Label.UNDECIDED:
        return False
    run = verdict.run
    asked = (query.policy, query.prompt_hash, query.digest)
    return run is not None and (verdict.policy, run.prompt_hash, run.digest) == asked


def takes_back(lift: StoredEffect, effect: Effect) -> bool:
    """Return whether a LIFT that came after an effect leaves nothing to be done about it."""
    later = lift.effect
    if later.action is not Action.LIFT or later.told_of not in (None, effect.action):
        return False
    same = (later.community, later.key.target) == (effect.community, effect.key.target)
    return same and (lift.result.outcome if lift.result is not None else None) in _LIFTED
