"""The house is as ARCHITECTURE draws it: rooms that can be taken in, floors that are enforced, files that are found."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CATALOGUES = {"bot/domain": 30, "bot/ports": 30, "bot/cli": 30}
"""Folders where one file is one thing of a kind: more of them are still found at a glance."""
MOST_MODULES = 16
PACKAGES = sorted(path.parent for path in (ROOT / "bot").rglob("__init__.py"))
PLAN = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## The plan of the house")[2].partition("\n## ")[0]
CHANGES = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Where a change goes")[2].partition("\n## ")[0]

_NAMED = re.compile(r"`((?:bot|tests|policies|docs)/[\w./-]+)(?::(\w+))?`")


def _name(package: Path) -> str:
    return package.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("package", PACKAGES, ids=_name)
def test_a_room_holds_no_more_than_can_be_taken_in(package: Path) -> None:
    """Sixteen modules at most, thirty in a catalogue."""
    modules = [path.name for path in package.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= CATALOGUES.get(_name(package), MOST_MODULES), modules


@pytest.mark.parametrize("package", PACKAGES, ids=_name)
def test_a_room_says_in_one_line_what_belongs_in_it(package: Path) -> None:
    """The first line of the package's docstring is a sentence of its own."""
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""
    first, _, rest = said.partition("\n")
    assert re.fullmatch(r"[A-Z].{10,118}[.:]", first), said
    assert not rest or rest.startswith("\n")


_BEHIND_THE_DOOR = re.compile(r"crowd|wave|takeover|incident", re.IGNORECASE)


def test_the_main_flow_can_be_read_without_knowing_what_a_crowd_is() -> None:
    """It knows the room for many messages at once by its door alone."""
    text = (ROOT / "bot/core/main_flow.py").read_text("utf-8")
    assert not _BEHIND_THE_DOOR.findall(text)
    assert set(re.findall(r"^from bot\.core\.raids\S*", text, re.MULTILINE)) == {"from bot.core.raids.door"}


MOST_METHODS = 12
LONGER = {
    "bot/adapters/discord/incoming/gateway.py:Gateway": "discord.py calls a method for each kind of event",
    "bot/ports/cases.py:Cases": "a catalogue of what is kept: one method for each question to the records",
    "bot/ports/cursors.py:Cursors": "a catalogue of what is kept",
    "bot/ports/desk.py:SettingsDesk": "a catalogue of what people may ask for: one method for each command",
    "bot/ports/inbox.py:Inbox": "a catalogue of what is kept",
}
"""Classes that may have more public methods, and why. What implements a port is as long as the port."""


def _classes() -> dict[str, ast.ClassDef]:
    return {
        f"{path.relative_to(ROOT).as_posix()}:{node.name}": node
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }


def _public_methods(node: ast.ClassDef) -> list[str]:
    """Return what can be called on a class. A property is read like a field, and counts as one."""
    functions = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [
        each.name
        for each in functions
        if not each.name.startswith("_") and "property" not in {ast.unparse(mark) for mark in each.decorator_list}
    ]


def test_no_class_has_more_than_a_dozen_public_methods() -> None:
    """But for those that a platform prescribes, ports, and what implements a port with nothing besides."""
    classes = _classes()
    ports = {
        place.partition(":")[2]: set(_public_methods(node))
        for place, node in classes.items()
        if place.startswith("bot/ports/")
    }
    # One protocol may be made of others, as the desk is.
    for place, node in classes.items():
        if place.startswith("bot/ports/"):
            ports[node.name] |= {name for base in node.bases for name in ports.get(ast.unparse(base), ())}
    long = {}
    for place, node in classes.items():
        prescribed = {name for base in node.bases for name in ports.get(ast.unparse(base), ())}
        own = [name for name in _public_methods(node) if name not in prescribed]
        if len(own) > MOST_METHODS and place not in LONGER:
            long[place] = own
    assert not long
    assert all(len(_public_methods(classes[place])) > MOST_METHODS for place in LONGER), "no exception is needed here"


def _floors(container: str) -> list[set[str]]:
    """Return the floors that import-linter enforces in a package, the highest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    found = [contract for contract in contracts if contract.get("containers") == [container]]
    assert len(found) == 1
    assert found[0]["exhaustive"]
    return [{room.strip() for room in layer.split("|")} for layer in found[0]["layers"]]


def _drawn(title: str) -> list[set[str]]:
    """Return the floors that are drawn under a title in the plan: what stands between bars, without the remarks."""
    drawing = PLAN.partition(f"    {title}\n")[2].partition("\n\n")[0]
    lines = [line.strip() for line in drawing.splitlines()]
    return [{cell.split()[0] for cell in line.split("│") if cell.strip()} for line in lines if line.startswith("│")]


@pytest.mark.parametrize(("title", "container"), [("the house", "bot"), ("core", "bot.core")])
def test_the_plan_shows_the_floors_that_are_enforced(title: str, container: str) -> None:
    """import-linter holds the imports to them, so the drawing is true as long as it shows the same."""
    assert _drawn(title) == _floors(container)


def test_ten_changes_are_told_with_their_files() -> None:
    """A newcomer finds the right file for each at the first guess."""
    assert len([line for line in CHANGES.splitlines() if line.startswith("| ") and "`" in line]) >= 10


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:bot|tests|policies|docs)/[\w./-]+)(?::(\w+))?`", CHANGES)))
)
def test_each_file_for_a_change_is_there_and_holds_what_is_named(name: tuple[str, str]) -> None:
    """`file:name` is looked up: the name is defined or assigned in that file."""
    path, symbol = name
    text = (ROOT / path).read_text("utf-8") if (ROOT / path).is_file() else ""
    assert (ROOT / path).exists()
    assert not symbol or re.search(
        rf"^\s*(?:async )?(?:def|class) {symbol}\b|^\s*{symbol}\b\s*[:=]", text, re.MULTILINE
    )
