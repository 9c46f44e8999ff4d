"""An answer of the desk drawn for one pair of eyes, as blocks and as a modal."""

from datetime import datetime

from bot.adapters.slack.api import JSON
from bot.adapters.slack.cards import content_blocks
from bot.adapters.slack.drawing import LONGEST_TITLE, MOST_BLOCKS, header, plain, section, sections
from bot.domain.answer import Answer
from bot.messages.cards import card_content, history_line
from bot.messages.catalogue import Catalogue
from bot.messages.coverage import coverage_lines
from bot.messages.more import more_content


def answer_blocks(answer: Answer, words: Catalogue, now: datetime) -> list[JSON]:
    """Return everything an answer says. No file is handed over: that would take one more permission."""
    lines: list[str] = [words.line(line) for line in answer.lines]
    if answer.history is not None and answer.record is None:
        lines.append(history_line(answer.history, words, at=now))
    if answer.coverage is not None:
        lines += coverage_lines(answer.coverage, words)
    if answer.download is not None:
        lines.append(words.say("slack.file_elsewhere"))
    blocks = sections(tuple(lines))
    if answer.card is not None:
        content = card_content(answer.card, words)
        url = answer.card.message.url if answer.card.message is not None else ""
        blocks += [header(content.title), *content_blocks(content, words, url)]
    if answer.record is not None:
        blocks += _record_blocks(answer, words)
    return blocks[:MOST_BLOCKS] or [section(words.say("command.done"))]


def _record_blocks(answer: Answer, words: Catalogue) -> list[JSON]:
    """Return a whole record. The message's own text stands here too: a card may have hidden it."""
    if answer.record is None:
        return []
    more = more_content(answer.record, words, history=answer.history)
    blocks = [header(more.title)]
    if answer.record.message is not None:
        blocks += sections((answer.record.message.judged_text,)) if answer.record.message.judged_text.strip() else []
    for part in more.sections:
        blocks += [header(part.heading), *sections(part.lines)]
    return blocks


def modal(title: str, blocks: list[JSON], words: Catalogue, **more: object) -> JSON:
    """Return a modal; `callback_id`, `submit` and `private_metadata` where it is a form."""
    made: JSON = {"type": "modal", "title": plain(title, LONGEST_TITLE), "blocks": blocks}
    made["close"] = plain(words.say("form.close"), LONGEST_TITLE)
    return made | more


def waiting_modal(title: str, words: Catalogue) -> JSON:
    """Return the modal that is opened at once, before anything slow is asked."""
    return modal(title, [section(words.say("command.working"))], words)


def form(title: str, blocks: list[JSON], words: Catalogue, callback_id: str, private: str = "") -> JSON:
    """Return a modal that can be sent."""
    submit = plain(words.say("form.submit"), LONGEST_TITLE)
    return modal(title, blocks, words, callback_id=callback_id, submit=submit, private_metadata=private)
