"""Verdicts that need no model: the same text under the same policy was judged before, or is like a known violation."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.case import CaseStatus
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CategoryId, CommunityId
from bot.domain.policy import Policy
from bot.domain.question import ModelIdentity, NearCopy, Precedent
from bot.domain.records import CopyQuery
from bot.domain.texts.text import MAX_CHARACTERS, copy_key
from bot.domain.verdict import Label, Verdict, VerdictSource
from bot.ports.cases import Cases
from bot.ports.classifier import Classifier
from bot.ports.near_copies import NearCopies

MIN_CHARACTERS = 20
"""Shorter texts are common words: equal ones may mean different things."""
EXAMPLE, CASE = "example", "case"
"""How the ids of precedents begin that a policy's text gives, and those of reviewed cases; a colon follows."""
_EQUAL = 100.0


class Copies:
    """Finds what a message copies."""

    def __init__(self, cases: Cases, near_copies: NearCopies, classifier: Classifier) -> None:
        self._cases = cases
        self._near_copies = near_copies
        self._classifier = classifier

    async def exact(self, message: Message, policy: Policy, identity: ModelIdentity) -> Verdict | None:
        """Return the verdict that the same model gave on the same text under the same prompt, or None.

        The caller sees to it that neither prompt holds context.
        """
        key = key_for(message)
        if not key:
            return None
        query = CopyQuery(
            community=message.community,
            policy=policy.id,
            prompt_hash=self._classifier.prompt_hash(policy),
            digest=identity.digest,
            copy_key=key,
        )
        copy = await self._cases.exact_copy(query)
        if copy is None:
            return None
        return replace(copy.verdict, source=VerdictSource.EXACT_COPY, copy_of=copy.ref.message)

    async def near(self, message: Message, policies: Sequence[Policy]) -> Verdict | None:
        """Return a violation that this text is like, under one of these policies, or None. It may only flag."""
        text = message.judged_text
        if len(text) > MAX_CHARACTERS:
            return None
        found = await self._near_copies.nearest(message.community, text)
        if found is None:
            return None
        policy = next((policy for policy in policies if policy.id == found.precedent.policy), None)
        if policy is None or not await self._still_right(message.community, found.precedent):
            return None
        return _as_verdict(found, policy)

    async def _still_right(self, community: CommunityId, precedent: Precedent) -> bool:
        """Return whether people still find the case right that a precedent comes from; minds may change."""
        kind, _, number = precedent.id.partition(":")
        if kind != CASE or not number.isdecimal():
            return True
        file = await self._cases.file(community, CaseNumber(int(number)))
        return file is not None and file.case.status is CaseStatus.UPHELD


def key_for(message: Message) -> str:
    """Return the form in which exact copies are compared, or an empty string for a text that is never copied."""
    if len(message.judged_text) > MAX_CHARACTERS:
        return ""
    key = copy_key(message.judged_text)
    return key if len(key) >= MIN_CHARACTERS else ""


def _is_outdated(precedent: Precedent, policy: Policy) -> bool:
    """Return whether an example stands no more in its policy, which was sent anew, or which a community's replaced."""
    return precedent.id.startswith(f"{EXAMPLE}:") and precedent.text not in policy.text


def _as_verdict(found: NearCopy, policy: Policy) -> Verdict | None:
    categories = {category.id for category in policy.categories}
    category = CategoryId(found.precedent.category)
    if category not in categories or _is_outdated(found.precedent, policy):
        return None
    source = VerdictSource.EXACT_COPY if found.likeness >= _EQUAL else VerdictSource.NEAR_COPY
    return Verdict(
        policy=policy.id,
        policy_hash=policy.policy_hash,
        label=Label.VIOLATES,
        source=source,
        category=category,
        copy_of=found.precedent.id,
    )
