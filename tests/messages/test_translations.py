"""The files of the languages: current, well formed, and read by Python's own gettext as they were written."""

import gettext
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import compile as compiling
from bot.messages import docs
from bot.messages.po import BadPo, Po, Unit, compiled, parse, render
from bot.messages.sentences import SENTENCES

LANGUAGES = ("de", "es", "fr")
HEADER = "Language: xx\nContent-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
TEXT = st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n\t"), min_size=1)


def po_file(language: str) -> Path:
    """Return where a language's sentences are translated."""
    return compiling.LOCALE / language / "LC_MESSAGES" / "hallmoot.po"


def read(po: Po) -> gettext.GNUTranslations:
    """Read a compiled file with the standard library."""
    return gettext.GNUTranslations(io.BytesIO(compiled(po)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_files_are_complete_and_current(language: str) -> None:
    """Every sentence is translated, the .po follows the catalogue, and the .mo is made from it."""
    assert compiling.faults_of(po_file(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_files_are_read_as_they_were_written(language: str) -> None:
    """Each sentence of the .po comes back out of the .mo."""
    po = parse(po_file(language).read_text(encoding="utf-8"))
    words = read(po)
    assert len(po.units) == len(SENTENCES)
    for unit in po.units:
        if unit.plural is None:
            assert words.pgettext(unit.code, unit.english) == unit.forms[0]
        else:
            assert words.npgettext(unit.code, unit.english, unit.plural, 1) == unit.forms[0]
            assert words.npgettext(unit.code, unit.english, unit.plural, 2) == unit.forms[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_hardly_a_sentence_is_left_in_english(language: str) -> None:
    """Only forms like `{name}: {text}` and loan words may read the same."""
    units = parse(po_file(language).read_text(encoding="utf-8")).units
    same = [unit.code for unit in units if unit.forms[0] == unit.english and len(unit.english.split()) > 4]
    assert [code for code in same if not code.startswith(("case.", "mine.", "coverage."))] == []


def test_the_page_of_all_sentences_is_current() -> None:
    """docs/messages.md is what the catalogue says today."""
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page()
    assert docs.main(["--check"]) == 0


def test_every_sentence_stands_on_the_page_with_who_sees_it() -> None:
    """Under one of the three headings, once."""
    page = docs.page()
    members, moderators, admins = (page.index(f"## {title}") for title in ("Any member", "Moderators", "Only admins"))
    assert members < page.index("`notice.delete`") < moderators
    assert moderators < page.index("`card.done`") < admins < page.index("`setup.welcome`")
    for code in SENTENCES:
        assert page.count(f"| `{code}` |") == 1


def test_a_changed_english_sentence_loses_its_translation() -> None:
    """What it said before may not be what it says now."""
    code, entry = next((code, entry) for code, entry in SENTENCES.items() if entry.plural is None)
    old = Unit(code=code, english=f"{entry.english} formerly", plural=None, forms=("alt",))
    kept = Unit(code=code, english=entry.english, plural=None, forms=("neu",))
    gone = Unit(code="no.longer", english="Gone", plural=None, forms=("weg",))
    assert compiling.up_to_date(Po(header=HEADER, units=(old, gone))).units[0].forms == ("",)
    updated = compiling.up_to_date(Po(header=HEADER, units=(kept, gone)))
    assert updated.units[0].forms == ("neu",)
    assert "no.longer" not in [unit.code for unit in updated.units]


def test_a_new_language_is_begun_checked_and_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It lists what is to translate; --check fails until all is there, and writes nothing."""
    assert compiling.main(["--new", "it"], tmp_path) == 0
    assert "to translate: card.title\n" in capsys.readouterr().out
    po_path = tmp_path / "it" / "LC_MESSAGES" / "hallmoot.po"
    assert compiling.main(["--check"], tmp_path) == 1
    translated = parse(po_path.read_text(encoding="utf-8"))
    units = tuple(replace(unit, forms=tuple("x" for _ in unit.forms)) for unit in translated.units)
    po_path.write_text(render(replace(translated, units=units)), encoding="utf-8")
    assert compiling.main(["--check"], tmp_path) == 1
    assert compiling.main([], tmp_path) == 0
    assert compiling.main(["--check"], tmp_path) == 0


@pytest.mark.parametrize("arguments", [["--new"], ["--new", "../x"], ["--new", "it"], ["--what"]])
def test_a_wrong_call_explains_itself(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A language that exists already is not begun again."""
    assert compiling.main(["--new", "it"], tmp_path) == 0
    capsys.readouterr()
    assert compiling.main(arguments, tmp_path) == 2
    assert "python -m bot.messages.compile" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b'msgid "a"\nmsgstr b', b"\xff\xfe"])
def test_a_broken_file_is_named(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says which file; no traceback."""
    assert compiling.main(["--new", "it"], tmp_path) == 0
    broken = tmp_path / "it" / "LC_MESSAGES" / "hallmoot.po"
    broken.write_bytes(content)
    capsys.readouterr()
    assert compiling.main([], tmp_path) == 2
    assert capsys.readouterr().out.startswith(str(broken))


def test_an_untranslated_sentence_shows_in_english() -> None:
    """It is left out of the .mo, and gettext falls back."""
    po = Po(header=HEADER, units=(Unit(code="a", english="Right", plural=None, forms=("",)),))
    assert read(po).pgettext("a", "Right") == "Right"


def test_a_language_with_three_forms_is_read_with_three() -> None:
    """As Polish or Russian has; the file's own header says how many."""
    header = HEADER.replace("nplurals=2; plural=(n != 1)", "nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2)")
    po = Po(header=header, units=(Unit(code="a", english="1 x", plural="{count} x", forms=("one", "few", "many")),))
    assert po.plural_forms == 3
    assert [read(po).npgettext("a", "1 x", "{count} x", count) for count in (1, 3, 9)] == ["one", "few", "many"]
    assert len(compiling.up_to_date(parse(render(po))).units[-1].forms) in {1, 3}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('msgid "a"\nmsgstr b', "line 2"),
        ('msgid "a"\nmsgstr 7', "line 2"),
        ('\n\nmsgid "a"\nmsgid "b"', "line 4"),
        ("nonsense", "line 1"),
        ('msgid "a"\nmsgstr __import__("os")', "line 2"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(text: str, place: str) -> None:
    """A translator sees where to look."""
    with pytest.raises(BadPo, match=place):
        parse(text)


@given(texts=st.lists(st.tuples(TEXT, TEXT, st.none() | TEXT), max_size=5))
def test_writing_and_reading_a_file_changes_nothing(texts: list[tuple[str, str, str | None]]) -> None:
    """Quotes, backslashes, line breaks and any script come back as they were."""
    units = tuple(
        Unit(code=f"c{index}", english=english, plural=plural, forms=(form,) * (1 if plural is None else 2))
        for index, (english, form, plural) in enumerate(texts)
    )
    assert parse(render(Po(header=HEADER, units=units))) == Po(header=HEADER, units=units)
    words = read(Po(header=HEADER, units=units))
    for unit in units:
        if unit.plural is None:
            assert words.pgettext(unit.code, unit.english) == unit.forms[0]
