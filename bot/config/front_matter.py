"""The head of a policy file: what the loader needs to know besides the text that the model reads."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.config.faults import choice, shown
from bot.config.models import Strict
from bot.domain.actions import BY_PEOPLE_ONLY, STRICTNESS, Action
from bot.domain.ids import CategoryId
from bot.domain.policy import AppliesWhen, Category, Effort, Severity

_POLICY_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_CATEGORY_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_LONGEST_ID = 64


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
    if value in BY_PEOPLE_ONLY:
        raise ValueError(f"`{shown(value)}` is only ever done by a person. Use escalate, so that people decide.")
    valid = [action.value for action in STRICTNESS]
    if isinstance(value, str) and value not in valid:
        raise ValueError(f"`{shown(value)}` is no action. {choice(value, valid)}")
    return value


def one_line(value: object) -> object:
    """Refuse a title that would break out of the line it is shown on."""
    if isinstance(value, str) and not (value.strip() and value.isprintable()):
        raise ValueError("must be one line of text.")
    return value


AutomaticAction = Annotated[Action, BeforeValidator(automatic_action)]
Title = Annotated[str, BeforeValidator(one_line), Field(max_length=100)]
Language = Annotated[str, BeforeValidator(language_code)]


class CategoryFront(Strict):
    """One category, as the head of a policy file declares it."""

    id: Annotated[str, BeforeValidator(category_id)]
    title: Title
    severity: Severity
    action: AutomaticAction
    people_only: bool = False
    context_free: bool = False
    return_text: bool = True

    def build(self) -> Category:
        """Return the category as the rest of the code reads it."""
        return Category(
            id=CategoryId(self.id),
            title=self.title,
            severity=self.severity,
            action=self.action,
            people_only=self.people_only,
            context_free=self.context_free,
            return_text=self.return_text,
        )


class Change(Strict):
    """One line of a policy's own history."""

    date: dt.date
    change: Title


class FrontMatter(Strict):
    """The whole head of a policy file."""

    id: Annotated[str, BeforeValidator(policy_id)]
    title: Title
    languages: tuple[Language, ...] = Field(min_length=1)
    effort: Effort = Effort.MEDIUM
    applies_when: tuple[AppliesWhen, ...] = Field(default=(AppliesWhen.EVERYTHING,), min_length=1)
    categories: tuple[CategoryFront, ...] = Field(min_length=1, max_length=40)
    changelog: tuple[Change, ...] = ()

    def repeated(self) -> Iterator[tuple[int, str]]:
        """Yield the place and id of every category whose id stands before it already, whatever its case."""
        seen: set[str] = set()
        for index, category in enumerate(self.categories):
            if category.id.casefold() in seen:
                yield index, category.id
            seen.add(category.id.casefold())
