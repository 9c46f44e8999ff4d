"""One sentence of the catalogue: its English words, who sees it, and which values it mentions."""

import re
from dataclasses import dataclass
from enum import StrEnum

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
"""A value's place in a sentence. Nothing else in braces means anything, so a translation can't reach into objects."""


class Audience(StrEnum):
    """Who sees a sentence. Everything a member sees, moderators may see too."""

    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One sentence. `plural` is set where it counts something: the value `count` then chooses the form.

    `note` tells translators where it stands, and adapters what the values are.
    """

    seen_by: Audience
    english: str
    plural: str | None
    note: str

    @property
    def values(self) -> tuple[str, ...]:
        """Return the names of the values it mentions, in the order in which they first appear."""
        return tuple(dict.fromkeys(PLACEHOLDER.findall(f"{self.english} {self.plural or ''}")))


def for_members(english: str, plural: str | None = None, *, note: str = "") -> Entry:
    """Make a sentence that any member may see."""
    return Entry(seen_by=Audience.MEMBER, english=english, plural=plural, note=note)


def for_moderators(english: str, plural: str | None = None, *, note: str = "") -> Entry:
    """Make a sentence that only moderators see."""
    return Entry(seen_by=Audience.MODERATOR, english=english, plural=plural, note=note)


def for_admins(english: str, plural: str | None = None, *, note: str = "") -> Entry:
    """Make a sentence that only those see who may change settings."""
    return Entry(seen_by=Audience.ADMIN, english=english, plural=plural, note=note)
