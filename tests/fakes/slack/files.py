"""files.*: an upload in three steps: an address, the bytes, and sharing."""

import json

from aiohttp import web

from tests.fakes.slack.rules import Refusal
from tests.fakes.slack.server import Call, method
from tests.fakes.slack.things import JSON, message_payload


@method("files.getUploadURLExternal")
def upload_url(call: Call) -> JSON:
    """Name an address for the bytes of one file."""
    name, length = str(call.body.get("filename") or ""), int(call.body.get("length") or 0)
    if not name or length <= 0:
        raise Refusal("invalid_arguments")
    file_id = f"F{len(call.world.uploads) + 1:04d}"
    call.world.uploads[file_id] = {"name": name, "length": length}
    return {"upload_url": f"{call.world.url.removesuffix('/api/')}/upload/{file_id}", "file_id": file_id}


async def receive(request: web.Request, uploads: dict[str, JSON]) -> web.Response:
    """Take the bytes in; as many as were announced."""
    place, content = uploads[request.match_info["id"]], await request.read()
    if len(content) != place["length"]:
        return web.Response(status=400, text="length")
    place["content"] = content
    return web.Response(text=f"OK - {len(content)}")


@method("files.completeUploadExternal")
def complete_upload(call: Call) -> JSON:
    """Share what was uploaded, where the token's holder is."""
    given = call.body.get("files")
    files: list[JSON] = json.loads(given) if isinstance(given, str) else given or []
    channel = call.channel("channel_id")
    if call.user.id not in channel.members:
        raise Refusal("not_in_channel")
    for file in files:
        if "content" not in call.world.uploads.get(str(file.get("id")), {}):
            raise Refusal("file_not_found")
    shown = [{"id": file["id"], "name": call.world.uploads[file["id"]]["name"]} for file in files]
    post = message_payload(channel, call.user, call.world.next_ts(), "", files=shown, subtype="file_share")
    channel.posts[post["ts"]] = post
    call.world.later(call.world.tell_posted(channel, post))
    return {"files": shown}
