"""What a shipped policy has to keep to: one function per rule, each giving its faults as sentences.

An empty list means that nothing was found. Every check reads a `PolicyFolder` and nothing else, so that the tests can
run it on the shipped policies and on broken copies of them.
"""

import csv
import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from splintr import AnyTokenizer, Tokenizer

HEADER: Final = ("id", "text", "context", "label", "category", "language", "tags", "split", "note")
FRONT_KEYS: Final = {"id", "title", "languages", "effort", "applies_when", "categories", "changelog"}
CATEGORY_KEYS: Final = {
    "id",
    "title",
    "severity",
    "action",
    "people_only",
    "context_free",
    "return_text",
}
EFFORTS: Final = {"low", "medium", "high"}
OCCASIONS: Final = {"everything", "new_members", "links", "replies_and_mentions", "reported"}
SEVERITIES: Final = {"low", "medium", "high", "critical"}
ACTIONS: Final = {"flag", "escalate", "warn", "slowmode", "delete", "quarantine", "timeout"}
ACTIONS_BY_PEOPLE: Final = {"flag", "escalate"}
PAGE_HEADINGS: Final = [
    "When to use it",
    "When not to",
    "What it will miss",
    "How to adapt it",
    "Native tools beside it",
]
MOST_PAGE_LINES: Final = 70
SECTIONS: Final = ["INSTRUCTIONS", "DEFINITIONS", "VIOLATES", "SAFE", "EXAMPLES"]
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
VAGUE: Final = re.compile(r"\b(generally|usually|typically)\b", re.IGNORECASE)
EXAMPLE: Final = re.compile(r"(?P<text>.+?)\s*(?:→|->|=>|:|\u2014|\u2013)\s*[*`]*(?P<answer>[A-Z]{2,4}\d*)[*`]*\.?")

FEWEST_TOKENS: Final = 400
MOST_TOKENS: Final = 600
TOO_ALIKE: Final = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a golden.csv, its cells as they stand there; `pairs` are the names of its contrast pairs."""

    id: str
    text: str
    context: str
    label: str
    category: str
    language: str
    tags: tuple[str, ...]
    split: str
    note: str

    @property
    def pairs(self) -> tuple[str, ...]:
        """The names behind its `pair:` tags."""
        return tuple(tag.removeprefix("pair:") for tag in self.tags if tag.startswith("pair:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFolder:
    """One folder of the pack as read from disk: the front matter, the body that the model reads, and the rows."""

    path: Path
    front: Mapping[str, Any]
    body: str
    policy_text: str
    golden_text: str
    cells: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]

    @property
    def categories(self) -> list[Mapping[str, Any]]:
        """The categories of the front matter, in their order."""
        return list(self.front["categories"])

    @property
    def category_ids(self) -> list[str]:
        """The category ids, in the order of the front matter."""
        return [str(category["id"]) for category in self.categories]


def read_policy(path: Path) -> PolicyFolder:
    """Read `policy.md` and `golden.csv` of one folder; a file that cannot be read raises its own error."""
    policy_text = (path / "policy.md").read_bytes().decode("utf-8")
    golden_text = (path / "golden.csv").read_bytes().decode("utf-8")
    _, front, body = policy_text.split("---\n", 2)
    cells = tuple(tuple(line) for line in csv.reader(io.StringIO(golden_text, newline=""), strict=True))
    rows = tuple(_row(line) for line in cells[1:] if len(line) == len(HEADER))
    return PolicyFolder(
        path=path,
        front=yaml.safe_load(front),
        body=body.strip(),
        policy_text=policy_text,
        golden_text=golden_text,
        cells=cells,
        rows=rows,
    )


def _row(line: tuple[str, ...]) -> Row:
    row_id, text, context, label, category, language, tags, split, note = line
    return Row(
        id=row_id,
        text=text,
        context=context,
        label=label,
        category=category,
        language=language,
        tags=tuple(tags.split()),
        split=split,
        note=note,
    )


def front_matter_faults(policy: PolicyFolder) -> list[str]:
    """Check that the front matter has exactly the known keys, and that each holds a known value."""
    front = policy.front
    if set(front) != FRONT_KEYS:
        return [f"the front matter's keys differ from the contract: {sorted(set(front) ^ FRONT_KEYS)}"]
    faults = [] if front["id"] == policy.path.name else [f"id {front['id']!r} is not the folder's name"]
    faults += [] if str(front["title"]).strip() else ["the title is empty"]
    faults += [] if front["effort"] in EFFORTS else [f"effort {front['effort']!r} is unknown"]
    faults += [f"applies_when has {occasion!r}" for occasion in front["applies_when"] if occasion not in OCCASIONS]
    faults += [f"{key} is empty" for key in ("applies_when", "languages", "categories") if not front[key]]
    faults += [f"language {name!r} is not a code" for name in front["languages"] if not LANGUAGE.fullmatch(str(name))]
    return faults + list(_changelog_faults(front["changelog"]))


def _changelog_faults(changelog: Sequence[Mapping[str, object]]) -> Iterator[str]:
    if not changelog:
        yield "the changelog is empty"
    for entry in changelog:
        if set(entry) != {"date", "change"}:
            yield f"a changelog entry has the keys {sorted(entry)}"
        elif not isinstance(entry["date"], dt.date) or not str(entry["change"]).strip():
            yield f"a changelog entry is not a date with a sentence: {entry}"


def category_faults(policy: PolicyFolder) -> list[str]:
    """Check every category's keys and values; one for people alone may do nothing by itself."""
    faults = [fault for category in policy.categories for fault in _one_category_faults(category)]
    return faults + [f"category {name} stands twice" for name in repeated(policy.category_ids)]


def _one_category_faults(category: Mapping[str, Any]) -> Iterator[str]:
    name = category.get("id")
    if set(category) != CATEGORY_KEYS:
        yield f"category {name}: keys differ from the contract: {sorted(set(category) ^ CATEGORY_KEYS)}"
        return
    if not re.fullmatch(r"[A-Z]{2,4}\d+", str(name)):
        yield f"category {name}: the id is not short and upper-case"
    if category["severity"] not in SEVERITIES:
        yield f"category {name}: severity {category['severity']!r} is unknown"
    if category["action"] not in ACTIONS:
        yield f"category {name}: action {category['action']!r} is unknown"
    for key in ("people_only", "context_free", "return_text"):
        if not isinstance(category[key], bool):
            yield f"category {name}: {key} is not true or false"
    if category["people_only"] and category["action"] not in ACTIONS_BY_PEOPLE:
        yield f"category {name}: people_only, but its action is {category['action']!r}"


def body_faults(policy: PolicyFolder) -> list[str]:
    """Check that the five sections stand in order, each category is named, and no word is vague or a control token."""
    sections = re.findall(r"^## (.+)$", policy.body, flags=re.MULTILINE)
    faults = [] if sections == SECTIONS else [f"the sections are {sections}"]
    faults += [
        f"the body never names {name}" for name in policy.category_ids if not re.search(rf"\b{name}\b", policy.body)
    ]
    faults += [f"the body says {word!r}" for word in VAGUE.findall(policy.body)]
    faults += ["the body speaks of JSON: the output format is the bot's"] if "json" in policy.body.lower() else []
    files = {"policy.md": policy.policy_text, "golden.csv": policy.golden_text}
    return faults + [f"{name} contains '<|'" for name, text in files.items() if "<|" in text]


def token_faults(policy: PolicyFolder) -> list[str]:
    """Check that the body is 400 to 600 tokens long by the model's own vocabulary."""
    count = token_count(policy.body)
    return [] if FEWEST_TOKENS <= count <= MOST_TOKENS else [f"the body has {count} tokens"]


@cache
def _tokenizer() -> AnyTokenizer:
    return Tokenizer.from_pretrained("o200k_base")


def token_count(text: str) -> int:
    """Count the tokens that the model reads; o200k_base is gpt-oss's vocabulary without its control tokens."""
    return len(_tokenizer().encode(text))


def examples_of(body: str) -> list[tuple[str, str]]:
    """Give the EXAMPLES section's bullets as (text, answer); an unreadable bullet has the answer ''."""
    bullets = re.findall(r"^[-*] (.+)$", body.partition("## EXAMPLES")[2], flags=re.MULTILINE)
    matches = [(bullet, EXAMPLE.fullmatch(bullet.strip())) for bullet in bullets]
    return [(match["text"].strip(" \"“”'"), match["answer"]) if match else (bullet, "") for bullet, match in matches]


def example_faults(policy: PolicyFolder) -> list[str]:
    """Check for four to six answered examples of both classes; none equals a row or comes near a `test` row."""
    examples = examples_of(policy.body)
    answers = {answer for _, answer in examples}
    faults = [] if 4 <= len(examples) <= 6 else [f"{len(examples)} examples"]
    faults += [
        f"example without a known answer: {text!r}"
        for text, answer in examples
        if answer not in {*policy.category_ids, "SAFE"}
    ]
    if "SAFE" not in answers or not answers & set(policy.category_ids):
        faults.append("the examples are of one class only")
    return faults + [
        f"example {text!r} is too close to {row.id}"
        for text, _ in examples
        for row in policy.rows
        if alike(text, row.text) >= (TOO_ALIKE if row.split == "test" else 1.0)
    ]


def page_faults(page: Path) -> list[str]:
    """Check that the page for volunteers exists, has the five headings in order, and is short."""
    if not page.is_file():
        return [f"{page.name} is missing"]
    lines = page.read_text(encoding="utf-8").splitlines()
    headings = [line.removeprefix("## ").strip() for line in lines if line.startswith("## ")]
    faults = [] if headings == PAGE_HEADINGS else [f"{page.name} has the headings {headings}"]
    return faults + ([] if len(lines) <= MOST_PAGE_LINES else [f"{page.name} has {len(lines)} lines"])


def alike(one: str, other: str) -> float:
    """Measure how alike two texts are, from 0 to 1, with case and white space set aside."""
    return SequenceMatcher(None, plain(one), plain(other), autojunk=False).ratio()


def plain(text: str) -> str:
    """Give the text in lower case with single spaces, for comparing."""
    return " ".join(text.casefold().split())


def repeated(values: Iterable[str]) -> list[str]:
    """Give the values that come more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
