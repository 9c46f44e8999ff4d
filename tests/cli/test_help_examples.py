"""Every command's help shows how it is typed, and each of those lines works as printed."""

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.tree import SUMMARIES, loaded
from tests.cli.running import hallmoot
from tests.fakes.ollama.brain import Brain, Rule
from tests.fakes.ollama.running import running_ollama
from tests.fakes.ollama.server import StandIn
from tests.samples.source import WICKED
from tests.sampling import whole

ROOT = Path(__file__).parents[2]
USUAL_ADDRESS = "http://127.0.0.1:11434"
ENDS_WITH_1 = ("hallmoot judge", "cat message.txt | hallmoot judge", "hallmoot policy lint", "hallmoot policy diff")
"""Commands that may have found something: that is what their examples show."""

NEEDS_A_TOKEN = ("hallmoot run",)
"""Commands that have nothing to do without an account on a platform, and say how to get there."""

SHORTER = {"hallmoot bench cache --real": ("--scale", "0.02")}
"""What an example is run with that takes minutes: it may miss its mark then. `make soak` runs it as printed."""


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield each command's name and the end of its help."""
    if not hasattr(command, "commands"):
        yield " ".join(path), command.epilog or ""
        return
    for name, inner in command.commands.items():
        yield from _commands(inner, (*path, name))


_RETURN_KEYS = "\n" * 20
"""What is typed where a command asks: its defaults are taken."""

COMMANDS = {name: epilog for top in SUMMARIES for name, epilog in _commands(loaded(top), (top,))}
LINES = [(name, line) for name, epilog in COMMANDS.items() for line in epilog.split("\n") if "hallmoot" in line]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_of_its_own(name: str) -> None:
    """In its help, beginning with its own name."""
    assert any(f"hallmoot {name}" in line for of, line in LINES if of == name)
    assert f"hallmoot {name}" in " ".join(hallmoot(*name.split(), "--help").out.split())


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    """Return a stand-in that objects to the word of the sample conversation."""
    with running_ollama(StandIn(brain=Brain(rules=(Rule(WICKED), Rule("followers"))))) as running:
        yield running


@pytest.fixture(scope="module")
def records(server: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as a checkout has it, with the records of a community in its usual database."""
    home = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "examples", home / "examples")
    shutil.copytree(ROOT / "policies", home / "policies")
    (home / "message.txt").write_text("see you on saturday\n")
    source, database = home / "examples" / "exports" / "conversation.jsonl", home / "data" / "hallmoot.db"
    arguments = ("--policy", "harassment", "--community", "discord:123", "--save", str(database))
    ended = hallmoot("replay", str(source), *arguments, "--ollama", server.url)
    assert ended.status == 0, ended.err
    return home


@pytest.mark.parametrize(("name", "line"), LINES)
def test_the_examples_work_as_printed(
    name: str, line: str, server: StandIn, records: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout with some records, where the model is; one that goes on from another runs after it."""
    shutil.copytree(records, folder, dirs_exist_ok=True)
    monkeypatch.setenv("OLLAMA_HOST", server.url)
    for earlier in [shown for of, shown in LINES if of == name and _goes_on(line) and not _goes_on(shown)]:
        _run(earlier, server, folder)
    ended = _run(line, server, folder)
    if line.startswith(NEEDS_A_TOKEN):
        assert (ended[0], "hallmoot init" in ended[1]) == (2, True)
        return
    allowed = (0, 1) if line.startswith(ENDS_WITH_1) or _shorter(line) else (0,)
    assert ended[0] in allowed, ended[1]
    assert ended[1].strip()


def _goes_on(line: str) -> bool:
    return "--resume" in line or "--restore" in line


def _shorter(line: str) -> tuple[str, ...]:
    return () if whole() else SHORTER.get(line.strip(), ())


def _run(line: str, server: StandIn, folder: Path) -> tuple[int, str]:
    """Run a line as a shell would: `cat FILE | hallmoot …` pipes the file in."""
    before, piped, command = line.strip().rpartition("|")
    given = (folder / before.split()[1]).read_text() if piped else _RETURN_KEYS
    words = [server.url if word == USUAL_ADDRESS else word for word in shlex.split(command)]
    assert words[0] == "hallmoot"
    ended = hallmoot(*words[1:], *_shorter(line), piped=given)
    return ended.status, ended.out + ended.err
