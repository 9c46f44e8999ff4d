"""Several platforms as one: each call goes to the platform of the community that it is about.

So one pipeline, with one docket for one model, serves a Discord bot and several Slack workspaces at once.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from bot.domain.actions import Action, Outcome
from bot.domain.card import Card
from bot.domain.decision import Effect, EffectKey, EffectResult
from bot.domain.errors import PlatformBusy
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef
from bot.domain.notice import Announcement, Notice
from bot.domain.people import UNKNOWN_GROWTH, Actor, Growth, Permission
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.ports.directory import Directory
from bot.ports.enforcer import Enforcer
from bot.ports.history import History, SpokenIn
from bot.ports.mod_log import ModLog
from bot.ports.notifier import Notifier
from bot.ports.platform import Platform

Serving = Callable[[CommunityId], Platform | None]
"""Returns the platform that serves a community at present, or None when none does."""
_NOT_CONNECTED = reason(PlatformReason.NOT_CONNECTED)
"""A platform without a token, or one that is not there yet, never says that a community is gone."""


def switchboard(serving: Serving) -> Platform:
    """Return a platform that hands every call on."""
    lines = _Lines(serving)
    return Platform(
        enforcer=_Enforcer(lines),
        mod_log=_ModLog(lines),
        history=_History(lines),
        directory=_Directory(lines),
        notifier=_Notifier(lines),
    )


class _Lines:
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def find(self, community: CommunityId) -> Platform | None:
        return self._serving(community)

    def to(self, community: CommunityId) -> Platform:
        """Return the community's platform. Raises PlatformBusy when none serves it at present."""
        platform = self.find(community)
        if platform is None:
            text = f"{community} is not connected. Check its token, and `hallmoot doctor`."
            raise PlatformBusy(text, code=PlatformReason.NOT_CONNECTED, why=_NOT_CONNECTED)
        return platform


class _Enforcer(Enforcer):
    def __init__(self, lines: _Lines) -> None:
        self._lines = lines

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        return await self._lines.to(community).enforcer.capabilities(community)

    async def away(self, community: CommunityId) -> Reason | None:
        platform = self._lines.find(community)
        return _NOT_CONNECTED if platform is None else await platform.enforcer.away(community)

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        platform = self._lines.find(community)
        return 1 if platform is None else platform.enforcer.most_at_once(action, community)

    async def check(self, effect: Effect) -> Reason | None:
        platform = self._lines.find(effect.community)
        return _NOT_CONNECTED if platform is None else await platform.enforcer.check(effect)

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        platform = self._lines.find(effects[0].community) if effects else None
        if platform is None:
            return tuple(
                EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=_NOT_CONNECTED) for effect in effects
            )
        return await platform.enforcer.apply(effects)

    async def find(self, effect: Effect) -> EffectResult | None:
        platform = self._lines.find(effect.community)
        return None if platform is None else await platform.enforcer.find(effect)


class _ModLog(ModLog):
    def __init__(self, lines: _Lines) -> None:
        self._lines = lines

    async def post(self, key: str, card: Card) -> str:
        return await self._lines.to(card.case.community).mod_log.post(key, card)

    async def update(self, card_id: str, card: Card) -> None:
        await self._lines.to(card.case.community).mod_log.update(card_id, card)

    async def find(self, community: CommunityId, key: str) -> str | None:
        return await self._lines.to(community).mod_log.find(community, key)

    async def announce(self, announcement: Announcement) -> None:
        await self._lines.to(announcement.community).mod_log.announce(announcement)


class _History(History):
    def __init__(self, lines: _Lines) -> None:
        self._lines = lines

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        async for message in self._lines.to(community).history.since(community, channel, cursor, limit):
            yield message

    async def fetch(self, ref: MessageRef) -> Message | None:
        return await self._lines.to(ref.community).history.fetch(ref)

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        return await self._lines.to(community).history.channels(community)

    async def spoken_in(self, community: CommunityId, since: str) -> SpokenIn:
        return await self._lines.to(community).history.spoken_in(community, since)


class _Directory(Directory):
    def __init__(self, lines: _Lines) -> None:
        self._lines = lines

    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        return await self._lines.to(actor.community).directory.may(actor, permission, channel)

    async def growth(self, community: CommunityId, around: datetime, within: timedelta) -> Growth:
        platform = self._lines.find(community)
        return await platform.directory.growth(community, around, within) if platform is not None else UNKNOWN_GROWTH


class _Notifier(Notifier):
    def __init__(self, lines: _Lines) -> None:
        self._lines = lines

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        platform = self._lines.find(notice.community)
        if platform is None:
            return EffectResult(key=key, outcome=Outcome.REFUSED, why=_NOT_CONNECTED)
        return await platform.notifier.tell(key, notice)
