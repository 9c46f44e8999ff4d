"""The head of a policy file: what the loader needs to know besides the text that the model reads."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.config.settings.checks import AutomaticAction, Language, Title, category_id, policy_id
from bot.config.settings.models import Strict
from bot.domain.ids import CategoryId
from bot.domain.policy import AppliesWhen, Category, Effort, Severity


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
