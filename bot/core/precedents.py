"""Known violations to compare with: golden rows and the examples that a policy's text gives."""

import re
from collections.abc import Iterator

from bot.domain.policy import Policy
from bot.domain.question import Precedent
from bot.domain.verdict import Label
from bot.ports.policy_source import PolicySource

_EXAMPLE = re.compile(r'^\s*[-*]\s+["“](?P<text>.+)["”]\s*(?:→|->|=>|:)\s*(?P<category>[\w.-]+)\s*$', re.MULTILINE)


def precedents(source: PolicySource) -> tuple[Precedent, ...]:
    """Return the violating examples and golden rows of every policy; SAFE ones are left out: likeness never acquits."""
    return tuple(precedent for policy in source.policies() for precedent in _of(policy, source))


def _of(policy: Policy, source: PolicySource) -> Iterator[Precedent]:
    categories = {category.id for category in policy.categories}
    for number, example in enumerate(_EXAMPLE.finditer(policy.text), start=1):
        if example["category"] in categories:
            yield Precedent(
                id=f"example:{policy.id}-{number}",
                policy=policy.id,
                category=example["category"],
                text=example["text"],
            )
    for row in source.golden(policy.id):
        if row.label is Label.VIOLATES and row.category is not None:
            yield Precedent(id=f"golden:{row.id}", policy=policy.id, category=row.category, text=row.text)
