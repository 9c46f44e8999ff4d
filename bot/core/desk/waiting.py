"""What waits for the model: how much that is, and letting go of it."""

from bot.core.desk.access import Access
from bot.core.desk.parts import DeskParts
from bot.domain.answer import Answer, AnswerKind
from bot.domain.ids import CommunityId
from bot.domain.people import Actor
from bot.domain.reasons import Reason, reason
from bot.ports.inbox import Inbox


async def waiting_line(inbox: Inbox, community: CommunityId) -> Reason:
    """Return how many messages of a community wait for the model: the same number wherever it is told."""
    count = dict(await inbox.unjudged_counts()).get(community, 0)
    return reason("backlog.waiting", count=count) if count else reason("backlog.none")


class WaitingMessages:
    """Answers `/mod backlog`."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access

    async def backlog(self, actor: Actor) -> Answer:
        """Return how many messages of this community wait, and what an admin could do about them."""
        refusal = await self._access.moderator(actor, "backlog")
        if refusal is not None:
            return refusal
        line = await waiting_line(self._parts.store.inbox, actor.community)
        how = (reason("backlog.how"),) if line.value("count") else ()
        return Answer(kind=AnswerKind.DONE, lines=(line, *how))

    async def forget_backlog(self, actor: Actor) -> Answer:
        """End what waits in this community without a judgement; each message, and who said so, is on record."""
        refusal = await self._access.admin(actor, "forget_backlog")
        if refusal is not None:
            return refusal
        count = await self._parts.forget(actor.community, actor.person)
        line = reason("backlog.forgotten", count=count) if count else reason("backlog.none")
        return Answer(kind=AnswerKind.DONE, lines=(line,))
