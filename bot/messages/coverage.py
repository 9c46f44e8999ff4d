"""Coverage in words: how many messages were judged, how many were not and why. Every message is in exactly one line."""

from collections import Counter
from collections.abc import Iterable

from bot.domain.coverage import Coverage
from bot.domain.reasons import Reason
from bot.domain.states import State
from bot.domain.verdict import Label, VerdictSource
from bot.messages.catalogue import Catalogue, Family, Said
from bot.messages.readable import plain_line

_LONGEST_POLICY, _LONGEST_CHANNEL = 40, 80
_MOST_CHANNELS = 20
_LONGEST_KIND, _MOST_KINDS = 60, 20


def coverage_lines(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    """Return what became of the messages, the judged ones first; nothing is rounded, and no line is left out.

    The first line's number is the sum of those of judged, not judged, left to people, not meant to be judged, withdrawn
    and waiting.
    """
    if not coverage.seen:
        return (catalogue.say("coverage.nothing"), *_unread(coverage, catalogue), *_out_of_sight(coverage, catalogue))
    counted = (
        ("coverage.withdrawn", coverage.count(State.WITHDRAWN)),
        ("coverage.waiting", coverage.count(State.WAITING, State.JUDGING)),
        ("coverage.superseded", coverage.count(State.SUPERSEDED)),
        ("coverage.copies", _resting_on(VerdictSource.EXACT_COPY, coverage)),
        ("coverage.likenesses", _resting_on(VerdictSource.NEAR_COPY, coverage)),
        ("coverage.files", coverage.attachments_unjudged),
    )
    return (
        catalogue.say("coverage.seen", count=coverage.seen),
        catalogue.say("coverage.judged", count=coverage.judged),
        *_not_judged(coverage, catalogue),
        *_left_to_people(coverage, catalogue),
        *_screened(coverage, catalogue),
        *_undecided(coverage, catalogue),
        *(catalogue.say(code, count=count) for code, count in counted if count),
        *_unread(coverage, catalogue),
        *_out_of_sight(coverage, catalogue),
    )


def _out_of_sight(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    """Return what never came in at all: gaps, channels that nobody reads."""
    lines: list[Said] = []
    if coverage.gaps:
        lines.append(_gaps(coverage, catalogue))
    if coverage.unwatched:
        named = [f"#{name}" for name in coverage.unwatched[:_MOST_CHANNELS]]
        more = ["…"] if len(coverage.unwatched) > _MOST_CHANNELS else []
        names = Said(", ".join(catalogue.quote(plain_line(name, _LONGEST_CHANNEL)) for name in (*named, *more)))
        lines.append(catalogue.say("coverage.unwatched", count=len(coverage.unwatched), channels=names))
    return tuple(lines)


def _gaps(coverage: Coverage, catalogue: Catalogue) -> Said:
    count = len(coverage.gaps)
    reasons = Counter(gap.reason for gap in coverage.gaps)
    if not any(reasons):
        return catalogue.say("coverage.gaps", count=count)
    why = (
        catalogue.say("coverage.counted", count=share, why=catalogue.reason(Reason(code=code or "unknown"), Family.GAP))
        for code, share in reasons.most_common()
    )
    return catalogue.say("coverage.gaps_why", count=count, why=_listed(why))


def _not_judged(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    if not coverage.missed:
        return () if coverage.unread else (catalogue.say("coverage.all_judged"),)
    counts = _by_reason(coverage, State.NOT_JUDGED)
    counts.subtract(dict(coverage.objected))
    why = _counted(counts, Family.NOT_JUDGED, catalogue)
    return (catalogue.say("coverage.not_judged", count=coverage.missed, why=why),)


def _unread(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    """Return what came in and could not be read, the most frequent kinds first: a platform's own names for them."""
    if not coverage.unread:
        return ()
    kinds = sorted(coverage.unread, key=lambda share: -share[1])
    shares = [
        catalogue.say("coverage.counted", count=count, why=plain_line(kind, _LONGEST_KIND))
        for kind, count in kinds[:_MOST_KINDS]
    ]
    rest = [Said("…")] if len(kinds) > _MOST_KINDS else []
    total = sum(count for _, count in kinds)
    return (catalogue.say("coverage.unread", count=total, why=_listed([*shares, *rest])),)


def _left_to_people(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    counts = Counter(dict(coverage.objected))
    if not counts.total():
        return ()
    why = _counted(counts, Family.UNDECIDED, catalogue)
    return (catalogue.say("coverage.left_to_people", count=counts.total(), why=why),)


def _screened(coverage: Coverage, catalogue: Catalogue) -> tuple[Said, ...]:
    total = coverage.count(State.SCREENED_OUT)
    if not total:
        return ()
    why = _counted(_by_reason(coverage, State.SCREENED_OUT), Family.SCREENED, catalogue)
    return (catalogue.say("coverage.screened", count=total, why=why),)


def _by_reason(coverage: Coverage, state: State) -> Counter[str]:
    counts: Counter[str] = Counter()
    for where, code, count in coverage.reasons:
        counts[code] += count if where is state else 0
    return counts


def _counted(counts: Counter[str], family: Family, catalogue: Catalogue) -> Said:
    return _listed(
        catalogue.say("coverage.counted", count=count, why=catalogue.reason(Reason(code=code), family))
        for code, count in counts.most_common()
        if count
    )


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
