"""How soon a message is to be judged: a pure rule over what is known before the model reads it."""

from dataclasses import dataclass

from bot.core.waiting.queue import Risk

MANY_ADDRESSED = 3
"""A reply addresses one person, which says nothing; a message to this many does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of a message. `addressed` counts people it mentions or answers; `upheld` its author's cases."""

    reported: bool
    new_member: bool
    has_link: bool
    addressed: int
    upheld: int


def risk_of(signs: Signs) -> Risk:
    """Return the class. A report goes before everything; any one sign makes a message urgent."""
    if signs.reported:
        return Risk.REPORTED
    urgent = signs.new_member or signs.has_link or signs.addressed >= MANY_ADDRESSED or signs.upheld > 0
    return Risk.HIGH if urgent else Risk.ORDINARY
