"""The audit chain: who did what, so that a change or a cut afterwards is found.

An entry holds our own numbers and codes, and the hash of salted details. Details and salts live in rows of their own
that an erasure may drop: the chain still verifies, and says how many details are gone.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import CaseNumber, CommunityId

GENESIS = "0" * 64


class AuditCode(StrEnum):
    """What happened."""

    DECIDED = "decided"
    EFFECT = "effect"
    REVIEWED = "reviewed"
    CASE_CLOSED = "case_closed"
    SETTINGS_CHANGED = "settings_changed"
    REFUSED_PRESS = "refused_press"
    STOPPED = "stopped"
    ERASED = "erased"
    EXPORTED = "exported"
    OUTAGE = "outage"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote:
    """What is to be recorded. Everything with a platform's id, a name or a text in it belongs in `details`."""

    community: CommunityId
    code: AuditCode
    at: datetime
    case: CaseNumber | None = None
    decision: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link. `details` and `salt` are None once erased; `entry_hash` covers everything but them."""

    sequence: int
    code: AuditCode
    at: datetime
    case: CaseNumber | None
    decision: str
    details_hash: str
    previous_hash: str
    entry_hash: str
    details: tuple[tuple[str, str], ...] | None
    salt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The end of a chain, kept apart from it: a cut tail shows."""

    count: int
    entry_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What verifying found. `faults` are codes with a sequence number: (`changed`, 7), (`cut`, 12)."""

    entries: int
    details_erased: int
    faults: tuple[tuple[str, int], ...]


def details_hash(salt: str, details: tuple[tuple[str, str], ...]) -> str:
    """Return SHA-256(salt ‖ details), the details as compact JSON."""
    body = json.dumps(details, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{salt}{body}".encode("utf-8", "surrogatepass")).hexdigest()


def entry_hash(sequence: int, note: AuditNote, hashed_details: str, previous_hash: str) -> str:
    """Return the hash of one link, which covers the link before it."""
    fields = [sequence, note.code, note.at.isoformat(), note.case, note.decision, hashed_details, previous_hash]
    return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()


def link(note: AuditNote, *, salt: str, head: AuditHead) -> AuditEntry:
    """Return the entry that follows the head of a chain."""
    sequence = head.count + 1
    hashed = details_hash(salt, note.details)
    return AuditEntry(
        sequence=sequence,
        code=note.code,
        at=note.at,
        case=note.case,
        decision=note.decision,
        details_hash=hashed,
        previous_hash=head.entry_hash,
        entry_hash=entry_hash(sequence, note, hashed, head.entry_hash),
        details=note.details,
        salt=salt,
    )


def verify(community: CommunityId, entries: tuple[AuditEntry, ...], head: AuditHead) -> AuditReport:
    """Check every link, every kept detail and the head; return what is wrong, in order."""
    faults: list[tuple[str, int]] = []
    previous = GENESIS
    erased = 0
    for expected, entry in enumerate(entries, start=1):
        faults += _faults_of(community, entry, expected, previous)
        erased += entry.details is None
        previous = entry.entry_hash
    if head.count != len(entries) or head.entry_hash != previous:
        faults.append(("cut", head.count))
    return AuditReport(entries=len(entries), details_erased=erased, faults=tuple(faults))


def _faults_of(community: CommunityId, entry: AuditEntry, expected: int, previous: str) -> list[tuple[str, int]]:
    note = AuditNote(community=community, code=entry.code, at=entry.at, case=entry.case, decision=entry.decision)
    faults = []
    if entry.sequence != expected or entry.previous_hash != previous:
        faults.append(("missing", expected))
    if entry.entry_hash != entry_hash(entry.sequence, note, entry.details_hash, entry.previous_hash):
        faults.append(("changed", entry.sequence))
    if entry.details is not None and details_hash(entry.salt or "", entry.details) != entry.details_hash:
        faults.append(("details_changed", entry.sequence))
    return faults
