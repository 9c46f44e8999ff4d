"""Handing a file to one person: into their direct messages with the app, where nobody else reads it."""

from bot.adapters.slack.api import held
from bot.adapters.slack.pace import Method
from bot.adapters.slack.workspace import Workspace
from bot.domain.answer import TextFile
from bot.domain.ids import PersonId


async def send_file(workspace: Workspace, person: PersonId, download: TextFile) -> None:
    """Upload a file and share it with a member. Raises PlatformRefused or PlatformBusy; nothing is shared then.

    Slack takes a file in three steps: it names an address, the bytes go there, and the file is shared.
    """
    content = download.text.encode("utf-8", "replace")
    api = workspace.api
    conversation = await api.call(Method.CONVERSATIONS_OPEN, users=person)
    place = await api.call(Method.FILES_GET_UPLOAD_URL, filename=download.name, length=len(content))
    await api.upload(held(place, "upload_url"), content)
    await api.call(
        Method.FILES_COMPLETE_UPLOAD,
        files=[{"id": held(place, "file_id"), "title": download.name}],
        channel_id=held(conversation, "channel", "id"),
    )
