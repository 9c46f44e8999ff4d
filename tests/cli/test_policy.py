"""`hallmoot policy`: list, show, new and diff, for people and for scripts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.policy import app
from bot.config.policy_files.policies import PolicyFiles, shipped_folder
from bot.config.policy_files.policy_file import read_policy
from bot.domain.errors import UserError

DATA = Path(__file__).parents[1] / "data"
ADVERTS = str(DATA / "policies" / "adverts")


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run every command in an empty folder, without variables of ours."""
    monkeypatch.chdir(tmp_path)
    for name in ("HALLMOOT_CONFIG", "HALLMOOT_POLICIES", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    """Run `hallmoot policy` with these words."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def refused(*arguments: str) -> str:
    """Run it where it must end with a fault of the user's, and return what is told."""
    result = CliRunner().invoke(app, list(arguments))
    assert isinstance(result.exception, UserError), result.output
    return str(result.exception)


def test_the_list_has_ones_own_policies_before_the_shipped_ones(somewhere: Path) -> None:
    """In the order in which ties are settled, for people and for scripts."""
    (somewhere / "config.yaml").write_text(f"policy_folders: [{DATA / 'policies'}]\n")
    listed = json.loads(run("list", "--json").output)
    shipped = [policy.id for policy in PolicyFiles([shipped_folder()]).policies()]
    assert [entry["id"] for entry in listed] == ["adverts", "kindness", *shipped]
    assert listed[0]["categories"][1]["id"] == "AD10"
    lines = run("list").output.splitlines()
    assert lines[1].split() == ["adverts", "Adverts", "en", "no", "low", "links", "new_members", "AD1", "AD10"]


def test_showing_a_policy_tells_its_head_its_rules_and_its_text() -> None:
    """By a path that is in no settings."""
    shown = run("show", ADVERTS).output
    assert "Adverts (adverts)" in shown
    assert "golden rows  4 (2 SAFE, 2 VIOLATES)" in shown
    assert "changed      2026-11-01: Hidden adverts are a rule of their own." in shown
    assert shown.rstrip().endswith(read_policy(Path(ADVERTS)).policy.text)


def test_showing_a_plain_text_works_too() -> None:
    """It has one rule and no golden rows."""
    shown = json.loads(run("show", str(DATA / "plain-policy.txt"), "--json").output)
    assert (shown["id"], shown["golden"]) == ("plain-policy", {"rows": 0})
    assert [category["id"] for category in shown["categories"]] == ["violation"]


def test_every_shipped_policy_is_shown() -> None:
    """None is broken, nor its golden rows."""
    for policy in PolicyFiles([shipped_folder()]).policies():
        assert json.loads(run("show", policy.id, "--json").output)["golden"]["rows"] > 0


def test_an_unknown_policy_is_told_with_the_nearest() -> None:
    """Whatever a script passes on."""
    assert refused("show", "spma") == "spma: there is no such policy, folder or file. Did you mean `spam`?"


def test_broken_golden_rows_are_told(somewhere: Path) -> None:
    """With the line, instead of a count that is wrong."""
    run("new", "tidy")
    golden = somewhere / "my-policies" / "tidy" / "golden.csv"
    golden.write_text(golden.read_text().replace("VIOLATES", "BAD"))
    assert refused("show", "my-policies/tidy") == (
        "my-policies/tidy/golden.csv:2: label: `BAD` is no label. Known here: SAFE, VIOLATES."
    )


def test_a_new_policy_can_be_shown_at_once(somewhere: Path) -> None:
    """And what is there already is not written over by accident."""
    told = run("new", "be-kind", "--language", "de").output
    assert "Written: my-policies/be-kind/policy.md" in told
    shown = json.loads(run("show", "my-policies/be-kind", "--json").output)
    assert (shown["title"], shown["languages"], shown["golden"]["rows"]) == ("Be kind", ["de"], 2)
    assert "Use --force" in refused("new", "be-kind")
    run("new", "be-kind", "--force", "--title", "Kindness first")
    policy = read_policy(somewhere / "my-policies" / "be-kind").policy
    assert policy.title == "Kindness first"


def test_a_new_policy_stays_in_its_folder(somewhere: Path) -> None:
    """An id is a name, never a path."""
    assert "can't be an id" in refused("new", "../elsewhere")
    assert not list(somewhere.iterdir())


def test_a_difference_names_settings_rules_and_lines(somewhere: Path) -> None:
    """And whether the model reads another text."""
    changed = somewhere / "changed.md"
    text = (Path(ADVERTS) / "policy.md").read_text()
    changed.write_text(text.replace("action: delete", "action: warn").replace("somebody who asked", "a friend"))
    told = run("diff", ADVERTS, str(changed)).output
    assert "AD1.action: delete -> warn" in told
    assert "-- An answer to somebody who asked." in told
    assert "+- An answer to a friend." in told
    assert "The model reads another text" in told


def test_a_changed_action_alone_leaves_verdicts_standing(somewhere: Path) -> None:
    """The model never reads it."""
    changed = somewhere / "changed.md"
    changed.write_text((Path(ADVERTS) / "policy.md").read_text().replace("action: delete", "action: warn"))
    told = json.loads(run("diff", ADVERTS, str(changed), "--json").output)
    assert told == {"settings": ["AD1.action: delete -> warn"], "text": [], "reads_alike": True}
    assert "The model reads another" not in run("diff", ADVERTS, str(changed)).output


def test_rules_that_came_and_went_are_named() -> None:
    """By their ids."""
    told = json.loads(run("diff", ADVERTS, str(DATA / "policies" / "kindness"), "--json").output)
    assert "AD1: gone" in told["settings"]
    assert "KI1: new" in told["settings"]
    assert told["reads_alike"] is False


def test_a_policy_does_not_differ_from_itself() -> None:
    """Nothing but that is told."""
    assert run("diff", ADVERTS, ADVERTS).output == "They do not differ.\n"


@pytest.mark.parametrize("command", ["list", "show", "new", "diff"])
def test_every_help_has_an_example(command: str) -> None:
    """Typed as it would be."""
    assert f"hallmoot policy {command}" in run(command, "--help").output
