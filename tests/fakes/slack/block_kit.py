"""The limits of Block Kit, as its reference pages give them. What breaks one is refused as Slack refuses it."""

from collections.abc import Iterator
from typing import Any

from tests.fakes.slack.rules import Refusal
from tests.fakes.slack.things import JSON

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100
_MOST_ELEMENTS = {"actions": 25, "context": 10}
_MOST_OPTIONS = {"static_select": 100, "multi_static_select": 100, "checkboxes": 10}
_MOST_FIELDS = 10
_ID, _VALUE, _URL, _OPTION_VALUE = 255, 2000, 3000, 150
_CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
_VIEW = {"title": 24, "submit": 24, "close": 24}
_PRIVATE = 3000


def check_blocks(blocks: list[JSON], most: int = MOST_IN_MESSAGE) -> None:
    """Refuse blocks that break a limit."""
    _demand(len(blocks) <= most, "too many blocks")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    _demand(len(ids) == len(set(ids)) and all(len(each) <= _ID for each in ids), "block_id")
    for block in blocks:
        _CHECKS[block["type"]](block)
    actions = [element["action_id"] for block in blocks for element in _elements(block) if "action_id" in element]
    _demand(len(actions) == len(set(actions)), "action_id stands twice")


def check_view(view: JSON) -> None:
    """Refuse a view that breaks a limit."""
    check_blocks(view["blocks"], MOST_IN_VIEW)
    _demand(len(view.get("private_metadata", "")) <= _PRIVATE, "private_metadata")
    _demand(len(view.get("callback_id", "")) <= _ID, "callback_id")
    if view["type"] != "modal":
        return
    _demand("title" in view, "a modal without a title")
    for name, longest in _VIEW.items():
        if name in view:
            check_text(view[name], longest, plain="yes")
    asks = any(block["type"] == "input" for block in view["blocks"])
    _demand("submit" in view or not asks, "an input needs a submit")


def check_text(text: JSON, longest: int, *, plain: str = "") -> None:
    """Refuse a text object that is empty, too long, or markup where only plain text may stand."""
    _demand(text["type"] in (("plain_text",) if plain else ("plain_text", "mrkdwn")), f"type {text['type']}")
    _demand(0 < len(text["text"]) <= longest and bool(text["text"].strip()), f"text of {len(text['text'])} characters")


def _elements(block: JSON) -> Iterator[JSON]:
    yield from block.get("elements", ()) if block["type"] == "actions" else ()
    yield from (block[name] for name in ("accessory", "element") if name in block)


def _header(block: JSON) -> None:
    check_text(block["text"], 150, plain="yes")


def _section(block: JSON) -> None:
    fields = block.get("fields", [])
    _demand("text" in block or bool(fields), "a section without text")
    _demand(len(fields) <= _MOST_FIELDS, "too many fields")
    for text in fields:
        check_text(text, 2000)
    if "text" in block:
        check_text(block["text"], 3000)
    if "accessory" in block:
        _check_element(block["accessory"])


def _context(block: JSON) -> None:
    _demand(0 < len(block["elements"]) <= _MOST_ELEMENTS["context"], "elements of a context")
    for text in block["elements"]:
        check_text(text, 3000)


def _actions(block: JSON) -> None:
    _demand(0 < len(block["elements"]) <= _MOST_ELEMENTS["actions"], "elements of actions")
    for element in block["elements"]:
        _check_element(element)


def _input(block: JSON) -> None:
    check_text(block["label"], 2000, plain="yes")
    _check_element(block["element"])


def _check_element(element: JSON) -> None:
    _demand(0 < len(element["action_id"]) <= _ID, "action_id")
    if element["type"] == "button":
        check_text(element["text"], 75, plain="yes")
        _demand(len(element.get("value", "")) <= _VALUE and len(element.get("url", "")) <= _URL, "value or url")
        _demand(element.get("style", "primary") in ("primary", "danger"), "style")
    if element["type"] == "plain_text_input":
        _demand(1 <= element.get("max_length", 3000) <= 3000, "max_length")
    if element["type"] in _MOST_OPTIONS:
        _check_options(element)
    if "confirm" in element:
        _demand(set(_CONFIRM) <= set(element["confirm"]), "confirm")
        for name, longest in _CONFIRM.items():
            check_text(element["confirm"][name], longest, plain="yes")


def _check_options(element: JSON) -> None:
    options = element["options"]
    _demand(0 < len(options) <= _MOST_OPTIONS[element["type"]], "options")
    for option in options:
        check_text(option["text"], 75)
        _demand(0 < len(option["value"]) <= _OPTION_VALUE, "value of an option")
    chosen = [
        *element.get("initial_options", ()),
        *([element["initial_option"]] if "initial_option" in element else ()),
    ]
    _demand(all(option in options for option in chosen), "an initial option that is none of the options")
    _demand("initial_options" not in element or bool(element["initial_options"]), "empty initial_options")


def _rich_text(block: JSON) -> None:
    """Check sections of pieces: a piece has its text, a link an address, a date a moment and a format with a token."""
    _demand(bool(block["elements"]), "an empty rich text")
    for part in block["elements"]:
        _demand(part["type"] == "rich_text_section" and bool(part["elements"]), "part of a rich text")
        for piece in part["elements"]:
            _PIECES[piece["type"]](piece)


def _text_piece(piece: JSON) -> None:
    _demand(0 < len(piece["text"]) <= 3000, "text of a piece")


def _link_piece(piece: JSON) -> None:
    _demand(0 < len(piece["url"]) <= _URL and piece["url"].startswith("https://"), "url of a link")
    _demand("text" not in piece or bool(piece["text"]), "text of a link")


def _date_piece(piece: JSON) -> None:
    _demand(isinstance(piece["timestamp"], int) and piece["timestamp"] > 0, "timestamp")
    _demand(any(token in piece["format"] for token in _DATE_TOKENS), "format of a date")
    _demand("fallback" not in piece or bool(piece["fallback"]), "fallback of a date")


def _nothing(_block: JSON) -> None:
    """Pass a divider: there is nothing to check."""


_DATE_TOKENS = ("{date_num}", "{date}", "{date_short}", "{date_long}", "{date_short_pretty}", "{time}", "{ago}")
_PIECES: dict[str, Any] = {"text": _text_piece, "link": _link_piece, "date": _date_piece}
_CHECKS: dict[str, Any] = {
    "rich_text": _rich_text,
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _nothing,
}


def _demand(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence, like an assertion
    if not holds:
        raise Refusal("invalid_blocks", response_metadata={"messages": [f"[ERROR] {what}"]})
