"""How long the parts of a card may be, and how a platform shows what only it can."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import ChannelId, PersonId
from bot.messages.readable import plain_line

LONGEST_NAME = 48
LONGEST_TITLE = 60
LONGEST_RATIONALE = 240
LONGEST_ID = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How a platform shows what only it can: a person by name, a channel, a moment in the reader's own time.

    `channel` and `time` return text that is ready to be shown; a name is escaped by the catalogue.
    """

    name: Callable[[PersonId], str] = str
    channel: Callable[[ChannelId], str] = lambda channel: plain_line(channel, LONGEST_ID)
    time: Callable[[datetime], str] = lambda at: f"{at:%Y-%m-%d %H:%M} UTC"


PLAIN = Drawing()
"""For a place that knows ids and UTC alone."""
