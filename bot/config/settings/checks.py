"""Checks of single values that pydantic does not know. Each returns the value, or raises ValueError with the remedy.

Values of another kind (a list where text belongs) pass through: pydantic tells those itself.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from bot.config.faults import choice, shown
from bot.domain.actions import BY_PEOPLE_ONLY, STRICTNESS, Action
from bot.domain.address import HoldsPassword, full_address

_POLICY_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_CATEGORY_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_WORKSPACE = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_KEEP_ALIVE = re.compile(r"-?\d{1,9}(ms|s|m|h)?", re.ASCII)
_LONGEST_ID = 64

_ID_FORMS = {
    "discord": (re.compile(r"[0-9]{1,20}", re.ASCII), "a number: switch Developer Mode on, right-click, Copy ID"),
    "slack": (re.compile(r"[A-Z][A-Z0-9]{0,31}", re.ASCII), "capitals and digits, at the end of its details in Slack"),
}
"""What the ids of channels, roles and people look like, and where people find them."""


def policy_id(value: object) -> object:
    """Refuse an id that could not be a folder's name and a word in a settings file."""
    if isinstance(value, str) and not (_POLICY_ID.fullmatch(value) and len(value) <= _LONGEST_ID):
        raise ValueError(f"`{shown(value)}` can't be an id. Use small letters, digits and single hyphens: off-topic.")
    return value


def category_id(value: object) -> object:
    """Refuse an id that the model could not repeat as one word."""
    if isinstance(value, str) and not _CATEGORY_ID.fullmatch(value):
        raise ValueError(f"`{shown(value)}` can't be an id. Use a letter, then letters and digits, 32 at most: SP1.")
    return value


def language_code(value: object) -> object:
    """Refuse what is no language code."""
    if isinstance(value, str) and not is_language(value):
        raise ValueError(f"`{shown(value)}` is no language code. Write one such as en, de or pt-BR.")
    return value


def is_language(value: str) -> bool:
    """Return whether this reads as a language code: `en`, `pt-BR`."""
    return _LANGUAGE.fullmatch(value) is not None


def automatic_action(value: object) -> object:
    """Refuse an action that never follows from a verdict alone."""
    if not isinstance(value, str):
        return value
    if value in BY_PEOPLE_ONLY:
        raise ValueError(f"`{shown(value)}` is only ever done by a person. Use escalate, so that people decide.")
    valid = [action.value for action in STRICTNESS]
    if value not in valid:
        raise ValueError(f"`{shown(value)}` is no action. {choice(value, valid)}")
    return value


def one_line(value: object) -> object:
    """Refuse a text that would break out of the line it is shown on."""
    if isinstance(value, str) and not (value.strip() and value.isprintable()):
        raise ValueError("must be one line of text.")
    return value


def platform_id(value: object, info: ValidationInfo) -> object:
    """Take an id as text or number, and refuse one that the platform (in the context) can't have given."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    text = str(value)
    pattern, found_by = _ID_FORMS.get(str((info.context or {}).get("platform")), (None, ""))
    if pattern and not pattern.fullmatch(text):
        raise ValueError(f"`{shown(text)}` is a name or a mention, not an id. An id is {found_by}.")
    if not text or not text.isprintable() or " " in text:
        raise ValueError(f"`{shown(text)}` can't be an id.")
    return text


def no_switch(value: object) -> object:
    """Refuse true and false where a number belongs: they would count as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false.")  # noqa: TRY004 - pydantic wants ValueError
    return value


def path_text(value: object) -> object:
    """Refuse a path that no file system takes."""
    if isinstance(value, str) and not (value.strip() and value.isprintable()):
        raise ValueError("must be the path of a file or folder.")
    if isinstance(value, str):
        try:
            Path(value).expanduser()
        except RuntimeError as error:
            raise ValueError(f"`{shown(value)}` begins with a user who is not on this machine.") from error
    return value


def workspace_name(value: object) -> object:
    """Refuse a name that could not be a part of a variable's name."""
    if isinstance(value, str) and not _WORKSPACE.fullmatch(value):
        raise ValueError(f"`{shown(value)}` can't be a workspace's name here. Use small letters, digits and `_`: main.")
    return value


def keep_alive(value: object) -> object:
    """Take what Ollama takes: a number of seconds, or a length such as 30m; below zero keeps the model loaded."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and not _KEEP_ALIVE.fullmatch(value):
        raise ValueError(f"`{shown(value)}` is no length of time. Write 30m, or -1 to keep the model loaded.")
    return value


def ollama_address(value: object) -> object:
    """Return an address in full, filled in as Ollama's own tools do: http, port 11434, this machine for 0.0.0.0."""
    if not isinstance(value, str):
        return value
    try:
        return full_address(value)
    except HoldsPassword as error:
        raise ValueError(f"{error}. Ollama asks for none; reach it by a tunnel instead.") from error
    except ValueError as error:
        raise ValueError(f"`{shown(value)}` is no address. Write one such as http://127.0.0.1:11434.") from error


AutomaticAction = Annotated[
    Action,
    BeforeValidator(automatic_action),
    WithJsonSchema({"type": "string", "enum": [action.value for action in STRICTNESS]}),
]
Title = Annotated[str, BeforeValidator(one_line), Field(max_length=100)]
Language = Annotated[str, BeforeValidator(language_code)]
PlatformId = Annotated[str, BeforeValidator(platform_id, json_schema_input_type=str | int)]
Count = Annotated[int, BeforeValidator(no_switch)]
Share = Annotated[float, BeforeValidator(no_switch)]
FilePath = Annotated[str, BeforeValidator(path_text)]
KeepAlive = Annotated[str, BeforeValidator(keep_alive, json_schema_input_type=str | int)]
Address = Annotated[str, BeforeValidator(ollama_address)]
