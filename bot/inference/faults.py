"""What counts for nothing, and how a fault is told: the same for every kind of model server."""

from bot.domain.errors import ModelError
from bot.domain.texts.text import is_hidden
from bot.domain.verdict import UndecidedReason

_SAID_CHARACTERS = 300
_TOLD_CHARACTERS = 800


class NoVerdict(ModelError):
    """A question that can't be asked, or an answer that counts for nothing; `reason` says which."""

    def __init__(self, reason: UndecidedReason, text: str) -> None:
        self.reason = reason
        super().__init__(text)


def told(error: ModelError) -> str:
    """Return what an error says, as it is kept with a verdict: bounded, and without what could steer a terminal."""
    return on_one_line(str(error), _TOLD_CHARACTERS)


def own_words(said: object) -> str:
    """Return what a server says of its failure, short and on one line of visible characters."""
    return on_one_line(said, _SAID_CHARACTERS) or "no words given"


def on_one_line(said: object, most: int) -> str:
    """Return at most so many characters of what was said, each of which any terminal, log or file can show."""
    seen = (char for char in str(said)[: most * 4] if not is_hidden(char))
    return "".join(char if char.isprintable() else " " for char in seen)[:most].strip()
