"""Coverage in SQLite: the current revision of every message, counted in one snapshot."""

import sqlite3
from datetime import datetime
from typing import Any

from bot.domain.coverage import Coverage, Gap, GapReason
from bot.domain.ids import ChannelId, CommunityId, PolicyId
from bot.domain.states import State
from bot.storage.codec.documents import to_micros
from bot.storage.sqlite.database.statements import statements

_SQL = statements("coverage")


def coverage_of(
    raw: sqlite3.Connection, community: CommunityId | None, since: datetime | None, until: datetime | None
) -> Coverage:
    """Count the messages sent from `since` on and before `until`."""
    values: dict[str, Any] = {
        "community": community,
        "since": to_micros(since) if since is not None else None,
        "until": to_micros(until) if until is not None else None,
    }
    states = raw.execute(_SQL["by_state"], values).fetchall()
    return Coverage(
        by_state=tuple((State(state), number) for state, number, _ in states),
        reasons=tuple((State(state), code, number) for state, code, number in raw.execute(_SQL["by_reason"], values)),
        undecided=tuple(
            (PolicyId(policy), code, number) for policy, code, number in raw.execute(_SQL["by_undecided"], values)
        ),
        sources=tuple(raw.execute(_SQL["by_source"], values).fetchall()),
        attachments_unjudged=sum(files for _, _, files in states),
        unread=tuple(raw.execute(_SQL["unread"], values).fetchall()),
        gaps=tuple(
            Gap(channel=ChannelId(channel), after=after, before=before, reason=GapReason(reason) if reason else None)
            for channel, after, before, reason in raw.execute(_SQL["gaps"], values)
        ),
        unwatched=tuple(name for (name,) in raw.execute(_SQL["unwatched"], values)),
        since=since,
        until=until,
    )
