"""What holds for a whole Slack export: its people, its channels, and which file holds which day of which channel."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from bot.adapters.exports.archive import READ_ERRORS, Archive, Opener
from bot.adapters.exports.fields import Row, inner, needed, text
from bot.adapters.exports.json_items import Items
from bot.adapters.exports.rows import BrokenRow, RowFault
from bot.adapters.exports.streams import CHUNK
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.texts.slack_markup import Names, readable

CHANNEL_FILES = ("channels.json", "groups.json")
DIRECT_FILES = ("mpims.json", "dms.json")
"""Direct conversations: a bot in channels never reads them, so neither does a replay."""
PEOPLE_FILES = ("users.json", "org_users.json")
MOST_EARLIER_TEXTS = 10_000
"""Edited messages whose first text is looked up; beyond, their latest text is read first."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
_EDITED = b"message_changed"

Report = Callable[[BrokenRow], object]
"""Where a row that can't be used is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What users.json says of somebody."""

    name: str
    is_bot: bool
    is_moderator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace(Names):
    """What holds for all channels. `ids` maps folders to channels, `earlier` maps (channel, ts) to a first text.

    `direct` are the folders of direct conversations.
    """

    community: CommunityId
    people: Mapping[str, Person]
    channels: dict[ChannelId, str]
    ids: Mapping[str, ChannelId]
    direct: frozenset[str] = frozenset()
    earlier: dict[tuple[ChannelId, str], Row] = field(default_factory=dict)

    def show(self, words: str) -> str:
        """Return Slack's markup as a reader sees it."""
        return readable(words, self)

    def name(self, person: str) -> str:
        """Return a member's name."""
        return self.people[person].name if person in self.people else "member"

    def channel(self, channel: str) -> str:
        """Return a channel's name."""
        return self.channels.get(ChannelId(channel), "channel")

    def group(self, group: str) -> str:
        """Return what stands for every group: an export does not name them."""
        del group
        return "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFile:
    """One day of one channel: the name of its file in the archive."""

    channel: ChannelId
    name: str


def root_of(archive: Archive) -> str | None:
    """Return the folder inside an archive that holds the export, with its slash; None when there is none."""
    for name in archive.names():
        head, _, last = name.rpartition("/")
        if last in CHANNEL_FILES and "/" not in head:
            return f"{head}/" if head else ""
    return None


def read_workspace(
    archive: Archive, root: str, community: CommunityId | None, channels: dict[ChannelId, str], report: Report
) -> Workspace:
    """Return the people and channels of an export; ids become known by name in `channels`."""
    people: dict[str, Person] = {}
    teams: list[str] = []
    for row in _listed(archive, [root + name for name in PEOPLE_FILES], report):
        people[needed(row, "id")] = _person(row)
        teams = teams or [text(row, "team_id")]
    ids: dict[str, ChannelId] = {}
    for row in _listed(archive, [root + name for name in CHANNEL_FILES], report):
        channel = ChannelId(needed(row, "id"))
        ids[text(row, "name") or channel] = ids[channel] = channel
        channels[channel] = text(row, "name") or channel
    direct = _listed(archive, [root + name for name in DIRECT_FILES], report)
    folders = frozenset(name for row in direct for name in (needed(row, "id"), text(row, "name")) if name)
    team = next(filter(None, teams), "export")
    return Workspace(
        community=community or CommunityId(f"slack:{team}"),
        people=people,
        channels=channels,
        ids=ids,
        direct=folders,
    )


def _listed(archive: Archive, names: Iterable[str], report: Report) -> Iterator[Row]:
    """Yield the usable rows of the files that name people or channels."""
    for name in names:
        if name not in archive.sizes:
            continue
        for place, row in items_of(partial(archive.open, name), archive.place(name), report):
            try:
                needed(row, "id"), text(row, "name"), text(row, "team_id")
            except RowFault as fault:
                report(BrokenRow(place=place, fault=str(fault)))
            else:
                yield row


def _person(row: Row) -> Person:
    try:
        profile = inner(row, "profile")
        names = [text(profile, "display_name"), text(profile, "real_name"), text(row, "real_name"), text(row, "name")]
    except RowFault:
        names = []
    return Person(
        name=next(filter(None, names), needed(row, "id")),
        is_bot=row.get("is_bot") is True,
        is_moderator=row.get("is_admin") is True or row.get("is_owner") is True,
    )


def items_of(opener: Opener, place: str, report: Report) -> Iterator[tuple[str, Row]]:
    """Yield the objects of a file that is a list, each with its place; what is none is reported."""
    number = 0
    try:
        with opener() as raw:
            items = Items(raw)
            for number, item in enumerate(items, start=1):
                try:
                    row = items.checked(item)
                except RowFault as fault:
                    report(BrokenRow(place=f"{place}: entry {number}", fault=str(fault)))
                else:
                    yield f"{place}: entry {number}", row
    except RowFault as fault:
        report(BrokenRow(place=f"{place}: after entry {number}" if number else place, fault=str(fault)))
    except READ_ERRORS as error:
        report(BrokenRow(place=place, fault=f"this file can't be read ({error})"))


def days_of(archive: Archive, root: str, workspace: Workspace) -> dict[str, list[DayFile]]:
    """Return, for each day in order, the files of its channels; `direct_days` tells of the others."""
    days: dict[str, list[DayFile]] = {}
    for name in archive.names():
        folder, _, day = name.removeprefix(root).rpartition("/")
        if not name.startswith(root) or not folder or "/" in folder or folder in workspace.direct:
            continue
        if _DAY.fullmatch(day):
            channel = workspace.ids.get(folder, ChannelId(folder))
            workspace.channels.setdefault(channel, folder)
            days.setdefault(day, []).append(DayFile(channel=channel, name=name))
    return dict(sorted(days.items()))


def direct_days(archive: Archive, root: str, workspace: Workspace) -> int:
    """Return how many files hold days of direct conversations, which are never read."""
    names = (name.removeprefix(root).rpartition("/") for name in archive.names() if name.startswith(root))
    return sum(1 for folder, _, day in names if folder in workspace.direct and _DAY.fullmatch(day))


def find_earlier_texts(archive: Archive, days: Mapping[str, list[DayFile]], workspace: Workspace) -> None:
    """Remember the first text of each message that the export tells an edit of: Slack writes it with the edit."""
    for file in (file for files in days.values() for file in files):
        if len(workspace.earlier) >= MOST_EARLIER_TEXTS or not _tells_of_edits(archive, file.name):
            continue
        for _, row in items_of(partial(archive.peek, file.name), file.name, lambda _: None):
            before, after = row.get("original") or row.get("previous_message"), row.get("message")
            if row.get("subtype") == _EDITED.decode() and isinstance(before, dict) and isinstance(after, dict):
                workspace.earlier.setdefault((file.channel, str(after.get("ts"))), before)


def _tells_of_edits(archive: Archive, name: str) -> bool:
    """Return whether a file mentions an edit at all: most don't, and need no second reading."""
    kept = b""
    try:
        with archive.peek(name) as raw:
            while chunk := raw.read(CHUNK):
                if _EDITED in kept + chunk:
                    return True
                kept = chunk[-len(_EDITED) :]
    except READ_ERRORS:
        return False
    return False
