"""Which message an entry of Discord's audit log is about."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import discord

from bot.adapters.discord.incoming.recent import Recent
from tests.factories import author, message

AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Named:
    id: int


@dataclass(frozen=True)
class _Extra:
    channel: _Named


@dataclass(frozen=True)
class _Entry:
    target: _Named
    extra: _Extra
    created_at: datetime


def test_an_entry_is_about_the_deletion_nearest_in_time() -> None:
    """A moderator deletes one message, and a moment later its author two others of theirs."""
    recent = Recent()
    for number, after in ((11, 0.0), (12, 3.0), (13, 4.0)):
        recent.heard(message(id=str(number), by=author("77"), channel="5"))
        recent.went(number, 5, AT + timedelta(seconds=after))
    entry = _Entry(_Named(77), _Extra(_Named(5)), AT + timedelta(seconds=0.4))
    assert recent.deleted_by_person(cast("discord.AuditLogEntry", entry)) == "11"
