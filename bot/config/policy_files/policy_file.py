"""One policy file: either a head (front matter) and a text, or any plain text, which has one category of its own."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from bot.config.faults import limited, told
from bot.config.policy_files.front_matter import Change, FrontMatter
from bot.config.settings.validation import checked
from bot.config.text_files import control_faults, decode, is_folder, read_bytes
from bot.config.yaml_text import Document, parse
from bot.domain.actions import Action
from bot.domain.errors import ConfigError, PolicyError
from bot.domain.ids import ANY_CATEGORY, PolicyId
from bot.domain.policy import AppliesWhen, Category, Effort, Policy, Severity

POLICY_NAME = "policy.md"
GOLDEN_NAME = "golden.csv"
MOST_BYTES = 128 * 1024
"""Far above what any model reads well (10,000 tokens are about 40 KiB); exact budgets are the prompt's business."""

_MOST_HEAD = 16 * 1024
"""Characters of a policy's head: YAML is slow, and whoever may send a policy must not hold up all communities."""
_FENCE = "---"
_ID_IN_A_HEAD = re.compile(r"""^id:[ \t]*["']?([a-z0-9][a-z0-9-]{0,63})["']?[ \t\r]*$""", re.MULTILINE | re.ASCII)
_DAMAGED_HEAD = re.compile(r"\A(?:.*\n){0,9}(?:id|categories):.*\n(?:.*\n){0,200}?---[ \t]*$", re.MULTILINE)
"""A head whose first line is missing, or not the first: as a plain text, the policy would lose its rules."""
_LONGEST_TITLE = 80
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """A policy with what else its file says. `golden` is where its golden rows would be."""

    policy: Policy
    changelog: tuple[Change, ...]
    path: Path
    golden: Path


def read_policy(path: Path) -> PolicyFile:
    """Load a policy folder, a `policy.md` or any plain text file. Raises PolicyError with every fault in it."""
    file = path / POLICY_NAME if is_folder(path) else path
    try:
        return _from_bytes(read_bytes(file, MOST_BYTES), file)
    except ConfigError as error:
        raise PolicyError(str(error)) from error


def policy_from_text(content: str, name: str) -> PolicyFile:
    """Read a policy that somebody sent, as `read_policy` reads a file; `name` is what they called it.

    Nothing is written: the name gives a plain text its id and stands in what is told. Raises PolicyError.
    """
    file = Path("uploaded") / (re.sub(r"[^\w.-]+", "-", name)[-_LONGEST_NAME:].lstrip(".-") or "policy.txt")
    try:
        sent = content.encode()
        if len(sent) > MOST_BYTES:
            raise PolicyError(told(str(file), None, "", f"this is larger than {MOST_BYTES // 1024} KiB."))
        return _from_bytes(sent, file)
    except UnicodeEncodeError as error:
        raise PolicyError(told(str(file), None, "", "this holds half of a character (a lone surrogate).")) from error
    except ConfigError as error:
        raise PolicyError(str(error)) from error


def _from_bytes(content: bytes, file: Path) -> PolicyFile:
    text = decode(content, str(file))
    digest = hashlib.sha256(content).hexdigest()
    headed = text.split("\n", 1)[0].rstrip() == _FENCE
    return _with_head(text, file, digest) if headed else _plain(text, file, digest)


def _with_head(text: str, file: Path, digest: str) -> PolicyFile:
    head, body, body_line = _split(text, str(file))
    document = parse(head, str(file), first_line=2)
    front, faults = checked(FrontMatter, document)
    every = [*faults, *text_faults(body, str(file), body_line)]
    if front is not None:
        every += _repeated(front, document) + _unnamed(front, body, document)
    if front is None or every:
        raise ConfigError(limited(every))
    policy = Policy(
        id=PolicyId(front.id),
        title=front.title,
        languages=front.languages,
        effort=front.effort,
        applies_when=frozenset(front.applies_when),
        categories=tuple(category.build() for category in front.categories),
        text=body.strip(),
        policy_hash=digest,
        source=str(file),
    )
    return PolicyFile(policy=policy, changelog=front.changelog, path=file, golden=file.with_name(GOLDEN_NAME))


def _split(text: str, source: str) -> tuple[str, str, int]:
    """Return the head, the body, and the line on which the body begins."""
    lines = text.split("\n")
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            if sum(map(len, lines[1:index])) + index > _MOST_HEAD:
                raise ConfigError((told(source, 1, "", f"the head is longer than {_MOST_HEAD // 1024} KiB."),))
            return "\n".join(lines[1:index]) + "\n", "\n".join(lines[index + 1 :]), index + 2
    raise ConfigError((told(source, 1, "", "the head that begins here never ends. Close it with a line `---`."),))


def text_faults(body: str, source: str, first_line: int) -> list[str]:
    """Return what no policy's text may have: nothing at all, control tokens, control characters."""
    if not body.strip():
        return [told(source, first_line, "", "the policy's text is empty. Write what violates and what is safe.")]
    faults = control_faults(body, source)
    for number, line in enumerate(body.split("\n"), start=first_line):
        if "<|" in line:
            text = "this line holds `<|`, which begins the model's control tokens. Write it as `< |`, or leave it out."
            faults.append(told(source, number, "", text))
    return faults


def _repeated(front: FrontMatter, document: Document) -> list[str]:
    return [
        document.told(("categories", index, "id"), f"`{name}` is the id of an earlier category too. Give each its own.")
        for index, name in front.repeated()
    ]


def _unnamed(front: FrontMatter, body: str, document: Document) -> list[str]:
    """Return a fault for each category that the text never names: the model would not know when to choose it."""
    faults = []
    for index, category in enumerate(front.categories):
        if not re.search(rf"(?<![\w-]){re.escape(category.id)}(?![\w-])", body):
            text = f"the policy's text never names `{category.id}`. Say there what falls under it."
            faults.append(document.told(("categories", index, "id"), text))
    return faults


def _plain(text: str, file: Path, digest: str) -> PolicyFile:
    faults = text_faults(text, str(file), 1)
    if file.name == POLICY_NAME and _DAMAGED_HEAD.search(text):
        remedy = "this reads like a head, which begins with a line `---` as the very first one. Mend that line."
        faults.append(told(str(file), 1, "", remedy))
    if faults:
        raise ConfigError(limited(faults))
    only = Category(
        id=ANY_CATEGORY,
        title="Violation",
        severity=Severity.MEDIUM,
        action=Action.FLAG,
        people_only=False,
        context_free=True,
        return_text=True,
    )
    policy = Policy(
        id=plain_id(file),
        title=_plain_title(text),
        languages=(),
        effort=Effort.MEDIUM,
        applies_when=frozenset({AppliesWhen.EVERYTHING}),
        categories=(only,),
        text=text.strip(),
        policy_hash=digest,
        source=str(file),
    )
    return PolicyFile(policy=policy, changelog=(), path=file, golden=file.with_name(_golden_name(file)))


def _golden_name(file: Path) -> str:
    """Return the name of a plain text's golden file: several plain texts may share a folder."""
    return GOLDEN_NAME if file.stem.casefold() == "policy" else f"{file.stem}.{GOLDEN_NAME}"


def id_at(path: Path) -> PolicyId:
    """Return the id of a policy that can't be read: what stands in its head, else what its name would give."""
    file = path / POLICY_NAME if is_folder(path) else path
    try:
        head = read_bytes(file, MOST_BYTES)[:_MOST_HEAD].decode("utf-8", "replace")
    except ConfigError:
        head = ""
    found = _ID_IN_A_HEAD.search(head) if head.startswith(_FENCE) else None
    return PolicyId(found[1]) if found else plain_id(file)


def plain_id(file: Path) -> PolicyId:
    """Return an id made of a plain text file's name, or of its folder's where the file is just called policy."""
    stem = file.absolute().parent.name if file.stem.casefold() == "policy" else file.stem
    words = re.sub(r"[^a-z0-9]+", "-", stem.casefold()[:64], flags=re.ASCII).strip("-")
    return PolicyId(words or "policy")


def _plain_title(text: str) -> str:
    first = next(line for line in text.split("\n") if line.strip())
    title = "".join(char for char in first.strip().lstrip("#").strip() if char.isprintable())
    return title[:_LONGEST_TITLE].strip() or "Policy"
