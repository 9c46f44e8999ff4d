"""Notices to members by direct message: slowly, and not at all for a while once Discord objects.

Many direct messages in a short time get a bot quarantined; Discord's first sign is its error 40003.
"""

import asyncio
import math
from datetime import timedelta

import discord

from bot.adapters.discord.ids import guild_id_of, number_of
from bot.adapters.discord.outgoing.drawing import block, is_number, lines, speaking
from bot.adapters.discord.outgoing.marks import effect_key, mark_of, nonce_of
from bot.adapters.discord.outgoing.mod_log import SettingsOf
from bot.adapters.discord.outgoing.refusals import DMS_TOO_FAST, FAILURES, is_lasting, reason_of
from bot.domain.actions import Outcome
from bot.domain.decision import EffectKey, EffectResult
from bot.domain.ids import PersonId
from bot.domain.notice import Notice
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue
from bot.messages.notices import notice_content
from bot.ports.clock import Clock
from bot.ports.notifier import Notifier

_LOG = get_logger(__name__)
APART = timedelta(seconds=3)
"""Least time between two notices."""
PATIENCE = timedelta(minutes=1)
"""A notice that would wait longer than this is put off: the queue is too long, and work must go on."""
PAUSE = timedelta(minutes=30)
"""How long nothing is sent after Discord's objection; doubled each time up to a day."""
_LONGEST_PAUSE = timedelta(days=1)
_LOOKED_THROUGH = 20
_REMEMBERED = 1_000
"""Notices of which it is kept how far they came."""
_LONGEST_MESSAGE = 2_000
"""Most characters of a plain message."""


class DiscordNotifier(Notifier):
    """Sends notices one after another."""

    def __init__(self, client: discord.Client, settings: SettingsOf, clock: Clock) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self._waiting = 0
        self._paused_until = 0.0
        self._pause = PAUSE
        self._cut_off: dict[EffectKey, list[int]] = {}

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Send a notice when its turn comes; the author's own text follows in messages of its own."""
        if self._is_paused():
            return self._paused(key)
        if self._waiting * APART > PATIENCE:
            why = reason(PlatformReason.DIRECT_MESSAGES_PAUSED, seconds=round(PATIENCE.total_seconds()))
            return _ended(key, Outcome.FAILED, why)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._in_turn(key, notice)
        finally:
            self._waiting -= 1

    async def _in_turn(self, key: EffectKey, notice: Notice) -> EffectResult:
        if self._is_paused():
            return self._paused(key)
        await self._clock.sleep(max(0.0, self._next_at - self._clock.monotonic()))
        self._next_at = self._clock.monotonic() + APART.total_seconds()
        try:
            posted = await self._send(key, notice)
        except FAILURES as error:
            self._heed(error)
            if self._is_paused():
                return self._paused(key)
            outcome = Outcome.REFUSED if is_lasting(error) else Outcome.FAILED
            return _ended(key, outcome, reason_of(error))
        self._pause = PAUSE
        return EffectResult(key=key, outcome=Outcome.APPLIED, platform_id=posted)

    async def _send(self, key: EffectKey, notice: Notice) -> str:
        settings = await self._settings(notice.community)
        guild = self._client.get_guild(guild_id_of(notice.community))
        catalogue = speaking(settings.language)
        channel = await self._channel(notice.person)
        mark = mark_of(effect_key(key))
        texts = _texts(notice, catalogue, guild.name if guild is not None else "Discord", mark)
        sent = self._cut_off.pop(key, [])
        try:
            for number, text in tuple(enumerate(texts))[len(sent) :]:
                posted = await channel.send(text, nonce=nonce_of(f"{effect_key(key)}/{number}"))
                sent.append(posted.id)
        except FAILURES:
            self._remember(key, sent)
            raise
        return f"{channel.id}/{sent[0]}"

    def _remember(self, key: EffectKey, sent: list[int]) -> None:
        """Keep how far a notice came, so that the next try goes on from there."""
        if sent:
            self._cut_off[key] = sent
        if len(self._cut_off) > _REMEMBERED:
            del self._cut_off[next(iter(self._cut_off))]

    async def _channel(self, person: PersonId) -> discord.DMChannel:
        return await self._client.create_dm(discord.Object(number_of(person)))

    async def was_told(self, key: EffectKey, person: PersonId) -> bool:
        """Return whether the notice of that key stands in the conversation. Raises what discord.py raises."""
        channel = await self._channel(person)
        mark = mark_of(effect_key(key))
        async for message in channel.history(limit=_LOOKED_THROUGH):
            if message.content.endswith(mark):
                return True
        return False

    def _paused(self, key: EffectKey) -> EffectResult:
        left = math.ceil(self._paused_until - self._clock.monotonic())
        return _ended(key, Outcome.FAILED, reason(PlatformReason.DIRECT_MESSAGES_PAUSED, seconds=left))

    def _is_paused(self) -> bool:
        return self._clock.monotonic() < self._paused_until

    def _heed(self, error: BaseException) -> None:
        if getattr(error, "code", None) != DMS_TOO_FAST:
            return
        self._paused_until = self._clock.monotonic() + self._pause.total_seconds()
        _LOG.warning("direct_messages_paused", minutes=int(self._pause.total_seconds() // 60))
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


def _texts(notice: Notice, catalogue: Catalogue, place: str, mark: str) -> tuple[str, ...]:
    """Return the messages of a notice; the first ends with the mark, which a member can name when asking."""
    channel = f"<#{notice.channel}>" if notice.channel is not None and is_number(notice.channel) else ""
    content = notice_content(notice, catalogue, place=place, channel=channel, link=_link(notice))
    first = lines(*content.first, content.ask, content.before_text)
    returned = (piece for text in content.returned_texts for piece in _blocks(text))
    return (f"{first}\n-# {notice.case}-{mark}", *returned)


def _link(notice: Notice) -> str:
    """Return the link to the message while it stands; an id of another form leads nowhere."""
    ref = notice.stands_at
    if ref is None or not (is_number(ref.channel) and is_number(ref.message)):
        return ""
    return f"https://discord.com/channels/{guild_id_of(ref.community)}/{ref.channel}/{ref.message}"


def _blocks(text: str) -> tuple[str, ...]:
    """Return a text as blocks that Discord takes: breaking its own fences makes it longer."""
    made = block(text)
    if len(made) <= _LONGEST_MESSAGE:
        return (made,)
    middle = len(text) // 2
    return (*_blocks(text[:middle]), *_blocks(text[middle:]))


def _ended(key: EffectKey, outcome: Outcome, why: Reason) -> EffectResult:
    return EffectResult(key=key, outcome=outcome, why=why)
