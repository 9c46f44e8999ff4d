"""What carries effects out on Discord: checked first, one call at a time, each ending an outcome, never an error."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import discord

from bot.adapters.discord.ids import number_of, sent_at
from bot.adapters.discord.outgoing import checks
from bot.adapters.discord.outgoing.actions import BULK, BULK_AGE, Actions
from bot.adapters.discord.outgoing.audit_reasons import audit_reason
from bot.adapters.discord.outgoing.checks import Checks
from bot.adapters.discord.outgoing.marks import effect_key
from bot.adapters.discord.outgoing.notifier import DiscordNotifier
from bot.adapters.discord.outgoing.places import Places, Writable
from bot.adapters.discord.outgoing.refusals import FAILURES, NOBODY_BANNED, is_lasting, platform_error, reason_of
from bot.adapters.discord.outgoing.traces import Traces
from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect, EffectResult
from bot.domain.errors import PlatformError
from bot.domain.ids import CommunityId
from bot.domain.notice import notice_of
from bot.domain.put_off import why_of
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.logs import get_logger
from bot.ports.enforcer import Enforcer

_LOG = get_logger(__name__)
_TELLS = frozenset({Action.NOTICE, Action.WARN})
"""A warning is nothing but words to the author."""
BULK_BAN = 200
"""Most accounts of one bulk ban, by Discord's reference."""
_AT_ONCE = {Action.DELETE: BULK, Action.BAN: BULK_BAN}


class Caller(Protocol):
    """Calls people to a case: the mod log does. Raises PlatformError; None says that nobody is to be called."""

    async def call_people(self, key: str, effect: Effect) -> str | None:
        """Post the call once and return its platform id."""

    async def find_call(self, key: str, effect: Effect) -> str | None:
        """Return the platform id of a call posted before, or None."""


class DiscordEnforcer(Enforcer):
    """Everything but RESTORE: nobody's words are posted again under another's name."""

    def __init__(
        self, client: discord.Client, notifier: DiscordNotifier, caller: Caller, about_to_delete: Callable[[int], None]
    ) -> None:
        self._places = Places(client)
        self._checks = Checks(self._places)
        self._actions = Actions(self._places, about_to_delete)
        self._traces = Traces(self._places)
        self._notifier = notifier
        self._caller = caller

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return what the bot's own permissions allow in a server; nothing where it is no member."""
        guild = self._places.guild(community)
        return checks.capabilities(guild) if guild is not None else frozenset()

    async def away(self, community: CommunityId) -> Reason | None:
        """Return why a server can't be reached; not connected yet is not gone."""
        return await self._places.away(community)

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return how many Discord takes in one call."""
        del community
        return _AT_ONCE.get(action, 1)

    async def check(self, effect: Effect) -> Reason | None:
        """Return what stands in the way; when Discord can't be asked, that."""
        try:
            return await self._checks.why_not(effect)
        except FAILURES as error:
            return reason_of(error)
        except PlatformError as error:
            return why_of(error)

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry out one effect, or a bulk deletion or ban; what can't go in bulk goes one by one."""
        if len(effects) > 1 and all(effect.action is Action.DELETE for effect in effects):
            return await self._delete_all(effects)
        if len(effects) > 1 and all(effect.action is Action.BAN for effect in effects):
            return await self._ban_all(effects)
        return tuple([await self._one(effect) for effect in effects])

    async def find(self, effect: Effect) -> EffectResult | None:
        """Look for the sign that an effect was carried out."""
        try:
            if effect.action is Action.ESCALATE:
                call = await self._caller.find_call(effect_key(effect.key), effect)
                return EffectResult(key=effect.key, outcome=Outcome.APPLIED, platform_id=call) if call else None
            if effect.action in _TELLS and effect.person is not None:
                was_told = await self._notifier.was_told(effect.key, effect.person)
                return _applied(effect) if was_told else None
            return _applied(effect) if await self._traces.shows(effect) else None
        except FAILURES as error:
            _LOG.warning("effect_not_found_out", action=effect.action, why=reason_of(error).code)
            if not is_lasting(error):
                raise platform_error(error, "look what was done", "It is looked at again later.") from error
        except PlatformError as error:
            if why_of(error).code != PlatformReason.CHANNEL_GONE:
                raise
        return None

    async def _one(self, effect: Effect) -> EffectResult:
        why = await self.check(effect)
        if why is not None:
            return EffectResult(key=effect.key, outcome=_outcome_of(why), why=why)
        if effect.action in _TELLS:
            return await self._tell(effect)
        if effect.action is Action.ESCALATE:
            return await self._escalate(effect)
        if effect.action is Action.FLAG:
            return _applied(effect)
        return await self._tried(effect, lambda: self._actions.carry_out(effect))

    async def _tell(self, effect: Effect) -> EffectResult:
        notice = notice_of(effect)
        if notice is None:
            why = reason(PlatformReason.NOT_A_MEMBER)
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why)
        return await self._notifier.tell(effect.key, notice)

    async def _tried(self, effect: Effect, call: Callable[[], Awaitable[None]]) -> EffectResult:
        try:
            await call()
        except FAILURES as error:
            return _failed(effect, error)
        except PlatformError as error:
            return EffectResult(key=effect.key, outcome=Outcome.FAILED, why=why_of(error))
        return _applied(effect)

    async def _escalate(self, effect: Effect) -> EffectResult:
        try:
            call = await self._caller.call_people(effect_key(effect.key), effect)
        except FAILURES as error:
            return _failed(effect, error)
        except PlatformError as error:
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why_of(error))
        if call is None:
            why = reason(PlatformReason.NO_ROLE)
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why)
        return EffectResult(key=effect.key, outcome=Outcome.APPLIED, platform_id=call)

    async def _delete_all(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Delete young messages of one channel together, 2 to 100 at a time, and the others one by one."""
        done: dict[int, EffectResult] = {}
        groups: dict[str, list[int]] = {}
        for index, effect in enumerate(effects):
            if effect.message is not None and _is_young(number_of(effect.message.message)):
                groups.setdefault(effect.message.channel, []).append(index)
        for indexes in groups.values():
            for start in range(0, len(indexes), BULK):
                batch = indexes[start : start + BULK]
                done |= await self._delete_batch({index: effects[index] for index in batch})
        for index, effect in enumerate(effects):
            if index not in done:
                done[index] = await self._one(effect)
        return tuple(done[index] for index in range(len(effects)))

    async def _delete_batch(self, batch: dict[int, Effect]) -> dict[int, EffectResult]:
        """Delete a batch in one call; a batch of one message, or a refused one, is left to single calls."""
        first = next(iter(batch.values()))
        numbers = list(dict.fromkeys(number_of(effect.message.message) for effect in batch.values() if effect.message))
        if len(numbers) == 1 or first.message is None:
            return {}
        why = await self.check(first)
        if why is not None:
            outcome = _outcome_of(why)
            return {i: EffectResult(key=effect.key, outcome=outcome, why=why) for i, effect in batch.items()}
        try:
            channel = await self._places.channel(first.community, first.message.channel)
            if not isinstance(channel, Writable):
                return {}
            await self._actions.delete_many(channel, numbers)
        except FAILURES as error:
            return {} if is_lasting(error) else {i: _failed(effect, error) for i, effect in batch.items()}
        except PlatformError:
            return {}
        return {index: _applied(effect) for index, effect in batch.items()}

    async def _ban_all(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Ban in one call what may be banned; the permission for bulk bans is more than that for bans."""
        guild = self._places.guild(effects[0].community)
        if guild is None or not guild.me.guild_permissions.manage_guild:
            return tuple([await self._one(effect) for effect in effects])
        checked = [await self.check(effect) for effect in effects]
        able = [effect for effect, why in zip(effects, checked, strict=True) if why is None]
        done: dict[str, EffectResult] = {}
        for start in range(0, len(able), BULK_BAN):
            done |= await _ban_batch(guild, able[start : start + BULK_BAN])
        return tuple(
            [
                await self._ban_alone(effect, done) if why is None else _in_the_way(effect, why)
                for effect, why in zip(effects, checked, strict=True)
            ]
        )

    async def _ban_alone(self, effect: Effect, done: dict[str, EffectResult]) -> EffectResult:
        """Return how a ban ended; one that Discord skipped, which it does without a reason, is tried by itself."""
        return done.get(effect.key.target) or await self._one(effect)


async def _ban_batch(guild: discord.Guild, batch: list[Effect]) -> dict[str, EffectResult]:
    """Ban many; return the results of those of whom Discord says how it ended, by their targets."""
    users = [discord.Object(number_of(effect.person or "")) for effect in batch]
    try:
        done = await guild.bulk_ban(users, reason=audit_reason(batch[0]), delete_message_seconds=0)
    except FAILURES as error:
        if getattr(error, "code", None) == NOBODY_BANNED:
            return {}
        return {effect.key.target: _failed(effect, error) for effect in batch}
    banned = {item.id for item in done.banned}
    return {effect.key.target: _applied(effect) for effect in batch if number_of(effect.person or "") in banned}


def _in_the_way(effect: Effect, why: Reason) -> EffectResult:
    return EffectResult(key=effect.key, outcome=_outcome_of(why), why=why)


def _applied(effect: Effect) -> EffectResult:
    return EffectResult(key=effect.key, outcome=Outcome.APPLIED)


def _failed(effect: Effect, error: BaseException) -> EffectResult:
    outcome = Outcome.REFUSED if is_lasting(error) else Outcome.FAILED
    return EffectResult(key=effect.key, outcome=outcome, why=reason_of(error))


def _outcome_of(why: Reason) -> Outcome:
    passing = (PlatformReason.RATE_LIMITED, PlatformReason.PLATFORM_DOWN)
    return Outcome.FAILED if why.code in passing else Outcome.REFUSED


def _is_young(message_id: int) -> bool:
    return discord.utils.utcnow() - sent_at(message_id) < BULK_AGE if message_id else False
