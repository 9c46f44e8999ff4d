"""Identifiers, each a type of its own, so that one can't stand where another belongs."""

from dataclasses import dataclass
from typing import NewType

CommunityId = NewType("CommunityId", str)
"""A Discord server or Slack workspace: `discord:123`, `slack:T1`, `console:demo`."""
ChannelId = NewType("ChannelId", str)
"""A channel's or thread's id in its platform's own form."""
MessageId = NewType("MessageId", str)
"""A message's id in its platform's own form (a Slack timestamp, a Discord snowflake)."""
PersonId = NewType("PersonId", str)
"""A member's, moderator's or app's id in its platform's own form."""
PolicyId = NewType("PolicyId", str)
CategoryId = NewType("CategoryId", str)
Revision = NewType("Revision", str)
"""The first 16 hex digits of the SHA-256 of a message's readable text."""
DecisionId = NewType("DecisionId", str)
CaseNumber = NewType("CaseNumber", int)
"""Counted from 1 within one community."""

TAKEOVER = PolicyId("account_takeover")
"""The built-in check on accounts that were taken over."""

ANY_CATEGORY = CategoryId("violation")
"""The one category of a policy that is a plain text file."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MessageRef:
    """Where a message stands: unique within all platforms."""

    community: CommunityId
    channel: ChannelId
    message: MessageId

    def log_context(self) -> dict[str, str]:
        """Return the values that a log line names this message by."""
        return {"community": self.community, "channel": self.channel, "message": self.message}


def position(message: str) -> tuple[int, str]:
    """Return what sorts one platform's message ids by age: snowflakes and timestamps grow in length, then in digits."""
    return len(message), message


def platform_of(community: CommunityId) -> str:
    """Return the platform's name, the part of a community id before its first colon."""
    return community.partition(":")[0]
