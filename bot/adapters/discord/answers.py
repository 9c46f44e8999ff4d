"""An answer of the desk drawn for one pair of eyes."""

import io

import discord

from bot.adapters.discord.cards import card_text
from bot.adapters.discord.drawing import cut, heading, lines
from bot.domain.answer import Answer, TextFile
from bot.messages.cards import card_content, history_line
from bot.messages.catalogue import Catalogue
from bot.messages.coverage import coverage_lines
from bot.messages.more import more_content


def text_view(text: str) -> discord.ui.LayoutView:
    """Return a message of one text."""
    view = discord.ui.LayoutView(timeout=None)
    return view.add_item(discord.ui.TextDisplay(cut(text)))


def answer_text(answer: Answer, catalogue: Catalogue) -> str:
    """Return everything an answer says, as Discord's markup."""
    said: list[str] = [catalogue.line(line) for line in answer.lines]
    if answer.history is not None and answer.history.joined_at is not None and answer.record is None:
        said.append(history_line(answer.history, catalogue, at=discord.utils.utcnow()))
    if answer.coverage is not None:
        said += coverage_lines(answer.coverage, catalogue)
    if answer.card is not None:
        url = answer.card.message.url if answer.card.message is not None else ""
        said.append(card_text(card_content(answer.card, catalogue), url))
    if answer.record is not None:
        more = more_content(answer.record, catalogue, history=answer.history)
        sections = (lines(f"**{section.heading}**", *section.lines) for section in more.sections)
        said.append(lines(heading(more.title), *sections))
    return lines(*said)


def answer_view(answer: Answer, catalogue: Catalogue) -> discord.ui.LayoutView:
    """Return the message of an answer."""
    return text_view(answer_text(answer, catalogue) or catalogue.say("command.done"))


def file_of(download: TextFile) -> discord.File:
    """Return a file to attach."""
    return discord.File(io.BytesIO(download.text.encode("utf-8", "replace")), filename=download.name)
