"""Notices to members by direct message, which is the record of them.

Whether one was sent is looked up only where that is in doubt: after a crash, and where Slack's answer was lost. Looking
shares its allowance with the reading of every channel; a notice that looked each time would wait behind all of that.
"""

from collections.abc import Mapping

from bot.adapters.slack.api import JSON, held
from bot.adapters.slack.incoming.translate import link_to
from bot.adapters.slack.outgoing.cards import OPEN_MESSAGE
from bot.adapters.slack.outgoing.drawing import link_button, section, sections, speaking, spoken
from bot.adapters.slack.outgoing.mod_log import SettingsOf
from bot.adapters.slack.outgoing.posts import find_post, post
from bot.adapters.slack.outgoing.refusals import RATE, reason_of
from bot.adapters.slack.pace import Method
from bot.adapters.slack.remembered import Remembered
from bot.adapters.slack.workspace import Workspace
from bot.domain.actions import Action, Outcome
from bot.domain.decision import EffectKey, EffectResult
from bot.domain.errors import PlatformBusy, PlatformError, PlatformRefused
from bot.domain.ids import ChannelId, CommunityId, PersonId
from bot.domain.notice import Notice
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue
from bot.messages.notices import NoticeContent, notice_content
from bot.ports.notifier import Notifier

_log = get_logger(__name__)
_REMEMBERED = 20_000
_FOR_AN_EXTRA = 5.0
"""Seconds of patience for what shows besides the notice, and vanishes anyway."""


class SlackNotifier(Notifier):
    """Sends direct messages. `SlackApi` keeps their pace."""

    def __init__(self, workspaces: Mapping[CommunityId, Workspace], settings: SettingsOf) -> None:
        self._workspaces = workspaces
        self._settings = settings
        self._told: Remembered[tuple[CommunityId, str], str] = Remembered(_REMEMBERED)
        self._unsure: Remembered[tuple[CommunityId, str], None] = Remembered(_REMEMBERED)
        self._conversations: Remembered[tuple[CommunityId, PersonId], str] = Remembered(_REMEMBERED)

    async def tell(self, key: EffectKey, notice: Notice) -> EffectResult:
        """Tell a member. Without an admin's token nothing was removed yet, so nobody is told that it was."""
        workspace = self._workspaces.get(notice.community)
        if workspace is None:
            return _ended(key, Outcome.FAILED, reason(PlatformReason.NOT_CONNECTED))
        if notice.action is Action.DELETE and workspace.admin is None:
            return _ended(key, Outcome.SUPPRESSED, reason(PlatformReason.NO_ADMIN_TOKEN))
        try:
            return await self._tell(workspace, key, notice)
        except PlatformRefused as error:
            self._conversations.pop((workspace.community, notice.person), None)
            return _ended(key, Outcome.REFUSED, reason_of(error))
        except PlatformBusy as error:
            return _ended(key, Outcome.FAILED, reason_of(error))

    async def _tell(self, workspace: Workspace, key: EffectKey, notice: Notice) -> EffectResult:
        place = workspace.community, mark_of(key)
        if place not in self._told:
            channel = await self._conversation(workspace, notice.person)
            # A warning and the note about it are one message: whichever comes second finds the first.
            looks = place in self._unsure or notice.action is Action.WARN
            told = await find_post(workspace, channel, mark_of(key)) if looks else None
            self._told[place] = f"{channel}/{told or await self._send(workspace, channel, key, notice)}"
        self._unsure.pop(place, None)
        return EffectResult(key=key, outcome=Outcome.APPLIED, platform_id=self._told[place])

    async def _send(self, workspace: Workspace, channel: str, key: EffectKey, notice: Notice) -> str:
        """Post the notice. Where Slack gave no answer it may have taken it: then it is in doubt."""
        words = speaking((await self._settings(notice.community)).language)
        content, blocks = _drawn(notice, words, workspace)
        try:
            return await post(workspace, channel, mark_of(key), content.what, blocks)
        except PlatformBusy as error:
            if error.code not in RATE:
                self._unsure[workspace.community, mark_of(key)] = None
            raise

    async def _conversation(self, workspace: Workspace, person: PersonId) -> str:
        place = workspace.community, person
        if place not in self._conversations:
            answer = await workspace.api.call(Method.CONVERSATIONS_OPEN, users=person)
            self._conversations[place] = held(answer, "channel", "id")
        return self._conversations[place]

    async def was_told(self, key: EffectKey, community: CommunityId, person: PersonId) -> bool:
        """Return whether the notice of that key stands in the conversation.

        Where Slack can't be asked (PlatformError), `tell` looks itself before it sends.
        """
        workspace, place = self._workspaces[community], (community, mark_of(key))
        self._unsure[place] = None
        channel = await self._conversation(workspace, person)
        found = await find_post(workspace, channel, mark_of(key))
        if found is not None:
            self._told[place] = f"{channel}/{found}"
        self._unsure.pop(place)
        return found is not None

    async def whisper(self, notice: Notice, channel: ChannelId) -> None:
        """Show the notice in the channel as well, to its author alone, until they reload. It is tried once."""
        workspace = self._workspaces[notice.community]
        words = speaking((await self._settings(notice.community)).language)
        try:
            await self._whisper(workspace, notice, channel, words)
        except PlatformError as error:
            _log.info("ephemeral_not_shown", community=notice.community, error=str(error))

    async def _whisper(self, workspace: Workspace, notice: Notice, channel: ChannelId, words: Catalogue) -> None:
        content, blocks = _drawn(notice, words, workspace)
        await workspace.api.call(
            Method.CHAT_POST_EPHEMERAL,
            patience=_FOR_AN_EXTRA,
            channel=channel,
            user=notice.person,
            text=spoken(blocks, content.what),
            blocks=blocks,
        )


def mark_of(key: EffectKey) -> str:
    """Return an effect's key as the mark of a post. A warning and its notice share one: the author is told once."""
    action = Action.NOTICE if key.action is Action.WARN else key.action
    return f"{key.decision}/{action.value}/{key.target}"


def _drawn(notice: Notice, words: Catalogue, workspace: Workspace) -> tuple[NoticeContent, list[JSON]]:
    """Return a notice in words and as blocks.

    A button leads to the message while it stands; the author's own words stand in blocks of their own, to be copied.
    """
    channel = workspace.people.shown(notice.channel) if notice.channel is not None else ""
    content = notice_content(notice, words, place=workspace.identity.name, channel=channel)
    first = sections(content.first)
    if notice.stands_at is not None:
        url = link_to(workspace.place, notice.stands_at.channel, notice.stands_at.message)
        first[0]["accessory"] = link_button(words.say("button.open_message"), OPEN_MESSAGE, url)
    returned = [section(content.before_text), *map(section, content.returned_texts)] if content.returned_texts else []
    return content, [*first, *returned, *sections((content.ask,) if content.ask else ())]


def _ended(key: EffectKey, outcome: Outcome, why: Reason) -> EffectResult:
    return EffectResult(key=key, outcome=outcome, why=why)
