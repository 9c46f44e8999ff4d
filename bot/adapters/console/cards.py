"""Drawing cards and tables on a terminal. All text of members and models is shown as it is, never as markup."""

from collections.abc import Iterable

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.domain.card import Card
from bot.domain.texts.text import is_hidden
from bot.messages.cards import CardContent, card_content
from bot.messages.catalogue import Catalogue, catalogue

_EVIDENCE = "bold red"
_OPENS, _CLOSES = "[[", "]]"
"""Around the words that a finding rests on: not everybody sees colours, and not every terminal has them."""


def terminal_catalogue(language: str) -> Catalogue:
    """Return the catalogue for a terminal: characters that could steer it are replaced by a mark."""
    return catalogue(language, quote=harmless)


def harmless(text: str) -> str:
    """Return the text without characters that a terminal obeys or that show nothing."""
    return "".join("\ufffd" if is_hidden(char) or char in "\r\x1b" else char for char in text)


def draw_card(card: Card, words: Catalogue) -> Panel:
    """Return one case as moderators see it."""
    content = card_content(card, words)
    body = Text()
    for line in (content.author_line(content.author_id), content.where):
        body.append(f"{harmless(line)}\n" if line else "")
    body.append_text(_quote(content))
    for line in content.told:
        body.append(f"\n{harmless(line)}")
    return Panel(body, title=Text(harmless(content.title), style="bold"), title_align="left", expand=False, width=100)


def case_table(cards: Iterable[Card], words: Catalogue) -> Table:
    """Return cases as a table: who wrote what, what came of it, and why."""
    table = Table(show_lines=True, expand=False)
    table.add_column("Case", justify="right")
    table.add_column("Who")
    table.add_column("Message", max_width=44, overflow="fold")
    table.add_column("What came of it", max_width=52, overflow="fold")
    for card in cards:
        content = card_content(card, words)
        lines = (
            content.title.partition(" · ")[2],
            content.about,
            content.why,
            content.reported,
            content.done,
            content.not_done,
            content.decided,
        )
        came = "\n".join(harmless(line) for line in lines if line)
        table.add_row(str(card.case.number), Text(harmless(content.author)), _quote(content), Text(came))
    return table


def _quote(content: CardContent) -> Text:
    text, inside = Text(), False
    for segment in content.quote.segments:
        if segment.is_evidence is not inside:
            text.append(_OPENS if segment.is_evidence else _CLOSES, style=_EVIDENCE)
            inside = segment.is_evidence
        style = _EVIDENCE if segment.is_evidence else ("reverse" if segment.is_hidden else "")
        text.append(harmless(segment.text), style=style)
    text.append(_CLOSES if inside else "", style=_EVIDENCE)
    return text if content.quote.segments else Text(harmless(content.quote.missing), style="italic")
