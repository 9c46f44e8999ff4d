"""Policies from files: the shipped ones and a community's own, read once, with every fault told at once."""

import importlib.resources
from collections.abc import Iterable
from pathlib import Path

from bot.config.faults import limited, nearest, shown, told
from bot.config.golden import read_golden
from bot.config.policy_file import POLICY_NAME, PolicyFile, read_policy
from bot.config.text_files import is_folder, is_there
from bot.domain.errors import PolicyError
from bot.domain.golden import GoldenRow
from bot.domain.ids import PolicyId
from bot.domain.policy import Policy
from bot.ports.policy_source import PolicySource

_PLAIN_SUFFIX = ".txt"
_SUFFIXES_OF_A_POLICY = frozenset({".md", ".txt", ".csv"})


class PolicyFiles(PolicySource):
    """Policies of several places, in the order in which ties are settled.

    A place is a policy folder, a policy file, or a folder of such. An id may stand in one of `places` only; a policy in
    `places` takes the place of one in `beneath` (the shipped ones) with the same id, so that those can be adapted.
    """

    def __init__(self, places: Iterable[Path], *, beneath: Iterable[Path] = ()) -> None:
        own, faults = _read_all(places)
        shipped, more_faults = _read_all(beneath)
        if faults or more_faults:
            raise PolicyError("\n".join(limited([*faults, *more_faults])))
        self._files = {**own, **{name: file for name, file in shipped.items() if name not in own}}

    @classmethod
    def with_shipped(cls, folders: Iterable[str] = ()) -> "PolicyFiles":
        """Return the policies of these folders first, then the shipped ones. Raises PolicyError."""
        return cls([Path(folder) for folder in folders], beneath=[shipped_folder()])

    def policies(self) -> tuple[Policy, ...]:
        """Return every policy, in the order in which ties are settled."""
        return tuple(file.policy for file in self._files.values())

    def get(self, policy: PolicyId) -> Policy | None:
        """Return one policy, or None when there is none of that id."""
        file = self._files.get(policy)
        return file.policy if file else None

    def golden(self, policy: PolicyId) -> tuple[GoldenRow, ...]:
        """Return the golden rows beside a policy; none is an empty tuple. Raises PolicyError for an unusable file."""
        file = self._files.get(policy)
        return read_golden(file.golden, file.policy) if file and is_there(file.golden) else ()

    def find(self, name: str) -> PolicyFile:
        """Return the policy of that id, or the one in that folder or file. Raises PolicyError with what was meant."""
        if name in self._files:
            return self._files[PolicyId(name)]
        return open_policy(name, self._files)


def open_policy(name: str, known: Iterable[str] = ()) -> PolicyFile:
    """Load the policy in a folder or file; `known` ids are offered when there is none. Raises PolicyError."""
    path = Path(name)
    if is_there(path):
        return read_policy(path)
    ids = tuple(known)
    hint = nearest(name, ids) if ids else "Check the spelling, and the folder you are in."
    raise PolicyError(f"{shown(name)}: there is no such policy, folder or file. {hint}")


def shipped_folder(package: Path | None = None) -> Path:
    """Return the folder with the shipped policies: inside an installed package, or beside it in a checkout.

    Raises PolicyError when there is neither. `package` is the folder of `bot`, found by itself unless a test says.
    """
    home = package or Path(str(importlib.resources.files("bot")))
    installed = home / "_shipped" / "policies"
    if is_folder(installed):
        return installed
    checkout = home.parent / "policies"
    if (home.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    raise PolicyError(f"{installed}: the shipped policies are missing. Install Hallmoot anew.")


def _read_all(places: Iterable[Path]) -> tuple[dict[PolicyId, PolicyFile], list[str]]:
    read: dict[PolicyId, PolicyFile] = {}
    faults: list[str] = []
    for place in places:
        for path in _policies_at(place, faults):
            try:
                file = read_policy(path)
            except PolicyError as error:
                faults.extend(str(error).split("\n"))
                continue
            earlier = read.setdefault(file.policy.id, file)
            if earlier.path != file.path:
                text = f"`{file.policy.id}` is the id of {earlier.path} too. Give each policy its own."
                faults.append(told(str(file.path), None, "id", text))
    return read, faults


def _policies_at(place: Path, faults: list[str]) -> list[Path]:
    """Return what to read at a place: itself, or all policies in it, by name."""
    if not is_folder(place) or is_there(place / POLICY_NAME):
        return [place]
    inside = _inside(place, faults)
    found = [path for path in inside if path.suffix == _PLAIN_SUFFIX and not is_folder(path)]
    for folder in (path for path in inside if is_folder(path)):
        if is_there(folder / POLICY_NAME):
            found.append(folder)
        elif any(path.suffix in _SUFFIXES_OF_A_POLICY for path in _inside(folder, faults)):
            faults.append(told(str(folder), None, "", f"this folder has no {POLICY_NAME}. Name the policy's file so."))
    if not found and not faults:
        text = f"there is no policy in this folder. A policy is a folder with a {POLICY_NAME}, or a .txt file."
        faults.append(told(str(place), None, "", text))
    return sorted(found, key=lambda path: path.name)


def _inside(folder: Path, faults: list[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    except OSError as error:
        faults.append(told(str(folder), None, "", f"this folder can't be read ({(error.strerror or '').lower()})."))
        return []
