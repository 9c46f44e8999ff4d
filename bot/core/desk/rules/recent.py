"""Recent messages of a community, to begin with, to measure by and to try rules on."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId
from bot.logs import get_logger
from bot.ports.history import History

_MOST_CHANNELS = 40
_MOST = 4_000
_log = get_logger(__name__)


async def recent_messages(
    history: History, community: CommunityId, channels: Iterable[ChannelId], *, each: int, most: int = _MOST
) -> tuple[Message, ...]:
    """Return the newest messages, `each` of a channel and `most` in all, oldest first.

    No channels mean all that the bot can read. A channel that can't be read is passed over.
    """
    chosen = tuple(sorted(channels)) or await _readable(history, community)
    found: list[Message] = []
    for channel in chosen[:_MOST_CHANNELS]:
        try:
            found += [message async for message in history.since(community, channel, None, each)]
        except (PlatformRefused, PlatformBusy) as error:
            _log.warning("recent_messages_missed", community=community, channel=channel, error=str(error))
    found.sort(key=lambda message: (message.sent_at, message.ref))
    return tuple(found[-most:])


async def _readable(history: History, community: CommunityId) -> tuple[ChannelId, ...]:
    try:
        return await history.channels(community)
    except (PlatformRefused, PlatformBusy) as error:
        _log.warning("channels_not_listed", community=community, error=str(error))
        return ()


def complete_part(messages: tuple[Message, ...], each: int) -> tuple[Message, ...]:
    """Return those of the messages before which none is missing, where at most `each` were read of a channel.

    A busy channel's newest messages may be of the last minutes and a quiet one's of a year: together they tell of the
    traffic only from where the busiest begins.
    """
    by_channel: defaultdict[ChannelId, list[Message]] = defaultdict(list)
    for message in messages:
        by_channel[message.ref.channel].append(message)
    begins = [found[0].sent_at for found in by_channel.values() if len(found) >= each]
    return tuple(message for message in messages if message.sent_at >= max(begins)) if begins else messages


def span_of(messages: tuple[Message, ...]) -> timedelta:
    """Return the time between the first and the last of them; nothing for fewer than two."""
    return messages[-1].sent_at - messages[0].sent_at if len(messages) > 1 else timedelta()
