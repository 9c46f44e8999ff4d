"""The mod log of the console platform: cards are kept in order, for a table or for drawing one by one."""

from bot.domain.card import Card
from bot.domain.errors import PlatformRefused
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement
from bot.domain.reasons import PlatformReason, reason
from bot.ports.mod_log import ModLog


class ConsoleModLog(ModLog):
    """Keeps the latest card of each case."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}
        self.announcements: dict[str, Announcement] = {}

    async def post(self, key: str, card: Card) -> str:
        """Keep a card; its key is its platform id."""
        self.cards[key] = card
        return key

    async def update(self, card_id: str, card: Card) -> None:
        """Replace a card. Raises PlatformRefused for one that was never posted here."""
        if card_id not in self.cards:
            text = f"no card {card_id} was posted by this process"
            raise PlatformRefused(text, code="unknown_card", why=reason(PlatformReason.MESSAGE_GONE))
        self.cards[card_id] = card

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Return the key when a card of this community carries it."""
        card = self.cards.get(key)
        return key if card is not None and card.case.community == community else None

    async def announce(self, announcement: Announcement) -> None:
        """Keep what was said, once for each key."""
        self.announcements.setdefault(announcement.key, announcement)
