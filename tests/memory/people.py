"""What is on record about an author, in memory."""

from collections.abc import Iterator
from datetime import datetime

from bot.domain.actions import Action, Outcome
from bot.domain.case import AuthorHistory, CaseStatus
from bot.domain.decision import BOT, Effect
from bot.domain.events import Member, MemberChange
from bot.domain.ids import CommunityId, MessageRef, PersonId
from bot.domain.missed import DELETION, Missed, deletion_of
from bot.domain.states import State
from bot.domain.verdict import Label
from bot.storage.case_changes import SANCTIONS
from tests.memory.records import Known, Person, Records


def history_of(records: Records, community: CommunityId, person: PersonId) -> AuthorHistory:
    """Return what is on record about an author."""
    known = records.people.get((community, person), Person())
    statuses = [case.status for case in records.cases.values() if (case.community, case.author) == (community, person)]
    return AuthorHistory(
        person=person,
        messages=known.messages,
        cases_upheld=statuses.count(CaseStatus.UPHELD),
        cases_open=statuses.count(CaseStatus.OPEN),
        cases_overturned=statuses.count(CaseStatus.OVERTURNED),
        removals=_removals(records, community, person),
        sanctions=_sanctions(records, community, person),
        first_seen=known.first_seen,
        joined_at=known.joined_at,
    )


def _removals(records: Records, community: CommunityId, person: PersonId) -> int:
    """Count messages of a person that are gone: each once, whoever removed it."""
    by_people = {event.event_id for event in _by_others(records, community, person) if event.detail == DELETION}
    ours = {
        deletion_of(effect.message.message)
        for effect in _applied(records, community, person, frozenset({Action.DELETE}))
        if effect.message is not None and not _overturned(records, effect)
    }
    return len(by_people | ours)


def _sanctions(records: Records, community: CommunityId, person: PersonId) -> int:
    by_others = sum(1 for event in _by_others(records, community, person) if event.detail != DELETION)
    ours = _applied(records, community, person, SANCTIONS)
    return by_others + len({_one_of_case(effect) for effect in ours if not _overturned(records, effect)})


def _one_of_case(effect: Effect) -> tuple[object, Action]:
    """Return what counts once: the same action on a member within one case, however many messages it followed from."""
    return (effect.case if effect.case is not None else effect.key), effect.action


def _by_others(records: Records, community: CommunityId, person: PersonId) -> Iterator[Member]:
    for event in records.members.values():
        is_theirs = (event.community, event.person) == (community, person)
        if is_theirs and event.change is MemberChange.SANCTIONED and event.by != BOT:
            yield event


def _applied(
    records: Records, community: CommunityId, person: PersonId, actions: frozenset[Action]
) -> Iterator[Effect]:
    for stored in records.effects.values():
        effect, result = stored.effect, stored.result
        if result is None or result.outcome is not Outcome.APPLIED or effect.action not in actions:
            continue
        if (effect.community, effect.person) == (community, person):
            yield effect


def _overturned(records: Records, effect: Effect) -> bool:
    if effect.case is None:
        return False
    return records.cases[effect.community, effect.case].status is CaseStatus.OVERTURNED


def missed_in(records: Records, community: CommunityId | None, since: datetime | None) -> tuple[Missed, ...]:
    """Return the removals by people of messages that were judged and found to keep the rules, the latest first."""
    found = [
        (event.at, known.order, missed)
        for event in records.members.values()
        if community in (None, event.community) and (since is None or event.at >= since)
        for ref, known in records.known.items()
        if is_removal(event, ref, known)
        for missed in _missed(records, event, ref, known)
    ]
    return tuple(missed for _, _, missed in sorted(found, key=lambda entry: entry[:2], reverse=True))


def is_removal(event: Member, ref: MessageRef, known: Known) -> bool:
    """Return whether an event tells that a person removed this very message."""
    return (
        (event.community, event.channel, event.person) == (ref.community, ref.channel, known.author)
        and (event.change, event.detail) == (MemberChange.SANCTIONED, DELETION)
        and event.event_id == deletion_of(ref.message)
    )


def _missed(records: Records, event: Member, ref: MessageRef, known: Known) -> Iterator[Missed]:
    row = records.rows[known.current] if known.current is not None else None
    if row is None or row.state is not State.DONE:
        return
    decided = (entry for entry in records.decisions.values() if entry.row == row.key)
    if not any(verdict.label is Label.VIOLATES for entry in decided for verdict in entry.verdicts):
        yield Missed(ref=ref, author=event.person, by=event.by, at=event.at, message=row.message)
