"""Our own posts, marked by a key, so that they are found again after a crash.

The mark is the id of the first block, made from the key: blocks come back with any reading of a channel, whereas an
app may need a permission more to see the metadata of its own messages. Posts of earlier versions have it there.
"""

import hashlib

from bot.adapters.slack.api import JSON, held
from bot.adapters.slack.incoming.files import listed, word
from bot.adapters.slack.outgoing.drawing import spoken
from bot.adapters.slack.pace import Method
from bot.adapters.slack.workspace import Workspace

_EVENT_TYPE = "hallmoot_post"
_LOOKED_THROUGH = 200


async def post(
    workspace: Workspace, channel: str, key: str, text: str, blocks: list[JSON], *, thread: str | None = None
) -> str:
    """Post blocks under a key and return the timestamp. `text` is what a notification shows first."""
    answer = await workspace.api.call(
        Method.CHAT_POST_MESSAGE,
        channel=channel,
        text=spoken(blocks, text),
        blocks=marked(blocks, key),
        metadata={"event_type": _EVENT_TYPE, "event_payload": {"key": key}},
        thread_ts=thread,
        unfurl_links=False,
        unfurl_media=False,
    )
    return held(answer, "ts")


def marked(blocks: list[JSON], key: str) -> list[JSON]:
    """Return blocks that bear a key's mark."""
    return [{**blocks[0], "block_id": _mark_of(key)}, *blocks[1:]]


def _mark_of(key: str) -> str:
    return f"hallmoot-{hashlib.sha256(key.encode()).hexdigest()[:40]}"


async def find_post(workspace: Workspace, channel: str, key: str) -> str | None:
    """Return the timestamp of our post under a key among the newest ones of a channel, or None."""
    return await _found(workspace, Method.CONVERSATIONS_HISTORY, key, channel)


async def find_reply(workspace: Workspace, channel: str, thread: str, key: str) -> str | None:
    """Return the timestamp of our reply under a key in a thread, or None: a channel's history shows no replies."""
    return await _found(workspace, Method.CONVERSATIONS_REPLIES, key, channel, thread)


async def _found(workspace: Workspace, method: Method, key: str, channel: str, thread: str | None = None) -> str | None:
    """Look page by page, however small Slack makes the pages, through as many messages as are looked through."""
    cursor: str | None = None
    seen = 0
    while seen < _LOOKED_THROUGH:
        limit = _LOOKED_THROUGH - seen
        answer = await workspace.api.call(
            method, channel=channel, ts=thread, limit=limit, include_all_metadata=True, cursor=cursor
        )
        messages = [each for each in answer.get("messages") or [] if isinstance(each, dict)]
        own = (each for each in messages if each.get("user") == workspace.identity.bot_user)
        found = next((word(message, "ts") for message in own if _bears(message, key)), None)
        metadata = answer.get("response_metadata")
        cursor = word(metadata, "next_cursor") if isinstance(metadata, dict) else ""
        if found is not None or not messages or not cursor:
            return found
        seen += len(messages)
    return None


def _bears(message: JSON, key: str) -> bool:
    mark = _mark_of(key)
    return _key_of(message) == key or any(word(block, "block_id") == mark for block in listed(message.get("blocks")))


def _key_of(message: JSON) -> str:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return str(payload.get("key", "")) if metadata.get("event_type") == _EVENT_TYPE else ""
