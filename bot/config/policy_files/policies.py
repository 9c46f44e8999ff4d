"""Policies from files: the shipped ones and a community's own, read once. A broken one stands aside."""

import importlib.resources
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.config.faults import limited, nearest, shown, told
from bot.config.policy_files.golden import read_golden
from bot.config.policy_files.policy_file import POLICY_NAME, PolicyFile, id_at, read_policy
from bot.config.text_files import is_folder, is_there
from bot.domain.errors import PolicyError
from bot.domain.golden import GoldenRow
from bot.domain.ids import PolicyId
from bot.domain.policy import Policy
from bot.ports.policy_source import PolicySource

_PLAIN_SUFFIX = ".txt"
_SUFFIXES_OF_A_POLICY = frozenset({".md", ".txt", ".csv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPolicy:
    """A policy whose files can't be used: nothing is judged by it, and by none of its name in its stead."""

    id: PolicyId
    faults: tuple[str, ...]

    def __str__(self) -> str:
        """Return every fault, each on a line of its own."""
        return "\n".join(self.faults)


class PolicyFiles(PolicySource):
    """Policies of several places, in the order in which ties are settled.

    A place is a policy folder, a policy file, or a folder of such. An id may stand in one of `places` only; a policy in
    `places` takes the place of one in `beneath` (the shipped ones) with the same id, so that those can be adapted.
    One that can't be used stands in `broken`, and the others are used all the same.
    """

    def __init__(self, places: Iterable[Path], *, beneath: Iterable[Path] = ()) -> None:
        """Read them. Raises PolicyError for a place that is none, or has no policies in it."""
        own, shipped = _Reading(), _Reading()
        faults = [*own.read_all(places), *shipped.read_all(beneath)]
        if faults:
            raise PolicyError("\n".join(limited(faults)))
        taken = {*own.files, *own.broken}
        beneath_them = {name: file for name, file in shipped.files.items() if name not in taken}
        self._files = {**own.files, **beneath_them}
        self.broken = {**{name: each for name, each in shipped.broken.items() if name not in taken}, **own.broken}

    @classmethod
    def with_shipped(cls, folders: Iterable[str] = ()) -> "PolicyFiles":
        """Return the policies of these folders first, then the shipped ones. Raises PolicyError."""
        return cls([Path(folder) for folder in folders], beneath=[shipped_folder()])

    def unusable(self) -> frozenset[PolicyId]:
        """Return the policies that can't be used now."""
        return frozenset(self.broken)

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
        if name in self.broken:
            raise PolicyError(str(self.broken[PolicyId(name)]))
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


class _Reading:
    """What is found at some places."""

    def __init__(self) -> None:
        self.files: dict[PolicyId, PolicyFile] = {}
        self.broken: dict[PolicyId, BrokenPolicy] = {}

    def read_all(self, places: Iterable[Path]) -> list[str]:
        """Read all policies at these places; return what is wrong with a place itself."""
        faults: list[str] = []
        for place in places:
            for path in self._policies_at(place, faults):
                try:
                    self._take(read_policy(path))
                except PolicyError as error:
                    self._leave(id_at(path), str(error).split("\n"))
        return faults

    def _take(self, file: PolicyFile) -> None:
        name = file.policy.id
        earlier = self.files.get(name)
        if earlier is not None and earlier.path != file.path:
            text = f"`{name}` is the id of {earlier.path} too. Give each policy its own."
            self._leave(name, [told(str(file.path), None, "id", text)])
        elif name not in self.broken:
            self.files[name] = file

    def _leave(self, name: PolicyId, faults: list[str]) -> None:
        """Leave a policy out, and any other of that id: which rules hold would hang on the order of files."""
        self.files.pop(name, None)
        before = self.broken[name].faults if name in self.broken else ()
        self.broken[name] = BrokenPolicy(id=name, faults=(*before, *faults))

    def _policies_at(self, place: Path, faults: list[str]) -> list[Path]:
        """Return what to read at a place: itself, or all policies in it, by name."""
        if not is_folder(place):
            if not is_there(place):
                faults.append(told(str(place), None, "", "there is no such file or folder. Check `policy_folders`."))
                return []
            return [place]
        if is_there(place / POLICY_NAME):
            return [place]
        inside = _inside(place, faults)
        found = [path for path in inside if path.suffix == _PLAIN_SUFFIX and not is_folder(path)]
        for folder in (path for path in inside if is_folder(path)):
            if is_there(folder / POLICY_NAME):
                found.append(folder)
            elif any(path.suffix in _SUFFIXES_OF_A_POLICY for path in _inside(folder, faults)):
                text = f"this folder has no {POLICY_NAME}. Name the policy's file so."
                self._leave(id_at(folder), [told(str(folder), None, "", text)])
        if not found and not faults and not self.broken:
            text = f"there is no policy in this folder. A policy is a folder with a {POLICY_NAME}, or a .txt file."
            faults.append(told(str(place), None, "", text))
        return sorted(found, key=lambda path: path.name)


def _inside(folder: Path, faults: list[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    except OSError as error:
        faults.append(told(str(folder), None, "", f"this folder can't be read ({(error.strerror or '').lower()})."))
        return []
