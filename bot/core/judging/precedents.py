"""Known violations to compare with: golden rows, the examples that a policy's text gives, and reviewed cases."""

import re
from collections.abc import Iterator

from bot.core.judging.copies import CASE, EXAMPLE
from bot.domain.case import Case, CaseStatus
from bot.domain.errors import PolicyError
from bot.domain.golden import GoldenRow
from bot.domain.ids import CommunityId
from bot.domain.policy import Policy
from bot.domain.question import Precedent
from bot.domain.records import CaseFilter
from bot.domain.verdict import Label
from bot.logs import get_logger
from bot.ports.cases import Cases
from bot.ports.policy_source import PolicySource

_log = get_logger(__name__)
# Within its line only: a stretch of empty lines would cost time by its square.
_EXAMPLE = re.compile(
    r'^[^\S\n]*[-*][^\S\n]+["“](?P<text>.+)["”][^\S\n]*(?:→|->|=>|:)[^\S\n]*(?P<category>[\w.-]+)[^\S\n]*$',
    re.MULTILINE,
)


def precedents(source: PolicySource) -> tuple[Precedent, ...]:
    """Return the violating examples and golden rows of every policy; SAFE ones are left out: likeness never acquits."""
    return tuple(precedent for policy in source.policies() for precedent in _of(policy, source))


def _of(policy: Policy, source: PolicySource) -> Iterator[Precedent]:
    categories = {category.id for category in policy.categories}
    for number, example in enumerate(_EXAMPLE.finditer(policy.text), start=1):
        if example["category"] in categories:
            yield Precedent(
                id=f"{EXAMPLE}:{policy.id}-{number}",
                policy=policy.id,
                category=example["category"],
                text=example["text"],
            )
    for row in _golden(policy, source):
        if row.label is Label.VIOLATES and row.category is not None:
            yield Precedent(id=f"golden:{row.id}", policy=policy.id, category=row.category, text=row.text)


def _golden(policy: Policy, source: PolicySource) -> tuple[GoldenRow, ...]:
    """Return a policy's golden rows; none of a file that can't be used, which must not keep the policy from judging."""
    try:
        return source.golden(policy.id)
    except PolicyError as error:
        _log.error("golden_rows_unusable", policy=policy.id, fault=str(error))
        return ()


def uploaded(source: PolicySource, community: CommunityId) -> tuple[Precedent, ...]:
    """Return the violating examples of the policies that a community sent itself, whose text no other has."""
    everybodys = {policy.id: policy.policy_hash for policy in source.policies()}
    own = source.of(community)
    return tuple(
        precedent
        for policy in own.policies()
        if everybodys.get(policy.id) != policy.policy_hash
        for precedent in _of(policy, own)
    )


async def reviewed(cases: Cases, limit: int) -> dict[CommunityId, tuple[Precedent, ...]]:
    """Return the latest cases that people found right and whose text is still kept, for each community."""
    found: dict[CommunityId, tuple[Precedent, ...]] = {}
    for case in await cases.find(None, CaseFilter(status=CaseStatus.UPHELD, limit=limit)):
        precedent = await of_case(case, cases)
        if precedent is not None:
            found[case.community] = (*found.get(case.community, ()), precedent)
    return found


async def of_case(case: Case, cases: Cases) -> Precedent | None:
    """Return a case's text as a precedent; None when it names no rule or its text is no longer kept."""
    file = await cases.file(case.community, case.number)
    if file is None or file.message is None or case.policy is None or case.category is None:
        return None
    return Precedent(
        id=f"{CASE}:{case.number}", policy=case.policy, category=case.category, text=file.message.judged_text
    )
