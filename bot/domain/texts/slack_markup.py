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
_HOLDS_BLOCKS = frozenset({"rich_text", "rich_text_list"})
_HOLDS_LEAVES = frozenset({"rich_text_section", "rich_text_preformatted"})
_LAYOUT = frozenset(
    {"actions", "call", "context", "divider", "file", "header", "image", "input", "markdown", "section", "video"}
)
_ELEMENTS = frozenset(
    {"button", "checkboxes", "datepicker", "datetimepicker", "email_text_input", "image", "mrkdwn", "number_input"}
    | {"overflow", "plain_text", "plain_text_input", "radio_buttons", "rich_text_input", "timepicker"}
    | {"url_text_input", "workflow_button"}
    | {
        f"{several}{source}_select"
        for several in ("", "multi_")
        for source in ("static", "external", "users", "conversations", "channels")
    }
)
"""Blocks and elements whose texts are all read; Slack's reference pages list them."""
_BETWEEN_CELLS = " | "
NO_PREVIEW = "[no preview available]"
"""What Slack writes, in small letters, as the text of an attachment that it can show in no other way."""


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


class BlockReader:
    """Reads what blocks show. `unread` holds the kinds of whatever it does not know: these are read as far as possible.

    One for each message: the kinds of all its blocks come together.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.unread: list[str] = []

    def text(self, blocks: object) -> str:
        """Return what blocks show, a line for each piece; empty for anything that is no list of blocks."""
        lines = (line for block in _dicts(blocks) for line in self._block(block, 0))
        return "\n".join(line for line in lines if line.strip())

    def _block(self, block: dict[str, Any], depth: int) -> Iterator[str]:
        kind = block.get("type")
        if depth > _DEEPEST:
            self.unread.append("blocks too deep")
        elif kind in _HOLDS_BLOCKS:
            for element in _dicts(block.get("elements")):
                yield from self._block(element, depth + 1)
        elif kind in _HOLDS_LEAVES:
            yield self._leaves(block)
        elif kind == "rich_text_quote":
            yield "\n".join(f"> {line}" for line in self._leaves(block).split("\n"))
        elif kind == "table":
            yield from self._rows(block, depth)
        else:
            if kind not in _LAYOUT:
                self.unread.append(f"block {kind}")
            yield from self._layout(block)

    def _rows(self, table: dict[str, Any], depth: int) -> Iterator[str]:
        """Yield a table's rows, a line each, their cells side by side."""
        rows = table.get("rows")
        for row in rows if isinstance(rows, list) else ():
            yield _BETWEEN_CELLS.join(" ".join(self._cell(cell, depth)) for cell in _dicts(row))

    def _cell(self, cell: dict[str, Any], depth: int) -> Iterator[str]:
        if cell.get("type") == "rich_text":
            yield from self._block(cell, depth + 1)
            return
        if cell.get("type") not in ("raw_text", "raw_number"):
            self.unread.append(f"cell {cell.get('type')}")
        yield _plain(cell, "text", "value")

    def _layout(self, block: dict[str, Any]) -> Iterator[str]:
        """Yield the texts of the blocks that programs use: section, header, context, picture, video, buttons."""
        pieces = (block.get(name) for name in ("text", "title", "label", "description"))
        for piece in (*pieces, *_dicts(block.get("fields"))):
            yield _text_object(piece, self.names)
        yield _plain(block, "author_name")
        for element in _dicts([*_listed(block.get("elements")), block.get("accessory"), block.get("element")]):
            yield from self._element(element)
        yield _plain(block, "alt_text")

    def _element(self, element: dict[str, Any]) -> Iterator[str]:
        """Yield what a button, a picture or a list to choose from shows, its choices too."""
        kind = element.get("type")
        if kind not in _ELEMENTS:
            self.unread.append(f"element {kind}")
        if "text" in element:
            yield _text_object(element, self.names)
        yield _plain(element, "alt_text")
        yield _text_object(element.get("placeholder"), self.names)
        groups = [group.get("options") for group in _dicts(element.get("option_groups"))]
        for option in _dicts([each for options in (element.get("options"), *groups) for each in _listed(options)]):
            yield _text_object(option.get("text"), self.names)
            yield _text_object(option.get("description"), self.names)

    def _leaves(self, block: dict[str, Any]) -> str:
        return "".join(self._leaf(leaf) for leaf in _dicts(block.get("elements")))

    def _leaf(self, leaf: dict[str, Any]) -> str:
        kind = leaf.get("type")
        names = self.names
        named = {
            "link": lambda: _link(str(leaf.get("url", "")), str(leaf.get("text") or "")),
            "user": lambda: f"@{names.name(str(leaf.get('user_id')))}",
            "channel": lambda: f"#{names.channel(str(leaf.get('channel_id')))}",
            "usergroup": lambda: f"@{names.group(str(leaf.get('usergroup_id')))}",
            "broadcast": lambda: f"@{leaf.get('range')}",
            "emoji": lambda: _emoji(leaf),
        }
        if isinstance(kind, str) and kind in named:
            return named[kind]()
        if kind not in ("text", "date", "color", "team"):
            self.unread.append(f"element {kind}")
        return _plain(leaf, "text", "fallback", "value")


def said_in(text: str, blocks: object, reader: BlockReader) -> tuple[str, ...]:
    """Return what people read of a message: one text, or two where its blocks and its `text` say different things.

    Blocks are what the channel shows and `text` is what a notification shows: whoever posts through the API can let
    them differ, and then people read both.
    """
    shown, laid_out = readable(text, reader.names), reader.text(blocks)
    if not laid_out or _bare(laid_out) == _bare(shown):
        return (shown,)
    return (laid_out,) if _bare(shown) in _bare(laid_out) else (laid_out, shown)


def _bare(text: str) -> str:
    """Return the letters and digits, without the numbers that Slack puts before a list's entries in `text` alone."""
    return "".join(char for char in _LIST_NUMBER.sub("", text) if char.isalnum())


def mentioned_in(blocks: object) -> frozenset[str]:
    """Return the ids of the members that blocks mention."""
    met = _Met()
    BlockReader(met).text(blocks)
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


def _emoji(leaf: dict[str, Any]) -> str:
    """Return an emoji as it stands in a message's `text`, the tone of its skin too."""
    tone = leaf.get("skin_tone")
    return f":{leaf.get('name')}:" + (f":skin-tone-{tone}:" if isinstance(tone, int) and tone else "")


def _plain(thing: dict[str, Any], *names: str) -> str:
    """Return the first of these fields that holds something to read."""
    found = (thing.get(name) for name in names)
    return next((str(value) for value in found if isinstance(value, str | int | float) and str(value).strip()), "")


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


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
