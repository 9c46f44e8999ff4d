"""Messages that were found to keep the rules, and that a person removed all the same: perhaps something was missed."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.events import Message
from bot.domain.ids import MessageId, MessageRef, PersonId

DELETION = "deletion"
"""The detail of a member event that tells of a message which a person removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A suggested label: somebody should say whether a rule was broken. `message` is None once its text is gone."""

    ref: MessageRef
    author: PersonId
    by: PersonId | None
    at: datetime
    message: Message | None


def deletion_of(message: MessageId) -> str:
    """Return the event id of a deletion by a person, which names the message."""
    return f"{DELETION}:{message}"
