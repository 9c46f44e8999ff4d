"""A card drawn in Block Kit: the same content, words and four buttons as everywhere. The quote is plain text."""

import re

from bot.adapters.slack.api import JSON
from bot.adapters.slack.outgoing.drawing import (
    button,
    date,
    header,
    link,
    link_button,
    piece,
    quoted_text,
    rich_text,
    section,
)
from bot.adapters.slack.workspace import Workspace
from bot.domain.actions import Action, Outcome
from bot.domain.card import Card
from bot.domain.case import CaseStatus
from bot.domain.ids import CaseNumber
from bot.messages.cards import ButtonCode, CardContent, Quote, card_content
from bot.messages.catalogue import Catalogue
from bot.messages.drawing import Drawing

CARD_ACTION = "card:"
"""Begins the action id of every button on a card; the rest is the button's code. The value is the case's number."""
OPEN_MESSAGE = "open_message"
_MEMBER = re.compile(r"[UW][A-Z0-9]{1,30}")
_STYLES = {ButtonCode.RIGHT: "primary", ButtonCode.WRONG: "danger"}


MANAGE_MEMBERS = "manage_members"
UNDECIDED = frozenset({CaseStatus.OPEN, CaseStatus.UNCLEAR})


def card_blocks(card: Card, words: Catalogue, workspace: Workspace) -> list[JSON]:
    """Return the blocks of a card, with the buttons that the case still offers. It mentions nobody."""
    return [*told_blocks(card, words, workspace), buttons_of(card, words, workspace)]


def told_blocks(card: Card, words: Catalogue, workspace: Workspace) -> list[JSON]:
    """Return the blocks of a card without its buttons."""
    content = card_content(card, words, drawing(workspace))
    return [header(content.title), *content_blocks(content, words, workspace, _url(card))]


def buttons_of(card: Card, words: Catalogue, workspace: Workspace) -> JSON:
    """Return the buttons that the case offers now, and the page of members where a ban is asked of people."""
    content = card_content(card, words, drawing(workspace))
    actions = _actions(content, card.case.number)
    if _asks_to_ban(card):
        actions["elements"].append(members_button(words, workspace))
    return actions


def members_button(words: Catalogue, workspace: Workspace) -> JSON:
    """Return the button to Slack's own page on which members are removed: no app can do that."""
    return link_button(words.say("button.manage_members"), MANAGE_MEMBERS, f"{workspace.identity.url}admin")


def _asks_to_ban(card: Card) -> bool:
    return any(
        stored.effect.action is Action.BAN and stored.result is not None and stored.result.outcome is Outcome.REQUESTED
        for stored in card.effects
    )


def drawing(workspace: Workspace) -> Drawing:
    """Return how Slack shows people and channels in plain text; a time stands in UTC there."""
    return Drawing(name=workspace.people.name, channel=workspace.people.shown)


def content_blocks(content: CardContent, words: Catalogue, workspace: Workspace, url: str = "") -> list[JSON]:
    """Return a card's body, without its title and buttons."""
    quote = section(_quote(content.quote, words))
    if url.startswith("https://"):
        quote["accessory"] = link_button(words.say("button.open_message"), OPEN_MESSAGE, url)
    below = [section("\n".join(content.told))] if content.told else []
    return [_head(content, workspace), quote, *below]


def _head(content: CardContent, workspace: Workspace) -> JSON:
    """Return who wrote it, where and when: the name leads to their profile, and the time is each reader's own.

    Rich text holds pieces, each of one kind: nothing that stands in a piece of text is read as a link or a mention.
    """
    profile = f"{workspace.identity.url}team/{content.author_id}"
    is_member = _MEMBER.fullmatch(content.author_id) is not None
    name = link(content.author or content.author_id, profile) if is_member else piece(content.author)
    author = content.author_line(content.author_id).removeprefix(content.author)
    when = date(content.at, content.when) if content.at is not None else piece(content.when)
    about = f" · {content.about}" if content.about else ""
    return rich_text(name, piece(f"{author}\n{content.place} · "), when, piece(about))


def _quote(quote: Quote, words: Catalogue) -> str:
    if not quote.segments:
        return quote.missing
    if quote.is_spoiler:
        return words.say("slack.text_behind_more")
    return f"“{quoted_text(quote.segments)}”"


def _actions(content: CardContent, case: CaseNumber) -> JSON:
    elements = [
        button(each.label, f"{CARD_ACTION}{each.code.value}", str(case), style=_STYLES.get(each.code, ""))
        for each in content.buttons
    ]
    return {"type": "actions", "elements": elements}


def _url(card: Card) -> str:
    """Return where the message stands; nothing once it is gone."""
    is_gone = card.case.status is CaseStatus.CLOSED or any(
        stored.effect.action is Action.DELETE
        and stored.effect.message == card.case.ref
        and stored.result is not None
        and stored.result.outcome is Outcome.APPLIED
        for stored in card.effects
    )
    return card.message.url if card.message is not None and not is_gone else ""
