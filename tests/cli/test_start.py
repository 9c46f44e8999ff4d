"""How a command begins: it imports what it needs and no more, and whatever happens meanwhile ends as one sentence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.bench.registry import PARTS
from bot.bootstrap import benchmarks
from bot.cli.bench import NAMES
from bot.cli.tree import SUMMARIES, loaded
from tests.cli.running import hallmoot

HEAVY = {"discord", "slack_bolt", "slack_sdk", "ollama", "openai_harmony", "pydantic", "structlog", "aiohttp", "httpx"}
TOLD = "Imported:"
TELLS_WHAT_IT_IMPORTED = f"""
import atexit, sys
atexit.register(lambda: sys.stderr.write("{TOLD}" + " ".join(sys.modules)))
from bot.cli.main import main
main()
"""
PRESSES_CTRL_C_AT_AN_IMPORT = """
import os, signal, sys

signal.signal(signal.SIGINT, signal.{meaning})
wanted = sys.argv[1]

class Presses:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Presses())
from bot.cli.main import main
sys.argv = ["hallmoot", *sys.argv[2:]]
main()
"""


def child(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of ours in a process of its own."""
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def imported(*arguments: str) -> set[str]:
    """Return the names of everything that a command line imported."""
    return set(child(TELLS_WHAT_IT_IMPORTED, *arguments).stderr.rpartition(TOLD)[2].split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_whoever_asks_what_there_is_waits_for_no_library_of_others(option: str) -> None:
    """Nor for settings, logging or a model."""
    assert imported(option) & HEAVY == set()


@pytest.mark.parametrize("command", [*SUMMARIES, "--version"])
def test_no_help_waits_for_the_clients_of_both_platforms(command: str) -> None:
    """The benchmark's and the check-up's neither, though both use them once they work."""
    assert imported(command, "--help") & {"discord", "slack_bolt", "slack_sdk"} == set()


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with(name: str) -> None:
    """It is written down beside the tree, so that it can be shown without reading the commands."""
    assert loaded(name).help.split("\n\n")[0] == SUMMARIES[name]
    assert name in hallmoot("--help").out


@pytest.mark.parametrize("width", ["50", "80", "120"])
@pytest.mark.parametrize("name", SUMMARIES)
def test_help_flows_with_the_terminals_width(name: str, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is longer than it, and none ends where our source happens to end."""
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("TERMINAL_WIDTH", width)
    shown = hallmoot(name, "--help").out
    assert all(len(line) <= int(width) for line in shown.split("\n"))
    assert all("\n" not in paragraph for paragraph in (loaded(name).help or "").split("\n\n"))


def test_the_benchmarks_help_names_every_part() -> None:
    """For the same reason, it names them without having them."""
    assert NAMES.split(", ") == [part.name for part in benchmarks.PARTS]
    assert len(PARTS) < len(benchmarks.PARTS)


def test_a_mistyped_command_is_met_with_the_one_that_was_meant() -> None:
    """Though no command was read."""
    ended = hallmoot("docter")
    assert (ended.status, "doctor" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("typer", "--version"),
        ("rich.table", "policy list"),
        ("pydantic", "policy list"),
        ("structlog", "doctor"),
        ("discord", "run"),
    ],
)
def test_ctrl_c_while_a_command_is_being_read_is_one_sentence(module: str, line: str) -> None:
    """It is pressed at the very import of that module."""
    ended = child(PRESSES_CTRL_C_AT_AN_IMPORT.format(meaning="default_int_handler"), module, *line.split())
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "Stopped. What was done is kept.\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OLLAMA_HOST", "http://[::1"),
        ("OLLAMA_HOST", "http://127.0.0.1:99999999"),
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("SSL_CERT_FILE", "/nowhere/at/all.pem"),
        ("NO_PROXY", "[::"),
    ],
)
def test_nothing_in_the_environment_breaks_an_import(name: str, value: str) -> None:
    """The model's library makes a client of what these say as soon as it is imported."""
    program = "import sys; from bot.cli.main import main; sys.argv = ['hallmoot', *sys.argv[1:]]; main()"
    shown = child(program, "policy", "prompt", "spam", **{name: value})
    fine = name != "OLLAMA_HOST"
    assert shown.returncode == (0 if fine else 2), shown.stderr
    assert "Traceback" not in shown.stderr
    assert fine or re.match(r"hallmoot: OLLAMA_HOST: .*\n$", shown.stderr)


def test_nobody_imports_the_library_by_another_way() -> None:
    """Whoever is first decides what the environment can break."""
    sources = (Path(__file__).parents[2] / "bot").rglob("*.py")
    directly = re.compile(r"^\s*(import ollama|from ollama)", re.MULTILINE)
    named = {path.name for path in sources if directly.search(path.read_text())}
    assert named == {"library.py"}


def test_what_the_environment_says_still_holds_afterwards() -> None:
    """It was hidden for the import alone."""
    told = child(
        "import os, bot.inference.servers.library; print(os.environ['OLLAMA_HOST'])", OLLAMA_HOST="http://[::1"
    )
    assert told.stdout == "http://[::1\n"


def test_a_process_in_the_background_of_a_shell_stays_deaf_to_ctrl_c() -> None:
    """A shell without job control starts it so, and a press is not meant for it."""
    assert child(PRESSES_CTRL_C_AT_AN_IMPORT.format(meaning="SIG_IGN"), "typer", "--version").returncode == 0
