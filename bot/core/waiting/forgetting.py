"""Letting go of what waits, because an admin says so: each message ends on record, and so does who said it."""

from datetime import UTC, datetime

from bot.domain.audit import AuditCode, AuditNote
from bot.domain.ids import CommunityId
from bot.domain.inbox import InboxKey
from bot.domain.reasons import NotJudgedReason
from bot.domain.records import GivenUp
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox

WHENEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than anything was received, also where the clock was set back meanwhile."""


async def forget_backlog(
    inbox: Inbox, clock: Clock, *, by: str, community: CommunityId | None = None
) -> tuple[InboxKey, ...]:
    """End every waiting message of one community or (None) of all, as `forgotten`; return which. Reports stay.

    A `run` beside it notices at each message's turn.
    """
    waiting = [place for place, _ in await inbox.waiting_counts()]
    ended: list[InboxKey] = []
    for place in waiting if community is None else [community]:
        ended += await inbox.give_up(_by_an_admin(place, by, clock))
    return tuple(ended)


def _by_an_admin(community: CommunityId, by: str, clock: Clock) -> GivenUp:
    details = (("by", by), ("what", "forgotten"))
    note = AuditNote(community=community, code=AuditCode.OUTAGE, at=clock.now(), details=details)
    return GivenUp(reason=NotJudgedReason.FORGOTTEN, received_before=WHENEVER, community=community, notes=(note,))
