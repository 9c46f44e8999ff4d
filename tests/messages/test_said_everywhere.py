"""What the program says exists: every code and value that stands in it is compared with the catalogue."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.messages.catalogue import Family
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
        for path in sorted((SOURCES / "core" / "desk").rglob("*.py"))
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


SHOWING = frozenset(
    {
        *("TextDisplay", "Button", "SelectOption", "Choice", "Label", "TextInput", "Select", "ContextMenu", "Group"),
        *("text_view", "send", "edit", "heading", "lines", "describe", "make", "create_thread", "_menu"),
        *("section", "plain", "header", "modal", "form", "button", "confirm", "small", "respond", "waiting_modal"),
    }
)
"""What puts words before people in the adapters of the chat platforms, discord.py's and our own."""
SAYING = frozenset({"say", "said", "reason", "line", "shown", "removeprefix", "getattr", "_ask", "_input", "_option"})
"""What is given codes, and no words."""
FIELDS = frozenset({"label", "placeholder", "description", "title", "text", "content"})
WORD = re.compile(r"[^\W\d_]{2,}")
CODES = frozenset({"plain_text", "mrkdwn", "hm"})


def shown_literals(source: str, place: str) -> Iterator[str]:
    """Yield every word that is put before people without the catalogue."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or _called(node) not in SHOWING:
            continue
        given = [*node.args, *(each.value for each in node.keywords if each.arg in FIELDS)]
        for words in (word for argument in given for word in _words_in(argument)):
            yield f"{place}:{node.lineno}: {words}"


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _words_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and (_called(node) in SAYING or _called(node) in SHOWING):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if WORD.search(node.value) and node.value not in CODES:
            yield node.value
        return
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in FIELDS:
                yield from _words_in(value)
        return
    for inner in ast.iter_child_nodes(node):
        yield from _words_in(inner)


def test_the_chat_adapters_show_no_words_of_their_own() -> None:
    """Whatever a member or a moderator reads stands in the catalogue, and so in docs/messages.md."""
    paths = [path for name in ("discord", "slack") for path in sorted((SOURCES / "adapters" / name).rglob("*.py"))]
    calls = sum(path.read_text(encoding="utf-8").count(f"{name}(") for path in paths for name in SHOWING)
    assert calls >= 100
    found = [found for path in paths for found in shown_literals(path.read_text(encoding="utf-8"), path.name)]
    assert found == []


def test_every_sentence_is_said_somewhere() -> None:
    """One that nobody says would stand in docs/messages.md and mislead its reader."""
    sources = [path for path in SOURCES.rglob("*.py") if path.parent.name != "sentences"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    written = set(re.findall(r'"([a-z_]+\.[a-z_0-9]+)"', text))
    made = {*re.findall(r'f"([a-z_]+\.[a-z_]*)\{', text), *(f"{family.value}." for family in Family), "reason."}
    assert [code for code in SENTENCES if code not in written and not code.startswith(tuple(made))] == []


def test_faults_are_found() -> None:
    """This test would notice what it is there for."""
    source = 'a.say("no.such")\nb.say("card.why", what=1)\nc.say("card.why" if d else "nor.this", rationale=e)\n'
    assert [fault for call in calls_in(source, "x.py") for fault in faults_of(call)] == [
        "x.py:1: no sentence no.such",
        "x.py:2: card.why takes ['rationale'], not ['what']",
        "x.py:3: no sentence nor.this",
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('TextDisplay("Hello there")', ["Hello there"]),
        ('ui.Button(label=f"Ban {name}")', ["Ban "]),
        ('section(words.say("card.why", rationale=x))', []),
        ('Choice(name=said("switch.on"), value="on")', []),
    ],
)
def test_words_without_a_sentence_are_found(source: str, found: list[str]) -> None:
    """In a label, in an f-string; what the catalogue says is none."""
    assert [line.partition(": ")[2] for line in shown_literals(source, "x.py")] == found
