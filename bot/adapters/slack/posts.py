"""Our own posts, marked by a key in their metadata, so that they are found again after a crash."""

from bot.adapters.slack.api import JSON
from bot.adapters.slack.drawing import escaped
from bot.adapters.slack.pace import Method
from bot.adapters.slack.workspace import Workspace

_EVENT_TYPE = "hallmoot_post"
_LOOKED_THROUGH = 200


async def post(
    workspace: Workspace, channel: str, key: str, text: str, blocks: list[JSON], *, thread: str | None = None
) -> str:
    """Post blocks under a key and return the timestamp. `text` is what a notification shows."""
    answer = await workspace.api.call(
        Method.CHAT_POST_MESSAGE,
        channel=channel,
        text=escaped(text),
        blocks=blocks,
        metadata={"event_type": _EVENT_TYPE, "event_payload": {"key": key}},
        thread_ts=thread,
        unfurl_links=False,
        unfurl_media=False,
    )
    return str(answer["ts"])


async def find_post(workspace: Workspace, channel: str, key: str) -> str | None:
    """Return the timestamp of our post under a key among the newest ones of a channel, or None."""
    answer = await workspace.api.call(
        Method.CONVERSATIONS_HISTORY, channel=channel, limit=_LOOKED_THROUGH, include_all_metadata=True
    )
    return _ours(workspace, answer, key)


async def find_reply(workspace: Workspace, channel: str, thread: str, key: str) -> str | None:
    """Return the timestamp of our reply under a key in a thread, or None: a channel's history shows no replies."""
    answer = await workspace.api.call(
        Method.CONVERSATIONS_REPLIES, channel=channel, ts=thread, limit=_LOOKED_THROUGH, include_all_metadata=True
    )
    return _ours(workspace, answer, key)


def _ours(workspace: Workspace, answer: JSON, key: str) -> str | None:
    mine = (each for each in answer.get("messages") or [] if each.get("user") == workspace.identity.bot_user)
    return next((str(message["ts"]) for message in mine if _key_of(message) == key), None)


def _key_of(message: JSON) -> str:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return str(payload.get("key", "")) if metadata.get("event_type") == _EVENT_TYPE else ""
