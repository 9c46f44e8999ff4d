"""The mod log on Slack: cards in a private channel of the moderators."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from bot.adapters.slack.outgoing.cards import card_blocks
from bot.adapters.slack.outgoing.drawing import mention, section, speaking, spoken
from bot.adapters.slack.outgoing.posts import find_post, find_reply, marked, post
from bot.adapters.slack.pace import Method
from bot.adapters.slack.remembered import Remembered
from bot.adapters.slack.workspace import Workspace
from bot.core.acting.drawing import card_key
from bot.domain.card import Card
from bot.domain.decision import Effect
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.notice import Announcement
from bot.domain.reasons import PlatformReason, reason
from bot.domain.settings import CommunitySettings
from bot.messages.cards import card_content
from bot.messages.notices import announcement_line
from bot.ports.mod_log import ModLog

_UNSEEN = "channel_not_found"
_REMEMBERED = 1_000
"""Cards whose place is known without looking."""

SettingsOf = Callable[[CommunityId], Awaitable[CommunitySettings]]


class SlackModLog(ModLog):
    """Posts cards where a workspace's settings say. A card's id is `channel/timestamp`."""

    def __init__(self, workspaces: Mapping[CommunityId, Workspace], settings: SettingsOf) -> None:
        self._workspaces = workspaces
        self._settings = settings
        self._announced: set[str] = set()
        self._unsure: Remembered[str, None] = Remembered(_REMEMBERED)
        self._cards: Remembered[tuple[CommunityId, str, str], str] = Remembered(_REMEMBERED)

    async def post(self, key: str, card: Card) -> str:
        """Post a card. A lost answer is not followed by a second try: `find` looks for it first."""
        settings = await self._settings(card.case.community)
        words = speaking(settings.language)
        with _told("post a case's card in the mod log"):
            workspace, channel = self._place(settings)
            blocks = card_blocks(card, words, workspace)
            ts = await post(workspace, channel, key, card_content(card, words).title, blocks)
        self._cards[workspace.community, channel, key] = ts
        return f"{channel}/{ts}"

    async def update(self, card_id: str, card: Card) -> None:
        """Redraw a card where it stands; a decided one has no buttons any more."""
        channel, _, ts = card_id.partition("/")
        settings = await self._settings(card.case.community)
        words = speaking(settings.language)
        with _told("change a case's card in the mod log", moved=channel != settings.mod_log):
            workspace = self._workspace(card.case.community)
            blocks = card_blocks(card, words, workspace)
            await workspace.api.call(
                Method.CHAT_UPDATE,
                channel=channel,
                ts=ts,
                text=spoken(blocks, card_content(card, words).title),
                blocks=marked(blocks, card_key(card.case.community, card.case.number)),
            )

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Look for the key among the newest posts."""
        with _told("look for a case's card in the mod log"):
            workspace, channel = self._place(await self._settings(community))
            ts = await find_post(workspace, channel, key)
        return f"{channel}/{ts}" if ts is not None else None

    async def announce(self, announcement: Announcement) -> None:
        """Say it once: remembered in this process, looked for in the channel after a restart."""
        if announcement.key in self._announced:
            return
        settings = await self._settings(announcement.community)
        text = announcement_line(announcement, speaking(settings.language))
        with _told("write in the mod log"):
            workspace, channel = self._place(settings)
            if await find_post(workspace, channel, announcement.key) is None:
                await post(workspace, channel, announcement.key, text, [section(text)])
        self._announced.add(announcement.key)

    async def call_people(self, key: str, effect: Effect) -> str | None:
        """Call the user group to a case, in the thread of its card; None where none is set."""
        settings = await self._settings(effect.community)
        if settings.escalate_to is None or effect.case is None:
            return None
        words = speaking(settings.language)
        text = words.say("card.title_without_rule", case=effect.case, what=words.say("headline.escalate"))
        with _told("call moderators in the mod log"):
            workspace, channel = self._place(settings)
            thread = await self._card(workspace, channel, card_key(effect.community, effect.case))
            called = await _call_in(workspace, channel, thread, key) if key in self._unsure else None
            if called is None:
                blocks = [mention(settings.escalate_to), section(text)]
                self._unsure[key] = None
                called = await post(workspace, channel, key, text, blocks, thread=thread)
        self._unsure.pop(key, None)
        return f"{channel}/{called}"

    async def find_call(self, key: str, effect: Effect) -> str | None:
        """Look for a call of people: in the thread of the case's card, and where there was no card in the channel.

        Where Slack can't be asked (PlatformError), `call_people` looks itself before it calls.
        """
        if effect.case is None:
            return None
        with _told("look for a call in the mod log"):
            workspace, channel = self._place(await self._settings(effect.community))
            self._unsure[key] = None
            thread = await self._card(workspace, channel, card_key(effect.community, effect.case))
            found = await _call_in(workspace, channel, thread, key)
        if found is None:
            self._unsure.pop(key, None)
        return found

    async def _card(self, workspace: Workspace, channel: ChannelId, key: str) -> str | None:
        """Return where the card of a case stands; None where there is none."""
        place = workspace.community, channel, key
        if place not in self._cards:
            found = await find_post(workspace, channel, key)
            if found is None:
                return None
            self._cards[place] = found
        return self._cards[place]

    def _workspace(self, community: CommunityId) -> Workspace:
        found = self._workspaces.get(community)
        if found is None:
            raise PlatformBusy(f"{community} is not connected.", code=PlatformReason.NOT_CONNECTED)
        return found

    def _place(self, settings: CommunitySettings) -> tuple[Workspace, ChannelId]:
        if settings.mod_log is None:
            text = "No channel for cards is chosen; an admin can choose one with /mod setup."
            raise PlatformRefused(text, code=PlatformReason.NO_MOD_LOG)
        return self._workspace(settings.community), settings.mod_log


async def _call_in(workspace: Workspace, channel: ChannelId, thread: str | None, key: str) -> str | None:
    in_thread = await find_reply(workspace, channel, thread, key) if thread is not None else None
    return in_thread or await find_post(workspace, channel, key)


@contextmanager
def _told(doing: str, *, moved: bool = False) -> Iterator[None]:
    """Say in an error what was being done. `moved`: in a channel that is the mod log no more, and may be gone."""
    try:
        yield
    except PlatformRefused as error:
        # A private channel that the bot is not in does not exist to it: an invitation changes that.
        why = reason(PlatformReason.NOT_IN_CHANNEL) if error.code == _UNSEEN and not moved else error.why
        raise PlatformRefused(f"Slack did not let Hallmoot {doing}. {error}", code=error.code, why=why) from error
    except PlatformBusy as error:
        text = f"Slack did not let Hallmoot {doing} just now. {error}"
        raise PlatformBusy(text, code=error.code, retry_after=error.retry_after, why=error.why) from error
