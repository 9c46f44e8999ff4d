"""One way in for every kind of export: find out what a file is, and read it as events with faults told."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from bot.adapters.exports import csv_rows, discord_chat_exporter, json_lines, slack_export
from bot.adapters.exports.archive import open_archive
from bot.adapters.exports.csv_rows import Columns
from bot.adapters.exports.detect import Format, is_archive, kind_of, opened
from bot.adapters.exports.fields import shown
from bot.adapters.exports.fingerprints import Fingerprints
from bot.adapters.exports.rows import AnyRow, BrokenRow, PlacedRows, ReadRow
from bot.adapters.exports.slack_workspace import root_of
from bot.adapters.exports.streams import Meter, Metered
from bot.config.packed import UNPACK_ERRORS, unpacked
from bot.core.recordings.playback import moment_of
from bot.domain.errors import InputError
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId

CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead of now a message may be: time zones differ, and nobody's clock is right."""


@dataclass(slots=True, kw_only=True)
class Export:
    """A file to read events from. Without a `community` the events belong to the one that the file tells of.

    `channels` names the channels met so far; `meter` says how far reading has come.
    """

    path: Path
    now: datetime
    community: CommunityId | None = None
    format: Format | None = None
    columns: Columns = field(default_factory=Columns)
    channels: dict[ChannelId, str] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)

    def rows(self) -> PlacedRows:
        """Yield every event with its place, and a BrokenRow for each row that can't be used. Raises InputError.

        A message that stands in the file twice, or is from the future, is broken too.
        """
        seen = Fingerprints()
        for row in self._rows():
            yield _checked(row, seen, self.now)

    def kind(self) -> Format:
        """Return what the file is: the option's word, else what it looks like. Raises InputError."""
        try:
            return self.format if self.format and self.path.exists() else kind_of(self.path)
        except OSError as error:
            raise InputError(f"{self.path}: this file can't be read ({error.strerror or error}).") from error

    def _rows(self) -> PlacedRows:
        kind = self.kind()
        try:
            if is_archive(self.path):
                yield from self._archive_rows(kind)
            else:
                yield from self._file_rows(kind)
        except OSError as error:
            raise InputError(f"{self.path}: this file can't be read ({error.strerror or error}).") from error

    def _archive_rows(self, kind: Format) -> PlacedRows:
        with open_archive(self.path) as archive:
            self.meter = archive.meter
            if kind is Format.DISCORD:
                yield from discord_chat_exporter.read_archive(archive, self.community, self.channels)
                return
            root = root_of(archive)
            if kind is not Format.SLACK or root is None:
                raise InputError(f"{self.path}: there is no channels.json in here, so this is no Slack export.")
            yield from slack_export.read_archive(archive, root, self.community, self.channels)

    def _file_rows(self, kind: Format) -> PlacedRows:
        self.meter.total, self.meter.done = self.path.stat().st_size, 0
        name = self.path.name
        if kind is Format.DISCORD:
            openers = (lambda: opened(self.path)), self._open
            recent = discord_chat_exporter.Recent()
            yield from discord_chat_exporter.read_file(openers, name, self.community, self.channels, recent)
            return
        if kind is Format.SLACK:
            raise InputError(f"{self.path}: name the zip file or the folder of the Slack export, not one file of it.")
        community = self.community or CommunityId("console:replay")
        with self._open() as raw:
            try:
                if kind is Format.CSV:
                    yield from csv_rows.read_file(raw, name, community, self.columns)
                else:
                    yield from json_lines.read_file(raw, name, community)
            except UNPACK_ERRORS as error:
                yield BrokenRow(place=name, fault=f"the file can't be read on from here ({error})")

    def _open(self) -> BinaryIO:
        """Open the file; what counts as progress are its bytes as they lie on the disk, packed or not."""
        return unpacked(cast("BinaryIO", Metered(self.path.open("rb"), self.meter)))


def _checked(row: AnyRow, seen: Fingerprints, now: datetime) -> AnyRow:
    if not isinstance(row, ReadRow):
        return row
    at = moment_of(row.event)
    if at > now + CLOCKS_DIFFER:
        return BrokenRow(place=row.place, fault=f"it is from the future ({at:%Y-%m-%d %H:%M} UTC)")
    if isinstance(row.event, Message) and not seen.add(row.event.ref.channel, row.event.ref.message):
        name = shown(row.event.ref.message)
        return BrokenRow(place=row.place, fault=f"a message with the id {name} came before; this one is skipped")
    return row
