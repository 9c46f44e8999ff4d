"""Opening databases: to write, to read beside a `run`, to begin anew, to look at."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.config.text_files import is_there
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.errors import StorageError
from bot.domain.finding import Finding, Grade
from bot.domain.ids import CommunityId
from bot.domain.settings import ProcessSettings
from bot.messages.catalogue import Family, catalogue
from bot.messages.reckoning import why_it_waits
from bot.ports.near_copies import NearCopies
from bot.ports.store import Store
from bot.storage.comparing.near_copies import IndexedNearCopies
from bot.storage.sqlite.database.backup import communities_of
from bot.storage.sqlite.database.schema import require_records
from bot.storage.sqlite.database.statements import migrations
from bot.storage.sqlite.store import open_readonly, open_store, restore


@asynccontextmanager
async def new_store(path: Path) -> AsyncIterator[tuple[Store, Path]]:
    """Open a new database at `path`, or, where one is, at the next free `-2`, `-3` … beside it; yield it and its place.

    What is on record stays, also while another process writes to it. Raises StorageError.
    """
    place = _reserved(path)
    async with writing(place) as store:
        yield store, place


def _reserved(path: Path) -> Path:
    """Make an empty file of a name that was free, so that nobody else takes it, and return it. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            place = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
            with suppress(FileExistsError):
                place.touch(mode=0o600, exist_ok=False)
                return place
    except OSError as error:
        raise StorageError(f"{path}: no database can be made here ({error.strerror or error}).") from error
    raise StorageError(f"{path}: no name is free beside it.")  # never reached: numbers do not end


@asynccontextmanager
async def writing(path: Path) -> AsyncIterator[Store]:
    """Open a database to write to, making it where there is none. Raises StorageError."""
    store = await open_store(path, exclusive=True)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def on_record(path: Path) -> AsyncIterator[Store]:
    """Open a database to look at; where there is none, an empty one that is gone afterwards. Raises StorageError."""
    if await asyncio.to_thread(is_there, path):
        store: Store = await open_readonly(path)
        try:
            yield store
        finally:
            await store.close()
        return
    async with passing() as empty:
        yield empty


@asynccontextmanager
async def passing() -> AsyncIterator[Store]:
    """Make an empty store that is gone afterwards. Raises StorageError."""
    with TemporaryDirectory(prefix="hallmoot-") as folder:
        async with writing(Path(folder) / "passing.db") as store:
            yield store


@asynccontextmanager
async def reading(path: str) -> AsyncIterator[Store]:
    """Open a database to read from, while a `run` may write to it. Raises StorageError."""
    store = await open_readonly(Path(path))
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def beside(path: str) -> AsyncIterator[Store]:
    """Open a database that is there, to write to it in short units beside a `run`. Raises StorageError."""
    async with reading(path):
        pass  # it is there, and of this version
    store = await open_store(Path(path), exclusive=False)
    try:
        yield store
    finally:
        await store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What a backup would be put in the place of: the communities on record there, and those that the copy lacks.

    `communities` is None where there is no database, or none that can be read.
    """

    communities: frozenset[str] | None
    lost: frozenset[str]


async def looked_at(backup: Path, database: Path) -> Replaced:
    """Return what putting a backup in the database's place would mean. Raises StorageError for what is no backup."""
    await asyncio.to_thread(require_records, backup, migrations())
    kept = await asyncio.to_thread(communities_of, backup)
    try:
        there = await asyncio.to_thread(communities_of, database)
    except StorageError:
        there = None
    return Replaced(communities=there, lost=(there or frozenset()) - kept)


async def restored(backup: Path, database: Path) -> Path | None:
    """Put a backup in the database's place; return where the former database is kept, None when there was none.

    Raises AlreadyRunning, NewerDatabase or StorageError, and then nothing was changed.
    """
    return await restore(backup, database)


async def recording_exports(path: Path, communities: tuple[CommunityId, ...], what: str) -> None:
    """Note in each community's audit log that its records are being exported. Raises StorageError."""
    store = await open_store(path, exclusive=False)
    try:
        now = datetime.now(UTC)
        notes = (
            AuditNote(community=community, code=AuditCode.EXPORTED, at=now, details=(("format", what),))
            for community in communities
        )
        await store.audit.append(tuple(notes))
    finally:
        await store.close()


async def database_findings(settings: ProcessSettings) -> AsyncIterator[Finding]:
    """Say whether the database can be used: that it opens, is of this version, and its chains are whole."""
    path = Path(settings.storage.path)
    if not await asyncio.to_thread(is_there, path):
        yield Finding(check="records", grade=Grade.FINE, found=f"{path} will be made on the first run")
        return
    try:
        async with reading(settings.storage.path) as store:
            for community in await store.audit.communities():
                if (await store.audit.verify(community)).faults:
                    yield Finding(
                        check="records",
                        grade=Grade.FAULT,
                        found=f"the audit log of {community} was changed",
                        remedy="`hallmoot audit verify` shows where. If nobody did that on purpose, restore a backup.",
                    )
            for finding in await _waiting(store):
                yield finding
        yield Finding(check="records", grade=Grade.FINE, found=f"{path} opens")
    except StorageError as error:
        yield Finding(check="records", grade=Grade.FAULT, found=str(error), remedy="Without it nothing can be judged.")


async def _waiting(store: Store) -> list[Finding]:
    """Say what platforms could not do yet, for each community, action and reason."""
    words = catalogue("en")
    found: dict[tuple[CommunityId, str, str], list[datetime]] = defaultdict(list)
    for stored in await store.cases.postponed():
        if stored.put_off is not None:
            why = words.reason(why_it_waits(stored.put_off), Family.EFFECT)
            what = words.action(stored.effect.action)
            found[stored.effect.community, what, why].append(stored.put_off.next_at)
    return [
        Finding(
            check="waiting",
            grade=Grade.ADVICE,
            found=f"{community}: {len(times)} x {what} ({why}); next try {min(times):%Y-%m-%d %H:%M} UTC",
            remedy="A run tries it again by itself, at that time and once what is missing is there.",
        )
        for (community, what, why), times in found.items()
    ]


def empty_near_copies() -> NearCopies:
    """Return a search for near copies that knows no texts yet."""
    return IndexedNearCopies()
