"""discord.py's own reading of what Discord sends, guarded: no event ends the connection, and none is lost unseen.

An exception in one of discord.py's parsers ends its client. Here every parser has a guard. A message, and a server with
its channels, that discord.py can't take is mended and read again without what is wrong with it; whatever can't be read
at all is reported, to be counted. It is the one place that builds upon discord.py's inner workings (version 2.7):
`ConnectionState.parsers`, `create_message` and `Message.__init__`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, cast

import discord
from discord.components import _component_factory
from discord.state import AutoShardedConnectionState

from bot.adapters.discord.incoming.mending import Json, mended_guild, mended_message, number_in, skeleton
from bot.logs import get_logger

_LOG = get_logger(__name__)
_BEGIN_A_SESSION = frozenset({"READY", "RESUMED"})
"""Without these nothing works: what can't be read here ends the connection, and the next try begins a new one."""

_NEEDED = frozenset({"content", "author"})
"""A frame may hold only what has changed: without these it must not be taken for the whole message."""


class ReadMessage(discord.Message):
    """A message with what Discord sent: `raw` tells what discord.py leaves out, `left_out` what was mended away."""

    __slots__ = ("left_out", "raw")

    def __init__(self, *, state: Any, channel: Any, data: Any) -> None:
        super().__init__(state=state, channel=channel, data=data)
        self.raw: Json = data
        self.left_out: tuple[str, ...] = ()


Unparsed = Callable[[str, Mapping[str, Any]], None]
"""Is told the name of an event of which nothing could be read, and what it held."""
Check = Callable[[discord.Message], object]
"""Reads a message as the adapter does, and raises for one that it can't."""


class ReadingState(AutoShardedConnectionState[Any]):
    """discord.py's state, whose parsers raise nothing."""

    def __init__(self, *args: Any, unparsed: Unparsed, check: Check, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unparsed = unparsed
        self._check = check
        for event, parse in list(self.parsers.items()):
            if event not in _BEGIN_A_SESSION:
                self.parsers[event] = partial(self._guarded, event, parse)

    def _guarded(self, event: str, parse: Callable[[Any], None], data: Any) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, the events behind it must be heard
            # The error's own words may hold what somebody wrote.
            _LOG.error("event_not_understood", platform="discord", kind=event, error=type(error).__name__)
            self._unparsed(event, data if isinstance(data, dict) else {})

    def create_message(self, *, channel: Any, data: Any) -> ReadMessage:
        """Return a message as far as it can be read; one that stands for nothing where it can't be read at all.

        Raises TypeError for what is no object: that is no message, but an answer of another form.
        """
        if not isinstance(data, dict):
            raise TypeError("a message has to be an object")
        message = self._read(channel, data)
        if message is not None:
            return message
        guild = getattr(channel, "guild", None)  # what is asked for names no server, what the gateway sends does
        self._unparsed("MESSAGE", {"guild_id": guild.id if guild is not None else None, **data})
        return ReadMessage(state=self, channel=channel, data=skeleton(data))

    def _read(self, channel: Any, data: Any) -> ReadMessage | None:
        try:
            return self._whole(channel, data)
        except Exception as error:  # noqa: BLE001 - discord.py checks nothing, so it may be anything
            mended = mended_message(data, partial(self._whole, channel))
            left_out = mended.left_out if mended is not None else ("message",)
            _LOG.warning("message_mended", platform="discord", error=type(error).__name__, left_out=left_out)
        if mended is None:
            return None
        message = self._whole(channel, mended.data)
        message.left_out = mended.left_out
        return message

    def _whole(self, channel: Any, data: Any) -> ReadMessage:
        message = ReadMessage(state=self, channel=channel, data=data)
        # discord.py passes over a poll, an author or components silently when a key is missing in them.
        is_whole = (message.poll is None) is (data.get("poll") is None) and hasattr(message, "author")
        if not is_whole or len(message.components) < _readable_ones(data.get("components", ())):
            raise ValueError("not all of the message was read")
        self._check(message)
        return message

    def _heard(self, data: Any) -> ReadMessage | None:
        """Return the message of a frame; one whose words or author are missing is asked for instead."""
        channel, guild = self._get_guild_channel(data)
        if guild is None and number_in(data, "guild_id"):
            self._unparsed("MESSAGE of an unknown server", data)
            return None
        message = self._read(channel, data) if data.keys() >= _NEEDED else None
        if message is None:
            self.dispatch("unread_message", channel, data)
        return message

    def parse_message_create(self, data: Any) -> None:
        """Hand on a message, as discord.py does; none is kept."""
        message = self._heard(data)
        if message is not None:
            self.dispatch("message", message)
            if isinstance(message.channel, discord.TextChannel | discord.VoiceChannel | discord.Thread):
                message.channel.last_message_id = message.id

    def parse_message_update(self, data: Any) -> None:
        """Hand on an edit, as discord.py does where no messages are kept."""
        message = self._heard(data)
        if message is None:
            return
        self.dispatch("raw_message_edit", discord.RawMessageUpdateEvent(data=data, message=message))
        if "components" in data and self._view_store.is_message_tracked(message.id):
            self._view_store.update_from_message(message.id, data["components"])

    def parse_guild_create(self, data: Any) -> None:
        """Take in a server, without what can't be read of it."""
        try:
            super().parse_guild_create(data)
        except Exception as error:
            mended = mended_guild(data, lambda tried: discord.Guild(data=tried, state=self))  # type: ignore[arg-type]
            if mended is None:
                raise
            _LOG.warning("server_mended", error=type(error).__name__, left_out=sorted(set(mended.left_out)))
            super().parse_guild_create(mended.data)


def _readable_ones(components: Iterable[Any]) -> int:
    """Return how many components of a list are of a type that discord.py makes an object of."""
    return sum(not isinstance(item, dict) or _component_factory(cast("Any", item)) is not None for item in components)
