"""What stands in a button's id: `hm:<verb>[.<action>[.<seconds>]]:<case>:<mark>`. It is never trusted, only read."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.ids import CaseNumber

PREFIX = "hm:"
_FORM = re.compile(
    r"hm:(?P<verb>[a-z]{1,12})(?:\.(?P<action>[a-z]{1,12})(?:\.(?P<seconds>[1-9][0-9]{0,8}))?)?"
    r":(?P<case>[1-9][0-9]{0,9}):(?P<mark>[0-9a-f]{0,16})"
)


class Verb(StrEnum):
    """What a button asks for. The first four stand on every open card."""

    RIGHT = "right"
    WRONG = "wrong"
    ACT = "act"
    MORE = "more"
    UNCLEAR = "unclear"
    CHOOSE = "choose"
    DO = "do"
    CHOOSE_ALL = "chooseall"
    ALL = "all"
    PICK = "pick"
    CANCEL = "cancel"


WITH_ACTION = frozenset({Verb.CHOOSE, Verb.DO, Verb.CHOOSE_ALL, Verb.ALL})
"""CHOOSE asks whether one is sure, DO does it; the other two mean every author of an incident."""
_LASTS = frozenset({(Verb.DO, Action.TIMEOUT)})
"""What may name how long it lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonId:
    """A button's id, read. `action` belongs to the verbs that name one, `seconds` to a time-out.

    `mark` is a card's own. PICK chooses among the messages of a wave.
    """

    verb: Verb
    case: CaseNumber
    action: Action | None = None
    mark: str = ""
    seconds: int = 0

    def __str__(self) -> str:
        """Return the id as Discord keeps it."""
        verb = f"{self.verb}.{self.action}" if self.action else self.verb.value
        verb = f"{verb}.{self.seconds}" if self.seconds else verb
        return f"{PREFIX}{verb}:{self.case}:{self.mark}"


def read(custom_id: str) -> ButtonId | None:
    """Return what an id says; None for one that we never made."""
    match = _FORM.fullmatch(custom_id)
    if match is None:
        return None
    try:
        action = Action(match["action"]) if match["action"] else None
        verb = Verb(match["verb"])
    except ValueError:
        return None
    seconds = int(match["seconds"] or 0)
    if (action is not None) != (verb in WITH_ACTION) or (seconds and (verb, action) not in _LASTS):
        return None
    return ButtonId(verb=verb, case=CaseNumber(int(match["case"])), action=action, mark=match["mark"], seconds=seconds)
