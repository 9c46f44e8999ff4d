"""The example configuration and the schema: complete, true, and current."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.load import Options, load
from bot.config.settings.models import ConfigFile
from bot.config.settings.schema import config_schema

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
SWITCHED_OFF = re.compile(r"^(\s*)#(?=[^\s#])", re.MULTILINE)
"""A setting that is there and off: `#` with the key right behind it."""
WHOLE = SWITCHED_OFF.sub(r"\1", EXAMPLE)
"""The example with everything switched on."""


def keys_of(model: type[BaseModel], above: str = "") -> set[str]:
    """Return the path of every key of a model; names of one's own choice are `*`."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        path = f"{above}{name}"
        found.add(path)
        for inner, between in groups_in(field.annotation):
            found |= keys_of(inner, f"{path}{between}.")
    return found


def groups_in(annotation: Any) -> list[tuple[type[BaseModel], str]]:
    """Return the groups of keys that a field may hold, each with what stands between it and the field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [(annotation, "")]
    between = ".*" if "dict[" in str(annotation) else ""
    return [(inner, between) for part in get_args(annotation) for inner, _ in groups_in(part)]


def written_keys(value: object, known: set[str], above: str = "") -> set[str]:
    """Return the path of every key that a file holds, in the same form."""
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for name, item in value.items():
        path = f"{above}{name}" if f"{above}{name}" in known else f"{above}*"
        found |= ({path} if not path.endswith("*") else set()) | written_keys(item, known, f"{path}.")
    return found


def values_of(value: object, above: str = "") -> dict[str, object]:
    """Return every value that is no group, by its path."""
    if isinstance(value, dict) and value:
        return {path: item for key, inner in value.items() for path, item in values_of(inner, f"{above}{key}.").items()}
    return {above.rstrip("."): value}


def test_the_example_has_every_key_and_no_other() -> None:
    """A setting that nobody can find is not there."""
    known = keys_of(ConfigFile)
    assert "communities.*.policies.*.categories.*.min_log_odds" in known
    assert written_keys(yaml.safe_load(WHOLE), known) == known


def test_the_example_changes_nothing_as_it_stands(tmp_path: Path) -> None:
    """Copied as it is, it gives the very defaults, and every value it shows is one."""
    (tmp_path / "config.yaml").write_text(EXAMPLE)
    copied = load(environment={}, folder=tmp_path)
    (tmp_path / "config.yaml").unlink()
    assert copied.process == load(environment={}, folder=tmp_path).process
    defaults = values_of(ConfigFile().model_dump(mode="json"))
    shown = values_of(ConfigFile.model_validate(yaml.safe_load(EXAMPLE)).model_dump(mode="json"))
    assert shown == defaults


def test_the_example_is_valid_with_everything_switched_on(tmp_path: Path) -> None:
    """Whoever takes a `#` away gets a setting that works, with the shipped policies."""
    (tmp_path / "secrets").mkdir()
    for name, value in [("slack-main-bot", "xoxb-1"), ("slack-main-app", "xapp-1"), ("slack-main-admin", "xoxp-1")]:
        (tmp_path / "secrets" / f"{name}-token").write_text(value)
    (tmp_path / "secrets" / "discord-token").write_text("abc")
    (tmp_path / "secrets" / "notify-url").write_text("https://hooks.example/x")
    (tmp_path / "config.yaml").write_text(WHOLE)
    loaded = load(Options(), environment={}, folder=tmp_path)
    assert loaded.process.discord.token == "abc"
    (community,) = loaded.communities(PolicyFiles([ROOT / "policies"]).policies()).values()
    assert [switch.policy for switch in community.policies] == ["spam", "harassment"]


def test_every_key_is_explained_in_the_example() -> None:
    """Each has a comment above it, or above the group or list it belongs to."""
    lines = EXAMPLE.split("\n")
    for number, line in enumerate(lines):
        if re.match(r"\s*#?[a-z_]+:", line):
            above = lines[number - 1]
            assert above.strip(), f"nothing explains line {number + 1}: {line}"


def test_every_key_has_a_description() -> None:
    """Editors show it."""

    def undescribed(model: type[BaseModel]) -> list[str]:
        own = [f"{model.__name__}.{name}" for name, field in model.model_fields.items() if not field.description]
        inner = [group for field in model.model_fields.values() for group, _ in groups_in(field.annotation)]
        return own + [name for group in inner for name in undescribed(group)]

    assert undescribed(ConfigFile) == []


def test_the_example_points_editors_at_the_schema() -> None:
    """The path is relative to the file, and the file is there."""
    first = EXAMPLE.split("\n", 1)[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert match is not None
    assert (ROOT / match[1]).is_file()


def test_the_schema_is_current() -> None:
    """After a change of the models: `python -m bot.config.settings.schema`."""
    assert (ROOT / "docs" / "config.schema.json").read_text(encoding="utf-8") == config_schema()


def test_the_schema_reads_as_people_write() -> None:
    """Lengths of time stand as 10m, and actions are those that may be automatic."""
    schema = json.loads(config_schema())
    assert schema["$defs"]["AgesEntry"]["properties"]["act"]["default"] == "10m"
    action = schema["$defs"]["CategoryEntry"]["properties"]["action"]["anyOf"][0]
    assert action["enum"] == ["flag", "escalate", "warn", "slowmode", "delete", "quarantine", "timeout"]
