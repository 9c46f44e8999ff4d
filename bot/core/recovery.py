"""Starting where the last process stopped, however it stopped.

`begin` brings the rows in order before anything is taken in: what was being judged waits again, what was decided and
carried out is settled. `take_up` follows for each community once its platform is connected, and carries out what was
intended and has no outcome. What was under way may have happened all the same, without our knowing: so the platform is
looked at first, for effects and for cards.
"""

import asyncio
from collections import defaultdict
from dataclasses import replace

from bot.core.enforcing import IN_MOD_LOG, Enforcing, card_key
from bot.domain.actions import Mode
from bot.domain.case import Case
from bot.domain.decision import BOT, StoredEffect
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.ids import CaseNumber, CommunityId, DecisionId
from bot.logs import get_logger
from bot.ports.cases import Cases
from bot.ports.inbox import Inbox
from bot.ports.platform import Platform

_log = get_logger(__name__)


class Recovery:
    """Takes up again what another process left. Build one for each process, and `begin` before anything else."""

    def __init__(self, inbox: Inbox, cases: Cases, platform: Platform, enforcing: Enforcing) -> None:
        self._inbox = inbox
        self._cases = cases
        self._platform = platform
        self._enforcing = enforcing
        self._left: dict[CommunityId, dict[DecisionId, CaseNumber | None]] = defaultdict(dict)
        self._cardless: dict[CommunityId, list[Case]] = defaultdict(list)
        self._working = asyncio.Lock()

    async def begin(self) -> int:
        """Let interrupted messages wait again, and note what else was left; return how many messages wait anew."""
        interrupted = await self._inbox.recover()
        for stored in await self._cases.pending_effects():
            effect = stored.effect
            self._left[effect.community][effect.key.decision] = effect.case
        for case in await self._cases.without_card():
            self._cardless[case.community].append(case)
        return interrupted

    async def take_up(self, community: CommunityId) -> int:
        """Bring the effects that were left in a community to their outcomes; return how many decisions are done with.

        Called whenever the platform is connected: what the platform's failure leaves now, the next call takes up.
        Effects of this process are not its business.
        """
        async with self._working:
            left = self._left[community]
            done = [decision for decision, number in left.items() if await self._finish(community, decision, number)]
            for decision in done:
                del left[decision]
            cardless = self._cardless[community]
            self._cardless[community] = [case for case in cardless if not await self._show(case)]
        return len(done)

    async def _finish(self, community: CommunityId, decision: DecisionId, number: CaseNumber | None) -> bool:
        file = await self._cases.file(community, number) if number is not None else None
        if file is None:
            return True
        effects = tuple(stored for stored in file.effects if stored.effect.key.decision == decision)
        card_known = await self._find_card(file.case)
        if not card_known:
            effects = tuple(stored for stored in effects if stored.effect.action not in IN_MOD_LOG)
        await self._enforcing.carry_out(tuple([await self._looked_for(stored) for stored in effects]))
        return card_known

    async def _looked_for(self, stored: StoredEffect) -> StoredEffect:
        """Return the effect as it stands, with an outcome where the platform shows that it was carried out."""
        effect = stored.effect
        simulated = effect.mode is Mode.SHADOW and effect.by == BOT
        if stored.result is not None or not stored.begun or simulated:
            return stored
        found = await self._platform.enforcer.find(effect)
        if found is None:
            return stored
        _log.info("effect_found", community=effect.community, case=effect.case, action=effect.action)
        await self._enforcing.commit(effect, found)
        return replace(stored, result=found)

    async def _find_card(self, case: Case) -> bool:
        """Note a card that is posted and not on record. False where the mod log can't be read: then none is posted."""
        try:
            found = await self._platform.mod_log.find(case.community, card_key(case.community, case.number))
        except (PlatformRefused, PlatformBusy) as error:
            _log.warning("card_not_looked_for", community=case.community, case=case.number, error=str(error))
            return False
        if found is not None and found != case.card_id:
            await self._cases.set_card(case.community, case.number, found)
        return True

    async def _show(self, case: Case) -> bool:
        """Post a card that is still missing; False when that was not possible."""
        file = await self._cases.file(case.community, case.number)
        if file is None or file.case.card_id:
            return True
        if not await self._find_card(case):
            return False
        try:
            await self._enforcing.redraw(case.community, case.number)
        except (PlatformRefused, PlatformBusy) as error:
            _log.warning("card_not_posted", community=case.community, case=case.number, error=str(error))
            return False
        return True
