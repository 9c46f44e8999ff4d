"""One text, put to one policy."""

from pathlib import Path

from tests.cli.running import hallmoot
from tests.fakes.ollama.faults import Fault
from tests.fakes.ollama.server import StandIn


def test_a_safe_text_ends_with_0_and_a_violation_with_1(ollama: StandIn) -> None:
    """So that a script can tell."""
    safe = hallmoot("judge", "--policy", "spam", "see you on saturday")
    rude = hallmoot("judge", "--policy", "harassment", "what a pathetic idiot")
    assert (safe.status, safe.out.splitlines()[0]) == (0, "SAFE")
    assert (rude.status, rude.out.splitlines()[0]) == (1, "VIOLATES")
    assert len(ollama.generates) == 5


def test_the_text_can_come_from_a_pipe(ollama: StandIn) -> None:
    """With a dash or without."""
    del ollama
    assert hallmoot("judge", "--policy", "spam", "-", piped="hello there").status == 0
    assert hallmoot("judge", "--policy", "spam", piped="free nitro for everyone").status == 1


def test_a_plain_text_file_serves_as_a_policy(ollama: StandIn, folder: Path) -> None:
    """It has the one category `violation`."""
    del ollama
    (folder / "rules.txt").write_text("No garbage talk, please.\n")
    found = hallmoot("judge", "--policy", "rules.txt", "--json", "what garbage").json
    assert (found["label"], found["category"]) == ("VIOLATES", "violation")


def test_without_a_model_it_says_where_it_looked_and_what_to_do() -> None:
    """Exit status 2, one message, no verdict."""
    ended = hallmoot("judge", "--policy", "spam", "hello")
    assert (ended.status, ended.out) == (2, "")
    assert "http://127.0.0.1:9" in ended.err
    assert "ollama serve" in ended.err


def test_an_undecided_text_is_never_safe(ollama: StandIn) -> None:
    """The answer could not be read: exit status 2."""
    ollama.faults.on(Fault.SPREAD)
    ended = hallmoot("judge", "--policy", "spam", "hello")
    assert (ended.status, ended.out.splitlines()[0]) == (2, "UNDECIDED")


def test_a_model_that_fails_is_told_in_its_servers_own_words(ollama: StandIn) -> None:
    """Not as a model that stopped in the middle of its answer: here its runner can't start."""
    ollama.faults.on(Fault.CRASHED)
    ended = hallmoot("judge", "--policy", "spam", "hello")
    assert (ended.status, ended.out.splitlines()[0]) == (2, "UNDECIDED")
    assert "model runner has unexpectedly stopped" in ended.out
    assert "model runner" in hallmoot("judge", "--policy", "spam", "--json", "hello").json["fault"]


def test_a_missing_model_comes_with_the_command_that_gets_it(ollama: StandIn) -> None:
    """By the name that was asked for."""
    del ollama
    ended = hallmoot("judge", "--policy", "spam", "--model", "no-such-model", "hello")
    assert ended.status == 2
    assert "ollama pull no-such-model" in ended.err


def test_wrong_input_gets_one_clear_message() -> None:
    """A misspelt policy is told with the nearest one; an empty text is no text."""
    assert "Did you mean `spam`?" in hallmoot("judge", "--policy", "spamm", "hi").err
    empty = hallmoot("judge", "--policy", "spam", piped="  ")
    assert (empty.status, "The text is empty" in empty.err) == (2, True)
    typed = hallmoot("judge", "--policy", "spam", "")
    assert (typed.status, "The text is empty" in typed.err) == (2, True)
