"""Copies that a webhook posts for a member: theirs as long as the record lasts, and gone together with the original.

Only while both are fresh can a platform's gateway tell whose words a webhook repeats. What it told once stands in the
inbox: a later edit of the copy, or the copy fetched again after a restart, still belongs to its member.
"""

from dataclasses import replace

from bot.domain.case import CaseStatus
from bot.domain.events import Edit, Event, Message
from bot.domain.ids import MessageRef
from bot.domain.scope import Place, Scope
from bot.ports.cases import Cases
from bot.ports.inbox import Inbox


async def attributed(message: Message, inbox: Inbox) -> Message:
    """Return a message with the author that it is on record with, where it is a copy and does not say so any more."""
    if message.proxy_of is not None or message.author.joined_at is not None:
        return message  # a member's own: no webhook ever joined
    known = await inbox.current(message.ref)
    if known is None or known.message is None or known.message.proxy_of is None:
        return message
    return replace(message, author=known.message.author, proxy_of=known.message.proxy_of)


async def attributed_event(event: Event, inbox: Inbox) -> Event:
    """Return an event with its message's true author, where an edit of a copy hides it."""
    if not isinstance(event, Edit):
        return event
    return replace(event, message=await attributed(event.message, inbox))


async def together(message: Message, scope: Scope, place: Place, cases: Cases) -> tuple[Scope, Place]:
    """Return what a decision on a copy is about: it takes the original along, or joins the case that this has already.

    The original is usually gone by then: whoever proxies deletes it. Where it is not, it would say the same once more.
    """
    original = original_of(message)
    if original is None:
        return scope, place
    file = await cases.file_of(original)
    if file is None:
        return replace(scope, covers=(*scope.covers, original)), place
    if file.case.status is not CaseStatus.OPEN or place.joins is not None:
        return scope, place
    return replace(scope, follows=True), replace(place, joins=file.case.number)


def original_of(message: Message) -> MessageRef | None:
    """Return the member's own message that a copy repeats, or None."""
    return replace(message.ref, message=message.proxy_of) if message.proxy_of is not None else None
