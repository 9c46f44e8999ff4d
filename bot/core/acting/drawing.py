"""Cards: posted once, and drawn again so that they tell what has happened.

A card is due while it was never posted or shows less than is on record. That stands in the database, so what a crash or
the platform kept from being drawn is drawn later.
"""

import asyncio
from dataclasses import dataclass
from weakref import WeakValueDictionary

from bot.core.acting.cards import card_of
from bot.domain.actions import Action
from bot.domain.card import Card
from bot.domain.case import CaseFile
from bot.domain.decision import StoredEffect
from bot.domain.errors import HallmootError, PlatformError, PlatformRefused
from bot.domain.ids import CaseNumber, CommunityId
from bot.domain.put_off import is_gone
from bot.logs import get_logger
from bot.ports.mod_log import ModLog
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource
from bot.ports.store import Store

_log = get_logger(__name__)


@dataclass(slots=True, weakref_slot=True)
class _Easel:
    """What is known of drawing one case at this moment: how often it was asked for, and up to which it was done."""

    lock: asyncio.Lock
    asked: int = 0
    done: int = 0


class Drawing:
    """Draws the cards of cases, each one at a time. Who asks while a card is drawn shares the drawing that follows."""

    def __init__(self, mod_log: ModLog, store: Store, policies: PolicySource, settings: SettingsSource) -> None:
        self._mod_log = mod_log
        self._store = store
        self._cases = store.cases
        self._policies = policies
        self._settings = settings
        self._easels: WeakValueDictionary[tuple[CommunityId, CaseNumber], _Easel] = WeakValueDictionary()

    async def redraw(self, community: CommunityId, number: CaseNumber) -> None:
        """Bring a card up to date; post it where there is none. Raises PlatformRefused or PlatformBusy."""
        easel = self._easels.setdefault((community, number), _Easel(asyncio.Lock()))
        easel.asked += 1
        mine = easel.asked
        async with easel.lock:
            if easel.done >= mine:
                return
            shared = easel.asked
            await self._draw(community, number, None)
            easel.done = shared

    async def post(self, flag: StoredEffect, number: CaseNumber) -> None:
        """Do the same for a decision that asks for a card; `flag` is as it stood before it was under way."""
        easel = self._easels.setdefault((flag.effect.community, number), _Easel(asyncio.Lock()))
        async with easel.lock:
            await self._draw(flag.effect.community, number, flag)

    async def catch_up(self, community: CommunityId, number: CaseNumber) -> None:
        """Draw a posted card again where it shows less than has happened; what is not possible now stays due."""
        easel = self._easels.setdefault((community, number), _Easel(asyncio.Lock()))
        async with easel.lock:
            file = await self._cases.file(community, number)
            if file is None or not file.case.card_id or file.shown >= file.changes:
                return
            try:
                await self._draw(community, number, None)
            except PlatformError as error:
                _log.warning("card_not_drawn", community=community, case=number, error=str(error))

    async def refresh(self, community: CommunityId, number: CaseNumber) -> bool:
        """Bring a card up to date; False, and it stays due, where the platform does not let it be drawn now."""
        try:
            await self.redraw(community, number)
        except PlatformError as error:
            _log.warning("card_not_drawn", community=community, case=number, error=str(error))
            await self._cases.card_changed(community, number)
            return False
        return True

    async def _draw(self, community: CommunityId, number: CaseNumber, flag: StoredEffect | None) -> None:
        """Draw a card. What nobody expects counts as refused: it must keep nothing else from being done."""
        try:
            await self._draw_as_it_stands(community, number, flag)
        except HallmootError:
            raise
        except Exception as error:
            kind = type(error).__name__
            _log.error("card_broke", community=community, case=number, error=kind, says=str(error))
            text = f"The card of case {number} could not be drawn: {kind}. That is a fault of Hallmoot's."
            raise PlatformRefused(text, code=kind) from error

    async def _draw_as_it_stands(self, community: CommunityId, number: CaseNumber, flag: StoredEffect | None) -> None:
        file = await self._cases.file(community, number)
        if file is None:
            return
        card = await card_of(file, self._store, self._policies, await self._settings.of(community))
        card_id = file.case.card_id
        if not card_id and _may_be_posted(file, flag):
            card_id = await self._mod_log.find(community, card_key(community, number)) or ""
        if not card_id or not await self._updated(card_id, card):
            card_id = await self._mod_log.post(card_key(community, number), card)
        await self._cases.set_card(community, number, card_id, file.changes)

    async def _updated(self, card_id: str, card: Card) -> bool:
        try:
            await self._mod_log.update(card_id, card)
        except PlatformError as error:
            if not is_gone(error):
                raise
            _log.warning("card_gone", community=card.case.community, case=card.case.number)
            return False
        return True


def _may_be_posted(file: CaseFile, flag: StoredEffect | None) -> bool:
    """Return whether a card that is not on record may stand in the mod log all the same."""
    flags = [stored for stored in file.effects if stored.effect.action is Action.FLAG]
    if flag is not None:
        flags = [flag, *(stored for stored in flags if stored.effect.key != flag.effect.key)]
    return any(stored.begun or stored.result is not None for stored in flags)


def card_key(community: CommunityId, number: CaseNumber) -> str:
    """Return what marks the card of a case, so that it can be found again."""
    return f"case:{community}:{number}"
