"""REST: messages, their limits and deletions, history, direct conversations."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from discord import Permissions

from tests.fakes.discord import rules
from tests.fakes.discord.rules import Refusal, gone, malformed
from tests.fakes.discord.server import Call, route
from tests.fakes.discord.things import (
    DM,
    FORUM,
    JSON,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    Channel,
    Post,
    age_of,
    new_id,
    walk,
)

if TYPE_CHECKING:
    from tests.fakes.discord.stage import Stage

COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6
_NOT_DELETABLE = (4, 21)
"""A channel's new name, and the beginning of a thread at a message."""
_TWO_WEEKS = timedelta(days=14)


def check_message(body: JSON) -> None:
    """Raise the 400 for a message that breaks Discord's limits on texts and components."""
    content = body.get("content") or ""
    components = walk(body.get("components") or [])
    if len(content) > 2000:
        raise malformed("content must be 2000 or fewer in length")
    if body.get("flags", 0) & COMPONENTS_V2:
        if content or body.get("embeds"):
            raise malformed("content and embeds cannot be used with the components flag")
        if len(components) > 40:
            raise malformed("at most 40 components")
        if sum(len(item["content"]) for item in components if item["type"] == 10) > 4000:
            raise malformed("at most 4000 characters in all text displays")
    elif not (content or body.get("embeds") or body.get("poll") or components or body.get("attachments")):
        raise Refusal(400, 50006, "Cannot send an empty message")
    check_components(components)


def check_components(components: list[JSON]) -> None:
    """Raise the 400 for custom ids that are too long or not unique, and for texts over their limits."""
    ids = [item["custom_id"] for item in components if "custom_id" in item]
    if any(not 1 <= len(custom_id) <= 100 for custom_id in ids):
        raise malformed("custom_id must be between 1 and 100 in length")
    if len(set(ids)) != len(ids):
        raise malformed("component custom id cannot be duplicated")
    if any(len(item.get("label") or "") > 80 for item in components if item["type"] == 2):
        raise malformed("label must be 80 or fewer in length")
    if any(len(item["components"]) > 5 for item in components if item["type"] == 1):
        raise malformed("at most 5 buttons in a row")
    if any(len(item["options"]) > 25 for item in components if item["type"] == 3):
        raise malformed("at most 25 options in a menu")


def make_post(channel: Channel, author_id: int, body: JSON, world: "Stage") -> Post:
    """Put a message from a request's body into a channel."""
    author = world.users[author_id]
    extra = {key: body[key] for key in ("embeds", "components", "flags", "poll", "nonce") if body.get(key)}
    extra["mentions_allowed"] = body.get("allowed_mentions")
    for number, component in enumerate(walk(extra.get("components", [])), start=1):
        component.setdefault("id", number)
    post = Post(id=new_id(), channel=channel, author=author, content=body.get("content") or "", extra=extra)
    channel.posts[post.id] = post
    return post


@route("POST", "/channels/{n}/messages")
async def create(call: Call) -> JSON:
    """Create message."""
    world, channel = call.world, call.world.channel_of(call.ids[0])
    if channel.kind == FORUM:
        raise Refusal(400, 50008, "Cannot send messages in a non-text channel")
    if channel.kind == DM:
        _demand_open(channel)
    else:
        _demand_may_post(call, channel)
    check_message(call.body)
    nonce = call.body.get("nonce")
    if nonce is not None and len(str(nonce)) > 25:
        raise malformed("nonce must be 25 or fewer in length")
    if nonce is not None and call.body.get("enforce_nonce"):
        for post in channel.posts.values():
            if post.extra.get("nonce") == nonce and post.author is world.bot:
                return post.payload()
    await _wake(world, channel)
    post = make_post(channel, world.bot.id, call.body, world)
    await world.emit("MESSAGE_CREATE", world.with_member(post), channel.guild)
    return post.payload()


def _demand_open(channel: Channel) -> None:
    if channel.recipient is not None and not channel.recipient.takes_dms:
        raise Refusal(403, 50007, "Cannot send messages to this user")


def _demand_may_post(call: Call, channel: Channel) -> None:
    wanted = {"send_messages_in_threads": True} if channel.is_thread else {"send_messages": True}
    rules.demand(channel, call.world.me(channel), **wanted)
    if channel.locked:
        rules.demand_open(channel)


async def _wake(world: "Stage", channel: Channel) -> None:
    """Take a thread out of the archive, as a message in it does."""
    if channel.archived:
        channel.archived = False
        await world.emit("THREAD_UPDATE", channel.payload(), channel.guild)


@route("GET", "/channels/{n}/messages")
async def history(call: Call) -> list[JSON]:
    """Return messages, the newest first, as Discord does."""
    channel = call.world.channel_of(call.ids[0])
    if channel.guild is not None:
        rules.demand(channel, call.world.me(channel), view_channel=True)
        if not rules.permissions_in(channel, call.world.me(channel)) & Permissions(read_message_history=True).value:
            return []
    limit = int(call.query.get("limit", "50"))
    if not 1 <= limit <= 100:
        raise malformed("limit must be between 1 and 100")
    ids = sorted(channel.posts)
    if "after" in call.query:
        ids = [key for key in ids if key > int(call.query["after"])][:limit]
    elif "before" in call.query:
        ids = [key for key in ids if key < int(call.query["before"])]
    return [channel.posts[key].payload() for key in reversed(ids[-limit:])]


@route("GET", "/channels/{n}/messages/{n}")
async def fetch(call: Call) -> JSON:
    """Return one message."""
    channel = call.world.channel_of(call.ids[0])
    if channel.guild is not None:
        rules.demand(channel, call.world.me(channel), view_channel=True, read_message_history=True)
    return post_of(channel, call.ids[1]).payload()


def post_of(channel: Channel, post_id: int) -> Post:
    """Return a message, or raise the 404."""
    if post_id not in channel.posts:
        raise gone("Message")
    return channel.posts[post_id]


@route("PATCH", "/channels/{n}/messages/{n}")
async def edit(call: Call) -> JSON:
    """Edit one of the bot's own messages."""
    post = post_of(call.world.channel_of(call.ids[0]), call.ids[1])
    if post.author is not call.world.bot:
        raise Refusal(403, 50005, "Cannot edit a message authored by another user")
    rules.demand_open(post.channel)
    change(post, call.body)
    await call.world.emit("MESSAGE_UPDATE", call.world.with_member(post), post.channel.guild)
    return post.payload()


def change(post: Post, body: JSON) -> None:
    """Change a message's text and components as an edit does."""
    merged = {"content": post.content, **post.extra, **{key: value for key, value in body.items() if value is not None}}
    check_message(merged)
    post.content = body.get("content", post.content) or ""
    post.extra |= {key: body[key] for key in ("embeds", "components", "flags") if body.get(key) is not None}
    for number, component in enumerate(walk(post.extra.get("components", [])), start=1):
        component.setdefault("id", number)
    post.edited_at = datetime.now(UTC)


@route("DELETE", "/channels/{n}/messages/{n}")
async def delete(call: Call) -> None:
    """Delete one message; others' need a permission, and leave no reason in the audit log."""
    channel = call.world.channel_of(call.ids[0])
    if call.reason:
        raise malformed("the audit log takes no reason for this")
    post = post_of(channel, call.ids[1])
    if post.author is not call.world.bot:
        rules.demand(channel, call.world.me(channel), manage_messages=True)
    rules.demand_open(channel)
    if post.extra.get("type") in _NOT_DELETABLE:
        raise Refusal(403, 50021, "Cannot execute action on a system message")
    await call.world.drop_posts(channel, [post.id], by=call.world.bot)


@route("POST", "/channels/{n}/messages/bulk-delete")
async def bulk_delete(call: Call) -> None:
    """Delete 2 to 100 messages younger than two weeks."""
    channel = call.world.channel_of(call.ids[0])
    rules.demand(channel, call.world.me(channel), manage_messages=True)
    rules.demand_open(channel)
    ids = [int(item) for item in call.body["messages"]]
    if not 2 <= len(ids) <= 100:
        raise Refusal(400, 50016, "Provided too few or too many messages to delete.")
    if len(set(ids)) != len(ids):
        raise malformed("duplicate message ids")
    if any(age_of(item) > _TWO_WEEKS for item in ids):
        raise Refusal(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    await call.world.drop_posts(channel, [item for item in ids if item in channel.posts], by=call.world.bot)


@route("POST", "/channels/{n}/typing")
async def typing(_call: Call) -> None:
    """Show that somebody types."""


@route("POST", "/users/@me/channels")
async def open_dm(call: Call) -> JSON:
    """Open a direct conversation; past the limit the platform answers 40003."""
    world = call.world
    user = world.users.get(int(call.body["recipient_id"]))
    if user is None:
        raise Refusal(400, 50033, "Invalid Recipient(s)")
    return world.dm_of(user).payload()


@route("POST", "/channels/{n}/threads")
async def create_thread(call: Call) -> JSON:
    """Create a thread; in a forum with its first message, which has the thread's id."""
    world, parent = call.world, call.world.channel_of(call.ids[0])
    rules.demand(parent, world.me(parent), send_messages=True)
    first = call.body.get("message")
    if parent.kind == FORUM and not first:
        raise malformed("message is required")
    if not re.match(r".{1,100}$", call.body["name"]):
        raise malformed("name must be between 1 and 100 in length")
    thread = Channel(
        id=new_id(), name=call.body["name"], kind=PUBLIC_THREAD, guild=parent.guild, parent=parent, owner=world.bot
    )
    thread.applied_tags = [int(tag) for tag in call.body.get("applied_tags", [])]
    world.add_channel(thread)
    body = thread.payload()
    if first:
        check_message(first)
        post = make_post(thread, world.bot.id, first, world)
        del thread.posts[post.id]
        post.id = thread.id
        thread.posts[post.id] = post
        body = thread.payload() | {"message": post.payload()}
    await world.emit("THREAD_CREATE", thread.payload(), parent.guild)
    return body


@route("GET", "/channels/{n}/threads/archived/public")
async def archived_public(call: Call) -> JSON:
    """Return a channel's public archived threads, the latest first."""
    return _archived(call, PUBLIC_THREAD, read_message_history=True)


@route("GET", "/channels/{n}/threads/archived/private")
async def archived_private(call: Call) -> JSON:
    """Return a channel's private archived threads, to those who may manage threads."""
    return _archived(call, PRIVATE_THREAD, read_message_history=True, manage_threads=True)


@route("GET", "/channels/{n}/users/@me/threads/archived/private")
async def archived_joined(call: Call) -> JSON:
    """Return those of a channel's private archived threads that the bot is a member of: none."""
    channel = call.world.channel_of(call.ids[0])
    rules.demand(channel, call.world.me(channel), read_message_history=True)
    return {"threads": [], "members": [], "has_more": False}


def _archived(call: Call, kind: int, **needed: bool) -> JSON:
    parent = call.world.channel_of(call.ids[0])
    rules.demand(parent, call.world.me(parent), **needed)
    found = [item for item in call.world.channels.values() if item.parent is parent and item.archived]
    found = sorted((item for item in found if item.kind == kind), key=lambda item: item.archive_time, reverse=True)
    if "before" in call.query:
        before = datetime.fromisoformat(call.query["before"])
        found = [item for item in found if item.archive_time < before]
    limit = min(int(call.query.get("limit", "50")), call.world.page_cap)
    threads = [item.payload() for item in found[:limit]]
    return {"threads": threads, "members": [], "has_more": len(found) > limit}
