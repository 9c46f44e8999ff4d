"""The mod log on Discord: cards in a text channel, or each as a post of a forum."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import discord

from bot.adapters.discord.desk.button_ids import PREFIX, ButtonId, Verb
from bot.adapters.discord.desk.buttons import DeskButton
from bot.adapters.discord.ids import number_of
from bot.adapters.discord.outgoing.answers import text_view
from bot.adapters.discord.outgoing.archived import written
from bot.adapters.discord.outgoing.cards import card_view, thread_name
from bot.adapters.discord.outgoing.checks import WORDS, missing
from bot.adapters.discord.outgoing.drawing import lines, speaking
from bot.adapters.discord.outgoing.marks import mark_of, nonce_of
from bot.adapters.discord.outgoing.names import names_on
from bot.adapters.discord.outgoing.places import Place, Places, Writable
from bot.adapters.discord.outgoing.refusals import FAILURES, platform_error
from bot.domain.card import Card
from bot.domain.decision import Effect
from bot.domain.errors import PlatformRefused
from bot.domain.ids import CaseNumber, ChannelId, CommunityId
from bot.domain.notice import Announcement
from bot.domain.reasons import PlatformReason
from bot.domain.settings import CommunitySettings
from bot.messages.catalogue import Said
from bot.messages.drawing import LONGEST_TITLE
from bot.messages.notices import announcement_line
from bot.messages.readable import plain_line
from bot.ports.mod_log import ModLog

if TYPE_CHECKING:
    from collections.abc import Iterator

SettingsOf = Callable[[CommunityId], Awaitable[CommunitySettings]]
_LOOKED_THROUGH = 200
"""How many of the latest posts are looked through for a mark."""
_LOOKED_THROUGH_FORUM = 50


class DiscordModLog(ModLog):
    """Posts cards where a server's settings say."""

    def __init__(self, client: discord.Client, settings: SettingsOf) -> None:
        self._client = client
        self._places = Places(client)
        self._settings = settings
        self._announced: set[str] = set()

    async def post(self, key: str, card: Card) -> str:
        """Post a card; its id is `channel/message`."""
        community = card.case.community
        settings = await self._settings(community)
        with _told("post a case's card", "Let it view and write in the mod log channel, or choose another one."):
            place = await self._mod_log(settings)
            view = card_view(card, speaking(settings.language), mark_of(key), await names_on(card, self._client))
            if isinstance(place, discord.ForumChannel):
                name = thread_name(card, speaking(settings.language))
                made = await place.create_thread(name=name, view=view)
                return _card_id(made.message)
            return _card_id(await written(place, lambda: place.send(view=view, nonce=nonce_of(key))))

    async def update(self, card_id: str, card: Card) -> None:
        """Redraw a card where it stands, in the archive too."""
        channel_id, _, message_id = card_id.partition("/")
        settings = await self._settings(card.case.community)
        with _told("change a case's card", "If the card was deleted, nothing needs to be done."):
            place = await self._places.channel(card.case.community, ChannelId(channel_id))
            if not isinstance(place, Writable):
                raise _refused("change a case's card: its channel is gone", PlatformReason.CHANNEL_GONE)
            message = place.get_partial_message(number_of(message_id))
            mark = _mark_in(await message.fetch())
            names = await names_on(card, self._client)
            view = card_view(card, speaking(settings.language), mark, names)
            await written(place, lambda: message.edit(view=view))

    async def find(self, community: CommunityId, key: str) -> str | None:
        """Look for the mark among the latest posts."""
        settings = await self._settings(community)
        with _told("look for a case's card", "Let it read the mod log's message history."):
            place = await self._mod_log(settings, "read_message_history")
            async for message in self._latest(place):
                if _mark_in(message) == mark_of(key):
                    return _card_id(message)
        return None

    async def announce(self, announcement: Announcement) -> None:
        """Say it once: in this process by memory, within minutes of a restart by Discord's nonce."""
        if announcement.key in self._announced:
            return
        settings = await self._settings(announcement.community)
        text = announcement_line(announcement, speaking(settings.language))
        with _told("write in the mod log", "Let it view and write in that channel."):
            place = await self._mod_log(settings)
            if isinstance(place, discord.ForumChannel):
                await place.create_thread(name=text[:90], view=text_view(text))
            else:
                said, nonce = text_view(text), nonce_of(announcement.key)
                await written(place, lambda: place.send(view=said, nonce=nonce))
        self._announced.add(announcement.key)

    async def call_people(self, key: str, effect: Effect) -> str | None:
        """Call whom the settings name to a case, once; None where they name nobody."""
        settings = await self._settings(effect.community)
        role = number_of(settings.escalate_to or effect.role)
        if effect.case is None or not role:
            return None
        place = await self._mod_log(settings)
        view = _call_view(settings, role, effect.case, effect, mark_of(key))
        may_ping = discord.AllowedMentions(everyone=False, users=False, roles=[discord.Object(role)])
        if isinstance(place, discord.ForumChannel):
            name = speaking(settings.language).say("call.needs_people", case=effect.case)
            made = await place.create_thread(name=name, view=view, allowed_mentions=may_ping)
            return _card_id(made.message)
        nonce = nonce_of(key)
        return _card_id(await written(place, lambda: place.send(view=view, nonce=nonce, allowed_mentions=may_ping)))

    async def find_call(self, key: str, effect: Effect) -> str | None:
        """Return the id of a call posted before."""
        settings = await self._settings(effect.community)
        return await self.find(effect.community, key) if settings.mod_log is not None else None

    async def _mod_log(self, settings: CommunitySettings, permission: str = "send_messages") -> Place:
        """Return the mod log. Without the permission nothing is asked: Discord bans hosts that ask in vain too often.

        Without Read Message History Discord would answer with nothing at all, as if no card stood there.
        """
        if settings.mod_log is None:
            raise _refused(
                "post: no channel for cards is chosen; an admin can with /mod setup", PlatformReason.NO_MOD_LOG
            )
        place = await self._places.channel(settings.community, settings.mod_log)
        if place is None:
            raise _refused("find the mod log channel: choose another one", PlatformReason.CHANNEL_GONE)
        if isinstance(place, discord.Thread) and permission == "send_messages":
            permission = "send_messages_in_threads"
        held = place.permissions_for(place.guild.me)
        for needed in ("view_channel", permission):
            if not getattr(held, needed):
                why = missing(needed, place)
                raise PlatformRefused(f"Discord lets Hallmoot not use #{place.name}: give it {WORDS[needed]}.", why=why)
        return place

    async def _latest(self, place: Place) -> AsyncIterator[discord.Message]:
        """Yield our own latest posts, the newest first."""
        own = self._client.user.id if self._client.user else 0
        if not isinstance(place, discord.ForumChannel):
            async for message in place.history(limit=_LOOKED_THROUGH):
                if message.author.id == own:
                    yield message
            return
        for thread in sorted(place.threads, key=lambda thread: -thread.id)[:_LOOKED_THROUGH_FORUM]:
            if thread.owner_id == own:
                yield await thread.fetch_message(thread.id)


def _call_view(
    settings: CommunitySettings, role: int, case: CaseNumber, effect: Effect, mark: str
) -> discord.ui.LayoutView:
    """Return the call: who is called, to which case, and what it is about, since the card may stand far above."""
    catalogue = speaking(settings.language)
    about = [catalogue.shown(plain_line(effect.rule, LONGEST_TITLE))] if effect.rule else []
    about += [Said(f"<#{effect.channel}>")] if effect.channel is not None else []
    view = text_view(lines(f"<@&{role}> {catalogue.say('call.needs_people', case=case)}", Said(" · ".join(about))))
    row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
    button_id = ButtonId(verb=Verb.MORE, case=case, mark=mark)
    row.add_item(DeskButton.make(button_id, catalogue.say("button.more"), discord.ButtonStyle.secondary))
    return view.add_item(row)


def _card_id(message: discord.Message) -> str:
    return f"{message.channel.id}/{message.id}"


def _mark_in(message: discord.Message) -> str:
    """Return the mark that a post of ours carries in its buttons, or an empty string."""
    for item in discord.ui.LayoutView.from_message(message).walk_children():
        custom_id = getattr(item, "custom_id", "") or ""
        if custom_id.startswith(PREFIX):
            return custom_id.rpartition(":")[2]
    return ""


@contextmanager
def _told(doing: str, remedy: str) -> "Iterator[None]":
    try:
        yield
    except FAILURES as error:
        raise platform_error(error, doing, remedy) from error


def _refused(what: str, code: PlatformReason) -> PlatformRefused:
    return PlatformRefused(f"Discord did not let Hallmoot {what}.", code=code)
