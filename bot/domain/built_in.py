"""The rules that are built in: checks which no model judges, with what an admin sees of them."""

import hashlib
from dataclasses import dataclass

from bot.domain.actions import Action
from bot.domain.ids import TAKEOVER, CategoryId, PolicyId
from bot.domain.policy import AppliesWhen, Category, Effort, Policy, Severity
from bot.domain.reasons import StepCode

TAKEOVER_POLICY = Policy(
    id=TAKEOVER,
    title="Account takeover",
    languages=(),
    effort=Effort.LOW,
    applies_when=frozenset({AppliesWhen.EVERYTHING}),
    categories=(
        Category(
            id=CategoryId("account_takeover"),
            title="Account takeover",
            severity=Severity.HIGH,
            action=Action.TIMEOUT,
            people_only=False,
            context_free=True,
            return_text=False,
        ),
    ),
    text="One account posts the same text, address or attachments in three channels or more within a minute.",
    policy_hash=hashlib.sha256(b"account_takeover 2").hexdigest(),
    source="built in",
)
"""The check on stolen accounts as a rule."""

_SEEN = "posted in several channels within a minute: the account may have been taken over."
TAKEOVER_RATIONALES = {
    StepCode.TAKEOVER_TEXT: f"The same text was {_SEEN}",
    StepCode.TAKEOVER_LINK: f"The same link was {_SEEN}",
    StepCode.TAKEOVER_FILES: f"The same files were {_SEEN}",
}
"""What is put on record of each sighting, in English. Cards and notices say it in their reader's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A check that no model judges, as a rule, and how a community sets its mode.

    `setting` is the key of that mode in a community's settings, in YAML and on record, and `described` what is said of
    it there. `steps` are the codes of what the check counts: cards say these in the reader's language.
    An author whose case rests on one of the `rationales` is told the sentence `notice` in their own.
    """

    policy: Policy
    setting: str
    described: str
    steps: frozenset[StepCode]
    rationales: frozenset[str] = frozenset()
    notice: str = ""

    @property
    def action(self) -> Action:
        """Return what the check does about what it sees: its own, which no community chooses."""
        return self.policy.categories[0].action


BUILT_IN: tuple[BuiltIn, ...] = (
    BuiltIn(
        policy=TAKEOVER_POLICY,
        setting="takeover_mode",
        described="live or shadow for the built-in check on stolen accounts: the same post in three channels within "
        "a minute.",
        steps=frozenset(TAKEOVER_RATIONALES),
        rationales=frozenset(TAKEOVER_RATIONALES.values()),
        notice="notice.takeover",
    ),
)
"""All there are. What looks for them stands in `bot/core/raids/checks.py`; nothing else names one of them."""


def built_in(policy: PolicyId | None) -> BuiltIn | None:
    """Return the check that is this rule, or None for a policy that a model judges."""
    return next((check for check in BUILT_IN if check.policy.id == policy), None)


def built_in_policies() -> tuple[Policy, ...]:
    """Return the rules of all checks."""
    return tuple(check.policy for check in BUILT_IN)
