"""Who judged a recording, as its records tell it: what stands over a demo's and a replay's results."""

from bot.cli.shared.output import heading, out
from bot.domain.coverage import Coverage
from bot.domain.question import ModelIdentity
from bot.domain.reasons import Reason
from bot.domain.states import State
from bot.domain.verdict import MODEL_AWAY, Label, UndecidedReason, VerdictSource
from bot.messages.catalogue import Family, catalogue

_STAYED_AWAY = "The model went away and did not come back in time, so a part is not judged yet."
_NEVER_ANSWERED = "The model answered nothing in time, so nothing is judged yet."
_FAILED = MODEL_AWAY | {UndecidedReason.NO_MODEL}


def verdicts_of_a_model(coverage: Coverage) -> int:
    """Return how many verdicts rest on a model's judgement."""
    return sum(
        count for label, source, count in coverage.sources if source == VerdictSource.MODEL and label != Label.UNDECIDED
    )


def failed_for_a_model(coverage: Coverage) -> tuple[tuple[str, int], ...]:
    """Return how many messages were not judged because a model was wanting or failed on them, by their reasons."""
    return tuple(
        (code, count) for state, code, count in coverage.reasons if state is State.NOT_JUDGED and code in _FAILED
    )


def is_partly_judged(coverage: Coverage) -> bool:
    """Return whether anything lacks its judgement for want of a model, or since the model failed on it."""
    failed = any(code in _FAILED for _, code, _ in coverage.undecided)
    return bool(failed_for_a_model(coverage)) or failed or coverage.count(State.WAITING, State.JUDGING) > 0


def tell_judge(identity: ModelIdentity | None, why_none: str, coverage: Coverage) -> None:
    """Print who judged, whether the model was lost on the way, and on what it failed."""
    screen, verdicts = out(), verdicts_of_a_model(coverage)
    if identity is None:
        screen.print(heading("No model answered, so nothing here is a model's judgement."))
        screen.print(why_none, soft_wrap=True)
        return
    name = f"{identity.model} ({identity.server}, digest {identity.digest[:19]})"
    if not verdicts:
        screen.print(heading("No verdict here is a model's judgement."))
        screen.print(f"{name} was asked.", soft_wrap=True)
    else:
        screen.print(f"Judged by {name}: {verdicts} {'verdict' if verdicts == 1 else 'verdicts'}.", soft_wrap=True)
    waiting = coverage.count(State.WAITING, State.JUDGING)
    if waiting and why_none:
        screen.print(heading(_STAYED_AWAY if coverage.judged else _NEVER_ANSWERED))
        screen.print(why_none, soft_wrap=True)
    for code, count in failed_for_a_model(coverage):
        said = catalogue("en").reason(Reason(code=code), Family.UNDECIDED)
        messages = "1 message" if count == 1 else f"{count} messages"
        screen.print(f"On {messages} the model failed each time it was asked ({said}).", soft_wrap=True)
