"""The scene of the fake in memory: what tests build on keeps the promises that the platforms keep."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef, PersonId
from bot.domain.people import Permission
from tests import factories
from tests.contracts.scene import Scene
from tests.fakes.directory import ScriptedDirectory
from tests.fakes.place import Place, PlaceDirectory, PlaceEnforcer, PlaceHistory, PlaceModLog, PlaceNotifier

_GENERAL = ChannelId("general")


class PlaceScene(Scene):
    """A place with nobody in it yet."""

    def __init__(self) -> None:
        self.community = CommunityId("memory:1")
        self._place = place = Place(community=self.community, channels=(_GENERAL,))
        self._script = ScriptedDirectory()
        self.notifier = PlaceNotifier(place)
        self.enforcer = PlaceEnforcer(place, self.notifier)
        self.mod_log = PlaceModLog(place)
        self.history = PlaceHistory(place)
        self.directory = PlaceDirectory(place, self._script)
        self._number = 0

    async def say(self, text: str) -> Message:
        """Post as Ann."""
        self._number += 1
        sent_at = factories.AT + timedelta(seconds=self._number)
        made = factories.message(
            text, id=str(self._number), at=sent_at, channel=_GENERAL, community=str(self.community)
        )
        self._place.messages[made.ref] = made
        return made

    async def remove(self, ref: MessageRef) -> None:
        """Take it away."""
        del self._place.messages[ref]

    def is_there(self, ref: MessageRef) -> bool:
        """Look."""
        return ref in self._place.messages

    async def withdraw_rights(self) -> None:
        """Let the bot only read."""
        self._place.may_act = False

    def break_next(self) -> None:
        """Fail once."""
        self._place.breaks = True

    def lose_next_answer(self) -> None:
        """Post, and fail."""
        self._place.loses_answer = True

    def cards(self) -> list[str]:
        """Return the lines of each post."""
        return [text for _, text in self._place.cards.values()]

    def alive(self, text: str, written: tuple[str, ...]) -> list[str]:
        """Return nothing: plain lines hold no markup."""
        del text, written
        return []

    def drop_cards(self) -> None:
        """Empty the mod log."""
        self._place.cards.clear()

    def told(self, who: PersonId) -> list[str]:
        """Return what somebody was told."""
        return list(self._place.told.get(who, {}).values())

    def refuse_direct_messages(self, who: PersonId) -> None:
        """Close them."""
        self._place.unreachable.add(who)

    def new_member(self) -> PersonId:
        """Return one."""
        self._number += 1
        return PersonId(f"member-{self._number}")

    async def new_moderator(self) -> PersonId:
        """Grant what moderators have."""
        who = self.new_member()
        self._script.grant(who, Permission.MODERATE, Permission.DELETE)
        return who

    async def new_admin(self) -> PersonId:
        """Grant everything."""
        who = self.new_member()
        self._script.grant(who, *Permission)
        return who

    def demote(self, who: PersonId) -> None:
        """Take everything away."""
        self._script.revoke(who)


@asynccontextmanager
async def place_scene() -> AsyncIterator[Scene]:
    """Yield the fake's."""
    yield PlaceScene()
