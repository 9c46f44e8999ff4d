"""A made-up second check. To import this module registers it: in the two lists that a new check is named in."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.raids import checks
from bot.core.raids.check import Check, Seen
from bot.domain import built_in
from bot.domain.actions import Action
from bot.domain.events import Message
from bot.domain.ids import CategoryId, MessageRef, PolicyId
from bot.domain.inbox import InboxKey, key_of
from bot.domain.reasons import Reason, StepCode, reason
from bot.domain.verdict import Label, Verdict, VerdictSource

SHOUTING = PolicyId("shouting")
RULE = replace(
    built_in.TAKEOVER_POLICY,
    id=SHOUTING,
    title="Shouting",
    categories=(
        replace(
            built_in.TAKEOVER_POLICY.categories[0], id=CategoryId("shouting"), title="Shouting", action=Action.DELETE
        ),
    ),
    text="A long text in capital letters.",
    policy_hash=hashlib.sha256(b"shouting").hexdigest(),
)


@dataclass(frozen=True, slots=True)
class Shout(Seen):
    """One text in capitals."""

    ref: MessageRef

    @property
    def refs(self) -> tuple[MessageRef, ...]:
        """Return the message."""
        return (self.ref,)

    @property
    def step(self) -> Reason:
        """Return a code that is there already."""
        return reason(StepCode.REPEATED)

    @property
    def verdict(self) -> Verdict:
        """Return the verdict."""
        return Verdict(
            policy=SHOUTING,
            policy_hash=RULE.policy_hash,
            label=Label.VIOLATES,
            source=VerdictSource.CHECK,
            category=RULE.categories[0].id,
            rationale="It is all in capitals.",
        )


class Shouting(Check):
    """Sees long texts in capitals."""

    rule = RULE
    name = "shouting"
    within = timedelta(0)

    def __init__(self) -> None:
        self._seen: dict[InboxKey, Shout] = {}

    def see(self, message: Message) -> bool:
        """Return whether it is in capitals."""
        if not message.judged_text.isupper():
            return False
        self._seen[key_of(message)] = Shout(message.ref)
        return True

    def seen_with(self, key: InboxKey) -> tuple[MessageRef, ...]:
        """Return the message."""
        return (key.ref,) if key in self._seen else ()

    def take(self, key: InboxKey) -> Shout | None:
        """Hand it over."""
        return self._seen.pop(key, None)

    def forget(self, ref: MessageRef) -> None:
        """Remember nothing."""


built_in.BUILT_IN += (
    built_in.BuiltIn(
        policy=RULE,
        setting="shouting_mode",
        described="live or shadow for the built-in check on shouting.",
        steps=frozenset({StepCode.REPEATED}),
    ),
)
checks.CHECKS += (Shouting,)
