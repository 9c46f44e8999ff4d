"""What every record of the audit chains does."""

from datetime import timedelta, timezone

from bot.domain.audit import AuditCode
from bot.domain.ids import CaseNumber, CommunityId
from bot.ports.store import Store
from tests.factories import AT, COMMUNITY, OTHER_COMMUNITY, audit_note, later


async def test_entries_follow_one_another_in_each_community(store: Store) -> None:
    """Each chain counts from one, and verifies."""
    details = (("author", "\ud800 a"), ("note", 'quoted "words"'), ("author", "again"))
    await store.audit.append((audit_note(details=details, case=CaseNumber(3)), audit_note(community=OTHER_COMMUNITY)))
    await store.audit.append((audit_note(AuditCode.EFFECT, at=later(9)),))
    first, second = await store.audit.entries(COMMUNITY, 10)
    assert (first.sequence, second.sequence) == (1, 2)
    assert (first.details, first.case, first.code, first.at) == (details, 3, AuditCode.DECIDED, later(5))
    assert second.previous_hash == first.entry_hash
    assert [entry.sequence for entry in await store.audit.entries(OTHER_COMMUNITY, 10)] == [1]
    report = await store.audit.verify(COMMUNITY)
    assert (report.entries, report.details_erased, report.faults) == (2, 0, ())
    assert await store.audit.communities() == (COMMUNITY, OTHER_COMMUNITY)


async def test_the_latest_entries_come_oldest_first(store: Store) -> None:
    """A limit cuts the older ones."""
    await store.audit.append(tuple(audit_note(at=later(number)) for number in range(5)))
    assert [entry.sequence for entry in await store.audit.entries(COMMUNITY, 2)] == [4, 5]
    assert await store.audit.entries(COMMUNITY, 0) == ()


async def test_a_moment_keeps_the_form_that_was_hashed(store: Store) -> None:
    """A note from another time zone verifies as well."""
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    await store.audit.append((audit_note(at=there),))
    assert (await store.audit.verify(COMMUNITY)).faults == ()


async def test_equal_details_get_different_hashes(store: Store) -> None:
    """Each entry has a salt of its own, so that nobody guesses what was erased."""
    await store.audit.append((audit_note(), audit_note()))
    first, second = await store.audit.entries(COMMUNITY, 10)
    assert first.details_hash != second.details_hash
    assert first.salt is not None
    assert len(first.salt) == 32


async def test_a_community_without_entries_has_a_sound_empty_chain(store: Store) -> None:
    """There is nothing to find fault with."""
    report = await store.audit.verify(CommunityId("console:nowhere"))
    assert (report.entries, report.faults) == (0, ())
    assert await store.audit.communities() == ()
