"""What became of a case, reckoned from outcomes: what is only intended or waits is neither done nor refused. Pure."""

from bot.domain.actions import Action, Outcome
from bot.domain.case import Case, CaseFile, CaseStatus
from bot.domain.decision import BOT, Decision, Effect, EffectKey, StoredEffect
from bot.domain.reasons import NotJudgedReason, PlatformReason, Reason, StepCode, reason

_STRONGEST = (
    Action.BAN,
    Action.KICK,
    Action.TIMEOUT,
    Action.QUARANTINE,
    Action.DELETE,
    Action.LOCKDOWN,
    Action.SLOWMODE,
    Action.WARN,
    Action.RESTORE,
    Action.LIFT,
)
"""What a headline names first when several things were done."""

_UNDONE_BY = {
    Action.LIFT: frozenset({Action.TIMEOUT, Action.QUARANTINE, Action.BAN, Action.LOCKDOWN, Action.SLOWMODE}),
    Action.RESTORE: frozenset({Action.DELETE}),
}
SILENT = frozenset({Action.FLAG})
"""Actions that the card itself is: to name them would say nothing."""
_GONE = frozenset({NotJudgedReason.GONE.value, PlatformReason.MESSAGE_GONE.value})
_OPEN_ENDED = frozenset({Outcome.SUPPRESSED, Outcome.REFUSED, Outcome.FAILED})


def subject_of(effect: Effect) -> str:
    """Return whom or what an effect is about: the same person twice is one person. Each call of people is its own."""
    return effect.key.decision if effect.action is Action.ESCALATE else effect.key.target


def outcome_of(stored: StoredEffect) -> Outcome | None:
    """Return how an effect ended; None for one that is intended, waits or is under way."""
    return stored.result.outcome if stored.result is not None else None


def is_applied(stored: StoredEffect) -> bool:
    """Return whether an effect was carried out."""
    return outcome_of(stored) is Outcome.APPLIED


def that_count(effects: tuple[StoredEffect, ...]) -> tuple[StoredEffect, ...]:
    """Return effects as they count now: what was carried out, and of all else what no later one has overtaken.

    A removal that was held back at first and carried out after a person's word is done, and nothing else is to be told
    of it. A message that is gone can't be removed once more, so nothing that was tried about it later is told either.
    """
    gone = removed(effects)
    latest: dict[tuple[Action, str], EffectKey] = {}
    for stored in effects:
        latest[stored.effect.action, subject_of(stored.effect)] = stored.effect.key
    return tuple(
        stored
        for stored in effects
        if is_applied(stored)
        or (
            latest[stored.effect.action, subject_of(stored.effect)] == stored.effect.key
            and not (stored.effect.action is Action.DELETE and stored.effect.key.target in gone)
        )
    )


def removed(effects: tuple[StoredEffect, ...]) -> frozenset[str]:
    """Return the targets of the messages that were removed and not put back."""
    gone: set[str] = set()
    for stored in effects:
        if is_applied(stored) and stored.effect.action is Action.DELETE:
            gone.add(stored.effect.key.target)
        elif is_applied(stored) and stored.effect.action is Action.RESTORE:
            gone.discard(stored.effect.key.target)
    return frozenset(gone)


def _vanished(effects: tuple[StoredEffect, ...]) -> frozenset[str]:
    """Return the targets of messages that were found gone: nobody had to remove them, and they do not stand."""
    return frozenset(
        stored.effect.key.target
        for stored in effects
        if stored.effect.action is Action.DELETE
        and stored.result is not None
        and stored.result.why is not None
        and stored.result.why.code in _GONE
    )


def messages_of(copies: int, effects: tuple[StoredEffect, ...]) -> int:
    """Return how many messages a case is about: `copies` on record, or all that it wanted removed where those are more.

    An incident's first messages have cases of their own; its confirmation takes them along.
    """
    return max(copies, len({stored.effect.key.target for stored in effects if stored.effect.action is Action.DELETE}))


def standing_actions(effects: tuple[StoredEffect, ...]) -> frozenset[Action]:
    """Return what was carried out and not taken back."""
    standing: set[Action] = set()
    for stored in effects:
        if is_applied(stored):
            standing = standing - _UNDONE_BY.get(stored.effect.action, frozenset()) | {stored.effect.action}
    return frozenset(standing)


def became(file: CaseFile) -> Reason:
    """Return the sentence for what became of a case on record, for lists and tables: from outcomes, as on its card."""
    case = file.case
    automatic = [decision for decision in file.decisions if decision.by == BOT and decision.action is not Action.LIFT]
    return headline_of(
        case,
        file.effects,
        copies=file.copies,
        is_undecided=case.category is None and any(verdict.reason is not None for verdict in file.verdicts),
        is_reported=case.category is None and any(_is_report(decision) for decision in automatic),
        decided=(automatic[-1].action if automatic else None) or case.action,
    )


def _is_report(decision: Decision) -> bool:
    return any(step.code == StepCode.REPORTED for step in decision.steps)


def headline_of(
    case: Case,
    effects: tuple[StoredEffect, ...],
    *,
    copies: int = 1,
    is_undecided: bool = False,
    is_reported: bool = False,
    decided: Action | None = None,
) -> Reason:
    """Return the sentence for what became of a case: the strongest thing done, else why nothing was.

    `copies` counts its messages; where only some of several are gone, that is said before all else. `decided` is the
    action that was decided on by the bot, `is_undecided` that no rule could be judged.
    """
    gone, messages = removed(effects), messages_of(copies, effects)
    if gone and len(gone | _vanished(effects)) < messages:
        return reason("headline.delete_some", removed=len(gone), messages=messages)
    standing = standing_actions(effects)
    done = next((action for action in _STRONGEST if action in standing), None)
    if done is not None:
        return reason(f"headline.{done.value}")
    outcomes = {outcome_of(stored) for stored in that_count(effects) if stored.effect.action not in SILENT}
    fitting = {
        "gone": case.status is CaseStatus.CLOSED,
        "requested": Outcome.REQUESTED in outcomes,
        "practising": Outcome.SIMULATED in outcomes,
        "undecided": is_undecided,
        "reported": is_reported and case.category is None,
        "escalate": decided is Action.ESCALATE,
        "waits": any(stored.put_off is not None for stored in effects if stored.effect.action not in SILENT),
        "not_carried_out": bool(outcomes & _OPEN_ENDED),
        "under_way": None in outcomes,
        "flag": decided is Action.FLAG,
    }
    return reason(f"headline.{next((name for name, fits in fitting.items() if fits), 'on_record')}")
