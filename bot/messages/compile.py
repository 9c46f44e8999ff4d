"""Bring the translations up to date: `python -m bot.messages.compile [--check] [--new LANGUAGE]`.

Each `.po` file gets the sentences of the catalogue, in its order, with the translations it has; a sentence that is new
or whose English changed stands there untranslated. Each `.mo` file is then made from its `.po` file. Exit status 1 with
`--check` where a file is not current, and nothing is written then.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from bot.messages.catalogue import DOMAIN
from bot.messages.entry import Entry
from bot.messages.po import BadPo, Po, Unit, compiled, parse, render
from bot.messages.sentences import SENTENCES

LOCALE = Path(__file__).parent / "locale"
_HEADER = """Project-Id-Version: Hallmoot
Language: {language}
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Plural-Forms: nplurals=2; plural=(n != 1);
"""


def main(arguments: Sequence[str], locale: Path = LOCALE) -> int:
    """Bring every language of a folder up to date, or only check; return the exit status, 2 for what can't be used."""
    try:
        match list(arguments):
            case []:
                return _write_all(locale)
            case ["--check"]:
                return _check_all(locale)
            case ["--new", language] if language.isalpha() and not _path(locale, language).exists():
                _begin(_path(locale, language), language)
                return _write_all(locale)
    except BadPo as error:
        _say(str(error))
        return 2
    _say(__doc__ or "")
    return 2


def up_to_date(po: Po) -> Po:
    """Return the file with exactly the catalogue's sentences, each with the translation it had for the same English."""
    known = {(unit.code, unit.english, unit.plural): unit.forms for unit in po.units}
    return Po(header=po.header, units=tuple(_unit(code, entry, known, po) for code, entry in SENTENCES.items()))


def _unit(code: str, entry: Entry, known: dict[tuple[str, str, str | None], tuple[str, ...]], po: Po) -> Unit:
    missing = ("",) * (1 if entry.plural is None else po.plural_forms)
    forms = known.get((code, entry.english, entry.plural), missing)
    note = f"{entry.seen_by.value}. {entry.note}" if entry.note else f"{entry.seen_by.value}."
    return Unit(code=code, english=entry.english, plural=entry.plural, forms=forms, note=f"Seen by: {note}")


def _begin(path: Path, language: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(render(Po(header=_HEADER.format(language=language), units=())), encoding="utf-8")


def _write_all(locale: Path) -> int:
    for path in _po_files(locale):
        po = up_to_date(_read(path))
        path.write_text(render(po), encoding="utf-8")
        path.with_suffix(".mo").write_bytes(compiled(po))
        missing = [unit.code for unit in po.units if not unit.is_translated]
        _say(f"{path.parent.parent.name}: {len(po.units) - len(missing)} of {len(po.units)} sentences")
        for code in missing:
            _say(f"  to translate: {code}")
    return 0


def _check_all(locale: Path) -> int:
    faults = [fault for path in _po_files(locale) for fault in faults_of(path)]
    for fault in faults:
        _say(fault)
    return 1 if faults else 0


def faults_of(path: Path) -> list[str]:
    """Return what is not current in one language's two files, each fault with its remedy."""
    po = up_to_date(_read(path))
    mo = path.with_suffix(".mo")
    faults = [f"{path}: {unit.code} is not translated" for unit in po.units if not unit.is_translated]
    if render(po) != path.read_text(encoding="utf-8"):
        faults.append(f"{path} is not current: run python -m bot.messages.compile")
    if not mo.is_file() or mo.read_bytes() != compiled(po):
        faults.append(f"{mo} is not current: run python -m bot.messages.compile")
    return faults


def _read(path: Path) -> Po:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (BadPo, UnicodeDecodeError) as error:
        raise BadPo(f"{path}: {error}") from None


def _po_files(locale: Path) -> list[Path]:
    return sorted(locale.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def _path(locale: Path, language: str) -> Path:
    return locale / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
