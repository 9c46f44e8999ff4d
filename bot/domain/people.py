"""Who may do what, as a platform's directory answers it when a button is pressed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import CommunityId, PersonId


class Permission(StrEnum):
    """What a person asks to do. MODERATE decides cases; ADMINISTER changes settings, exports and erases."""

    MODERATE = "moderate"
    ADMINISTER = "administer"
    DELETE = "delete"
    TIMEOUT = "timeout"
    KICK = "kick"
    BAN = "ban"
    LOCKDOWN = "lockdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person in a community, named by the platform itself and not by what a button carries."""

    community: CommunityId
    person: PersonId
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How a community had grown at some moment: since when it exists, and which share of its members joined about then.

    None where the platform does not tell.
    """

    founded_at: datetime | None = None
    share: float | None = None


UNKNOWN_GROWTH = Growth()
