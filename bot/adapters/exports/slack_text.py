"""Slack's markup as a reader sees it: names instead of ids, labels of links, entities as characters."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.adapters.exports.fields import Row

_MARKUP = re.compile(r"<([^<>|\n]{1,2000})(?:\|([^<>\n]{0,2000}))?>")
_MENTION = re.compile(r"<@([A-Z0-9]{1,40})(?:\|[^<>]*)?>")
_MOST_ELEMENTS = 2_000


def mentioned(text: str) -> set[str]:
    """Return the ids of the people whom a text mentions."""
    return set(_MENTION.findall(text))


def readable(text: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return the text as it shows; `people` and `channels` map ids to names."""

    def show(match: re.Match[str]) -> str:
        target, label = match[1], match[2]
        if target.startswith("@"):
            return f"@{people.get(target[1:]) or label or 'member'}"
        if target.startswith("#"):
            return f"#{label or channels.get(target[1:]) or 'channel'}"
        if target.startswith("!"):
            return _special(target[1:], label)
        return _link(target, label)

    return html.unescape(_MARKUP.sub(show, text))


def _special(target: str, label: str | None) -> str:
    if label:
        return label if label.startswith("@") or target.startswith("date") else f"@{label}"
    return "@group" if target.startswith("subteam") else f"@{target.split('^', 1)[0]}"


def _link(target: str, label: str | None) -> str:
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in (target, address):
        return address
    return f"{label} ({address})"


def text_of_blocks(blocks: list[Row]) -> str:
    """Return the words of Block Kit blocks, in Slack's markup, for messages whose plain text is empty."""
    lines = ("".join(_words(block)) for block in blocks)
    return "\n".join(line for line in lines if line)


def _words(block: Row) -> Iterator[str]:
    """Walk a block without recursion; the order is the reader's."""
    stack: list[Any] = [block]
    for _ in range(_MOST_ELEMENTS):
        if not stack:
            return
        element = stack.pop()
        if not isinstance(element, Mapping):
            continue
        yield _own_words(element)
        children = element.get("elements") or element.get("fields") or []
        inner = element.get("text")
        stack += [
            *reversed(children if isinstance(children, list) else []),
            *([inner] if isinstance(inner, Mapping) else []),
        ]


def _own_words(element: Mapping[str, Any]) -> str:
    kind, words = element.get("type"), element.get("text")
    if kind == "user":
        return f"<@{element.get('user_id', '')}>"
    if kind == "channel":
        return f"<#{element.get('channel_id', '')}>"
    if kind == "emoji":
        return f":{element.get('name', '')}:"
    if kind == "link":
        return f"<{element.get('url', '')}|{words or ''}>"
    if kind == "broadcast":
        return f"<!{element.get('range', '')}>"
    return words if isinstance(words, str) else ""
