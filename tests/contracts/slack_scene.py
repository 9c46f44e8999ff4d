"""Slack's scene for the contract suites."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.events import Message
from bot.domain.ids import ChannelId, MessageId, MessageRef, PersonId
from tests.contracts.scene import Scene
from tests.fakes.slack.things import JSON
from tests.fakes.slack_rig import Rig, rigged


class SlackScene(Scene):
    """The Slack adapter in front of the stand-in, with an admin's token."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.community = rig.community
        self.enforcer = rig.platform.enforcer
        self.mod_log = rig.platform.mod_log
        self.history = rig.platform.history
        self.directory = rig.platform.directory
        self.notifier = rig.platform.notifier
        self._named = 0

    async def say(self, text: str) -> Message:
        """Post as Anna; what she types is escaped, as Slack's own clients do."""
        typed = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        post = await self.rig.world.say(self.rig.general, self.rig.anna, typed)
        ref = MessageRef(
            community=self.community, channel=ChannelId(self.rig.general.id), message=MessageId(post["ts"])
        )
        found = await self.history.fetch(ref)
        assert found is not None
        return found

    async def remove(self, ref: MessageRef) -> None:
        """Take it away."""
        await self.rig.world.drop(self.rig.general, self.rig.general.posts[ref.message])

    def is_there(self, ref: MessageRef) -> bool:
        """Look into the channel."""
        return ref.message in self.rig.general.posts

    async def withdraw_rights(self) -> None:
        """Take the right to write from both tokens."""
        for token in self.rig.world.tokens.values():
            token.scopes = token.scopes - {"chat:write"}

    def break_next(self) -> None:
        """Answer 503 to the next call of each kind, however often it is tried."""
        for name in ("chat.delete", "chat.postMessage", "conversations.history", "conversations.replies"):
            self.rig.world.fail(name, status=503, times=3)
        self.rig.world.fail("conversations.open", status=503, times=3)

    def lose_next_answer(self) -> None:
        """Carry out the next post, and answer 503."""
        self.rig.world.fail("chat.postMessage", status=503, after=True)

    def cards(self) -> list[str]:
        """Look into the mod log."""
        return [_plain(post["blocks"]) for post in self.rig.cards()]

    def alive(self, text: str, written: tuple[str, ...]) -> list[str]:
        """Look for it where Slack interprets: in `mrkdwn` and in the text of the notification."""
        del text
        living = [post["text"] for post in self.rig.cards()]
        living += [each["text"] for post in self.rig.cards() for each in _texts(post["blocks"]) if _is_markup(each)]
        return [item for item in written if any(item in each for each in living)]

    def drop_cards(self) -> None:
        """Empty the mod log."""
        self.rig.log.posts.clear()

    def told(self, who: PersonId) -> list[str]:
        """Look into the direct messages."""
        channel = self.rig.world.direct(self.rig.team, self.rig.world.users[who])
        return [_plain(post["blocks"]) for post in channel.posts.values()]

    def refuse_direct_messages(self, who: PersonId) -> None:
        """Close them."""
        self.rig.world.users[who].takes_messages = False

    def new_member(self) -> PersonId:
        """Make one."""
        self._named += 1
        return PersonId(self.rig.world.user(self.rig.team, f"Member{self._named}").id)

    async def new_moderator(self) -> PersonId:
        """Put one into the user group."""
        who = self.new_member()
        self.rig.moderators.members.append(self.rig.world.users[who])
        return who

    async def new_admin(self) -> PersonId:
        """Make one."""
        who = self.new_member()
        self.rig.world.users[who].is_admin = True
        return who

    def demote(self, who: PersonId) -> None:
        """Take everything away."""
        user = self.rig.world.users[who]
        user.is_admin = False
        self.rig.moderators.members = [each for each in self.rig.moderators.members if each is not user]


def _texts(thing: object) -> list[JSON]:
    if isinstance(thing, list):
        return [text for each in thing for text in _texts(each)]
    if not isinstance(thing, dict):
        return []
    if thing.get("type") in ("plain_text", "mrkdwn", "text", "link"):
        return [thing]
    pages = [{"type": "url", "text": thing["url"]}] if thing.get("type") == "button" and "url" in thing else []
    return [*pages, *(text for value in thing.values() for text in _texts(value))]


def _is_markup(text: JSON) -> bool:
    return bool(text["type"] == "mrkdwn")


def _plain(blocks: list[JSON]) -> str:
    return "\n".join(text["text"] for text in _texts(blocks))


@asynccontextmanager
async def slack_scene() -> AsyncIterator[Scene]:
    """Yield Slack's."""
    async with rigged() as rig:
        yield SlackScene(rig)
