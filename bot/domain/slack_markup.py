"""Slack's markup as a reader sees it: mentions, channels and links by name, entities resolved, blocks as text.

What comes live and what stands in an export is read by the same rules.
"""

import re
from collections.abc import Iterator
from typing import Any, Protocol

_ANGLE = re.compile(r"<([^<>\s][^<>\n]{0,4000})>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("&lt;|&gt;|&amp;")
_DEEPEST = 12
_LIST_NUMBER = re.compile(r"^[ \t]*[0-9a-z]{1,4}\.[ \t]", re.MULTILINE)


class Names(Protocol):
    """Where ids get their names from."""

    def name(self, person: str) -> str:
        """Return a member's name."""

    def channel(self, channel: str) -> str:
        """Return a channel's name."""

    def group(self, group: str) -> str:
        """Return a user group's handle."""


def readable(text: str, names: Names) -> str:
    """Return a `mrkdwn` text as it shows; a link whose label hides its address shows both."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], _ANGLE.sub(lambda found: _shown(found[1], names), text))


def _shown(inside: str, names: Names) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return f"@{label or names.name(target[1:])}".replace("@@", "@")
    if target.startswith("#"):
        return f"#{label or names.channel(target[1:])}"
    if target.startswith("!"):
        return _special(target[1:], label, names)
    return _link(target, label)


def _special(target: str, label: str, names: Names) -> str:
    kind, _, rest = target.partition("^")
    if kind == "subteam":
        return label if label.startswith("@") else f"@{label or names.group(rest)}"
    return label if kind == "date" else f"@{kind}"


def _link(target: str, label: str) -> str:
    address = target.removeprefix("mailto:").removeprefix("tel:")
    bare = address.removeprefix("https://").removeprefix("http://")
    return address if not label or label in (address, bare) else f"{label} ({address})"


def mentioned(text: str) -> frozenset[str]:
    """Return the ids of the members that a `mrkdwn` text mentions."""
    return frozenset(found[1].partition("|")[0][1:] for found in _ANGLE.finditer(text) if found[1].startswith("@"))


def said_in(text: str, blocks: object, names: Names) -> tuple[str, ...]:
    """Return what people read of a message: one text, or two where its blocks and its `text` say different things.

    Blocks are what the channel shows and `text` is what a notification shows: whoever posts through the API can let
    them differ, and then people read both.
    """
    shown, laid_out = readable(text, names), blocks_text(blocks, names)
    if not laid_out or _bare(laid_out) == _bare(shown):
        return (shown,)
    return (laid_out,) if _bare(shown) in _bare(laid_out) else (laid_out, shown)


def _bare(text: str) -> str:
    """Return the letters and digits, without the numbers that Slack puts before a list's entries in `text` alone."""
    return "".join(char for char in _LIST_NUMBER.sub("", text) if char.isalnum())


def mentioned_in(blocks: object) -> frozenset[str]:
    """Return the ids of the members that blocks mention."""
    met = _Met()
    blocks_text(blocks, met)
    return frozenset(met.people)


class _Met(Names):
    """Names nobody, and remembers who was to be named."""

    def __init__(self) -> None:
        self.people: set[str] = set()

    def name(self, person: str) -> str:
        """Remember a member."""
        self.people.add(person)
        return ""

    def channel(self, channel: str) -> str:
        """Return nothing."""
        del channel
        return ""

    def group(self, group: str) -> str:
        """Return nothing."""
        del group
        return ""


def blocks_text(blocks: object, names: Names) -> str:
    """Return what blocks show, a line for each piece; empty for anything that is no list of blocks."""
    lines = (line for block in _dicts(blocks) for line in _block_lines(block, names, 0))
    return "\n".join(line for line in lines if line.strip())


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _block_lines(block: dict[str, Any], names: Names, depth: int) -> Iterator[str]:
    kind = block.get("type")
    if depth > _DEEPEST:
        return
    if kind in ("rich_text", "rich_text_list"):
        for element in _dicts(block.get("elements")):
            yield from _block_lines(element, names, depth + 1)
    elif kind in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        yield "".join(_leaf(leaf, names) for leaf in _dicts(block.get("elements")))
    else:
        yield from _layout_lines(block, names)


def _layout_lines(block: dict[str, Any], names: Names) -> Iterator[str]:
    """Yield the texts of the blocks that programs use: section, header, context, image, markdown, buttons."""
    for piece in (block.get("text"), block.get("title"), *_dicts(block.get("fields"))):
        yield _text_object(piece, names)
    for element in (*_dicts(block.get("elements")), *_dicts([block.get("accessory")])):
        yield _text_object(element if "text" in element else None, names) or str(element.get("alt_text") or "")
    yield str(block.get("alt_text") or "")


def _text_object(piece: object, names: Names) -> str:
    if isinstance(piece, str):
        return readable(piece, names)
    if not isinstance(piece, dict):
        return ""
    text = piece.get("text")
    if isinstance(text, dict):
        return _text_object(text, names)
    if not isinstance(text, str):
        return ""
    return text if piece.get("type") == "plain_text" else readable(text, names)


def _leaf(leaf: dict[str, Any], names: Names) -> str:
    kind = leaf.get("type")
    if kind == "link":
        return _link(str(leaf.get("url", "")), str(leaf.get("text") or ""))
    named = {
        "user": lambda: f"@{names.name(str(leaf.get('user_id')))}",
        "channel": lambda: f"#{names.channel(str(leaf.get('channel_id')))}",
        "usergroup": lambda: f"@{names.group(str(leaf.get('usergroup_id')))}",
        "broadcast": lambda: f"@{leaf.get('range')}",
        "emoji": lambda: f":{leaf.get('name')}:",
    }
    if isinstance(kind, str) and kind in named:
        return named[kind]()
    return str(leaf.get("text") or leaf.get("fallback") or leaf.get("value") or "")
