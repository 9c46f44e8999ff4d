"""gettext's two file formats, as much of them as these catalogues need: .po to translate in, .mo to read from.

A message's context (`msgctxt`) is its code and its id (`msgid`) the English sentence, so a translation of an English
sentence that has changed since is not used any more.
"""

import ast
import struct
from dataclasses import dataclass
from itertools import groupby

_MAGIC = 0x950412DE
_CONTEXT_ENDS = "\x04"
_FORM_ENDS = "\x00"
_KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")


class BadPo(Exception):
    """A .po file can't be read; the text names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One message and its translation. `forms` is one text, or one for each plural form; empty ones are missing."""

    code: str
    english: str
    plural: str | None
    forms: tuple[str, ...]
    note: str = ""

    @property
    def is_translated(self) -> bool:
        """Return whether every form is there."""
        return all(self.forms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Po:
    """A whole file. `header` is the text of the message with an empty id."""

    header: str
    units: tuple[Unit, ...]

    @property
    def plural_forms(self) -> int:
        """Return how many plural forms the language has, as its header says; two where it does not."""
        found = [line for line in self.header.splitlines() if line.startswith("Plural-Forms:")]
        return int(found[0].partition("nplurals=")[2].partition(";")[0]) if found else 2


def parse(text: str) -> Po:
    """Read a .po file. Comments are dropped: they are made anew from the catalogue. BadPo for what it can't read."""
    header = ""
    units: list[Unit] = []
    numbered = enumerate(text.splitlines(), start=1)
    for is_blank, lines in groupby(numbered, key=lambda line: not line[1].strip()):
        fields = {} if is_blank else _fields(list(lines))
        if not fields:
            continue
        if not fields.get("msgid"):
            header = fields.get("msgstr", "")
            continue
        units.append(_unit(fields))
    return Po(header=header, units=tuple(units))


def render(po: Po) -> str:
    """Write a .po file: the header, then the units in their order, each with its note."""
    blocks = [f'msgid ""\nmsgstr ""\n{_lines(po.header)}']
    blocks += [_block(unit) for unit in po.units]
    return "\n\n".join(blocks) + "\n"


def compiled(po: Po) -> bytes:
    """Return the .mo file of all units that are translated; equal input gives equal bytes."""
    pairs = [("", po.header)] + [(_key(unit), _FORM_ENDS.join(unit.forms)) for unit in po.units if unit.is_translated]
    encoded = sorted((key.encode(), value.encode()) for key, value in pairs)
    keys_at, values_at = 28, 28 + 8 * len(encoded)
    text_at = values_at + 8 * len(encoded)
    keys = b"".join(key + b"\x00" for key, _ in encoded)
    values = b"".join(value + b"\x00" for _, value in encoded)
    tables = _table([key for key, _ in encoded], text_at) + _table([value for _, value in encoded], text_at + len(keys))
    return struct.pack("<7I", _MAGIC, 0, len(encoded), keys_at, values_at, 0, text_at) + tables + keys + values


def _table(texts: list[bytes], start: int) -> bytes:
    table = b""
    for text in texts:
        table += struct.pack("<2I", len(text), start)
        start += len(text) + 1
    return table


def _key(unit: Unit) -> str:
    key = f"{unit.code}{_CONTEXT_ENDS}{unit.english}"
    return key if unit.plural is None else f"{key}{_FORM_ENDS}{unit.plural}"


def _fields(lines: list[tuple[int, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    field = ""
    for number, raw in lines:
        line = raw.strip()
        if line.startswith("#"):
            continue
        if not line.startswith('"'):
            field, _, line = line.partition(" ")
            if not field.startswith(_KEYWORDS) or field in fields:
                raise BadPo(f"line {number}: {field!r} is not expected here")
            fields[field] = ""
        fields[field] += _unquoted(line.strip(), number)
    return fields


def _unquoted(text: str, number: int) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        value = None
    if not isinstance(value, str):
        raise BadPo(f"line {number}: {text[:40]!r} is no quoted text")
    return value


def _unit(fields: dict[str, str]) -> Unit:
    forms = [fields[name] for name in sorted(fields) if name.startswith("msgstr")]
    return Unit(
        code=fields.get("msgctxt", ""),
        english=fields["msgid"],
        plural=fields.get("msgid_plural"),
        forms=tuple(forms),
    )


def _block(unit: Unit) -> str:
    lines = [f"#. {unit.note}"] if unit.note else []
    lines += [f"msgctxt {_quoted(unit.code)}", f"msgid {_quoted(unit.english)}"]
    if unit.plural is None:
        return "\n".join([*lines, f"msgstr {_quoted(unit.forms[0])}"])
    lines.append(f"msgid_plural {_quoted(unit.plural)}")
    return "\n".join([*lines, *(f"msgstr[{index}] {_quoted(form)}" for index, form in enumerate(unit.forms))])


def _lines(text: str) -> str:
    return "\n".join(_quoted(line) for line in text.splitlines(keepends=True))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
