"""YAML as people write settings in: small and plain, every value with the line it stands on.

Anchors, aliases and tags are refused, since a few bytes of them can grow without bound or name things to build. Words
stay words (`no` is Norwegian, not "false"), and only `true`, `false`, `null`, `~`, whole and decimal numbers mean more,
as in YAML 1.2.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import yaml

from bot.config.faults import limited, shown, told
from bot.domain.errors import ConfigError

KeyPath = tuple[str | int, ...]
"""Where a value stands: the keys and list places that lead to it."""

MOST_BYTES = 64 * 1024
_DEEPEST = 12


class _PlainLoader(yaml.SafeLoader):
    """The safe loader with YAML 1.2's few kinds of plain words."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - the base class declares it


for _tag, _pattern, _first in (
    ("null", r"(?:null|~|)$", ["n", "~", ""]),
    ("bool", r"(?:true|false)$", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})$", list("-0123456789")),
    ("float", r"-?[0-9]{1,15}\.[0-9]{1,15}$", list("-0123456789")),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file says. `lines` has the line of every value; `faults` are those that left the rest readable.

    `origins` names where a value comes from that does not stand in the file: an environment variable, an option.
    `above` is the path of the group that this is, when it is a part of a larger document.
    """

    source: str
    data: object
    lines: Mapping[KeyPath, int]
    faults: tuple[str, ...] = ()
    origins: Mapping[KeyPath, str] = field(default_factory=dict)
    above: KeyPath = ()

    def line(self, path: KeyPath) -> int | None:
        """Return the line of a value, or of the nearest group around it; None when the file has none of them."""
        place = (*self.above, *path)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)

    def told(self, path: KeyPath, text: str) -> str:
        """Return a fault of the value at this path, with where it stands."""
        place = (*self.above, *path)
        for end in range(len(place), 0, -1):
            if place[:end] in self.origins:
                return told(self.origins[place[:end]], None, "", text)
        return told(self.source, self.line(path), dotted(place), text)

    def part(self, *path: str | int) -> "Document":
        """Return the group at this path as a document of its own; its data is None when there is no such group."""
        data = self.data
        for key in path:
            data = data.get(key) if isinstance(data, dict) else None
        return replace(self, data=data, above=(*self.above, *path), faults=())


def parse(text: str, source: str, *, first_line: int = 1) -> Document:
    """Read one YAML document. Raises ConfigError with every fault that makes it unreadable.

    `first_line` is where the text begins in its file, for front matter. A key that is written twice is a fault of the
    document, which is read with the first of the two, so that faults elsewhere can be told in the same go.
    """
    reading = _Reading(source, first_line)
    try:
        faults = list(reading.structure(text))
        if faults:
            raise ConfigError(limited(faults))
        node = yaml.compose(text, Loader=_PlainLoader)
    except yaml.YAMLError as error:
        raise ConfigError((reading.not_yaml(error),)) from error
    except (
        ValueError,
        OverflowError,
        ArithmeticError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        # PyYAML lets these slip on hostile text: an escape beyond Unicode, a version of 5,000 digits.
        raise ConfigError((told(source, None, "", "this is not valid YAML."),)) from error
    data = None if node is None else reading.value(node, ())
    return Document(source=source, data=data, lines=reading.lines, faults=limited(reading.faults))


class _Mark(Protocol):
    """A place in a text, as PyYAML gives it, lines counted from 0."""

    line: int


class _Reading:
    """One pass through one file: gathers lines and faults while values are made."""

    def __init__(self, source: str, first_line: int) -> None:
        self.source = source
        self.offset = first_line
        self.lines: dict[KeyPath, int] = {}
        self.faults: list[str] = []

    def _at(self, mark: _Mark | None) -> int:
        return self.offset + (mark.line if mark else 0)

    def not_yaml(self, error: yaml.YAMLError) -> str:
        """Return PyYAML's complaint as a fault of ours."""
        mark = getattr(error, "problem_mark", None)
        problem = shown(getattr(error, "problem", None) or "a character that may not stand in it")
        line = self._at(mark) if mark is not None else None
        remedy = "Check the indentation, and put quotes around text with special characters."
        return told(self.source, line, "", f"this is not valid YAML: {problem}. {remedy}")

    def structure(self, text: str) -> Iterator[str]:
        """Yield a fault for all that plain settings don't need; stops at what is nested too deeply."""
        depth = documents = 0
        for event in yaml.parse(text, Loader=_PlainLoader):
            line = self._at(event.start_mark)
            yield from self._unwanted(event, line)
            documents += isinstance(event, yaml.DocumentStartEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if documents > 1:
                yield told(self.source, line, "", "a second document begins here. Keep one, without a `---` in it.")
                return
            if depth > _DEEPEST:
                yield told(self.source, line, "", f"this is nested more than {_DEEPEST} deep.")
                return

    def _unwanted(self, event: yaml.Event, line: int) -> Iterator[str]:
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            name = f"`{sign}{shown(event.anchor)}`"
            yield told(self.source, line, "", f"anchors and aliases ({name}) are not read here. Write the value out.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            yield told(self.source, line, "", f"tags (`{shown(tag)}`) are not read here. Write the plain value.")

    def value(self, node: yaml.Node, path: KeyPath) -> object:
        """Return a node as plain data; its depth was checked before."""
        self.lines.setdefault(path, self._at(node.start_mark))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        made: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = self._at(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(told(self.source, line, "", "a key must be a single word."))
                continue
            key = self._text(key_node, path)
            if key in made:
                first = self.lines[(*path, key)]
                text = f"this key stands here for the second time, first on line {first}. Keep one of them."
                self.faults.append(told(self.source, line, dotted((*path, key)), text))
                continue
            self.lines[(*path, key)] = line
            made[key] = self.value(value_node, (*path, key))
        return made

    def _scalar(self, node: yaml.Node, path: KeyPath) -> object:
        match node.tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return node.value == "true"
            case "int":
                return int(node.value)
            case "float":
                return float(node.value)
            case _:
                return self._text(node, path)

    def _text(self, node: yaml.Node, path: KeyPath) -> str:
        value = str(node.value)
        if any("\ud800" <= char <= "\udfff" for char in value):
            text = "this text holds half of a character (a lone surrogate). Write the character itself."
            self.faults.append(told(self.source, self._at(node.start_mark), dotted(path), text))
            return value.encode("utf-8", "replace").decode("utf-8")
        return value


def dotted(path: KeyPath) -> str:
    """Return a key path as people write and count: `categories[2].action` is that of the second category."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
