"""What a built-in check is to the flow: it looks at each message, needs no model, and says what it saw."""

from abc import abstractmethod
from datetime import timedelta
from typing import Protocol

from bot.domain.events import Message
from bot.domain.ids import MessageRef
from bot.domain.inbox import InboxKey
from bot.domain.policy import Policy
from bot.domain.reasons import Reason
from bot.domain.verdict import Verdict


class Seen(Protocol):
    """What a check saw: the messages that show it, the newest last."""

    @property
    @abstractmethod
    def refs(self) -> tuple[MessageRef, ...]:
        """Return the messages."""

    @property
    @abstractmethod
    def step(self) -> Reason:
        """Return what was seen, with its counts: one of the rule's `steps`."""

    @property
    @abstractmethod
    def verdict(self) -> Verdict:
        """Return the check's verdict: VIOLATES by the rule, with a fixed sentence."""


class Check(Protocol):
    """Remembers what it needs of the last messages. Pure bookkeeping: `checks` acts on what it saw.

    `rule` is how it stands among the built-in rules, `name` what its decisions and incidents are named with on record,
    and `within` how far back it looks.
    """

    rule: Policy
    name: str
    within: timedelta

    @abstractmethod
    def see(self, message: Message) -> bool:
        """Take note of a message; return whether there is anything to say of it."""

    @abstractmethod
    def seen_with(self, key: InboxKey) -> tuple[MessageRef, ...]:
        """Return the messages that show what was seen with a delivery: none where nothing was."""

    @abstractmethod
    def take(self, key: InboxKey) -> Seen | None:
        """Hand over what was seen with this delivery, once."""

    @abstractmethod
    def forget(self, ref: MessageRef) -> None:
        """Take a message out that was deleted or edited."""
