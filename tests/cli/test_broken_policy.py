"""One policy that can't be used: every command says so and goes on with the others, and nothing takes its place."""

from pathlib import Path

import pytest

from tests.cli.running import hallmoot
from tests.fakes.ollama.server import StandIn

GOOD = "Be kind. Rudeness violates this policy, anything else is safe.\n"
SETTINGS = """
policy_folders: [mine]
communities:
  discord:1:
    mode: live
    policies:
      tidy: {mode: live, categories: {TI1: {mode: live, action: delete}}}
      kind: {mode: shadow}
"""


@pytest.fixture(autouse=True)
def broken(folder: Path) -> Path:
    """Return a file that is no policy any more, beside one that is; a community has switched both on."""
    (folder / "mine" / "tidy").mkdir(parents=True)
    (folder / "mine" / "kind.txt").write_text(GOOD)
    (folder / "config.yaml").write_text(SETTINGS)
    file = folder / "mine" / "tidy" / "policy.md"
    file.write_text("---\nid: tidy\ntitel: Tidy\n---\nTI1: no litter.\n")
    return file


@pytest.mark.parametrize(
    "line", ["policy list", "policy show kind", "policy prompt kind", "policy diff kind spam", "eval spam --copies"]
)
def test_a_command_says_which_can_not_be_used_and_goes_on(line: str, broken: Path) -> None:
    """Among the remarks, so that results can still be piped."""
    ended = hallmoot(*line.split())
    assert ended.status == 0, ended.err
    assert "tidy" not in ended.out
    assert "This policy can't be used, and nothing is judged by it" in " ".join(ended.err.split())
    assert f"{broken}:3: titel" in ended.err


def test_it_is_judged_by_nobody(ollama: StandIn) -> None:
    """Whoever asks for it is told why not; the other one judges."""
    assert hallmoot("judge", "--policy", "kind", "good morning").status == 0
    refused = hallmoot("judge", "--policy", "tidy", "good morning")
    assert (refused.status, "titel" in refused.err) == (2, True)
    assert ollama.url


def test_the_check_up_counts_it_and_looks_at_the_rest(ollama: StandIn) -> None:
    """Each broken one is a fault of its own, and so are golden rows that can't be used."""
    Path("mine/kind.golden.csv").write_text("no,columns\n")
    found = hallmoot("doctor", "--json", "--ollama", ollama.url)
    told = {finding["found"].split(":")[0] for finding in found.json if finding["grade"] == "fault"}
    assert found.status == 1
    assert told == {
        "tidy can't be used, and nothing is judged by it",
        "the golden rows of kind can't be used",
    }
    assert {"model", "verdict", "records"} <= {finding["check"] for finding in found.json}


def test_a_run_begins_without_it() -> None:
    """What stands in the way here is that no platform has a token, which is looked at last."""
    Path("mine/kind.golden.csv").write_text("no,columns\n")
    ended = hallmoot("run")
    assert (ended.status, "There is nothing to moderate yet" in ended.err) == (2, True)
    assert "policy_unusable" in ended.err
    assert "tidy" in ended.err
    assert not Path("data").exists()


def test_a_policy_md_without_a_head_is_the_plain_policy_that_it_would_be_under_any_other_name(broken: Path) -> None:
    """As safety teams publish them. One whose head was only damaged would lose its rules, and is refused."""
    broken.write_text("# Keep it tidy\n\nLitter violates this policy; anything else is safe.\n")
    shown = hallmoot("policy", "show", "tidy", "--json")
    assert (shown.status, shown.json["title"], shown.err) == (0, "Keep it tidy", "")
    assert [rule["id"] for rule in shown.json["categories"]] == ["violation"]
    for damaged in ("\n---\nid: tidy\ncategories:\n---\nTI1", "id: tidy\ncategories:\n  - id: TI1\n---\nTI1"):
        broken.write_text(damaged)
        refused = hallmoot("policy", "show", "tidy")
        assert (refused.status, "begins with a line `---`" in refused.err) == (2, True)
