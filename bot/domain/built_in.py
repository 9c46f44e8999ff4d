"""The rules that are built in: checks which no model judges, with what an admin sees of them."""

import hashlib

from bot.domain.actions import Action
from bot.domain.ids import TAKEOVER, CategoryId
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
"""The check as a rule: it is judged by no model, and its mode is the community's `takeover_mode`."""

_SEEN = "posted in several channels within a minute: the account may have been taken over."
TAKEOVER_RATIONALES = {
    StepCode.TAKEOVER_TEXT: f"The same text was {_SEEN}",
    StepCode.TAKEOVER_LINK: f"The same link was {_SEEN}",
    StepCode.TAKEOVER_FILES: f"The same files were {_SEEN}",
}
"""What is put on record of each sighting, in English. Cards and notices say it in their reader's language."""
