"""What Slack still knows of a channel's past: messages, their present text, and replies in threads."""

from collections.abc import AsyncIterator, Mapping

from bot.adapters.slack.api import JSON, pages
from bot.adapters.slack.incoming.files import word
from bot.adapters.slack.incoming.reading import PAGE
from bot.adapters.slack.incoming.translate import message_of, moment
from bot.adapters.slack.outgoing.refusals import GONE
from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.workspace import Workspace
from bot.domain.errors import PlatformRefused
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef
from bot.ports.history import History

_MOST_PAGES = 50
_ALL_KINDS = "public_channel,private_channel"


class SlackHistory(History):
    """Reads earlier messages. Slack keeps replies in threads apart: a channel's history shows only that there are some.

    Threads are looked for among the `PAGE` newest messages of a channel and everything after the cursor; a reply to an
    older message is not found here.
    """

    def __init__(self, workspaces: Mapping[CommunityId, Workspace]) -> None:
        self._workspaces = workspaces

    async def since(
        self, community: CommunityId, channel: ChannelId, cursor: str | None, limit: int
    ) -> AsyncIterator[Message]:
        """Yield messages after the cursor, oldest first, replies among them; None: the newest `limit`."""
        workspace = self._workspaces[community]
        found = await self._raw_since(workspace, channel, float(cursor or 0), limit)
        messages = [message for raw in found if (message := message_of(raw, channel, workspace.place)) is not None]
        for message in messages[-limit:] if cursor is None else messages[:limit]:
            yield message

    async def fetch(self, ref: MessageRef) -> Message | None:
        """Return a message as it reads now. A reply's own timestamp finds it too, where the history would not."""
        workspace = self._workspaces[ref.community]
        try:
            answer = await workspace.api.call(
                Method.CONVERSATIONS_REPLIES,
                channel=ref.channel,
                ts=ref.message,
                oldest=ref.message,
                latest=ref.message,
                inclusive=True,
                limit=PAGE,
            )
        except PlatformRefused as error:
            if error.code in GONE:
                return None
            raise
        found = (raw for raw in answer.get("messages") or [] if raw.get("ts") == ref.message)
        return next((message_of(raw, ref.channel, workspace.place) for raw in found), None)

    async def channels(self, community: CommunityId) -> tuple[ChannelId, ...]:
        """Return the channels that the bot is in; threads are read with their channel."""
        return tuple(ChannelId(word(raw, "id")) for raw in await self._listed(community) if raw.get("is_member"))

    async def unwatched(self, community: CommunityId) -> tuple[str, ...]:
        """Return the names of the public channels that the bot is not in: nothing there is ever judged."""
        return tuple(word(raw, "name") for raw in await self._listed(community) if not raw.get("is_member"))

    async def _listed(self, community: CommunityId) -> list[JSON]:
        api = self._workspaces[community].api
        return await pages(
            api,
            Method.CONVERSATIONS_LIST,
            "channels",
            rank=Rank.READING,
            types=_ALL_KINDS,
            exclude_archived=True,
            limit=PAGE,
        )

    async def _raw_since(self, workspace: Workspace, channel: ChannelId, after: float, limit: int) -> list[JSON]:
        """Return raw messages after a moment (0: the newest), oldest first."""
        found: dict[str, JSON] = {}
        for raw in await self._newest(workspace, channel, after, limit):
            if float(word(raw, "ts") or 0) > after:
                found[word(raw, "ts")] = raw
            if float(word(raw, "latest_reply") or 0) > after and word(raw, "thread_ts") == word(raw, "ts"):
                for reply in await self._replies(workspace, channel, word(raw, "ts"), after):
                    found[word(reply, "ts")] = reply
        return [found[ts] for ts in sorted(found, key=float)]

    async def _newest(self, workspace: Workspace, channel: ChannelId, down_to: float, limit: int) -> list[JSON]:
        """Return the newest page of a channel, and those before it until `down_to` or `limit` is reached."""
        found: list[JSON] = []
        latest: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await workspace.api.call(Method.CONVERSATIONS_HISTORY, channel=channel, limit=PAGE, latest=latest)
            page = [raw for raw in answer.get("messages") or [] if moment(raw.get("ts")) is not None]
            found += page
            oldest = min((float(raw["ts"]) for raw in page), default=0.0)
            is_unbounded = down_to == 0 and len(found) >= limit
            if not page or not answer.get("has_more") or oldest <= down_to or is_unbounded:
                break
            latest = min((str(raw["ts"]) for raw in page), key=float)
        return found

    async def _replies(self, workspace: Workspace, channel: ChannelId, thread: str, after: float) -> list[JSON]:
        found = await pages(
            workspace.api,
            Method.CONVERSATIONS_REPLIES,
            "messages",
            most=_MOST_PAGES,
            channel=channel,
            ts=thread,
            oldest=f"{after:.6f}",
            limit=PAGE,
        )
        return [raw for raw in found if moment(raw.get("ts")) is not None and float(raw["ts"]) > after]
