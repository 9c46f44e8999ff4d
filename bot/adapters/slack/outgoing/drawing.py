"""Texts and blocks as Slack shows them: what people or the model wrote never becomes markup, a link or a mention.

Whatever holds others' words is `plain_text`, in which Slack interprets nothing; so the catalogue needs no escaping.
"""

import re
from datetime import datetime

from bot.adapters.slack.api import JSON
from bot.messages.catalogue import Catalogue, catalogue
from bot.messages.quoting import Segment

LONGEST_SECTION = 3_000
LONGEST_HEADER = 150
LONGEST_TITLE = 24
LONGEST_BUTTON = 75
MOST_BLOCKS = 45
_CUT = "…"
_NOTHING = "—"
"""Stands where there is nothing to see: Slack refuses empty texts."""
_DATE = "{date_short_pretty} {time}"
_GROUP = re.compile(r"S[A-Z0-9]{1,20}")
_MARKUP = re.compile(r"[*_~`@|/\[\]]|:(?=\S)")
_DEAD = "\\g<0>\u2060"
"""Puts a word joiner behind a character: it shows nothing, and what stands on both sides is no markup any more."""


def speaking(language: str) -> Catalogue:
    """Return the catalogue for `plain_text`: values stand as they are, since Slack reads nothing into them."""
    return catalogue(language)


def cut(text: str, limit: int) -> str:
    """Return the text, cut with an ellipsis where it is longer than `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}{_CUT}"


def plain(text: str, limit: int = LONGEST_SECTION) -> JSON:
    """Return a text object in which nothing is interpreted."""
    return {"type": "plain_text", "text": cut(text, limit) if text.strip() else _NOTHING, "emoji": False}


def header(text: str) -> JSON:
    """Return a heading."""
    return {"type": "header", "text": plain(text, LONGEST_HEADER)}


def section(text: str) -> JSON:
    """Return a paragraph."""
    return {"type": "section", "text": plain(text)}


def rich_text(*pieces: JSON) -> JSON:
    """Return a paragraph of pieces, without those that hold nothing: Slack refuses an empty one."""
    elements = [each for each in pieces if each.get("text", _NOTHING)]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def piece(text: str) -> JSON:
    """Return text within a paragraph; whatever stands in it is shown as it is."""
    return {"type": "text", "text": cut(text, LONGEST_SECTION)}


def link(text: str, url: str) -> JSON:
    """Return text that leads to a page of ours or of Slack's: never to one that a member named."""
    return {"type": "link", "url": url, "text": text}


def date(at: datetime, fallback: str) -> JSON:
    """Return a moment in each reader's own time."""
    return {"type": "date", "timestamp": int(at.timestamp()), "format": _DATE, "fallback": fallback}


def sections(lines: tuple[str, ...]) -> list[JSON]:
    """Return lines as paragraphs, several lines in each, at most `MOST_BLOCKS`."""
    made: list[JSON] = []
    held: list[str] = []
    for line in lines:
        if held and sum(map(len, held)) + len(held) + len(line) > LONGEST_SECTION:
            made.append(section("\n".join(held)))
            held = []
        held.append(cut(line, LONGEST_SECTION))
    return ([*made, section("\n".join(held))] if held else made)[:MOST_BLOCKS]


def link_button(label: str, action_id: str, url: str) -> JSON:
    """Return a button that opens a page. Slack tells of its press all the same."""
    return button(label, action_id) | {"url": url}


def button(label: str, action_id: str, value: str = "", *, style: str = "", confirm: JSON | None = None) -> JSON:
    """Return a button; `style` is `primary`, `danger` or empty."""
    made: JSON = {"type": "button", "text": plain(label, LONGEST_BUTTON), "action_id": action_id}
    optional: JSON = {"value": value, "style": style, "confirm": confirm}
    return made | {name: given for name, given in optional.items() if given}


def confirm(question: str, words: Catalogue) -> JSON:
    """Return the dialog that asks once more."""
    return {
        "title": plain(words.say("confirm.title"), 100),
        "text": plain(question, 300),
        "confirm": plain(words.say("confirm.yes"), 30),
        "deny": plain(words.say("confirm.no"), 30),
    }


def quoted_text(segments: tuple[Segment, ...]) -> str:
    """Return a quoted text with its evidence in brackets of their own; none where all of it is evidence."""
    marks_all = all(segment.is_evidence or segment.is_cut for segment in segments)
    return "".join(
        f"⟦{segment.text}⟧" if segment.is_evidence and not marks_all else segment.text for segment in segments
    )


def escaped(text: str) -> str:
    """Return the text for a place that Slack always reads as markup, such as a notification's fallback."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def spoken(blocks: list[JSON], title: str = "") -> str:
    """Return what blocks say in one text: screen readers read it in their place, and notifications show its beginning.

    Slack reads such a text as markup, always; what people wrote stays text all the same, joined by characters that
    nobody sees.
    """
    lines = [line for block in blocks for line in _lines_of(block)]
    if title and title not in lines[:1]:
        lines.insert(0, title)
    return cut(escaped(_MARKUP.sub(_DEAD, "\n".join(lines))), LONGEST_SECTION)


def _lines_of(block: JSON) -> list[str]:
    """Return what a block says; who is called stands as markup, and is no words. Buttons are read by themselves."""
    if block["type"] == "rich_text":
        return ["".join(map(_leaf_of, each.get("elements", ()))) for each in block["elements"]]
    small = block.get("elements", ()) if block["type"] == "context" else ()
    shown = [block.get("text"), *block.get("fields", ()), *small]
    return [text["text"] for text in shown if isinstance(text, dict) and text.get("type") == "plain_text"]


def _leaf_of(leaf: JSON) -> str:
    return str(leaf.get("text") or leaf.get("fallback") or "")


def mention(group: str) -> JSON:
    """Return the block that calls a user group; an id of another form calls nobody."""
    text = f"<!subteam^{group}>" if _GROUP.fullmatch(group) else "—"
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
