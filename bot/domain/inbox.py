"""The inbox's rows: what was delivered, and where each delivery stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.events import Delete, Edit, Event, Member, Message, Report, Unread
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef
from bot.domain.states import State


class Kind(StrEnum):
    """Which kind of event a row holds."""

    MESSAGE = "message"
    DELETE = "delete"
    REPORT = "report"
    MEMBER = "member"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxKey:
    """What makes a row unique. The discriminator is the revision, the reporter, or the platform's event id.

    Message and Edit share their kind's place: a text that was delivered once, in whichever way, is one row.
    """

    community: CommunityId
    channel: ChannelId
    message: MessageId
    kind: Kind
    discriminator: str

    @property
    def ref(self) -> MessageRef:
        """Return the message that the row is about."""
        return MessageRef(community=self.community, channel=self.channel, message=self.message)


class Accepted(StrEnum):
    """What committing an event to the inbox did.

    NEW: a row was made. KNOWN: the same was delivered before. REOPENED: a return to an earlier text. UNCHANGED: an edit
    that changed nothing a reader sees. NOTED: recorded, with nothing to judge (Delete, Member, Unread).
    """

    NEW = "new"
    KNOWN = "known"
    REOPENED = "reopened"
    UNCHANGED = "unchanged"
    NOTED = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """One row. `reports` are those on the message; `judged_before` counts its revisions that reached a judgement.

    `message` is what is to be judged: of a Report, the reported message; None when its text is not at hand.
    """

    key: InboxKey
    message: Message | None
    state: State
    reason: str
    received_at: datetime
    judged_before: int = 0
    report: Report | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What `accept` answers: what it did, and the row, where there is one to judge."""

    accepted: Accepted
    item: InboxItem | None


def key_of(event: Event) -> InboxKey:
    """Return the inbox key of an event. In the message's place a Member event has its person, an Unread one its id."""
    if isinstance(event, Member):
        return InboxKey(
            community=event.community,
            channel=event.channel or ChannelId(""),
            message=MessageId(event.person),
            kind=Kind.MEMBER,
            discriminator=event.event_id,
        )
    if isinstance(event, Unread):
        return InboxKey(
            community=event.community,
            channel=event.channel or ChannelId(""),
            message=MessageId(event.event_id),
            kind=Kind.UNREAD,
            discriminator=event.kind,
        )
    message = event.message if isinstance(event, Edit) else event
    kind, discriminator = _kind_and_discriminator(event)
    ref = message.ref
    return InboxKey(
        community=ref.community, channel=ref.channel, message=ref.message, kind=kind, discriminator=discriminator
    )


def _kind_and_discriminator(event: Message | Edit | Delete | Report) -> tuple[Kind, str]:
    if isinstance(event, Message):
        return Kind.MESSAGE, event.revision
    if isinstance(event, Edit):
        return Kind.MESSAGE, event.message.revision
    if isinstance(event, Report):
        return Kind.REPORT, event.reporter
    return Kind.DELETE, "deleted"
