"""Golden sets in the forms in which people have them; what can't be used is told with its place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InputError, PolicyError
from bot.domain.policy import Policy
from bot.domain.verdict import Label
from bot.lab.golden_formats import GoldenFormat, GoldenOptions, GoldenSet, read_golden_set
from tests.factories import category, policy

DATA = Path(__file__).parents[1] / "data"
RULE = policy("spam", category("SP2"), category("SP3"))


def _read(path: Path, rule: Policy = RULE, **options: object) -> GoldenSet:
    return read_golden_set(path, rule, GoldenOptions(**options))  # type: ignore[arg-type]


def _file(folder: Path, content: str, name: str = "set.csv") -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def test_a_sheet_with_sections_is_read_by_the_last_filled_cell() -> None:
    """Title, section and summary rows are none of the set; a label may differ from its section."""
    read = _read(DATA / "golden-sheet.csv")
    assert [(row.note, row.label) for row in read.rows] == [
        *[("SP0", Label.SAFE)] * 4,
        ("SP2", Label.VIOLATES),
        ("SP0", Label.SAFE),
        ("SP2", Label.VIOLATES),
        *[("SP3", Label.VIOLATES)] * 2,
        ("SP4", Label.VIOLATES),
    ]
    assert read.rows[3].text == 'he said "never again", and laughed'
    assert (read.rows[0].place, read.rows[-1].place) == ("golden-sheet.csv:3", "golden-sheet.csv:16")
    assert read.faults == ("golden-sheet.csv:13: this row has a text and no label such as SP0.",)


def test_our_own_form_is_read_and_its_faulty_rows_are_left_out(tmp_path: Path) -> None:
    """One fault a row, with its line; a file of nothing but faults is refused."""
    header = "id,text,context,label,category,language,tags,split,note\n"
    good = "s-1,buy now,,VIOLATES,SP2,en,,test,\n"
    unlabelled = "s-2,hello there,,,,en,,test,\n"
    read = _read(_file(tmp_path, header + good + unlabelled))
    assert [(row.id, row.label, row.category) for row in read.rows] == [("s-1", Label.VIOLATES, "SP2")]
    assert len(read.faults) == 1
    assert ":3" in read.faults[0]
    assert "label" in read.faults[0]
    with pytest.raises(PolicyError, match="label"):
        _read(_file(tmp_path, header + unlabelled))


def test_the_moderation_set_is_read_by_one_of_its_keys(tmp_path: Path) -> None:
    """A missing key is unknown, not safe."""
    path = _file(
        tmp_path,
        '{"prompt": "a", "H": 1, "S": 0}\n{"prompt": "b", "H": 0}\n\n{"prompt": "c", "S": 1}\nnope\n{"H": 1}\n',
    )
    read = _read(path, format=GoldenFormat.OPENAI_MODERATION, label="H")
    assert [(row.text, row.label) for row in read.rows] == [("a", Label.VIOLATES), ("b", Label.SAFE)]
    assert read.faults == (
        "set.csv:5: this line is no JSON object.",
        "set.csv:6: this row has no `prompt`.",
        "set.csv: 1 rows say nothing of 'H' and were left out.",
    )
    with pytest.raises(InputError, match="say which label is judged with --label"):
        _read(path)
    with pytest.raises(InputError, match="no row of it can be judged"):
        _read(path, label="V2")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_table_is_read_by_the_columns_named(tmp_path: Path, delimiter: str) -> None:
    """Which labels mean a violation is said too; without, the usual words for yes do."""
    rows = [("body", "rule_violation"), ("buy now", "1"), ("hello", "0"), ("", "1"), ("unlabelled", "")]
    path = _file(tmp_path, "".join(delimiter.join(row) + "\n" for row in rows))
    read = _read(path, text="body", label="rule_violation")
    assert [(row.text, row.label) for row in read.rows] == [("buy now", Label.VIOLATES), ("hello", Label.SAFE)]
    assert read.faults == (
        "set.csv:4: there is no text under 'body'.",
        "set.csv:5: there is no label under 'rule_violation'.",
    )
    other = _read(path, text="body", label="rule_violation", positive=("0",))
    assert [row.label for row in other.rows] == [Label.SAFE, Label.VIOLATES]


def test_json_lines_serve_as_a_table(tmp_path: Path) -> None:
    """Keys stand for columns."""
    path = _file(tmp_path, '{"user_input": "x", "toxicity": true}\n{"user_input": "y", "toxicity": false}\n')
    read = _read(path, format=GoldenFormat.TABLE, text="user_input", label="toxicity")
    assert [row.label for row in read.rows] == [Label.VIOLATES, Label.SAFE]


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    """The whole file is unusable then."""
    path = _file(tmp_path, "body,rule\nx,1\n")
    with pytest.raises(InputError, match=r"set\.csv:1: there is no column 'text'\. There are: 'body', 'rule'\."):
        _read(path, text="text", label="rule")
    with pytest.raises(InputError, match="name its columns with --text and --label"):
        _read(path, text="body")


def test_a_file_of_other_things_or_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(InputError, match="no row of it can be judged"):
        _read(_file(tmp_path, "a,b\nc,d\n"))
    with pytest.raises(InputError, match="there is no such file"):
        _read(tmp_path / "nope.csv")
    (tmp_path / "latin.csv").write_bytes(b"1,caf\xe9,SP0\n")
    with pytest.raises(InputError, match="not UTF-8"):
        _read(tmp_path / "latin.csv")


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    """Rows, or one of our own errors."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content.encode("utf-8", "replace"))
    for options in (
        GoldenOptions(),
        GoldenOptions(text="a", label="b"),
        GoldenOptions(format=GoldenFormat.OPENAI_MODERATION, label="H"),
    ):
        try:
            assert read_golden_set(path, RULE, options).rows
        except (InputError, PolicyError) as error:
            assert str(error)  # noqa: PT017 - any other error goes through
