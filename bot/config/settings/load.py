"""Settings from everywhere: option before environment variable before config.yaml before default."""

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bot.config.faults import limited, nearest
from bot.config.settings.communities import check_entry, community_id_fault, settings_of
from bot.config.settings.models import ConfigFile, DegradedEntry, DiscordEntry, SlackEntry
from bot.config.settings.process import process_settings
from bot.config.settings.secrets import DISCORD_TOKEN, NOTIFY_URL, Secrets, is_slack_variable
from bot.config.settings.validation import checked
from bot.config.text_files import absolute, decode, is_there, read_bytes
from bot.config.yaml_text import MOST_BYTES, Document, KeyPath, parse
from bot.domain.errors import ConfigError
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings, ProcessSettings
from bot.logs import redact

CONFIG_NAME = "config.yaml"
CONFIG = "HALLMOOT_CONFIG"
OLLAMA_HOST = "OLLAMA_HOST"

Entry = TypeVar("Entry", bound=BaseModel)

_VARIABLES: dict[str, KeyPath] = {
    OLLAMA_HOST: ("ollama", "urls"),
    "HALLMOOT_MODEL": ("ollama", "model"),
    "HALLMOOT_ALLOW_REMOTE": ("ollama", "allow_remote"),
    "HALLMOOT_DB": ("storage", "path"),
    "HALLMOOT_POLICIES": ("policy_folders",),
    "HALLMOOT_LOG_LEVEL": ("log_level",),
    "HALLMOOT_LOG_JSON": ("log_json",),
}
_OPTIONS = {
    "ollama": OLLAMA_HOST,
    "model": "HALLMOOT_MODEL",
    "allow_remote": "HALLMOOT_ALLOW_REMOTE",
    "db": "HALLMOOT_DB",
    "policies": "HALLMOOT_POLICIES",
    "log_level": "HALLMOOT_LOG_LEVEL",
    "log_json": "HALLMOOT_LOG_JSON",
}
"""The variable that says the same as an option."""
_LISTS = frozenset({("ollama", "urls"), ("policy_folders",)})
_PATHS = frozenset({("storage", "path"), ("policy_folders",)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says; None is nothing. `ollama` and `policies` may name several, with commas between."""

    config: Path | None = None
    ollama: str | None = None
    model: str | None = None
    allow_remote: bool | None = None
    db: Path | None = None
    policies: str | None = None
    log_level: str | None = None
    log_json: bool | None = None

    def values(self) -> Iterator[tuple[str, KeyPath, object]]:
        """Yield each option that was given: how it is written, the key it stands for, its value."""
        for name, variable in _OPTIONS.items():
            value = getattr(self, name)
            if value is not None:
                said = str(value) if isinstance(value, Path) else value
                yield "--" + name.replace("_", "-"), _VARIABLES[variable], said


NO_OPTIONS = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The settings of the process, and the communities that the file names.

    `path` is the file read, None without one. `language` is that of communities without their own. `remarks` are no
    faults, but worth a look: `doctor` shows them.
    """

    process: ProcessSettings
    path: Path | None
    language: str
    remarks: tuple[str, ...]
    named: Mapping[CommunityId, Document]

    def names(self, community: CommunityId) -> bool:
        """Return whether the file names this community; commands then change nothing, and name the file."""
        return community in self.named

    def communities(
        self, policies: tuple[Policy, ...], unusable: Collection[PolicyId] = ()
    ) -> dict[CommunityId, CommunitySettings]:
        """Return the settings of every community that the file names. Raises ConfigError with the faults of all."""
        made: dict[CommunityId, CommunitySettings] = {}
        faults: list[str] = []
        for community, document in self.named.items():
            try:
                made[community] = settings_of(community, document, policies, language=self.language, unusable=unusable)
            except ConfigError as error:
                faults.extend(error.faults)
        if faults:
            raise ConfigError(limited(faults))
        return made


def load(options: Options = NO_OPTIONS, *, environment: Mapping[str, str], folder: Path) -> Loaded:
    """Read all settings. Raises ConfigError with every fault found, each with its place and remedy.

    `folder` is where the command runs: a config.yaml there is read unless another is named, and paths in options and
    variables count from it. Paths in a config.yaml count from the folder it stands in.
    """
    path = _config_path(options, environment, folder)
    written = Document(source="settings", data={}, lines={})
    if path is not None:
        written = parse(decode(read_bytes(path, MOST_BYTES), str(path)), str(path))
    home = path.parent if path is not None else folder
    document, named = _without_communities(_overlaid(written, options, environment, folder))
    file, faults = checked(ConfigFile, document)
    secrets = Secrets(document, environment, home)
    discord = secrets.discord(_section(DiscordEntry, document.part("discord")))
    slack = secrets.slack(_section(SlackEntry, document.part("slack")))
    notify_url = secrets.notify_url(_section(DegradedEntry, document.part("degraded")).notify_url_file)
    every = [*_leaks(written, written.data, ()), *faults, *secrets.faults, *_community_faults(named)]
    if file is None or every:
        raise ConfigError(limited(every))
    process = process_settings(file, home, discord=discord, slack=slack, notify_url=notify_url)
    remarks = (*secrets.remarks, *_unread(environment))
    return Loaded(process=process, path=path, language=file.language, remarks=remarks, named=named)


def _config_path(options: Options, environment: Mapping[str, str], folder: Path) -> Path | None:
    if options.config is not None:
        return absolute(folder, str(options.config))
    if environment.get(CONFIG):
        return absolute(folder, environment[CONFIG])
    usual = folder / CONFIG_NAME
    return usual if is_there(usual) else None


def _overlaid(written: Document, options: Options, environment: Mapping[str, str], folder: Path) -> Document:
    """Return the document with what variables and options say in place of what the file says."""
    data = copy.deepcopy(written.data) if written.data is not None else {}
    given: list[tuple[str, KeyPath, object]] = [
        (name, place, environment[name].strip())
        for name, place in _VARIABLES.items()
        if environment.get(name, "").strip()
    ]
    given += options.values()
    for _, place, value in given:
        _put(data, place, _read(place, value, folder))
    return replace(written, data=data, origins={place: name for name, place, _ in given})


def _read(place: KeyPath, value: object, folder: Path) -> object:
    words = [word.strip() for word in str(value).split(",") if word.strip()] if place in _LISTS else [str(value)]
    if place in _PATHS:
        words = [str(absolute(folder, word)) for word in words]
    return words if place in _LISTS else words[0] if isinstance(value, str) else value


def _put(data: object, place: KeyPath, value: object) -> None:
    """Set a value; where a group on the way is none, it stays for the check to tell."""
    for key in place[:-1]:
        if isinstance(data, dict):
            data[key] = {} if data.get(key) is None else data[key]
            data = data[key]
    if isinstance(data, dict):
        data[place[-1]] = value


def _without_communities(document: Document) -> tuple[Document, dict[CommunityId, Document]]:
    """Return the process's keys alone, and each community's; a group that is none stays where it is and is told."""
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("communities"), dict):
        return document, {}
    named = {CommunityId(name): document.part("communities", name) for name in data["communities"]}
    return replace(document, data={key: value for key, value in data.items() if key != "communities"}), named


def _community_faults(named: Mapping[CommunityId, Document]) -> Iterator[str]:
    for community, document in named.items():
        fault = community_id_fault(community)
        if fault:
            yield document.told((), fault)
        yield from check_entry(community, document, None)[1]


def _section(model: type[Entry], document: Document) -> Entry:
    """Return a section, or its defaults when it has faults, which are told elsewhere."""
    try:
        return model.model_validate(document.data)
    except ValidationError:
        return model.model_validate({})


def _leaks(document: Document, value: object, path: KeyPath) -> Iterator[str]:
    """Yield a fault for each text that looks like a secret, wherever it stands."""
    if isinstance(value, str) and redact(value) != value:
        remedy = "Take it out, have a new one made, and put that into an environment variable or a file of its own."
        yield document.told(path, f"this looks like a secret, which may not stand in this file. {remedy}")
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaks(document, item, (*path, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaks(document, item, (*path, index))


def _unread(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a remark for each variable of ours that nothing reads: a misspelt one would be passed over otherwise."""
    known = (*_VARIABLES, CONFIG, DISCORD_TOKEN, NOTIFY_URL)
    for name in sorted(environment):
        if name.startswith("HALLMOOT_") and name not in known and not is_slack_variable(name):
            yield f"{name}: nothing reads this variable. {nearest(name, known)}"
