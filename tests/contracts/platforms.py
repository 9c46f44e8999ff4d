"""The platforms that the contract suites run on. Each is a scene: a community with people in it, and its ports.

To add one, write a `Scene` and put its factory into `SCENES`.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from bot.domain.events import Message
from bot.domain.ids import MessageRef, PersonId
from tests.contracts.place_scene import place_scene
from tests.contracts.scene import Scene
from tests.contracts.slack_scene import slack_scene
from tests.fakes.discord import Post
from tests.fakes.discord_rig import Rig, person, rigged


class DiscordScene(Scene):
    """The Discord adapter in front of the stand-in."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.community = rig.community
        self.enforcer = rig.platform.enforcer
        self.mod_log = rig.platform.mod_log
        self.history = rig.platform.history
        self.directory = rig.platform.directory
        self.notifier = rig.platform.notifier
        self._anna = rig.world.member(rig.guild, "anna")
        self._last_named = 0

    def _post(self, ref: MessageRef) -> Post | None:
        return self.rig.world.channels[int(ref.channel)].posts.get(int(ref.message))

    async def say(self, text: str) -> Message:
        """Post as anna."""
        post = await self.rig.world.say(self.rig.general, self._anna, text)
        found = await self.history.fetch(self.rig.ref(post))
        assert found is not None
        return found

    async def remove(self, ref: MessageRef) -> None:
        """Take it away."""
        channel = self.rig.world.channels[int(ref.channel)]
        await self.rig.world.drop_posts(channel, [int(ref.message)], by=self._anna.user)

    def is_there(self, ref: MessageRef) -> bool:
        """Look into the channel."""
        return self._post(ref) is not None

    async def withdraw_rights(self) -> None:
        """Take the permissions of the bot's role away."""
        world, guild = self.rig.world, self.rig.guild
        [role_id] = guild.members[world.bot.id].roles
        guild.roles[role_id].permissions = 0
        await world.tell_of_role(guild, guild.roles[role_id])
        known = self.rig.platform.gateway.get_guild(guild.id)
        assert known is not None
        await world.until(lambda: not known.me.guild_permissions.manage_messages)

    def break_next(self) -> None:
        """Answer 503 once; what the bot asks by itself of the audit log does not count."""
        self.rig.world.fail("*", "/channels|/guilds/[0-9]+(?!/audit-logs)(/|$)", 503, times=1)

    def lose_next_answer(self) -> None:
        """Carry out the next post, and answer 503."""
        self.rig.world.fail("POST", "/messages$", 503, times=1, after=True)

    def cards(self) -> list[str]:
        """Look into the mod log."""
        return [post.texts() for post in self.rig.world.posted(self.rig.log)]

    def alive(self, text: str, written: tuple[str, ...]) -> list[str]:
        """Leave out what a backslash makes plain."""
        unescaped = re.sub(r"\\.", "", text)
        return [item for item in written if item in unescaped]

    def drop_cards(self) -> None:
        """Empty the mod log."""
        self.rig.log.posts.clear()

    def told(self, who: PersonId) -> list[str]:
        """Look into the direct conversation."""
        return self.rig.world.told(self.rig.world.users[int(who)])

    def refuse_direct_messages(self, who: PersonId) -> None:
        """Close them."""
        self.rig.world.users[int(who)].takes_dms = False

    def new_member(self) -> PersonId:
        """Make one."""
        self._last_named += 1
        return person(self.rig.world.member(self.rig.guild, f"member-{self._last_named}"))

    async def new_moderator(self) -> PersonId:
        """Make one."""
        return await self._with_role(manage_messages=True)

    async def new_admin(self) -> PersonId:
        """Make one."""
        return await self._with_role(manage_guild=True)

    async def _with_role(self, **permissions: bool) -> PersonId:
        self._last_named += 1
        world, guild = self.rig.world, self.rig.guild
        role = world.role(guild, f"staff-{self._last_named}", 5, **permissions)
        await world.tell_of_role(guild, role)
        known = self.rig.platform.gateway.get_guild(guild.id)
        assert known is not None
        await world.until(lambda: known.get_role(role.id) is not None)
        return person(world.member(guild, f"staff-{self._last_named}", role))

    def demote(self, who: PersonId) -> None:
        """Take the roles away on the platform; the client has not heard of it."""
        self.rig.guild.members[int(who)].roles = set()


@asynccontextmanager
async def discord_scene() -> AsyncIterator[Scene]:
    """Yield Discord's."""
    async with rigged() as rig, rig.connected():
        yield DiscordScene(rig)


SCENES: dict[str, Callable[[], AbstractAsyncContextManager[Scene]]] = {
    "discord": discord_scene,
    "memory": place_scene,
    "slack": slack_scene,
}
