"""JSON too large to hold, read an item at a time with the standard library's decoder.

The decoder refuses deep nesting by itself, which streaming parsers that keep the path of each value pay for with time
that grows with the square of the depth.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from bot.adapters.exports.archive import READ_ERRORS
from bot.adapters.exports.fields import Row
from bot.adapters.exports.rows import RowFault
from bot.adapters.exports.streams import Utf8Text

LARGEST_ITEM = 16_000_000
"""Most characters of JSON that may stand for one message."""

_SPACE = " \t\n\r"
_LONGEST_LITERAL = 12
"""Characters that a word or an escape cut off at the buffer's end can have; a fault before them is a real one."""


class Items:
    """The items of a list in a JSON file: of the file's own, or of the one under `key` of its outermost object.

    Iterating raises RowFault where the JSON ends too early or can't be read on. `head` holds the values of the keys
    before the list, once iterating has begun.
    """

    def __init__(self, raw: BinaryIO, key: str | None = None) -> None:
        self._reader = _Reader(raw)
        self._key = key
        self.head: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Any]:
        """Yield each item as plain Python values."""
        try:
            if not self.find_list():
                return
            yield from self._items()
        except READ_ERRORS as error:
            words = str(error).split("\n", 1)[0] or type(error).__name__
            raise RowFault(f"the file can't be read on from here ({words}); what follows was skipped") from None

    def find_list(self) -> bool:
        """Read up to the list; return whether there is one. Raises RowFault and what reading a file raises."""
        if self._key is None:
            self._reader.expect("[")
            return True
        self._reader.expect("{")
        if self._reader.accept("}"):
            return False
        while True:
            key = self._reader.value()
            self._reader.expect(":")
            if key == self._key and self._reader.accept("["):
                return True
            self.head[str(key)] = self._reader.value()
            if not self._reader.accept(","):
                self._reader.expect("}")
                return False

    def _items(self) -> Iterator[Any]:
        if self._reader.accept("]"):
            return
        while True:
            yield self._reader.value()
            if not self._reader.accept(","):
                self._reader.expect("]")
                return

    def checked(self, item: object) -> Row:
        """Return an item as the row it has to be. Raises RowFault for another kind, and for bytes not in UTF-8."""
        if not isinstance(item, dict):
            raise RowFault("not a JSON object in braces")
        if self._reader.repaired and "\ufffd" in _as_text(item):
            raise RowFault("holds bytes that are not UTF-8; export the conversation again")
        return item


def head_of(raw: BinaryIO, key: str) -> dict[str, Any] | None:
    """Return what stands before the list under `key` in a file's outermost object; None where there is no such list."""
    items = Items(raw, key)
    try:
        return items.head if items.find_list() else None
    except (RowFault, *READ_ERRORS):
        return None


def _as_text(item: object) -> str:
    try:
        return str(item)
    except RecursionError:
        raise RowFault("is nested too deeply") from None


class _Reader:
    """A window on JSON text that slides on as values are taken."""

    def __init__(self, raw: BinaryIO) -> None:
        self._text = Utf8Text(raw)
        self._decoder = json.JSONDecoder(strict=False)
        self._window = ""
        self._at = 0
        self._ended = False

    @property
    def repaired(self) -> bool:
        """Return whether bytes that are not UTF-8 were met."""
        return self._text.repaired

    def accept(self, mark: str) -> bool:
        """Take this mark if it is next; return whether it was."""
        if self._next() != mark:
            return False
        self._at += 1
        return True

    def expect(self, mark: str) -> None:
        """Take this mark. Raises RowFault when something else is next."""
        found = self._next()
        if found != mark:
            met = repr(found) if found else "the end of the file"
            raise RowFault(f"the file can't be read on from here ({mark!r} should follow, not {met})")
        self._at += 1

    def value(self) -> Any:
        """Take the next value, whole. Raises RowFault."""
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._window, self._at)
            except RecursionError:
                raise RowFault("the file can't be read on from here (it is nested too deeply)") from None
            except json.JSONDecodeError as error:
                self._check_cut_off(error)
            except ValueError:
                raise RowFault("the file can't be read on from here (a number has thousands of digits)") from None
            else:
                if end < len(self._window) or self._ended:
                    self._at = end
                    return value
            self._more()

    def _check_cut_off(self, error: json.JSONDecodeError) -> None:
        """Return when more text may cure the error. Raises RowFault otherwise."""
        in_string = error.msg.startswith("Unterminated string")
        at_end = error.pos >= len(self._window) - _LONGEST_LITERAL
        if self._ended:
            raise RowFault("the file ends too early")
        if not (in_string or at_end):
            raise RowFault(f"the file can't be read on from here ({error.msg}); what follows was skipped")

    def _next(self) -> str:
        """Return the next character that is no white space, without taking it; nothing at the end."""
        while True:
            while self._at < len(self._window) and self._window[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._window):
                return self._window[self._at]
            if self._ended:
                return ""
            self._more()

    def _more(self) -> None:
        """Let the window hold what is left and as much again, so that a long value is not tried again too often."""
        rest = self._window[self._at :]
        if len(rest) > LARGEST_ITEM:
            raise RowFault(f"one entry has more than {LARGEST_ITEM} characters; what follows was skipped")
        more = self._text.read(len(rest))
        self._ended = not more
        self._window, self._at = rest + more, 0
