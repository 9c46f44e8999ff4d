"""Coverage of the in-memory store."""

from collections import Counter
from datetime import datetime

from bot.domain.coverage import Coverage, Gap
from bot.domain.ids import CommunityId, PolicyId, position
from bot.domain.states import State
from bot.domain.verdict import Label
from tests.memory.records import Records, Row


def coverage_of(
    records: Records, community: CommunityId | None, since: datetime | None, until: datetime | None
) -> Coverage:
    """Count the current revision of every message sent from `since` on and before `until`."""
    states: Counter[State] = Counter()
    reasons: Counter[tuple[State, str]] = Counter()
    undecided: Counter[tuple[PolicyId, str]] = Counter()
    sources: Counter[tuple[str, str]] = Counter()
    unread: Counter[str] = Counter()
    files = 0
    for row in _counted(records, community, since, until):
        states[row.state] += 1
        files += row.files
        unread.update(row.unread)
        if row.reason:
            reasons[row.state, row.reason] += 1
        for verdict in records.decisions[row.decision].verdicts if row.decision is not None else ():
            sources[verdict.label.value, verdict.source.value] += 1
            if row.state is State.DONE and verdict.label is Label.UNDECIDED and verdict.reason is not None:
                undecided[verdict.policy, verdict.reason.value] += 1
    unread.update(_unread_events(records, community, since, until))
    return Coverage(
        by_state=tuple(sorted(states.items())),
        reasons=tuple((state, code, number) for (state, code), number in sorted(reasons.items())),
        undecided=tuple((policy, code, number) for (policy, code), number in sorted(undecided.items())),
        sources=tuple((label, source, number) for (label, source), number in sorted(sources.items())),
        attachments_unjudged=files,
        unread=tuple(sorted(unread.items())),
        gaps=_gaps(records, community, since),
        unwatched=tuple(
            name
            for place, names in sorted(records.unwatched.items())
            for name in sorted(names)
            if community in (None, place)
        ),
        since=since,
        until=until,
    )


def _gaps(records: Records, community: CommunityId | None, since: datetime | None) -> tuple[Gap, ...]:
    return tuple(
        span.gap
        for place, spans in sorted(records.spans.items(), key=lambda entry: entry[0])
        for span in sorted(spans, key=lambda span: position(span.gap.after))
        if community in (None, place[0]) and (since is None or span.opened_at >= since)
    )


def _counted(
    records: Records, community: CommunityId | None, since: datetime | None, until: datetime | None
) -> list[Row]:
    return [
        records.rows[known.current]
        for ref, known in records.known.items()
        if known.current is not None
        and known.sent_at is not None
        and community in (None, ref.community)
        and (since is None or known.sent_at >= since)
        and (until is None or known.sent_at < until)
    ]


def _unread_events(
    records: Records, community: CommunityId | None, since: datetime | None, until: datetime | None
) -> list[str]:
    return [
        event.kind
        for event in records.unread.values()
        if community in (None, event.community)
        and (since is None or event.at >= since)
        and (until is None or event.at < until)
    ]
