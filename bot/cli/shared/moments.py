"""Moments as people type them: a day, a day and a time, or how long ago."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.config.durations import parse_duration

FORMS = "2026-11-01, 2026-11-01T18:30 (UTC), or how long ago, such as 7d or 12h"


def moment(text: str) -> datetime:
    """Return the moment that a text says, in UTC. Raises what the command line tells as a wrong value."""
    try:
        return datetime.now(UTC) - parse_duration(text)
    except ValueError:
        pass  # no length of time
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time. Write {FORMS}.") from None
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


Since = Annotated[
    datetime | None, typer.Option("--since", parser=moment, metavar="WHEN", help=f"Only from then on: {FORMS}.")
]
Until = Annotated[
    datetime | None, typer.Option("--until", parser=moment, metavar="WHEN", help="Only what was before then.")
]
