"""What people do in Slack besides writing, handed to what answers it; and what happens to the app itself."""

from collections.abc import Awaitable, Callable, Mapping

from bot.adapters.slack.api import JSON
from bot.adapters.slack.desk import reports, setup
from bot.adapters.slack.desk.commands import Commands
from bot.adapters.slack.desk.counter import Asker, Counter
from bot.adapters.slack.desk.home import Home
from bot.adapters.slack.desk.presses import Presses
from bot.adapters.slack.desk.reports import Reports
from bot.adapters.slack.desk.setup import Setup
from bot.adapters.slack.incoming.files import word
from bot.adapters.slack.incoming.gateway import Interactions
from bot.adapters.slack.incoming.joining import Joining
from bot.adapters.slack.outgoing.drawing import section, spoken
from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.workspace import Workspace
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.errors import PlatformError
from bot.domain.ids import ChannelId, CommunityId
from bot.logs import get_logger

_log = get_logger(__name__)
Record = Callable[[AuditNote], Awaitable[None]]
"""Writes an audit note."""
_OF_CHANNELS = frozenset({"channel_created", "channel_rename", "member_joined_channel"})
_LOST = {
    "app_uninstalled": "The app was uninstalled. Install it again at api.slack.com/apps and set its new bot token.",
    "tokens_revoked": "A token was revoked. Reinstall the app at api.slack.com/apps and set its new tokens.",
}


class SlackInteractions(Interactions):
    """One for all workspaces."""

    def __init__(
        self,
        counter: Counter,
        record: Record,
        joinings: Mapping[CommunityId, Joining],
        channels_changed: Callable[[], None],
        alive: Callable[[CommunityId], None],
    ) -> None:
        self._counter = counter
        self._record = record
        self._joinings = joinings
        self._channels_changed = channels_changed
        self._alive = alive
        form = Setup(counter)
        self._setup = form
        self._home = Home(counter, joinings)
        self._presses = Presses(counter)
        self._reports = Reports(counter)
        self._commands = Commands(counter, form)

    def noticed(self, workspace: Workspace, event: JSON) -> None:
        """React to an event that is no message."""
        asker = self._counter.asker(workspace, event)
        kind = word(event, "type")
        if kind in _OF_CHANNELS:
            self._channels_changed()
        if kind == "app_home_opened" and event.get("tab") == "home":
            self._counter.work(asker, self._home.show(asker))
        elif kind == "app_mention" and asker.actor.person:
            self._counter.work(asker, self._hint(asker, word(event, "channel")))
        elif kind == "channel_created" and workspace.community in self._joinings:
            channel = event.get("channel")
            if isinstance(channel, dict) and word(channel, "id"):
                self._joinings[workspace.community].add(ChannelId(word(channel, "id")))
        elif kind == "member_joined_channel" and event.get("user") == workspace.identity.bot_user:
            self._alive(workspace.community)
            if not workspace.people.knows_channel(word(event, "channel")):
                self._counter.work(asker, learn_channel(workspace, word(event, "channel")))
        elif kind in _LOST:
            self._counter.work(asker, self._lost(workspace, kind))

    async def _lost(self, workspace: Workspace, kind: str) -> None:
        _log.error("slack_access_lost", community=workspace.community, what=kind, text=_LOST[kind])
        at = self._counter.clock.now()
        details = (("what", kind),)
        await self._record(AuditNote(community=workspace.community, code=AuditCode.PLATFORM, at=at, details=details))

    async def _hint(self, asker: Asker, channel: str) -> None:
        """Tell whoever mentions the bot how to reach moderators, for their eyes alone."""
        text = asker.words.say("slack.mentioned", command="/mod")
        try:
            await asker.workspace.api.call(
                Method.CHAT_POST_EPHEMERAL,
                rank=Rank.PEOPLE,
                channel=channel,
                user=asker.actor.person,
                text=spoken([section(text)]),
                blocks=[section(text)],
            )
        except PlatformError as error:
            _log.info("hint_not_shown", community=asker.workspace.community, error=str(error))

    def pressed(self, workspace: Workspace, body: JSON) -> None:
        """Hand a press on."""
        if not self._setup.stop(body):
            self._presses.pressed(workspace, body)

    def commanded(self, workspace: Workspace, body: JSON) -> None:
        """Hand a command on."""
        self._commands.commanded(workspace, body)

    def shortcut(self, workspace: Workspace, body: JSON) -> None:
        """Hand the report shortcut on; there is no other."""
        if body.get("callback_id") == reports.CALLBACK:
            self._reports.shortcut(workspace, body)

    async def submitted(self, workspace: Workspace, body: JSON) -> JSON:
        """Hand a form on; an unknown one is closed."""
        view = body.get("view")
        callback = word(view, "callback_id") if isinstance(view, dict) else ""
        if callback == reports.CALLBACK:
            return await self._reports.submitted(workspace, body)
        if callback == setup.CALLBACK:
            return await self._setup.submitted(workspace, body)
        return {}


async def learn_channel(workspace: Workspace, channel: str) -> None:
    """Learn the name of a channel to which the bot was invited: a private one was not to be seen before."""
    try:
        answer = await workspace.api.call(Method.CONVERSATIONS_INFO, rank=Rank.READING, channel=channel)
    except PlatformError as error:
        _log.info("channel_name_unknown", community=workspace.community, channel=channel, error=str(error))
        return
    found = answer.get("channel")
    if isinstance(found, dict):
        workspace.people.add_channel(found)
