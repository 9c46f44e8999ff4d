"""What the program says exists: every code and value that stands in it is compared with the catalogue."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.messages.sentences import SENTENCES

SOURCES = Path(__file__).parents[2] / "bot"
IMPLIED = frozenset({"count"})


@dataclass(frozen=True, slots=True)
class Call:
    """One `.say(code, …)` in the sources; `values` is None where they are not written out."""

    place: str
    code: str
    values: frozenset[str] | None


def calls_in(source: str, place: str) -> Iterator[Call]:
    """Yield every call of a method `say` with a code written out, both branches of a conditional one too."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say"):
            continue
        names = [keyword.arg for keyword in node.keywords]
        values = None if None in names else frozenset(name for name in names if name)
        for code in codes_of(node.args[0]) if node.args else ():
            yield Call(f"{place}:{node.lineno}", code, values)


def reasons_in(source: str, place: str) -> Iterator[Call]:
    """Yield every call of the function `reason` with a code written out: in the desk, those are lines of answers."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reason"):
            continue
        names = [keyword.arg for keyword in node.keywords]
        values = None if None in names else frozenset(name for name in names if name)
        for code in codes_of(node.args[0]) if node.args else ():
            yield Call(f"{place}:{node.lineno}", code, values)


def codes_of(argument: ast.expr) -> tuple[str, ...]:
    """Return the codes that an argument can be, as far as they are written out."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return (argument.value,)
    if isinstance(argument, ast.IfExp):
        return codes_of(argument.body) + codes_of(argument.orelse)
    return ()


def faults_of(call: Call) -> list[str]:
    """Return what a call names that the catalogue does not have, or leaves out."""
    if call.code not in SENTENCES:
        return [f"{call.place}: no sentence {call.code}"]
    wanted = frozenset(SENTENCES[call.code].values)
    if call.values is None or wanted - IMPLIED == call.values - IMPLIED:
        return []
    return [f"{call.place}: {call.code} takes {sorted(wanted)}, not {sorted(call.values)}"]


def test_every_sentence_that_is_said_exists_with_its_values() -> None:
    """A misspelt code or a missing value would show on a card."""
    calls = [
        call
        for path in sorted(SOURCES.rglob("*.py"))
        for call in calls_in(path.read_text(encoding="utf-8"), str(path.relative_to(SOURCES)))
    ]
    assert len(calls) >= 50
    assert [fault for call in calls for fault in faults_of(call)] == []


def test_every_line_of_an_answer_is_a_sentence_with_its_values() -> None:
    """The core names sentences by their codes, and has no words of its own. Values for nested sentences may be more."""
    calls = [
        call
        for path in sorted((SOURCES / "core" / "desk").glob("*.py"))
        for call in reasons_in(path.read_text(encoding="utf-8"), path.name)
    ]
    assert len(calls) >= 60
    unknown = [f"{call.place}: no sentence {call.code}" for call in calls if call.code not in SENTENCES]
    assert unknown == []
    lacking = [
        f"{call.place}: {call.code} lacks {sorted(wanted)}"
        for call in calls
        if call.values is not None and (wanted := frozenset(SENTENCES[call.code].values) - IMPLIED - call.values)
    ]
    assert lacking == []


def test_faults_are_found() -> None:
    """This test would notice what it is there for."""
    source = 'a.say("no.such")\nb.say("card.why", what=1)\nc.say("card.why" if d else "nor.this", rationale=e)\n'
    assert [fault for call in calls_in(source, "x.py") for fault in faults_of(call)] == [
        "x.py:1: no sentence no.such",
        "x.py:2: card.why takes ['rationale'], not ['what']",
        "x.py:3: no sentence nor.this",
    ]
