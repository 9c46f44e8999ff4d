"""A community in memory behind the five ports of a platform. It keeps every promise of theirs, and nothing else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bot.domain.actions import Action, Outcome
from bot.domain.card import Card
from bot.domain.decision import Effect, EffectKey, EffectResult
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef, PersonId
from bot.domain.notice import Announcement, Notice, notice_of
from bot.domain.people import Actor, Permission
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.messages.cards import card_content
from bot.messages.catalogue import catalogue
from bot.messages.notices import announcement_line, notice_content
from bot.ports.directory import Directory
from bot.ports.enforcer import Enforcer
from bot.ports.history import History
from bot.ports.mod_log import ModLog
from bot.ports.notifier import Notifier
from tests.fakes.directory import ScriptedDirectory

_CAPABLE = frozenset(Action) - {Action.RESTORE}


@dataclass
class Place:
    """One community. `breaks` and `loses_answer` hold for the next call; without `may_act` the bot only reads."""

    community: CommunityId
    channels: tuple[ChannelId, ...]
    messages: dict[MessageRef, Message] = field(default_factory=dict)
    done: set[EffectKey] = field(default_factory=set)
    cards: dict[str, tuple[str, str]] = field(default_factory=dict)
    told: dict[PersonId, dict[str, str]] = field(default_factory=dict)
    unreachable: set[PersonId] = field(default_factory=set)
    may_act: bool = True
    breaks: bool = False
    loses_answer: bool = False
    posted: int = 0

    def answer(self, doing: str) -> None:
        """Raise PlatformBusy where the platform does not answer this time."""
        if self.breaks:
            self.breaks = False
            raise PlatformBusy(f"Nobody answered when asked to {doing}.", code="503")


class PlaceEnforcer(Enforcer):
    """Carries effects out on the messages and people of a place."""

    def __init__(self, place: Place, notifier: "PlaceNotifier") -> None:
        self._place = place
        self._notifier = notifier

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return what can be done."""
        return (_CAPABLE if self._place.may_act else frozenset({Action.FLAG})) & self._known(community)

    def _known(self, community: CommunityId) -> frozenset[Action]:
        return frozenset(Action) if community == self._place.community else frozenset()

    async def away(self, community: CommunityId) -> Reason | None:
        """Return why nothing can be done there: every other community is one that the bot does not know."""
        return None if community == self._place.community else reason(PlatformReason.NOT_CONNECTED)

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return one."""
        del action, community
        return 1

    async def check(self, effect: Effect) -> Reason | None:
        """Return what stands in the way."""
        if effect.community != self._place.community:
            return reason(PlatformReason.NOT_CONNECTED)
        if effect.action not in _CAPABLE:
            return reason(PlatformReason.NOT_SUPPORTED)
        if effect.action not in await self.capabilities(effect.community):
            return reason(PlatformReason.MISSING_PERMISSION, permission="everything")
        return None

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry effects out one by one."""
        return tuple([await self._one(effect) for effect in effects])

    async def _one(self, effect: Effect) -> EffectResult:
        why = await self.check(effect)
        if why is not None:
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why)
        if effect.action is Action.FLAG:
            return EffectResult(key=effect.key, outcome=Outcome.APPLIED)
        notice = notice_of(effect)
        if effect.action in (Action.WARN, Action.NOTICE) and notice is not None:
            return await self._notifier.tell(effect.key, notice)
        try:
            self._place.answer(effect.action)
        except PlatformBusy:
            return EffectResult(key=effect.key, outcome=Outcome.FAILED, why=reason(PlatformReason.PLATFORM_DOWN))
        if effect.action is Action.DELETE and effect.message is not None:
            self._place.messages.pop(effect.message, None)
        self._place.done.add(effect.key)
        return EffectResult(key=effect.key, outcome=Outcome.APPLIED)

    async def find(self, effect: Effect) -> EffectResult | None:
        """Look whether it shows."""
        gone = effect.action is Action.DELETE and effect.message not in self._place.messages
        told = any(str(effect.key) in notices for notices in self._place.told.values())
        shows = gone or told or effect.key in self._place.done
        return EffectResult(key=effect.key, outcome=Outcome.APPLIED) if shows else None


class PlaceNotifier(Notifier):
    """Tells people, in English."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Tell somebody once."""
        if notice.person in self._place.unreachable:
            why = reason(PlatformReason.DIRECT_MESSAGES_CLOSED)
            return EffectResult(key=key, outcome=Outcome.REFUSED, why=why)
        try:
            self._place.answer("tell somebody")
        except PlatformBusy:
            return EffectResult(key=key, outcome=Outcome.FAILED, why=reason(PlatformReason.PLATFORM_DOWN))
        ref = notice.stands_at
        link = f"https://place.example/{ref.channel}/{ref.message}" if ref is not None else ""
        content = notice_content(notice, catalogue("en"), place="Rivendell", channel=notice.channel or "", link=link)
        self._place.told.setdefault(notice.person, {})[str(key)] = "\n".join(content.lines())
        return EffectResult(key=key, outcome=Outcome.APPLIED)


class PlaceModLog(ModLog):
    """Keeps the lines of cards by an id of their own, each with its key."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def post(self, key: str, card: Card) -> str:
        """Post a card."""
        return self._post(key, "\n".join(card_content(card, catalogue("en")).lines()))

    def _post(self, key: str, text: str) -> str:
        place = self._place
        place.answer("post in the mod log")
        place.posted += 1
        card_id = f"card-{place.posted}"
        place.cards[card_id] = (key, text)
        if place.loses_answer:
            place.loses_answer = False
            raise PlatformBusy("The answer to a post in the mod log was lost.", code="503")
        return card_id

    async def update(self, card_id: str, card: Card) -> None:
        """Change a card that stands."""
        if card_id not in self._place.cards:
            gone = reason(PlatformReason.MESSAGE_GONE)
            raise PlatformRefused(f"There is no card {card_id}.", code="unknown_card", why=gone)
        key, _ = self._place.cards[card_id]
        self._place.cards[card_id] = (key, "\n".join(card_content(card, catalogue("en")).lines()))

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Look for a key."""
        of_place = self._place.cards.items() if community == self._place.community else ()
        return next((card_id for card_id, (known, _) in of_place if known == key), None)

    async def announce(self, announcement: Announcement) -> None:
        """Say it once."""
        if await self.find(announcement.community, announcement.key) is None:
            self._post(announcement.key, announcement_line(announcement, catalogue("en")))


class PlaceHistory(History):
    """Knows the messages that stand; their ids are numbers that rise."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield messages after the cursor, oldest first; None: the newest."""
        self._place.answer("read a channel")
        if community != self._place.community or channel not in self._place.channels:
            raise PlatformRefused(f"There is no channel {channel}. Check its id.", code="unknown_channel")
        found = [message for ref, message in self._place.messages.items() if ref.channel == channel]
        after = [message for message in found if cursor is None or int(message.ref.message) > int(cursor)]
        for message in after[-limit:] if cursor is None else after[:limit]:
            yield message

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return a message as it stands."""
        return self._place.messages.get(ref)

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return all channels."""
        return self._place.channels if community == self._place.community else ()


class PlaceDirectory(Directory):
    """Asks a script, for its own community alone."""

    def __init__(self, place: Place, script: ScriptedDirectory) -> None:
        self._place = place
        self._script = script

    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return what the script says."""
        return actor.community == self._place.community and await self._script.may(actor, permission, channel)
