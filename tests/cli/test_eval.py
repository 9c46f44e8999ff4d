"""`hallmoot eval`: the scorecard, its gates, and what ends it."""

from pathlib import Path

import pytest

from tests.cli.running import hallmoot
from tests.fakes.ollama.brain import Brain, Rule
from tests.fakes.ollama.faults import Fault, Step
from tests.fakes.ollama.server import StandIn

DATA = Path(__file__).parents[1] / "data"
SHEET, POLICY = str(DATA / "golden-sheet.csv"), str(DATA / "plain-policy.txt")


def _weighed(ollama: StandIn) -> int:
    """Return how many rows were put to the model; what warms it is not counted."""
    return sum(request.step is Step.WEIGH for request in ollama.generates)


def test_a_sheet_is_scored_under_a_plain_text_policy(ollama: StandIn) -> None:
    """Ten rows: of five violations the word finds two, and of five safe rows none."""
    ollama.brain = Brain(rules=(Rule("mugs"), Rule("password")))
    told = hallmoot("eval", POLICY, "--golden", SHEET, "--json")
    card = told.json["scorecard"]
    assert told.status == 0
    assert (card["rows"], card["true_positive"], card["false_negative"], card["true_negative"]) == (10, 2, 3, 5)
    assert card["precision"]["value"] == 1.0
    assert card["recall"] == {
        "value": 0.4,
        "low": pytest.approx(0.1176, abs=1e-4),
        "high": pytest.approx(0.7693, abs=1e-4),
    }
    assert {name: one["rows"] for name, one in card["by_category"].items()} == {"-": 5, "SP2": 2, "SP3": 2, "SP4": 1}
    assert told.json["faults"] == ["golden-sheet.csv:13: this row has a text and no label such as SP0."]


def test_a_second_run_keeps_the_verdicts_and_fresh_asks_anew(ollama: StandIn) -> None:
    """What was kept is said."""
    arguments = ("eval", POLICY, "--golden", SHEET)
    hallmoot(*arguments)
    asked = _weighed(ollama)
    again = hallmoot(*arguments)
    assert "10 verdicts were kept from before" in again.out
    assert _weighed(ollama) == asked
    hallmoot(*arguments, "--fresh")
    assert _weighed(ollama) == 2 * asked


def test_errors_are_shown_with_the_rationale(ollama: StandIn) -> None:
    """Missed ones and false alarms."""
    ollama.brain = Brain(rules=(Rule("garden"),))
    ended = hallmoot("eval", POLICY, "--golden", SHEET, "--errors")
    assert "Rows whose verdict is not their label: 6" in ended.out
    assert "three tips for a better garden" in ended.out
    assert "Why: " in ended.out


def test_a_value_below_its_minimum_ends_with_1(ollama: StandIn) -> None:
    """For a check in CI; a number that does not exist is below any minimum."""
    ollama.brain = Brain(rules=(Rule("mugs"),))
    arguments = ("eval", POLICY, "--golden", SHEET)
    assert hallmoot(*arguments, "--min-precision", "1.0").status == 0
    failed = hallmoot(*arguments, "--min-recall", "0.5", "--min-f1", "0.1")
    assert (failed.status, failed.err.splitlines()[-1]) == (1, "recall is below the minimum of 0.5")


def test_without_a_model_it_ends_with_2_and_the_remedy() -> None:
    """Where it looked, and what to do."""
    ended = hallmoot("eval", "spam")
    assert (ended.status, ended.out) == (2, "")
    assert "ollama serve" in ended.err


def test_a_model_that_goes_away_in_the_middle_ends_it_with_2(ollama: StandIn) -> None:
    """What was judged is kept."""
    ollama.models.stored.clear()
    ended = hallmoot("eval", POLICY, "--golden", SHEET)
    assert (ended.status, "ollama pull" in ended.err) == (2, True)


def test_a_model_that_can_not_run_ends_it_with_its_servers_own_words(ollama: StandIn) -> None:
    """A runner without memory fails on every row: no scorecard of undecided rows, status 2, and why."""
    ollama.faults.on(Fault.CRASHED)
    ended = hallmoot("eval", POLICY, "--golden", SHEET)
    assert (ended.status, ended.out) == (2, "")
    assert "model runner has unexpectedly stopped" in ended.err
    assert "the same command goes on" in ended.err


def test_a_row_on_which_alone_the_model_fails_is_undecided_with_the_servers_words(ollama: StandIn) -> None:
    """The others are scored. It is not kept, so that the next run asks it again."""
    ollama.faults.on(Fault.CRASHED, step=Step.WEIGH, times=2)
    arguments = ("eval", POLICY, "--golden", SHEET, "--config", "one.yaml")
    Path("one.yaml").write_text("ollama:\n  slots: 1\n")
    told = hallmoot(*arguments, "--json")
    assert told.status == 0
    assert told.json["scorecard"]["undecided_reasons"]["died"] == 1
    died = next(row for row in told.json["rows"] if row["reason"] == "died")
    assert "model runner has unexpectedly stopped" in died["fault"]
    again = hallmoot(*arguments)
    assert "9 verdicts were kept" in again.out
    assert "died" not in again.out


def test_copies_need_no_model_and_say_so() -> None:
    """Likeness to the other rows, each without itself."""
    ended = hallmoot("eval", POLICY, "--golden", SHEET, "--copies")
    assert ended.status == 0
    assert "No model was asked" in ended.out
    assert "What is like none of them is undecided, never safe." in ended.out


def test_undecided_rows_are_counted_with_their_reason(ollama: StandIn) -> None:
    """Never as safe."""
    ollama.faults.on(Fault.SPREAD)
    card = hallmoot("eval", POLICY, "--golden", SHEET, "--json").json["scorecard"]
    assert (card["undecided_positive"], card["undecided_negative"]) == (5, 5)
    assert card["undecided_reasons"] == {"unclear": 10}


def test_a_policy_without_rows_says_how_to_name_some(folder: Path) -> None:
    """A plain text file has none beside it."""
    (folder / "rules.txt").write_text("Be kind.\n")
    ended = hallmoot("eval", "rules.txt")
    assert (ended.status, "Name some with --golden" in ended.err) == (2, True)
