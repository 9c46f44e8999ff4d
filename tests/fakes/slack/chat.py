"""chat.*: posting, changing and deleting, within the limits of blocks and of whose message it is."""

from typing import Any

from tests.fakes.slack.block_kit import check_blocks
from tests.fakes.slack.rules import Refusal
from tests.fakes.slack.server import Call, method
from tests.fakes.slack.things import JSON, Channel, message_payload


def _content(call: Call) -> JSON:
    content: JSON = {key: call.body[key] for key in ("text", "blocks", "metadata") if call.body.get(key) is not None}
    check_blocks(content.get("blocks", []))
    if not content.get("text") and not content.get("blocks"):
        raise Refusal("no_text")
    return content


@method("chat.postMessage")
def post_message(call: Call) -> JSON:
    """Post as the token's holder."""
    channel = _writable(call)
    content = _content(call)
    content |= {"thread_ts": call.body["thread_ts"]} if call.body.get("thread_ts") else {}
    post = message_payload(channel, call.user, call.world.next_ts(), content.pop("text", ""), **content)
    channel.posts[post["ts"]] = post
    call.world.later(call.world.tell_posted(channel, post))
    return {"channel": channel.id, "ts": post["ts"], "message": post}


@method("chat.update")
def update(call: Call) -> JSON:
    """Change one of one's own messages."""
    channel = _writable(call)
    post = _own(call, channel, "cant_update_message")
    before = dict(post)
    post.update(_content(call))
    post["edited"] = {"user": call.user.id, "ts": call.world.next_ts()}
    call.world.later(call.world.tell_changed(channel, post, before))
    return {"channel": channel.id, "ts": post["ts"], "text": post.get("text", "")}


@method("chat.delete")
def delete(call: Call) -> JSON:
    """Delete: a bot its own messages, an owner's or admin's token anybody's of the same workspace."""
    channel = call.channel()
    post = channel.posts.get(str(call.body.get("ts")))
    if post is None:
        raise Refusal("message_not_found")
    if not _may_delete(call, post):
        raise Refusal("cant_delete_message")
    call.world.later(call.world.drop(channel, post))
    return {"channel": channel.id, "ts": post["ts"]}


def _may_delete(call: Call, post: dict[str, Any]) -> bool:
    if post["user"] == call.user.id:
        return True
    is_admin = call.token.kind == "user" and (call.user.is_admin or call.user.is_owner)
    is_insider = call.world.users[post["user"]].is_of(call.team.id)
    return is_admin and is_insider and not call.team.forbids_admin_deletion


@method("chat.postEphemeral")
def post_ephemeral(call: Call) -> JSON:
    """Show something to one member of a channel, until they reload."""
    channel = _writable(call)
    content = _content(call)
    if call.body.get("user") not in channel.members:
        raise Refusal("user_not_in_channel")
    call.world.ephemerals.append((channel.id, str(call.body["user"]), content))
    return {"message_ts": call.world.next_ts()}


def _writable(call: Call) -> Channel:
    channel = call.channel()
    if call.user.id not in channel.members:
        raise Refusal("not_in_channel")
    if channel.archived:
        raise Refusal("is_archived")
    return channel


def _own(call: Call, channel: Channel, error: str) -> JSON:
    post = channel.posts.get(str(call.body.get("ts")))
    if post is None:
        raise Refusal("message_not_found")
    if post["user"] != call.user.id:
        raise Refusal(error)
    return post
