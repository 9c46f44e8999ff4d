"""The walk in ARCHITECTURE.md names functions that exist, and the layers hold."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WALK = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## The walk")[2].partition("\n## ")[0]
NAMES = sorted(set(re.findall(r"`(bot\.[\w.]+)`", WALK)))


def test_the_walk_names_a_function_for_each_of_its_ten_steps() -> None:
    """Each row of the table names at least one."""
    rows = [line for line in WALK.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [row.split("|")[1].strip() for row in rows] == [str(number) for number in range(1, 11)]
    assert all("`bot." in row for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_that_the_walk_names_exists(name: str) -> None:
    """Module, class and function are looked up as they are written."""
    found: object = None
    for part in _places(name):
        found = part
    assert callable(found) or isinstance(found, property)


def _places(name: str) -> list[object]:
    """Return the module and then each attribute on the way to what the name means."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        places = [found]
        for attribute in parts[length:]:
            found = getattr(found, attribute)
            places.append(found)
        return places
    raise AssertionError(f"{name} is no module")


@pytest.mark.parametrize("page", ["GLOSSARY.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"])
def test_every_file_that_a_page_names_exists(page: str) -> None:
    """Paths and links in the pages lead somewhere."""
    text = (ROOT / page).read_text("utf-8")
    named = re.findall(r"`((?:bot|docs|policies|tests|requirements)/[\w./-]*)`", text)
    linked = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    missing = [path for path in (*named, *linked) if not (ROOT / path).exists()]
    assert missing == []


def test_one_place_alone_says_which_policies_a_row_is_put_to() -> None:
    """Trying a rule out is no row's matter: it screens by a rule that may not be in use at all."""
    core = ROOT / "bot" / "core"
    screening = [path for path in core.rglob("*.py") if re.search(r"\bscreen\(", path.read_text("utf-8"))]
    assert {path.relative_to(core).as_posix() for path in screening} == {"intake/screening.py", "desk/rules/trying.py"}
