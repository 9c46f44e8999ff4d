"""The shipped policies keep to the pack's rules, and the checks that say so do find what is broken."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests import golden_checks, policy_checks
from tests.policy_checks import PolicyFolder, read_policy
from tests.policy_sample import FILLER, POLICY, golden_text, sample_rows, write_sample

Check: TypeAlias = Callable[[PolicyFolder], list[str]]
Rows: TypeAlias = list[dict[str, str]]
Change: TypeAlias = Callable[[Rows], Rows]

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = sorted(path for path in (ROOT / "policies").iterdir() if path.is_dir() and path.name[0] not in "._")
SKIPS: Final = "seven skips, new record for the village"
CHANGELOG: Final = "changelog:\n  - date: 2026-11-23\n    change: First version.\n"
LAST_LINE: Final = golden_text(sample_rows()[-1:]).splitlines(keepends=True)[-1]
CHECKS: Final[tuple[Check, ...]] = (
    policy_checks.front_matter_faults,
    policy_checks.category_faults,
    policy_checks.body_faults,
    policy_checks.token_faults,
    policy_checks.example_faults,
    golden_checks.file_faults,
    golden_checks.row_faults,
    golden_checks.count_faults,
    golden_checks.share_faults,
    golden_checks.pair_faults,
    golden_checks.steering_faults,
    golden_checks.split_faults,
    golden_checks.language_faults,
    golden_checks.reserved_faults,
    golden_checks.cell_faults,
)


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def policy(request: pytest.FixtureRequest) -> PolicyFolder:
    """Each shipped policy in turn."""
    folder: Path = request.param
    return read_policy(folder)


def test_the_pack_holds_policies() -> None:
    """Without a folder the tests below would pass by having nothing to do."""
    assert len(FOLDERS) >= 12


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_shipped_policy_has_no(check: Check, policy: PolicyFolder) -> None:
    """Every check finds nothing to object to in any shipped policy."""
    assert check(policy) == []


def test_a_shipped_policy_has_its_page_for_volunteers(policy: PolicyFolder) -> None:
    """`docs/policies/<id>.md` is there with its five headings, and short enough to be read aloud."""
    assert policy_checks.page_faults(ROOT / "docs" / "policies" / f"{policy.path.name}.md") == []


def test_no_row_and_no_category_id_stands_twice_in_the_pack() -> None:
    """A row in two policies would be counted twice, and a category id must tell which policy spoke."""
    assert golden_checks.unique_faults([read_policy(folder) for folder in FOLDERS]) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_sample_has_no(check: Check, tmp_path: Path) -> None:
    """The sample that the tests below break keeps to every rule, so that each finds only the fault it made."""
    assert check(read_policy(write_sample(tmp_path, POLICY, sample_rows()))) == []


@pytest.mark.parametrize(
    ("check", "old", "new", "fault"),
    [
        (policy_checks.front_matter_faults, "effort: low\n", "", "keys differ from the contract: ['effort']"),
        (policy_checks.front_matter_faults, "id: sample\n", "id: other\n", "id 'other' is not the folder's name"),
        (policy_checks.front_matter_faults, "[everything]", "[sometimes]", "applies_when has 'sometimes'"),
        (policy_checks.front_matter_faults, "effort: low", "effort: none", "effort 'none' is unknown"),
        (policy_checks.front_matter_faults, "[en, de]", "[]", "languages is empty"),
        (policy_checks.front_matter_faults, "[en, de]", "[English]", "language 'English' is not a code"),
        (policy_checks.front_matter_faults, "2026-11-23", "soon", "not a date with a sentence"),
        (policy_checks.front_matter_faults, "title: A sample", "title: ' '", "the title is empty"),
        (policy_checks.front_matter_faults, CHANGELOG, "changelog: []\n", "the changelog is empty"),
        (policy_checks.front_matter_faults, "    change: First", "    text: First", "has the keys ['date', 'text']"),
        (policy_checks.category_faults, "    severity: high\n", "", "SA2: keys differ"),
        (policy_checks.category_faults, "action: flag", "action: FLAG", "SA1: action 'FLAG' is unknown"),
        (policy_checks.category_faults, "severity: high", "severity: grave", "SA2: severity 'grave' is unknown"),
        (policy_checks.category_faults, "action: escalate", "action: delete", "SA2: people_only"),
        (policy_checks.category_faults, "context_free: true", "context_free: 1", "SA1: context_free is not true"),
        (policy_checks.category_faults, "id: SA2", "id: SA1", "category SA1 stands twice"),
        (policy_checks.category_faults, "id: SA2", "id: boats", "category boats: the id is not short"),
        (policy_checks.body_faults, "- id: SA2", "- id: SA3", "the body never names SA3"),
        (policy_checks.body_faults, "## SAFE", "## FINE", "the sections are"),
        (policy_checks.body_faults, "- Collects", "- Usually collects", "the body says 'Usually'"),
        (policy_checks.body_faults, "- Collects", "- <|start|> collects", "policy.md contains '<|'"),
        (policy_checks.body_faults, "- Collects", "- Answer in JSON. Collects", "the output format is the bot's"),
        (policy_checks.token_faults, FILLER, "", "the body has 1"),
        (policy_checks.token_faults, "in this.\n", "in this, as everybody who throws them knows.\n", "the body has 6"),
        (policy_checks.example_faults, " → SA2", " → SA9", "example without a known answer"),
        (policy_checks.example_faults, " → SA2", "", "example without a known answer"),
        (policy_checks.example_faults, " → SAFE", " → SA1", "of one class only"),
        (policy_checks.example_faults, '- "seven', '"seven', "3 examples"),
        (policy_checks.example_faults, SKIPS, "Pebble report 0, sent from the jetty", "too close to sample-001"),
        (policy_checks.example_faults, SKIPS, "pebble report 44, sent from a jetty", "too close to sample-045"),
        (golden_checks.language_faults, "[en, de]", "[en, de, fr]", "language fr has 0 rows"),
        (golden_checks.reserved_faults, "- Collects", "- See pebbles.com. Collects", "the body: pebbles.com"),
    ],
)  # fmt: skip
def test_a_fault_in_the_policy_text_is_found(check: Check, old: str, new: str, fault: str, tmp_path: Path) -> None:
    """Changing one thing in the sample's policy.md makes the check for it speak."""
    assert old in POLICY
    broken = read_policy(write_sample(tmp_path, POLICY.replace(old, new), sample_rows()))
    assert fault in "; ".join(check(broken))


def cell(number: int, column: str, value: str) -> Change:
    """Change one cell in the row with that number, counted from 1."""

    def change(rows: Rows) -> Rows:
        return [{**row, column: value} if row["id"] == f"sample-{number:03}" else row for row in rows]

    return change


def every(column: str, old: str, new: str) -> Change:
    """Change one piece of text in a column of every row."""
    return lambda rows: [{**row, column: row[column].replace(old, new)} for row in rows]


@pytest.mark.parametrize(
    ("check", "change", "fault"),
    [
        (golden_checks.row_faults, cell(7, "id", "sample-7"), "sample-7: the id is out of order"),
        (golden_checks.row_faults, cell(7, "text", " "), "sample-007: the text or the note is empty"),
        (golden_checks.row_faults, cell(7, "note", ""), "sample-007: the text or the note is empty"),
        (golden_checks.row_faults, cell(7, "label", "violates"), "sample-007: label 'violates'"),
        (golden_checks.row_faults, cell(7, "category", ""), "sample-007: category ''"),
        (golden_checks.row_faults, cell(7, "split", "train"), "sample-007: split 'train'"),
        (golden_checks.row_faults, cell(7, "language", "English"), "sample-007: language 'English'"),
        (golden_checks.row_faults, cell(7, "tags", "border pair:"), "sample-007: tag 'pair:'"),
        (golden_checks.row_faults, cell(7, "context", "earlier words"), "not a JSON list of texts"),
        (golden_checks.row_faults, cell(7, "context", "[1, 2]"), "not a JSON list of texts"),
        (golden_checks.row_faults, cell(7, "context", "[]"), "not a JSON list of texts"),
        (golden_checks.count_faults, lambda rows: rows[:63], "63 rows"),
        (golden_checks.count_faults, every("category", "SA2", "SA1"), "SA2 has 0 rows labelled SAFE"),
        (golden_checks.share_faults, every("label", "SAFE", "VIOLATES"), "100% of the rows violate"),
        (golden_checks.share_faults, cell(32, "tags", ""), "48% of the rows are near the border"),
        (golden_checks.pair_faults, cell(1, "tags", "border"), "pair stone-0: it is not one row of either label"),
        (golden_checks.pair_faults, cell(1, "label", "SAFE"), "pair stone-0: it is not one row of either label"),
        (golden_checks.pair_faults, cell(1, "split", "test"), "pair stone-0: it stands in both splits"),
        (golden_checks.pair_faults, cell(1, "language", "de"), "pair stone-0: its rows are in different languages"),
        (golden_checks.pair_faults, every("tags", "pair:stone-7", "banter"), "7 pairs"),
        (golden_checks.steering_faults, cell(17, "tags", "border"), "11 steering rows"),
        (golden_checks.steering_faults, every("label", "SAFE", "VIOLATES"), "the steering rows are of one label only"),
        (golden_checks.steering_faults, cell(1, "tags", "border"), "3 rows with hostile context"),
        (golden_checks.steering_faults, cell(1, "context", ""), "sample-001: hostile-context without a context"),
        (golden_checks.split_faults, every("split", "test", "write"), "write holds 100% of the rows"),
        (golden_checks.split_faults, every("split", "test", "write"), "test lacks SAFE"),
        (golden_checks.split_faults, every("category", "SA2", "SA1"), "test lacks SA2"),
        (golden_checks.language_faults, cell(41, "language", "en"), "language de has 1 rows"),
        (golden_checks.reserved_faults, cell(7, "text", "see pebbles.com"), "sample-007: pebbles.com"),
        (golden_checks.reserved_faults, cell(7, "context", '["call 555-0255"]'), "sample-007: 555-0255"),
        (golden_checks.reserved_faults, cell(7, "note", "it is at 10.0.0.1"), "sample-007: 10.0.0.1"),
        (golden_checks.cell_faults, cell(7, "text", "=1+1"), "sample-007: a cell begins like a formula"),
        (golden_checks.cell_faults, cell(7, "note", " - a dash"), "sample-007: a cell begins like a formula"),
        (golden_checks.cell_faults, cell(7, "text", "one\ttwo"), "sample-007: a cell holds a tab"),
        (policy_checks.body_faults, cell(7, "text", "<|end|> of it"), "golden.csv contains '<|'"),
    ],
)  # fmt: skip
def test_a_fault_in_the_golden_rows_is_found(check: Check, change: Change, fault: str, tmp_path: Path) -> None:
    """Changing one thing in the sample's golden.csv makes the check for it speak."""
    broken = read_policy(write_sample(tmp_path, POLICY, change(sample_rows())))
    assert fault in "; ".join(check(broken))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("\n", "\r\n", "the file has CR line ends"),
        (LAST_LINE, LAST_LINE.rstrip("\n"), "the last line does not end"),
        ("id,text", "\ufeffid,text", "byte-order mark"),
        ("id,text", "text,id", "the header is"),
        ("A sentence on why.\n", "A sentence, with a comma outside quotes.\n", "a line has 10 cells"),
    ],
)
def test_a_fault_in_the_file_itself_is_found(old: str, new: str, fault: str, tmp_path: Path) -> None:
    """Line ends, the header and the number of cells are read from the file, not from the parsed rows."""
    path = write_sample(tmp_path, POLICY, sample_rows())
    text = golden_text(sample_rows()).replace(old, new)
    (path / "golden.csv").write_bytes(text.encode("utf-8"))
    assert fault in "; ".join(golden_checks.file_faults(read_policy(path)))


def test_a_text_in_two_policies_is_found_in_other_letters_too(tmp_path: Path) -> None:
    """Two policies may not share a row, whatever the case and the spaces; nor may one hold a row twice."""
    sample = read_policy(write_sample(tmp_path, POLICY, sample_rows()))
    (tmp_path / "second").mkdir()
    rows = cell(2, "text", "Pebble  report 2, sent from the jetty")(sample_rows())
    second = read_policy(write_sample(tmp_path / "second", POLICY, [rows[1], rows[2], rows[2]]))
    faults = "; ".join(golden_checks.unique_faults([sample, second]))
    assert "in two policies: 'pebble report 2, sent from the jetty'" in faults
    assert "sample, twice: 'pebble report 2, sent from the jetty" in faults
    assert "category SA1 stands twice" in faults


def test_a_page_that_is_missing_long_or_without_a_heading_is_found(tmp_path: Path) -> None:
    """Each of the three faults of a page is told."""
    page = tmp_path / "sample.md"
    assert policy_checks.page_faults(page) == ["sample.md is missing"]
    page.write_text("## When to use it\n" + "Words.\n" * 70, encoding="utf-8")
    assert policy_checks.page_faults(page) == [
        "sample.md has the headings ['When to use it']",
        "sample.md has 71 lines",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "look at https://pebbles.co.nz/new",
        "look at http://198.51.100.7.evil.com",
        "www.pebbles.dev is back",
        "join t.me/pebbles",
        "pebbles.gg has it",
        "example.com.pebbles.net",
        "write to me@pebbles.fr",
        "ping 8.8.8.8",
        "ping 192.0.3.1",
        "call +49 151 2345678",
        "ruf an: 0151/2345678",
        "call (212) 555-0242",
        "call 867-5309",
        "call 2125557788 now",
    ],
)
def test_what_could_reach_somebody_is_not_reserved(text: str) -> None:
    """Hosts, addresses and phone numbers of the real world are found."""
    assert golden_checks.unreserved(text)


@pytest.mark.parametrize(
    "text",
    [
        "look at https://pebbles.example/new?x=1.",
        "look at http://sub.example.org:8080 and login.test/start",
        "write to me@example.net or me@mail.invalid",
        "ping 203.0.113.77, then http://192.0.2.4/x",
        "call 555-0142 or (212) 555-0142",
        "iban DE00 0000 0000 0000 0000 00",
        "on 2026-11-23 at 7:40, 1 000 000 pebbles, 10-15 each, version 3.11.7",
        "main.py imports file.txt, e.g. this.one",
        "5️⃣5️⃣5️⃣",
    ],
)
def test_what_is_reserved_for_examples_is_left_alone(text: str) -> None:
    """Reserved hosts, addresses and numbers pass, and so do dates, versions, sums and file names."""
    assert golden_checks.unreserved(text) == []
