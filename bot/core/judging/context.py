"""The earlier words that a question may bring along: background, already reviewed, with nobody's name in it."""

from bot.domain.events import Message
from bot.domain.ids import PersonId
from bot.domain.question import ContextLine


def context_lines(message: Message, earlier: tuple[Message, ...]) -> tuple[ContextLine, ...]:
    """Return earlier messages (oldest first) and then the parts that the message itself quotes.

    `member-1` is the author of the judged message, so that the model sees who spoke before; the others are numbered as
    they appear. Quoted parts have no known author.
    """
    numbers: dict[PersonId, int] = {message.author.id: 1}
    lines = []
    for before in earlier:
        number = numbers.setdefault(before.author.id, len(numbers) + 1)
        if before.judged_text.strip():
            lines.append(ContextLine(author=f"member-{number}", text=before.judged_text))
    quoted = (ContextLine(author="quoted", text=part.text, kind=part.kind) for part in message.background)
    return (*lines, *quoted)
