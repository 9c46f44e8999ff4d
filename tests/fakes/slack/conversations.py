"""conversations.*: what a token's holder can see, read and join."""

from tests.fakes.slack.rules import Refusal, demand_channel, missing_scope
from tests.fakes.slack.server import Call, method
from tests.fakes.slack.things import JSON, Channel

_KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im"}


@method("conversations.list")
def conversations_list(call: Call) -> JSON:
    """Return the channels of the kinds asked for."""
    kinds = [_KINDS[kind] for kind in str(call.body.get("types") or "public_channel").split(",")]
    prefixes = {"channel": "channels", "group": "groups", "im": "im"}
    missing = [scope for kind in kinds if (scope := f"{prefixes[kind]}:read") not in call.token.scopes]
    if missing:
        raise missing_scope(call.token, *missing)
    leave_out = str(call.body.get("exclude_archived", "")).lower() in ("1", "true")
    found = [channel for channel in call.world.channels.values() if channel.team is call.team and channel.kind in kinds]
    seen = [
        channel.payload(call.user.id)
        for channel in found
        if (channel.kind == "channel" or call.user.id in channel.members) and not (leave_out and channel.archived)
    ]
    page, cursor = call.page(seen)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.info")
def conversations_info(call: Call) -> JSON:
    """Return one channel."""
    channel = call.channel()
    demand_channel(call.token, call.need, channel)
    return {"channel": channel.payload(call.user.id)}


@method("conversations.members")
def conversations_members(call: Call) -> JSON:
    """Return the ids of a channel's members, a page at a time."""
    channel = call.channel()
    demand_channel(call.token, call.need, channel)
    page, cursor = call.page([{"id": member} for member in sorted(channel.members)])
    return {"members": [member["id"] for member in page], "response_metadata": {"next_cursor": cursor}}


@method("conversations.join")
def conversations_join(call: Call) -> JSON:
    """Join a public channel."""
    channel = call.channel()
    if channel.kind != "channel":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    channel.members.add(call.user.id)
    return {"channel": channel.payload(call.user.id)}


@method("conversations.open")
def conversations_open(call: Call) -> JSON:
    """Open the direct messages with one person; the same ones each time."""
    person = call.world.users.get(str(call.body.get("users")))
    if person is None:
        raise Refusal("user_not_found")
    if person.deleted:
        raise Refusal("user_disabled")
    if not person.takes_messages or person.is_bot:
        raise Refusal("cannot_dm_bot" if person.is_bot else "user_not_visible")
    return {"channel": {"id": call.world.direct(call.team, person).id}}


@method("conversations.history")
def conversations_history(call: Call) -> JSON:
    """Return messages, the newest first, without replies that stand in threads alone."""
    channel = _readable(call)
    posts = [post for post in channel.posts.values() if _in_channel(post) and _within(call, str(post["ts"]))]
    page, cursor = call.page([_shown(call, channel, post) for post in reversed(posts)])
    return {"messages": page, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


@method("conversations.replies")
def conversations_replies(call: Call) -> JSON:
    """Return a thread, the oldest first; of a reply's own timestamp, that reply alone."""
    channel = _readable(call)
    ts = str(call.body.get("ts"))
    if ts not in channel.posts:
        raise Refusal("thread_not_found")
    own = channel.posts[ts]
    is_reply = own.get("thread_ts") not in (None, ts)
    thread = [own] if is_reply else [post for post in channel.posts.values() if post.get("thread_ts", post["ts"]) == ts]
    shown = [_shown(call, channel, post) for post in thread if post is own or _within(call, str(post["ts"]))]
    page, cursor = call.page(shown)
    return {"messages": page, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    demand_channel(call.token, call.need, channel)
    if call.user.id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _in_channel(post: JSON) -> bool:
    return post.get("thread_ts") in (None, post["ts"]) or post.get("subtype") == "thread_broadcast"


def _within(call: Call, ts: str) -> bool:
    oldest, latest = float(call.body.get("oldest") or 0), float(call.body.get("latest") or 1e12)
    if str(call.body.get("inclusive", "")).lower() in ("1", "true"):
        return oldest <= float(ts) <= latest
    return oldest < float(ts) < latest


def _shown(call: Call, channel: Channel, post: JSON) -> JSON:
    shown = dict(post)
    replies = [other for other in channel.posts.values() if other.get("thread_ts") == post["ts"] and other is not post]
    if replies:
        shown |= {"thread_ts": post["ts"], "reply_count": len(replies), "latest_reply": replies[-1]["ts"]}
    asks = str(call.body.get("include_all_metadata", "")).lower() in ("1", "true")
    if not asks or "metadata.message:read" not in call.token.scopes:
        shown.pop("metadata", None)
    return shown
