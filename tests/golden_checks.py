"""What a shipped golden.csv has to keep to: one function per rule, each giving its faults as sentences."""

import ipaddress
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tests.policy_checks import HEADER, LANGUAGE, PolicyFolder, Row, plain, repeated

LABELS: Final = {"VIOLATES", "SAFE"}
SPLITS: Final = {"write", "test"}
TAG: Final = re.compile(r"pair:[a-z0-9-]+|[a-z]+(-[a-z]+)*")
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")

FEWEST_ROWS: Final = 64
FEWEST_PER_CATEGORY: Final = 6
FEWEST_PAIRS: Final = 8
FEWEST_STEERING: Final = 12
FEWEST_HOSTILE: Final = 4
FEWEST_PER_LANGUAGE: Final = 2

URL_HOST: Final = re.compile(r"(?:\w+://|\bwww\.)(?:[^\s/@]*@)?([^\s/:?#\"'<>()\[\]]+)")
MAIL_HOST: Final = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
# Endings that no sentence or file name has by chance; the others count with a path or a scheme.
BARE_HOST: Final = re.compile(
    r"(?<![\w@.-])((?:[\w-]+\.)+(?:com|org|net|info|gg|io|ru|cn|xyz|top|shop|link|site|online|click|app|live|club|tv))"
    r"(?![\w-])",
    re.IGNORECASE,
)
PATH_HOST: Final = re.compile(r"(?<![\w@.-/])((?:[\w-]+\.)+[a-z]{2,})/[\w?#-]", re.IGNORECASE)
HOSTS: Final = (URL_HOST, MAIL_HOST, BARE_HOST, PATH_HOST)
RESERVED_HOST: Final = re.compile(r"(.+\.)?(example\.(com|org|net)|example|test|invalid)")
ADDRESS: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
RESERVED_NETS: Final = tuple(ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
PHONE: Final = re.compile(
    r"""
      \+\d[\d\ ().-]{6,}\d                                         # with a country code
    | (?<![\d.])0\d{2,4}[\ /-]\d{4,}                              # with a leading zero
    | (?<![\d.-])(?:\(?\d{3}\)?[\ .-]?)?\d{3}[\ .-]\d{4}(?![\d-])  # three digits and four, perhaps an area before
    | (?<!\d)\d{10,11}(?!\d)                                      # in one go
    """,
    re.VERBOSE,
)
RESERVED_PHONE: Final = re.compile(r"555[ .-]?01\d\d")


def file_faults(policy: PolicyFolder) -> list[str]:
    """Check that the file is plain UTF-8 with LF line ends, the header, and nine cells a line."""
    text = policy.golden_text
    faults = ["the file begins with a byte-order mark"] if text.startswith("\ufeff") else []
    faults += ["the file has CR line ends"] if "\r" in text else []
    faults += [] if text.endswith("\n") else ["the last line does not end"]
    faults += [] if policy.cells[0] == HEADER else [f"the header is {policy.cells[0]}"]
    return faults + [f"a line has {len(line)} cells: {line[:2]}" for line in policy.cells if len(line) != len(HEADER)]


def row_faults(policy: PolicyFolder) -> list[str]:
    """Check that ids run from 001 without a gap, and every cell holds a value of its kind."""
    faults = [fault for row in policy.rows for fault in _one_row_faults(row, policy.category_ids)]
    expected = [f"{policy.path.name}-{number:03}" for number in range(1, len(policy.rows) + 1)]
    wrong = [row.id for row, name in zip(policy.rows, expected, strict=True) if row.id != name]
    return faults + [f"{name}: the id is out of order" for name in wrong]


def _one_row_faults(row: Row, category_ids: Sequence[str]) -> Iterator[str]:
    if not row.text.strip() or not row.note.strip():
        yield f"{row.id}: the text or the note is empty"
    if row.label not in LABELS:
        yield f"{row.id}: label {row.label!r}"
    if row.category not in category_ids:
        yield f"{row.id}: category {row.category!r}"
    if row.split not in SPLITS:
        yield f"{row.id}: split {row.split!r}"
    if not LANGUAGE.fullmatch(row.language):
        yield f"{row.id}: language {row.language!r}"
    yield from (f"{row.id}: tag {tag!r}" for tag in row.tags if not TAG.fullmatch(tag))
    if row.context and not _is_list_of_texts(row.context):
        yield f"{row.id}: the context is not a JSON list of texts"


def _is_list_of_texts(context: str) -> bool:
    try:
        value = json.loads(context)
    except json.JSONDecodeError:
        return False
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item.strip() for item in value)


def count_faults(policy: PolicyFolder) -> list[str]:
    """Check that there are at least 64 rows, and six of either label by every category."""
    faults = [] if len(policy.rows) >= FEWEST_ROWS else [f"{len(policy.rows)} rows"]
    near = Counter((row.category, row.label) for row in policy.rows)
    return faults + [
        f"{category} has {near[category, label]} rows labelled {label}"
        for category in policy.category_ids
        for label in sorted(LABELS)
        if near[category, label] < FEWEST_PER_CATEGORY
    ]


def share_faults(policy: PolicyFolder) -> list[str]:
    """Check that 40 to 60% of the rows violate, and at least half of all stand near the border."""
    violating = share(policy.rows, lambda row: row.label == "VIOLATES")
    border = share(policy.rows, lambda row: "border" in row.tags)
    faults = [] if 0.4 <= violating <= 0.6 else [f"{violating:.0%} of the rows violate"]
    return faults + ([] if border >= 0.5 else [f"{border:.0%} of the rows are near the border"])


def share(rows: Sequence[Row], holds: Callable[[Row], bool]) -> float:
    """Give the part of the rows, 0 to 1, for which something holds; 0 for no rows."""
    return sum(holds(row) for row in rows) / len(rows) if rows else 0.0


def pair_faults(policy: PolicyFolder) -> list[str]:
    """Check for at least eight contrast pairs, each of one row per label, in one split and one language."""
    pairs: dict[str, list[Row]] = defaultdict(list)
    for row in policy.rows:
        for name in row.pairs:
            pairs[name].append(row)
    faults = [] if len(pairs) >= FEWEST_PAIRS else [f"{len(pairs)} pairs"]
    return faults + [f"pair {name}: {fault}" for name, rows in pairs.items() for fault in _one_pair_faults(rows)]


def _one_pair_faults(rows: Sequence[Row]) -> Iterator[str]:
    if sorted(row.label for row in rows) != sorted(LABELS):
        yield "it is not one row of either label"
    if len({row.split for row in rows}) != 1:
        yield "it stands in both splits"
    if len({row.language for row in rows}) != 1:
        yield "its rows are in different languages"


def steering_faults(policy: PolicyFolder) -> list[str]:
    """Check that at least twelve rows of both labels try to steer the model, and that in four the context does."""
    steering = [row for row in policy.rows if "steering" in row.tags]
    hostile = [row for row in policy.rows if "hostile-context" in row.tags]
    faults = [] if len(steering) >= FEWEST_STEERING else [f"{len(steering)} steering rows"]
    faults += [] if {row.label for row in steering} == LABELS else ["the steering rows are of one label only"]
    faults += [] if len(hostile) >= FEWEST_HOSTILE else [f"{len(hostile)} rows with hostile context"]
    return faults + [f"{row.id}: hostile-context without a context" for row in hostile if not row.context]


def split_faults(policy: PolicyFolder) -> list[str]:
    """Check that each split holds about half of the rows, both labels and every category."""
    return [fault for split in sorted(SPLITS) for fault in _one_split_faults(policy, split)]


def _one_split_faults(policy: PolicyFolder, split: str) -> Iterator[str]:
    rows = [row for row in policy.rows if row.split == split]
    part = len(rows) / max(len(policy.rows), 1)
    if not 0.4 <= part <= 0.6:
        yield f"{split} holds {part:.0%} of the rows"
    yield from (f"{split} lacks {label}" for label in sorted(LABELS - {row.label for row in rows}))
    yield from (f"{split} lacks {name}" for name in policy.category_ids if name not in {row.category for row in rows})


def language_faults(policy: PolicyFolder) -> list[str]:
    """Check that every language the front matter names is covered by rows."""
    counts = Counter(row.language for row in policy.rows)
    return [
        f"language {language} has {counts[language]} rows"
        for language in policy.front["languages"]
        if counts[language] < FEWEST_PER_LANGUAGE
    ]


def reserved_faults(policy: PolicyFolder) -> list[str]:
    """Check that hosts, phone numbers and IP addresses in rows and body are those reserved for examples."""
    places = [("the body", policy.body)]
    places += [(row.id, text) for row in policy.rows for text in (row.text, row.context, row.note)]
    return [f"{place}: {fault}" for place, text in places for fault in unreserved(text)]


def unreserved(text: str) -> list[str]:
    """Find what could reach somebody: hosts, addresses and phone numbers that are not reserved for examples."""
    hosts = [host.strip(".,").lower() for pattern in HOSTS for host in pattern.findall(text)]
    found = [host for host in hosts if not ADDRESS.fullmatch(host) and not RESERVED_HOST.fullmatch(host)]
    found += [address for address in ADDRESS.findall(text) if not _is_reserved_address(address)]
    return found + [phone for phone in PHONE.findall(ADDRESS.sub(" ", text)) if not _is_reserved_phone(phone)]


def _is_reserved_address(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in net for net in RESERVED_NETS)


def _is_reserved_phone(phone: str) -> bool:
    return bool(RESERVED_PHONE.search(phone)) or set(re.sub(r"\D", "", phone)) == {"0"}


def cell_faults(policy: PolicyFolder) -> list[str]:
    """Check that no cell begins like a spreadsheet formula, and none holds a tab."""
    cells = [(line[0], cell) for line in policy.cells for cell in line]
    faults = [f"{name}: a cell begins like a formula: {cell!r}" for name, cell in cells if _is_formula(cell)]
    return faults + [f"{name}: a cell holds a tab" for name, cell in cells if "\t" in cell]


def _is_formula(cell: str) -> bool:
    return cell.lstrip(" ").startswith(FORMULA_STARTS)


def unique_faults(policies: Sequence[PolicyFolder]) -> list[str]:
    """Check that no category id comes twice, no text in two policies, and no text with its context twice in one."""
    faults = [f"category {name} stands twice" for name in repeated(n for p in policies for n in p.category_ids)]
    texts = [text for policy in policies for text in {plain(row.text) for row in policy.rows}]
    faults += [f"in two policies: {text!r}" for text in repeated(texts)]
    return faults + [f"{policy.path.name}, twice: {text!r}" for policy in policies for text in _repeated_rows(policy)]


def _repeated_rows(policy: PolicyFolder) -> list[str]:
    return repeated(f"{plain(row.text)} {row.context}".rstrip() for row in policy.rows)
