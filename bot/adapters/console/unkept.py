"""A mod log that keeps nothing: the records have every case, and a recording may make more cards than memory holds."""

from bot.domain.card import Card
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement
from bot.ports.mod_log import ModLog


class UnkeptModLog(ModLog):
    """Takes cards and lets them go."""

    async def post(self, key: str, card: Card) -> str:
        """Return the key as the card's platform id."""
        del card
        return key

    async def update(self, card_id: str, card: Card) -> None:
        """Let the new drawing go as well."""

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Return None: nothing is kept that could be found."""
        del community, key
        return None

    async def announce(self, announcement: Announcement) -> None:
        """Let it go."""
