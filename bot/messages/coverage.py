"""Coverage in words: how many messages were judged, how many were not and why. Every message is in exactly one line."""

from collections import Counter
from collections.abc import Iterable

from bot.domain.coverage import Coverage
from bot.domain.reasons import Reason
from bot.domain.states import State
from bot.domain.verdict import Label, VerdictSource
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.readable import plain_line

_LONGEST_POLICY = 40


def coverage_lines(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    """Return what became of the messages, the judged ones first; nothing is rounded, and no line is left out.

    The first line's number is the sum of those of judged, not meant to be judged, not judged, withdrawn and waiting.
    """
    if not coverage.seen:
        return (catalogue.say("coverage.nothing"),)
    counted = (
        ("coverage.withdrawn", coverage.count(State.WITHDRAWN)),
        ("coverage.waiting", coverage.count(State.WAITING, State.JUDGING)),
        ("coverage.superseded", coverage.count(State.SUPERSEDED)),
        ("coverage.copies", _resting_on(VerdictSource.EXACT_COPY, coverage)),
        ("coverage.likenesses", _resting_on(VerdictSource.NEAR_COPY, coverage)),
        ("coverage.files", coverage.attachments_unjudged),
        ("coverage.gaps", len(coverage.gaps)),
    )
    return (
        catalogue.say("coverage.seen", count=coverage.seen),
        catalogue.say("coverage.judged", count=coverage.judged),
        *_not_judged(coverage, catalogue),
        *_with_reasons(coverage, State.SCREENED_OUT, Family.SCREENED, catalogue),
        *_undecided(coverage, catalogue),
        *(catalogue.say(code, count=count) for code, count in counted if count),
    )


def _not_judged(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    lines = _with_reasons(coverage, State.NOT_JUDGED, Family.NOT_JUDGED, catalogue)
    return lines or (catalogue.say("coverage.all_judged"),)


def _with_reasons(coverage: Coverage, state: State, family: Family, catalogue: Catalogue) -> tuple[Said, ...]:
    total = coverage.count(state)
    if not total:
        return ()
    counts: Counter[str] = Counter()
    for where, code, count in coverage.reasons:
        counts[code] += count if where is state else 0
    why = (
        catalogue.say("coverage.counted", count=count, why=catalogue.reason(Reason(code=code), family))
        for code, count in counts.most_common()
        if count
    )
    code = "coverage.screened" if state is State.SCREENED_OUT else "coverage.not_judged"
    return (catalogue.say(code, count=total, why=_listed(why)),)


def _undecided(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    total = sum(count for _, _, count in coverage.undecided)
    if not total:
        return ()
    shares = (
        catalogue.say(
            "coverage.undecided_by",
            count=count,
            policy=plain_line(policy, _LONGEST_POLICY),
            why=catalogue.reason(Reason(code=code), Family.UNDECIDED),
        )
        for policy, code, count in sorted(coverage.undecided, key=lambda share: -share[2])
    )
    return (catalogue.say("coverage.undecided", count=total, why=_listed(shares)),)


def _resting_on(wanted: VerdictSource, coverage: Coverage) -> int:
    return sum(count for label, source, count in coverage.sources if source == wanted and label != Label.UNDECIDED)


def _listed(parts: Iterable[Said]) -> Said:
    return Said("; ".join(parts))
