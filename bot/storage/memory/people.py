"""What is on record about an author, in memory."""

from collections.abc import Iterator

from bot.domain.actions import Outcome
from bot.domain.case import AuthorHistory, CaseStatus
from bot.domain.decision import BOT, Effect
from bot.domain.events import MemberChange
from bot.domain.ids import CommunityId, PersonId
from bot.storage.case_changes import SANCTIONS
from bot.storage.memory.records import Person, Records


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
        sanctions=_sanctions(records, community, person),
        first_seen=known.first_seen,
        joined_at=known.joined_at,
    )


def _sanctions(records: Records, community: CommunityId, person: PersonId) -> int:
    by_others = sum(
        1
        for event in records.members.values()
        if (event.community, event.person) == (community, person)
        and event.change is MemberChange.SANCTIONED
        and event.by != BOT
    )
    ours = sum(1 for effect in _applied(records, community, person) if not _overturned(records, effect))
    return by_others + ours


def _applied(records: Records, community: CommunityId, person: PersonId) -> Iterator[Effect]:
    for stored in records.effects.values():
        effect, result = stored.effect, stored.result
        if result is None or result.outcome is not Outcome.APPLIED or effect.action not in SANCTIONS:
            continue
        if (effect.community, effect.person) == (community, person):
            yield effect


def _overturned(records: Records, effect: Effect) -> bool:
    if effect.case is None:
        return False
    return records.cases[effect.community, effect.case].status is CaseStatus.OVERTURNED
