"""The manifest asks for what the code uses, and for nothing else: derived from the methods and events in the source."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from bot.adapters.slack.doctor.check_up import BOT_SCOPES
from bot.adapters.slack.pace import Method
from tests.fakes.slack.rules import EVENTS, METHODS

_SOURCE = Path(__file__).parents[2] / "bot" / "adapters" / "slack"
_MANIFEST = Path(__file__).parents[2] / "slack-manifest.yaml"
_KINDS = {"history": ("channels", "groups"), "read": ("channels", "groups")}
_READS_DIRECT_MESSAGES = {"conversations.history": "im:history"}
"""A warning is looked for in the direct messages before it is sent again."""
_HANDLERS = ("incoming/translate.py", "people.py", "desk/interactions.py")
_MESSAGES = frozenset({"message.channels", "message.groups"})


def sources() -> list[str]:
    """Return the adapter's source files, without those that make the calls and list the methods."""
    files = [path for path in sorted(_SOURCE.rglob("*.py")) if path.name not in ("api.py", "pace.py")]
    return [path.read_text(encoding="utf-8") for path in files]


def methods_in(files: Iterable[str]) -> set[str]:
    """Return every Web API method that is named in the source."""
    found: set[str] = set()
    for text in files:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Method":
                found.add(node.attr)
    return {str(getattr(Method, name)) if hasattr(Method, name) else name for name in found}


def events_in(files: Iterable[str]) -> set[str]:
    """Return every event that the source handles: string constants that are names of events."""
    constants = {
        node.value
        for text in files
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {name for name in EVENTS if name in constants} | (set(_MESSAGES) if "message" in constants else set())


def scopes_of(methods: Iterable[str], events: Iterable[str]) -> set[str]:
    """Return the bot scopes that these need; AssertionError for a method nobody has said that of."""
    needed = {EVENTS[event] for event in events} - {""}
    for method in methods:
        assert method in METHODS, f"say in the stand-in's rules which scope {method} needs"
        need = METHODS[method]
        if "bot" not in need.kinds:
            continue
        needed |= need.scopes
        needed |= {f"{kind}:{need.by_channel}" for kind in _KINDS.get(need.by_channel, ())}
        needed |= {_READS_DIRECT_MESSAGES[method]} if method in _READS_DIRECT_MESSAGES else set()
    return needed


def manifest() -> dict[str, dict[str, object]]:
    """Return the shipped manifest."""
    loaded: dict[str, dict[str, object]] = yaml.safe_load(_MANIFEST.read_text(encoding="utf-8"))
    return loaded


def asked_scopes() -> set[str]:
    """Return what the manifest asks for, without `commands`, which belongs to its command and shortcut."""
    return set(yaml.safe_load(_MANIFEST.read_text(encoding="utf-8"))["oauth_config"]["scopes"]["bot"]) - {"commands"}


def handled_events() -> set[str]:
    """Return the events that the code does something about."""
    return events_in((_SOURCE / name).read_text(encoding="utf-8") for name in _HANDLERS)


def test_the_manifest_asks_for_exactly_what_the_code_uses() -> None:
    """Neither a call that would be refused, nor a permission that nobody needs."""
    assert scopes_of(methods_in(sources()), handled_events()) == asked_scopes()


def test_the_manifest_subscribes_to_exactly_the_events_that_are_handled() -> None:
    """An event that nobody handles is data that nobody needs."""
    subscribed = set(
        yaml.safe_load(_MANIFEST.read_text(encoding="utf-8"))["settings"]["event_subscriptions"]["bot_events"]
    )
    assert handled_events() == subscribed


def test_the_check_up_looks_for_the_manifests_scopes() -> None:
    """One list, told twice."""
    assert asked_scopes() | {"commands"} == BOT_SCOPES


def test_a_method_without_its_scope_is_noticed() -> None:
    """Somebody lists who is in a channel, and forgets the manifest; or uses what nobody has looked up."""
    more = [*sources(), "api.call(Method.PINS_ADD)"]
    with pytest.raises(AssertionError, match="PINS_ADD"):
        scopes_of(methods_in(more), handled_events())
    without = [text for text in sources() if "USERGROUPS_LIST" not in text and "USERGROUPS_USERS_LIST" not in text]
    assert "usergroups:read" not in scopes_of(methods_in(without), set())
    assert "usergroups:read" in scopes_of(methods_in([*without, "api.call(Method.USERGROUPS_LIST)"]), set())


def test_every_call_goes_through_the_one_list_of_methods() -> None:
    """No other way to the Web API, or this test would not see it."""
    direct = re.compile(
        r"\.(?:api_call|(?:chat|conversations|users|usergroups|views|auth|apps|files|reactions|team)_\w+)\("
    )
    assert [match for text in sources() for match in direct.findall(text)] == []


def test_every_method_of_the_list_is_used() -> None:
    """A method that nobody calls would ask for scopes in vain."""
    assert methods_in(sources()) == {str(method) for method in Method}


def test_the_app_is_a_workspaces_own() -> None:
    """Socket Mode, no installation for a whole organisation, no tokens that run out unnoticed."""
    settings = manifest()["settings"]
    assert settings["socket_mode_enabled"] is True
    assert settings["org_deploy_enabled"] is False
    assert settings["token_rotation_enabled"] is False
