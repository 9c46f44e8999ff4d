"""golden.csv: what a row gives, and how bad rows are told."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config.policy_files.golden import HEADER, MOST_BYTES, read_golden
from bot.config.policy_files.policies import PolicyFiles
from bot.domain.errors import PolicyError
from bot.domain.ids import PolicyId
from bot.domain.policy import Policy
from bot.domain.verdict import Label

DATA = Path(__file__).parents[1] / "data"
SOURCE = PolicyFiles([DATA / "policies"])
HEAD = ",".join(HEADER) + "\n"


def adverts() -> Policy:
    """Return a policy with the categories AD1 and AD10."""
    policy = SOURCE.get(PolicyId("adverts"))
    assert policy is not None
    return policy


def faults_of(folder: Path, content: str | bytes) -> list[str]:
    """Return the faults told of a file, without its name before each."""
    path = folder / "golden.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(PolicyError) as raised:
        read_golden(path, adverts())
    return [line.removeprefix(str(path)) for line in str(raised.value).split("\n")]


def test_rows_carry_their_words_and_their_place() -> None:
    """Texts over several lines, context, tags and empty cells all arrive; the place is the row's first line."""
    rows = SOURCE.golden(PolicyId("adverts"))
    assert [row.id for row in rows] == ["adverts-001", "adverts-002", "adverts-003", "adverts-004"]
    first, second, third, fourth = rows
    assert (first.label, first.category, first.split) == (Label.VIOLATES, "AD1", "write")
    assert first.tags == {"border", "pair:soap"}
    assert second.text == "my soap\ncame out green, is that fine?"
    assert (second.label, second.category) == (Label.SAFE, "AD1")
    assert third.context == ("anyone here?", "yes")
    assert third.place.endswith("adverts/golden.csv:5"), "the second row covers lines 3 and 4"
    assert (fourth.category, fourth.language, fourth.note) == (None, "no", "Greets.")


def test_a_policy_without_a_golden_file_has_no_rows() -> None:
    """No file is no fault; neither is an unknown policy."""
    assert SOURCE.golden(PolicyId("kindness")) == ()
    assert SOURCE.golden(PolicyId("unknown")) == ()


def test_every_bad_row_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """Whoever mends the file sees all of it in one go."""
    told = faults_of(
        tmp_path,
        HEAD
        + 'a,"two\nlines",,VIOLATES,AD1,en,,write,\n'
        + "a,text,,SAVE,AD2,english,,train,\n"
        + ",  ,,VIOLATES,,en,,,\n"
        + 'c,text,"{""a"": 1}",SAFE,,en,,,\n'
        + 'd,text,"[""ok"", """"]",SAFE,,en,,,\n'
        + "e,text,SAFE\n"
        + "\n"
        + f"f,{'x' * 8001},,SAFE,,en,,,\n",
    )
    assert told == [
        ":4: id: `a` is the id of line 2 too. Give each its own.",
        ":4: label: `SAVE` is no label. Did you mean `SAFE`?",
        ":4: category: `AD2` is no category of adverts. Did you mean `AD1`?",
        ":4: language: `english` is no language code. Write one such as en, de or pt-BR.",
        ":4: split: `train` is not known here. Write `write`, `test`, or nothing.",
        ":5: id: each row needs an id of its own, such as spam-001.",
        ":5: text: there is no text to judge here.",
        ":5: category: say which category it violates. Known here: AD1, AD10.",
        ':6: context: must be a JSON list of earlier messages, such as ["hi", "hello you"].',
        ":7: context: there is no text to judge here.",
        ":8: this row has 3 cells, not 9. Quote cells with commas.",
        ":10: text: this text has 8001 characters; 8000 are the most judged.",
    ]


def test_a_wrong_header_is_told_column_by_column(tmp_path: Path) -> None:
    """Missing, doubled and unknown columns each get a sentence."""
    told = faults_of(tmp_path, "id,text,text,label,categories\n1,2,3,4,5\n")
    assert ":1: text: this column stands more than once. The first line reads " + ",".join(HEADER) in told
    assert ":1: categories: there is no such column. Did you mean `category`?" in told
    assert any(line.startswith(":1: split: this column is missing.") for line in told)


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    """Cells are found by their column's name."""
    path = tmp_path / "golden.csv"
    path.write_text("label,id,text,context,category,language,tags,split,note\nSAFE,1,hello,,,en,,,\n")
    assert [row.text for row in read_golden(path, adverts())] == ["hello"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD + 'a,"never closed\n', ":2: this row can't be read as CSV"),
        (HEAD + f"a,{'x' * 200_000}\n", ":2: this row can't be read as CSV"),
        (b"\xff\xfe", ": this file is in UTF-16."),
        (HEAD.encode() + b"a,\xe9\n", ":2: this line is not UTF-8 text."),
        (b"x" * (MOST_BYTES + 1), ": this file is larger than 8192 KiB"),
        (b"", ":1: id: this column is missing."),
    ],
)
def test_files_that_are_no_csv_are_told(tmp_path: Path, content: str | bytes, said: str) -> None:
    """Broken quotes, huge cells, other encodings and sizes end in one sentence."""
    assert faults_of(tmp_path, content)[0].startswith(said)


def test_a_file_of_another_kind_is_told_briefly(tmp_path: Path) -> None:
    """Fifty faults are enough to see what is wrong."""
    told = faults_of(tmp_path, HEAD + "nothing\n" * 300)
    assert len(told) == 51
    assert told[-1] == "… and 250 more faults."


def test_a_mark_and_carriage_returns_are_read(tmp_path: Path) -> None:
    """What spreadsheets save is read as it is meant."""
    path = tmp_path / "golden.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + "1,hello,,SAFE,,en,,,\n").replace("\n", "\r\n").encode())
    assert [row.text for row in read_golden(path, adverts())] == ["hello"]


CELL = st.text(alphabet=st.sampled_from('ab,"\n\r\x00[]{}<|>\u202eSAFE'), max_size=20)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, max_size=10).map(",".join), max_size=5), raw=st.binary(max_size=50))
def test_hostile_files_end_as_rows_or_a_clear_error(tmp_path: Path, rows: list[str], raw: bytes) -> None:
    """Whatever the bytes, the answer is rows or an error that names the file."""
    path = tmp_path / "golden.csv"
    path.write_bytes((HEAD + "\n".join(rows)).encode() + raw)
    try:
        found = read_golden(path, adverts())
    except PolicyError as error:
        assert str(path) in str(error)  # noqa: PT017 - either end is fine
    else:
        assert all(row.label in (Label.VIOLATES, Label.SAFE) for row in found)
