"""A card drawn for Discord: one box that fits a phone, at most ten lines, four buttons below."""

from collections.abc import Callable
from datetime import datetime

import discord

from bot.adapters.discord.desk.button_ids import ButtonId, Verb
from bot.adapters.discord.desk.buttons import DeskButton
from bot.adapters.discord.outgoing.drawing import LONGEST_TEXT, code, cut, escape, heading, is_number, lines, quote_line
from bot.domain.card import Card
from bot.domain.ids import ChannelId, PersonId
from bot.domain.policy import Severity
from bot.messages.cards import CardContent, card_content
from bot.messages.catalogue import Catalogue
from bot.messages.drawing import Drawing

_COLOURS = {
    Severity.LOW: discord.Colour.light_grey(),
    Severity.MEDIUM: discord.Colour.gold(),
    Severity.HIGH: discord.Colour.orange(),
    Severity.CRITICAL: discord.Colour.red(),
}
_STYLES = {Verb.RIGHT: discord.ButtonStyle.success, Verb.WRONG: discord.ButtonStyle.danger}
_LONGEST_THREAD_NAME = 90


def drawing(name_of: Callable[[PersonId], str] = str) -> Drawing:
    """Return how Discord shows people, channels and times: each reader sees their own time."""
    return Drawing(name=name_of, channel=_channel, time=time)


def time(at: datetime) -> str:
    """Return a moment as each reader's own time."""
    return f"<t:{int(at.timestamp())}:f>"


def _channel(channel: ChannelId) -> str:
    return f"<#{channel}>" if is_number(channel) else escape(channel)


def card_text(content: CardContent, url: str = "") -> str:
    """Return a card's lines as Discord's markup; the title leads to the message where there is a link to it.

    The author's mention opens their profile; no post of ours pings anybody by it.
    """
    profile = (f"<@{content.author_id}>",) if is_number(content.author_id) else ()
    author = content.author_line(*profile, code(content.author_id))
    quote = content.quote
    quoted = quote_line(quote.segments, is_spoiler=quote.is_spoiler) if quote.segments else escape(quote.missing)
    title = f"{content.title} [↗]({url})" if url else content.title
    return cut(lines(heading(title), author, content.where, quoted, *content.told), LONGEST_TEXT)


def card_view(
    card: Card, catalogue: Catalogue, mark: str, name_of: Callable[[PersonId], str] = str
) -> discord.ui.LayoutView:
    """Return the message of a card. The mark stands in its buttons' ids, so that it is found again."""
    content = card_content(card, catalogue, drawing(name_of))
    view = discord.ui.LayoutView(timeout=None)
    box: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=_colour(card))
    url = card.message.url if card.message is not None else ""
    box.add_item(discord.ui.TextDisplay(card_text(content, url)))
    if content.buttons:
        row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        for button in content.buttons:
            verb = Verb(button.code.value)
            button_id = ButtonId(verb=verb, case=card.case.number, mark=mark)
            style = _STYLES.get(verb, discord.ButtonStyle.secondary)
            row.add_item(DeskButton.make(button_id, button.label, style))
        box.add_item(row)
    return view.add_item(box)


def thread_name(card: Card, catalogue: Catalogue) -> str:
    """Return the title of a card's post in a forum, without any markup."""
    plain = Catalogue(language=catalogue.language, quote=str)
    return " ".join(card_content(card, plain).title.split())[:_LONGEST_THREAD_NAME]


def _colour(card: Card) -> discord.Colour | None:
    return _COLOURS.get(card.case.severity) if card.case.severity is not None else None
