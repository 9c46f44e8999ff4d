"""A platform on which everything works at once and nothing is kept, so that only the bot is measured."""

from collections.abc import AsyncIterator

from bot.domain.actions import Action, Outcome
from bot.domain.card import Card
from bot.domain.decision import Effect, EffectKey, EffectResult
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef
from bot.domain.notice import Announcement, Notice, OperatorNote
from bot.domain.people import Actor, Permission
from bot.domain.reasons import Reason
from bot.ports.directory import Directory
from bot.ports.enforcer import Enforcer
from bot.ports.history import History
from bot.ports.mod_log import ModLog
from bot.ports.notifier import Notifier
from bot.ports.operator import Operator
from bot.ports.platform import Platform


class IdleEnforcer(Enforcer):
    """Says that it was done."""

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return every action."""
        del community
        return frozenset(Action)

    async def away(self, community: CommunityId) -> Reason | None:
        """Return None: it is always there."""
        del community
        return None

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return a hundred."""
        del action, community
        return 100

    async def check(self, effect: Effect) -> Reason | None:
        """Return None: everything is possible."""
        del effect
        return None

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Return APPLIED for each."""
        return tuple(EffectResult(key=effect.key, outcome=Outcome.APPLIED) for effect in effects)

    async def find(self, effect: Effect) -> EffectResult | None:
        """Return None: nothing is kept."""
        del effect
        return None


class IdleModLog(ModLog):
    """Counts cards and announcements."""

    def __init__(self) -> None:
        self.cards = 0
        self.announcements = 0

    async def post(self, key: str, card: Card) -> str:
        """Count a card."""
        del card
        self.cards += 1
        return key

    async def update(self, card_id: str, card: Card) -> None:
        """Do nothing."""

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Return None: nothing is kept."""
        del community, key
        return None

    async def announce(self, announcement: Announcement) -> None:
        """Count it."""
        del announcement
        self.announcements += 1


class IdleHistory(History):
    """Knows of no past."""

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield nothing."""
        del community, channel, cursor, limit
        nothing: tuple[Message, ...] = ()
        for message in nothing:
            yield message

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return None."""
        del ref
        return None

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return nothing."""
        del community
        return ()


class IdleDirectory(Directory):
    """Says yes."""

    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return True."""
        del actor, permission, channel
        return True


class IdleNotifier(Notifier):
    """Says that the author was told."""

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Return APPLIED."""
        del notice
        return EffectResult(key=key, outcome=Outcome.APPLIED)


class IdleOperator(Operator):
    """Says that the operator was told."""

    async def tell(self, note: OperatorNote) -> bool:
        """Return True."""
        del note
        return True


def idle_platform() -> Platform:
    """Return the five ports."""
    return Platform(
        enforcer=IdleEnforcer(),
        mod_log=IdleModLog(),
        history=IdleHistory(),
        directory=IdleDirectory(),
        notifier=IdleNotifier(),
    )
