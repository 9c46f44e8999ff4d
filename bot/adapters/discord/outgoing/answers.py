"""An answer of the desk drawn for one pair of eyes."""

import io
import re
from collections.abc import Callable
from dataclasses import replace

import discord

from bot.adapters.discord.outgoing.cards import card_text, card_view, drawing
from bot.adapters.discord.outgoing.drawing import cut, heading, is_number, lines
from bot.adapters.discord.outgoing.names import names_on
from bot.domain.answer import Answer, AnswerKind, TextFile
from bot.domain.ids import PersonId
from bot.domain.reasons import Reason
from bot.messages.cards import card_content, history_line
from bot.messages.catalogue import Catalogue, Said
from bot.messages.coverage import coverage_lines
from bot.messages.more import more_content

_COMMA = ", "
_OWN_LINK = re.compile(r"https://discord\.com/[A-Za-z0-9/?=&+%_.-]+")
_SIGILS = {"channel": "#", "channels": "#", "role": "@&", "roles": "@&", "member": "@", "members": "@"}


def text_view(text: str) -> discord.ui.LayoutView:
    """Return a message of one text."""
    view = discord.ui.LayoutView(timeout=None)
    return view.add_item(discord.ui.TextDisplay(cut(text)))


def worded(reason: Reason, catalogue: Catalogue) -> str:
    """Return a line of an answer in words, with places as Discord shows them.

    The core knows places by their numbers alone: a value named for a channel, a role or a member is shown by name,
    pinging nobody. A value named `name` never is: members choose their names, and one who calls himself by another's
    number must not appear as that other.
    """
    shown = tuple((name, _shown(name, value)) for name, value in reason.values)
    return catalogue.line(replace(reason, values=shown))


def _shown(name: str, value: str) -> str:
    if name in _SIGILS and all(is_number(part) for part in value.split(_COMMA)):
        return Said(_COMMA.join(f"<{_SIGILS[name]}{part}>" for part in value.split(_COMMA)))
    return Said(value) if name == "link" and _OWN_LINK.fullmatch(value) else value


def answer_text(answer: Answer, catalogue: Catalogue, name_of: Callable[[PersonId], str] = str) -> str:
    """Return everything an answer says, as Discord's markup."""
    said = [worded(line, catalogue) for line in answer.lines]
    if answer.history is not None and answer.history.joined_at is not None and answer.record is None:
        said.append(history_line(answer.history, catalogue, at=discord.utils.utcnow()))
    if answer.coverage is not None:
        said += coverage_lines(answer.coverage, catalogue)
    if answer.card is not None:
        url = answer.card.message.url if answer.card.message is not None else ""
        said.append(card_text(card_content(answer.card, catalogue, drawing(name_of)), url))
    if answer.record is not None:
        more = more_content(answer.record, catalogue, history=answer.history, names=answer.names, wave=answer.wave)
        sections = (lines(f"**{section.heading}**", *section.lines) for section in more.sections)
        said.append(lines(heading(more.title), *sections))
    return lines(*said)


async def answer_view(answer: Answer, catalogue: Catalogue, client: discord.Client) -> discord.ui.LayoutView:
    """Return the message of an answer. A case that was asked for comes with its buttons."""
    name_of = await names_on(answer.card, client) if answer.card is not None else str
    if answer.card is not None and answer.kind is AnswerKind.DONE:
        return card_view(answer.card, catalogue, "", name_of)
    return text_view(answer_text(answer, catalogue, name_of) or catalogue.say("command.done"))


def file_of(download: TextFile) -> discord.File:
    """Return a file to attach."""
    return discord.File(io.BytesIO(download.text.encode("utf-8", "replace")), filename=download.name)
