"""The guides, followed word for word: each block is put where the text says, and each line is typed."""

import re
import shlex
from pathlib import Path

import pytest

from bot.cli.tree import shipped
from bot.messages.compile import main as bring_up_to_date
from tests.cli.running import hallmoot
from tests.fakes.ollama.brain import Brain, Rule
from tests.fakes.ollama.running import running_ollama
from tests.fakes.ollama.server import StandIn

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "policies" / "README.md").read_text()
TYPED = re.findall(r"^    hallmoot (.+)$", GUIDE, re.MULTILINE)
NAMED = re.compile(r"(?<![\w/.-])((?:docs|examples|policies)/[\w./-]*\w|config\.example\.yaml|slack-manifest\.yaml)")


def block(kind: str) -> str:
    """Return the guide's one block of this kind."""
    [text] = re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(text)


def test_a_policy_is_written_as_the_guide_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first command to the scorecard, with the very text and rows that it shows."""
    place = folder / "my-policies" / "kindness"
    with running_ollama(StandIn(brain=Brain(rules=(Rule("feet"), Rule("third one"))))) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        for line in TYPED:
            ended = hallmoot(*shlex.split(line))
            assert ended.status in ((0, 1) if line.startswith("judge") else (0,)), (line, ended.err)
            if line.startswith("policy new"):
                (place / "policy.md").write_text(block("markdown"))
                (place / "golden.csv").write_text(block("csv"))
    assert [line.split()[0] for line in TYPED] == ["policy", "policy", "policy", "judge", "eval"]
    (folder / "config.yaml").write_text("policy_folders: [my-policies]\n")
    assert "kindness" in hallmoot("policy", "list").out


def test_a_new_policy_says_how_its_folder_is_used(folder: Path) -> None:
    """And what it says works."""
    said = " ".join(hallmoot("policy", "new", "off-track").out.split())
    assert "policy_folders: [my-policies]" in said
    assert "hallmoot policy show my-policies/off-track" in said
    assert "begins in shadow" in said
    assert hallmoot("policy", "show", "my-policies/off-track").status == 0
    assert (folder / "my-policies" / "off-track" / "golden.csv").exists()


def test_a_new_policy_takes_no_shipped_ones_place() -> None:
    """It would be judged by an empty form instead; where the shipped one stands, to be copied, is said."""
    for force in ((), ("--force",)):
        refused = hallmoot("policy", "new", "spam", *force)
        assert (refused.status, str(shipped() / "policies" / "spam") in refused.err) == (2, True)
    assert not Path("my-policies").exists()


def test_a_language_is_added_as_the_guide_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its files are made, and what is missing is listed; its tests have no list of languages."""
    guide = (ROOT / "docs" / "translating.md").read_text()
    assert "python -m bot.messages.compile --new it" in guide
    assert bring_up_to_date(["--new", "it"], tmp_path) == 0
    assert "it: 0 of " in capsys.readouterr().out


def test_what_help_and_messages_name_is_shipped() -> None:
    """In a checkout it stands there, and the wheel is made with it: `pyproject.toml` names every part."""
    packed = (ROOT / "pyproject.toml").read_text()
    named = {
        (name, str(file))
        for file in sorted((ROOT / "bot").rglob("*.py"))
        if file.parent.name != "bench"  # its notes name documents of other projects
        for name in NAMED.findall(file.read_text())
    }
    assert len(named) > 10
    for name, file in named:
        assert (ROOT / name).exists(), (name, file)
        assert f'"{name.split("/")[0]}" = "bot/_shipped/{name.split("/")[0]}"' in packed, (name, file)
    assert str(ROOT) in " ".join(hallmoot("--help").out.split()).replace(" ", "")
