"""An answer of the desk drawn for one pair of eyes, as blocks and as a modal."""

from dataclasses import replace
from datetime import datetime

from bot.adapters.slack.api import JSON
from bot.adapters.slack.outgoing.cards import card_blocks, told_blocks
from bot.adapters.slack.outgoing.drawing import LONGEST_TITLE, MOST_BLOCKS, header, plain, section, sections
from bot.adapters.slack.people import People
from bot.adapters.slack.workspace import Workspace
from bot.domain.answer import Answer, AnswerKind
from bot.domain.reasons import Reason
from bot.messages.cards import history_line
from bot.messages.catalogue import Catalogue
from bot.messages.coverage import coverage_lines
from bot.messages.more import more_content

_COMMA = ", "
_IDS = frozenset({"channel", "channels", "role", "roles", "member", "members"})
"""Values that are ids. One named `name` is not: it is a member's own choice, and must not appear as somebody else."""


def worded(reason: Reason, words: Catalogue, people: People) -> str:
    """Return a line of an answer in words, with channels, groups and members by name: the core knows ids alone."""
    values = tuple((name, _named(value, people) if name in _IDS else value) for name, value in reason.values)
    return words.line(replace(reason, values=values))


def _named(value: str, people: People) -> str:
    return _COMMA.join(people.shown(part) for part in value.split(_COMMA))


def answer_blocks(answer: Answer, words: Catalogue, now: datetime, workspace: Workspace) -> list[JSON]:
    """Return everything an answer says; a file is handed over by `uploads`."""
    lines: list[str] = [worded(line, words, workspace.people) for line in answer.lines]
    if answer.history is not None and answer.record is None:
        lines.append(history_line(answer.history, words, at=now))
    if answer.coverage is not None:
        lines += coverage_lines(answer.coverage, words)
    blocks = sections(tuple(lines))
    if answer.card is not None:
        show = card_blocks if answer.kind is AnswerKind.DONE else told_blocks
        blocks += show(answer.card, words, workspace)
    if answer.record is not None:
        blocks += _record_blocks(answer, words)
    return blocks[:MOST_BLOCKS] or [section(words.say("command.done"))]


def _record_blocks(answer: Answer, words: Catalogue) -> list[JSON]:
    """Return a whole record. The message's own text stands here too: a card may have hidden it."""
    if answer.record is None:
        return []
    more = more_content(answer.record, words, history=answer.history, names=answer.names, wave=answer.wave)
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
