"""What pydantic found wrong, told so that a person can mend the file: place, key path, and the nearest valid key."""

import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.config.faults import choice, nearest, shown
from bot.config.yaml_text import Document, KeyPath

Model = TypeVar("Model", bound=BaseModel)

_EXPECTED = {
    "missing": "this key is missing.",
    "bool": "must be true or false.",
    "int": "must be a whole number.",
    "float": "must be a number.",
    "finite_number": "must be a number.",
    "string": "must be text. Put quotes around it.",
    "list": "must be a list, such as [one, two].",
    "tuple": "must be a list, such as [one, two].",
    "set": "must be a list, such as [one, two].",
    "frozen_set": "must be a list, such as [one, two].",
    "dict": "must be a group of keys, each on a line of its own.",
    "model": "must be a group of keys, each on a line of its own.",
    "date": "must be a date, such as 2026-11-23.",
}
"""By the first words of pydantic's error type, the longest that fits."""

_BOUNDS = {
    "greater_than_equal": ("ge", "must be at least {}."),
    "greater_than": ("gt", "must be more than {}."),
    "less_than_equal": ("le", "must be at most {}."),
    "less_than": ("lt", "must be less than {}."),
    "too_short": ("min_length", "must hold at least {} of them."),
    "too_long": ("max_length", "must hold at most {} of them."),
    "string_too_short": ("min_length", "must have at least {} characters."),
    "string_too_long": ("max_length", "must have at most {} characters."),
}
"""What each bound is called, and how it is told."""


def checked(
    model: type[Model], document: Document, context: Mapping[str, object] | None = None
) -> tuple[Model | None, tuple[str, ...]]:
    """Return the model made of a document, or None, with every fault: those of the text and those of the keys.

    `context` is what single checks may want to know, such as the platform.
    """
    data = {} if document.data is None else document.data
    try:
        made = model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        return None, (*document.faults, *_faults(error, model, document))
    return (None if document.faults else made), document.faults


def _faults(error: ValidationError, model: type[BaseModel], document: Document) -> list[str]:
    every = error.errors(include_url=False)
    details = [detail for detail in every if not _echoes(detail, every)]
    found = [(document.line(tuple(detail["loc"])) or 0, _told(detail, model, document)) for detail in details]
    return [text for _, text in sorted(found, key=lambda pair: pair[0])]


def _echoes(detail: ErrorDetails, every: list[ErrorDetails]) -> bool:
    """Return whether a list counts as too short only since entries of it are faulty, which is told already."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        other["loc"][: len(place)] == place and len(other["loc"]) > len(place) for other in every
    )


def _told(detail: ErrorDetails, model: type[BaseModel], document: Document) -> str:
    path: KeyPath = tuple(part for part in detail["loc"] if part != "[key]")
    return document.told(path, _sentence(detail, model, path))


def _sentence(detail: ErrorDetails, model: type[BaseModel], path: KeyPath) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return _unknown(str(path[-1]), _group_at(model, path[:-1]))
        case "value_error":
            return str(context["error"])
        case "enum" | "literal_error":
            valid = [word.strip(" '\"") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
            return f"`{shown(detail['input'])}` is not known here. {choice(str(detail['input']), valid)}"
        case _ if kind in _BOUNDS:
            return _bound(kind, context)
    fitting = [words for words in _EXPECTED if kind.startswith(words)]
    return _EXPECTED[max(fitting, key=len)] if fitting else f"{detail['msg']}."


def _bound(kind: str, context: Mapping[str, Any]) -> str:
    name, sentence = _BOUNDS[kind]
    return sentence.format(context[name])


def _unknown(key: str, group: type[BaseModel] | None) -> str:
    if group is None:
        return "there is no such key."
    refused = getattr(group, "refused", {})
    return refused[key] if key in refused else f"there is no such key. {nearest(key, group.model_fields)}"


def _group_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """Return the model of the group at a path."""
    current: object = model
    for part in path:
        inner = _inner(current)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            field = inner.model_fields.get(str(part))
            current = field.annotation if field else None
        else:
            arguments = [argument for argument in get_args(inner) if argument is not Ellipsis]
            current = arguments[-1] if arguments else None
    inner = _inner(current)
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def _inner(annotation: object) -> object:
    """Return a type without its `None` and without what pydantic hangs onto it."""
    if hasattr(annotation, "__metadata__"):
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [argument for argument in get_args(annotation) if argument is not type(None)]
        return _inner(kept[0])
    return annotation
