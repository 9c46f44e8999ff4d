"""What stands around the desk in its tests: a history, an enforcer, a notifier and a store that tests may trouble."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.history import ConsoleHistory
from bot.adapters.console.notifier import ConsoleNotifier
from bot.domain.actions import Action, Outcome
from bot.domain.case import CaseFile
from bot.domain.decision import Effect, EffectKey, EffectResult, StoredEffect
from bot.domain.errors import PlatformRefused
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, ChannelId, CommunityId, PersonId
from bot.domain.notice import Notice
from bot.domain.reasons import Reason, reason
from bot.domain.records import Recorded, ReviewRecord
from bot.ports.inbox import Inbox
from tests.memory.cases import MemoryCases
from tests.memory.store import MemoryStore


class ToldHistory(ConsoleHistory):
    """The past as a test tells it, beside what was delivered; `closed` channels can't be read."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(inbox)
        self.messages: list[Message] = []
        self.closed: set[ChannelId] = set()

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield the newest of a channel, oldest first."""
        assert cursor is None
        if channel in self.closed:
            raise PlatformRefused("no", code="forbidden")
        found = [
            message for message in self.messages if (message.community, message.ref.channel) == (community, channel)
        ]
        for message in found[-limit:]:
            yield message

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return the channels that anything was told of, and the closed ones."""
        told = {message.ref.channel for message in self.messages if message.community == community}
        return tuple(sorted(told | self.closed))


class ChoosyEnforcer(ConsoleEnforcer):
    """A console on which a test may withhold actions, or refuse them on every target."""

    def __init__(self) -> None:
        super().__init__()
        self.withheld: set[Action] = set()
        self.refuses: dict[Action, str] = {}
        self.spared: set[PersonId] = set()
        self.owners: set[PersonId] = set()
        self.before_apply: Callable[[], Awaitable[object]] | None = None
        self.calls: list[tuple[EffectKey, ...]] = []

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Refuse what a test wants refused when it is carried out."""
        if self.before_apply is not None:
            await self.before_apply()
        self.calls.append(tuple(effect.key for effect in effects))
        results = await super().apply(effects)
        return tuple(self._result(effect, result) for effect, result in zip(effects, results, strict=True))

    async def check(self, effect: Effect) -> Reason | None:
        """Return why nothing can be done to an owner."""
        return reason("owner") if effect.person in self.owners else await super().check(effect)

    def _result(self, effect: Effect, result: EffectResult) -> EffectResult:
        why = self.refuses.get(effect.action) or ("role_order" if effect.person in self.spared else "")
        return replace(result, outcome=Outcome.REFUSED, why=reason(why)) if why else result

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return what is left."""
        return await super().capabilities(community) - self.withheld


class CurtNotifier(ConsoleNotifier):
    """A notifier that a test may let fail, with a reason."""

    why = ""

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Tell, or refuse."""
        if self.why:
            return EffectResult(key=key, outcome=Outcome.REFUSED, why=reason(self.why))
        return await super().tell(key, notice)


class InterruptedCases(MemoryCases):
    """Cases to which something happens just before the next press is written."""

    happens: Callable[[], Awaitable[object]] | None = None
    crowd: tuple[PersonId, ...] = ()

    async def file(self, community: CommunityId, number: CaseNumber) -> CaseFile | None:
        """Return a case; one that is an incident has the effects on everybody in it."""
        file = await super().file(community, number)
        if file is None or not self.crowd:
            return file
        first = file.effects[0]
        others = tuple(
            StoredEffect(effect=replace(first.effect, person=person), result=first.result) for person in self.crowd
        )
        return replace(file, effects=(*file.effects, *others))

    async def review(self, record: ReviewRecord) -> Recorded | None:
        """Let it happen, once, and go on."""
        happens, self.happens = self.happens, None
        if happens is not None:
            await happens()
        return await super().review(record)


class InterruptedStore(MemoryStore):
    """The in-memory store with such cases."""

    def __init__(self) -> None:
        super().__init__()
        self.interrupted = InterruptedCases(self._cases._records)
        self._cases = self.interrupted
