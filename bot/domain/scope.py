"""What a decision is about besides its message, and where it belongs."""

from dataclasses import dataclass

from bot.domain.ids import CaseNumber, MessageRef
from bot.domain.incident import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a decision is about besides its message.

    `covers` are further messages, which get the effect as well. The effects of one `incident` count once. One that
    `follows` others does quietly what is done to each of them; `acted_on` says that this was decided already, `told`
    that the author was told of this very case: nobody is told twice of one.
    """

    covers: tuple[MessageRef, ...] = ()
    incident: str = ""
    follows: bool = False
    acted_on: bool = False
    told: bool = False


ITSELF = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a decision belongs: the case that it joins, and its message's standing in an incident from then on."""

    joins: CaseNumber | None = None
    member: Member | None = None


ALONE = Place()
