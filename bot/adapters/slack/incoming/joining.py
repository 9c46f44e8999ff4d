"""Joining public channels: all of them, however many there are and however long Slack makes that take.

Which are still to be joined stands at Slack, so a restart goes on where the last run ended. One that Slack refuses is
asked for again at the next look, since whatever forbids it may change; one that is gone is let go of.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.adapters.slack.api import FOREVER, JSON, pages
from bot.adapters.slack.incoming.files import word
from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.workspace import Workspace
from bot.domain.errors import PlatformBusy, PlatformError
from bot.domain.ids import ChannelId
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
_REST = 60.0
"""Seconds after which is gone on where Slack was away."""
_LOOK_EVERY = 3600.0
"""Seconds after which what was refused is asked for again."""
_NO_MORE = frozenset({"channel_not_found", "is_archived", "method_not_supported_for_channel_type"})
"""There is nothing to join any more."""


class Joining:
    """One workspace's. `refused` are Slack's words by channel, of those that it does not let the bot into."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self._workspace = workspace
        self._clock = clock
        self._listed = False
        self._waiting: dict[ChannelId, None] = {}
        self._more = asyncio.Event()
        self.refused: dict[ChannelId, str] = {}

    @property
    def waiting(self) -> int | None:
        """Return how many channels are still to be joined; None until Slack has said how many there are."""
        return len(self._waiting) if self._listed else None

    def add(self, channel: ChannelId) -> None:
        """Join one more: it was made just now."""
        self._waiting[channel] = None
        self._more.set()

    async def run(self) -> None:
        """Join what there is and what comes, until cancelled."""
        while not self._listed:
            await self._list()
        while True:
            self._more.clear()
            await self._join_all()
            if not self._waiting:
                await self._until_more()

    async def _until_more(self) -> None:
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._more.wait())]
        if self.refused:
            waits.append(asyncio.ensure_future(self._clock.sleep(_LOOK_EVERY)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        if not self._more.is_set():
            self._waiting |= dict.fromkeys(self.refused)

    async def _list(self) -> None:
        try:
            found = await public_channels(self._workspace)
        except PlatformError as error:
            _log.warning("channels_not_listed", community=self._workspace.community, error=str(error))
            await self._clock.sleep(_REST)
            return
        self._waiting |= {ChannelId(word(raw, "id")): None for raw in found if not raw.get("is_member")}
        self._listed = True
        if self._waiting:
            _log.info("channels_to_be_joined", community=self._workspace.community, channels=len(self._waiting))

    async def _join_all(self) -> None:
        community, before = self._workspace.community, len(self._waiting)
        while self._waiting:
            channel = next(iter(self._waiting))
            try:
                await self._join(channel)
            except PlatformBusy as error:
                _log.warning("channel_not_joined_yet", community=community, left=len(self._waiting), error=str(error))
                await self._clock.sleep(_REST)
        if before:
            _log.info("channels_joined", community=community, channels=before - len(self.refused))

    async def _join(self, channel: ChannelId) -> None:
        """Join one. Raises PlatformBusy where that may work later; it goes on waiting then."""
        api, community = self._workspace.api, self._workspace.community
        try:
            await api.call(Method.CONVERSATIONS_JOIN, patience=FOREVER, channel=channel)
        except PlatformBusy:
            raise
        except PlatformError as error:
            if error.code not in _NO_MORE:
                if self.refused.get(channel) != error.code:
                    _log.warning("channel_not_joined", community=community, channel=channel, error=str(error))
                self.refused[channel] = error.code
                self._waiting.pop(channel)
                return
        self.refused.pop(channel, None)
        self._waiting.pop(channel, None)


async def public_channels(workspace: Workspace) -> Sequence[JSON]:
    """Return the public channels that are in use. Raises PlatformRefused, or PlatformBusy when Slack is away."""
    return await pages(
        workspace.api,
        Method.CONVERSATIONS_LIST,
        "channels",
        patience=FOREVER,
        rank=Rank.READING,
        exclude_archived=True,
        limit=200,
    )
