"""Discord's stand-in as a site whose faults are tried, with the real discord.py."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from bot.domain.actions import BY_PEOPLE_ONLY, Action, Mode
from bot.domain.decision import BOT, Effect, channel_target
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, CommunityId, PersonId
from bot.domain.settings import CommunitySettings
from bot.ports.platform import Platform
from tests import factories
from tests.fakes.clocks import SteppingClock
from tests.fakes.discord import Channel, Member
from tests.fakes.discord.server import Fault
from tests.fakes.discord_rig import Rig
from tests.faults.site import PAUSE, Die, Site, Trouble

_ALWAYS = 1_000_000
_NEEDS_NO_PERMISSION = frozenset({Action.WARN, Action.NOTICE})


class DiscordSite(Site):
    """One server. Everybody says what they say in a channel of their own."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.community: CommunityId = rig.community
        self.clock: SteppingClock = rig.clock
        self._said = 0
        self._faults: list[Fault] = []
        self._held: dict[int, int] = {}
        self._helpers = rig.world.role(rig.guild, "helpers", 2)
        self._quiet = rig.world.role(rig.guild, "quiet", 1)
        self._mod = rig.world.moderator(rig.guild, "mod", ban_members=True, kick_members=True, manage_roles=True)
        self._places: dict[str, tuple[Member, Channel]] = {}
        for number in range(3 * len(Action)):
            self._places[str(number)] = (
                rig.world.member(rig.guild, f"member {number}"),
                rig.world.channel(rig.guild, f"channel-{number}"),
            )
        rig.changes |= {"escalate_to": str(self._helpers.id)}

    @property
    def ports(self) -> Platform:
        """Return discord.py behind our ports."""
        return self._rig.platform.ports

    @property
    def kinds(self) -> tuple[Action, ...]:
        """Return everything but RESTORE, which Discord has not."""
        return tuple(action for action in Action if action is not Action.RESTORE)

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return the rig's settings."""
        return await self._rig.settings(community)

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Connect discord.py."""
        return self._rig.connected()

    async def said(self) -> Message:
        """Let the next member speak."""
        member, channel = self._places[str(self._said)]
        self._said += 1
        post = await self._rig.world.say(channel, member, "you fool")
        await self._rig.world.until(lambda: self._heard(str(post.id)))
        [heard] = self._heard(str(post.id))
        return replace(heard, sent_at=self.clock.now())

    def _heard(self, post: str) -> list[Message]:
        heard = [event for event in self._rig.events if isinstance(event, Message)]
        return [event for event in heard if event.ref.message == post]

    async def effect(self, action: Action, of: Message, decision: str) -> Effect:
        """Return an effect on the message, its author or its channel."""
        by = PersonId(str(self._mod.user.id)) if action in BY_PEOPLE_ONLY else BOT
        made = factories.effect(action, of=of, decision_id=decision, by=by, mode=Mode.LIVE, seconds=60)
        made = replace(made, channel=of.ref.channel, person=of.author.id, case=CaseNumber(1))
        if action is Action.QUARANTINE:
            return replace(made, role=str(self._quiet.id))
        if action is Action.LIFT:
            await self._slow_down(self._rig.world.channels[int(of.ref.channel)])
            key = replace(made.key, target=channel_target(of.ref.channel))
            return replace(made, key=key, person=None, told_of=Action.SLOWMODE)
        return replace(made, told_of=Action.DELETE) if action is Action.NOTICE else made

    async def _slow_down(self, channel: Channel) -> None:
        channel.slowmode = 30
        await self._rig.world.emit("CHANNEL_UPDATE", channel.payload(), self._rig.guild)
        cached = self._rig.platform.gateway.get_channel(channel.id)
        await self._rig.world.until(lambda: getattr(cached, "slowmode_delay", 0) == 30)

    async def begin(self, trouble: Trouble, effect: Effect) -> None:
        """Break what the effect and its card ask for, or all of the server."""
        world = self._rig.world
        for method, path in (self._asks(effect), self._card()):
            if trouble is Trouble.BUSY:
                self._faults.append(world.fail(method, path, 503, times=_ALWAYS))
            elif trouble is Trouble.ANSWER_LOST:
                self._faults.append(world.fail(method, path, 503, after=True))
            elif trouble is Trouble.RATE_LIMITED:
                self._faults.append(world.limit(method, path, seconds=PAUSE))
        if trouble is Trouble.BLIND:
            self._faults.append(
                world.limit("GET", "/messages|/members|/bans|/audit-logs", seconds=PAUSE, times=_ALWAYS)
            )
        if trouble in (Trouble.UNAVAILABLE, Trouble.RESTARTED) and self._rig.guild.id not in world.hidden:
            await world.hide(self._rig.guild)
            await world.until(lambda: self._is_away() or not self._is_linked())
        if trouble is Trouble.FORBIDDEN and not self._held:
            self._held = {role.id: role.permissions for role in self._rig.guild.roles.values()}
            for role in self._rig.guild.roles.values():
                role.permissions = 0
            await self._tell_of_roles()

    async def end(self, trouble: Trouble) -> None:
        """Let everything be as it was."""
        world = self._rig.world
        for fault in self._faults:
            fault.times = 0
        self._faults.clear()
        if self._rig.guild.id in world.hidden:
            await world.show(self._rig.guild)
            await world.until(lambda: not self._is_away())
        if self._held:
            for role in self._rig.guild.roles.values():
                role.permissions = self._held[role.id]
            self._held = {}
            await self._tell_of_roles()
        del trouble

    async def _tell_of_roles(self) -> None:
        heard = len(self._rig.alive)
        for role in self._rig.guild.roles.values():
            body = {"guild_id": str(self._rig.guild.id), "role": role.payload()}
            await self._rig.world.emit("GUILD_ROLE_UPDATE", body, self._rig.guild)
        await self._rig.world.until(lambda: len(self._rig.alive) > heard + 1)

    def _is_linked(self) -> bool:
        return not self._rig.platform.gateway.is_closed()

    def _is_away(self) -> bool:
        guild = self._rig.platform.gateway.get_guild(self._rig.guild.id)
        return guild is None or guild.unavailable

    def hits(self, trouble: Trouble, effect: Effect) -> bool:
        """Return whether the effect waits; a direct message takes no permission."""
        return not (trouble is Trouble.FORBIDDEN and effect.action in _NEEDS_NO_PERMISSION)

    def dies_at(self, effect: Effect, die: Die) -> None:
        """Set a trap."""
        method, path = self._asks(effect)
        self._rig.world.trap(method, path, die)

    def times(self, effect: Effect) -> int:
        """Count what was carried out under the effect's own path; calls of people among the posts in the mod log."""
        world = self._rig.world
        if effect.action is Action.ESCALATE:
            return sum(f"<@&{self._helpers.id}>" in post.texts() for post in world.posted(self._rig.log))
        if effect.action is Action.FLAG:
            return self.cards()
        if effect.action in (Action.WARN, Action.NOTICE):
            return len(world.told(world.users[int(effect.person or "")]))
        return len(world.done(*self._asks(effect)))

    def cards(self) -> int:
        """Count the posts in the mod log that call nobody."""
        return sum(f"<@&{self._helpers.id}>" not in post.texts() for post in self._rig.world.posted(self._rig.log))

    def requests(self) -> int:
        """Count what changes something; to look is free."""
        return sum(call.method != "GET" for call in self._rig.world.requests)

    def _card(self) -> tuple[str, str]:
        return ("POST", f"/channels/{self._rig.log.id}/messages")

    def _asks(self, effect: Effect) -> tuple[str, str]:
        guild, channel = self._rig.guild.id, effect.channel
        if effect.action in (Action.FLAG, Action.ESCALATE):
            return self._card()
        if effect.action in (Action.WARN, Action.NOTICE):
            direct = self._rig.world.dm_of(self._rig.world.users[int(effect.person or "")])
            return ("POST", f"/channels/{direct.id}/messages")
        asks = {
            Action.DELETE: (
                "DELETE",
                f"/channels/{channel}/messages/{effect.message.message if effect.message else ''}",
            ),
            Action.SLOWMODE: ("PATCH", f"/channels/{channel}"),
            Action.LIFT: ("PATCH", f"/channels/{channel}"),
            Action.LOCKDOWN: ("PUT", f"/channels/{channel}/permissions/{guild}"),
            Action.TIMEOUT: ("PATCH", f"/guilds/{guild}/members/{effect.person}"),
            Action.QUARANTINE: ("PUT", f"/guilds/{guild}/members/{effect.person}/roles/{self._quiet.id}"),
            Action.KICK: ("DELETE", f"/guilds/{guild}/members/{effect.person}"),
            Action.BAN: ("PUT", f"/guilds/{guild}/bans/{effect.person}"),
        }
        return asks[effect.action]
