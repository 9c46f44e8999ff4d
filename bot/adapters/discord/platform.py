"""Discord as one thing: everything that the trunk asks of a platform, built from the settings."""

from dataclasses import dataclass

import discord
from discord import app_commands

from bot.adapters.discord.desk.commands import add_commands, sync_when_changed
from bot.adapters.discord.desk.presses import Presses
from bot.adapters.discord.directory import DiscordDirectory
from bot.adapters.discord.doctor.check_up import Chosen, examine
from bot.adapters.discord.incoming.gateway import Gateway, Receivers
from bot.adapters.discord.incoming.history import DiscordHistory
from bot.adapters.discord.library_logs import take_over
from bot.adapters.discord.outgoing.enforcer import DiscordEnforcer
from bot.adapters.discord.outgoing.mod_log import DiscordModLog, SettingsOf
from bot.adapters.discord.outgoing.notifier import DiscordNotifier
from bot.adapters.discord.outgoing.refusals import FAILURES
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.finding import Finding
from bot.domain.settings import DiscordSettings
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.desk import Desk
from bot.ports.platform import Platform

_LOG = get_logger(__name__)
_PORTAL = "https://discord.com/developers/applications"
_TOKEN_REFUSED = 4004
_INTENTS_REFUSED = 4014
_READY_AFTER = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordPlatform:
    """One bot on Discord. The ports can be handed out at once; nothing is sent before `run`."""

    gateway: Gateway
    enforcer: DiscordEnforcer
    mod_log: DiscordModLog
    history: DiscordHistory
    directory: DiscordDirectory
    notifier: DiscordNotifier
    clock: Clock
    token: str

    @property
    def ports(self) -> Platform:
        """Return what the core asks of a platform."""
        return Platform(
            enforcer=self.enforcer,
            mod_log=self.mod_log,
            history=self.history,
            directory=self.directory,
            notifier=self.notifier,
        )

    async def run(self, receivers: Receivers, desk: Desk) -> None:
        """Connect and hand on events until `stop`. Raises PlatformRefused or PlatformBusy with what to do about it.

        It may be run again after it has failed.
        """
        if not self.gateway.tree.get_commands():
            add_commands(self.gateway.tree, desk, self.clock.now)
        await self.gateway.reopen()
        self.gateway.attach(receivers, Presses(desk), self._sync)
        try:
            await self.gateway.start(self.token)
            if not self.gateway.is_stopping:
                raise PlatformBusy("Discord ended the connection.")
        except (discord.LoginFailure, discord.PrivilegedIntentsRequired, discord.ConnectionClosed) as error:
            ended = _closed(error)
            await self.gateway.record_everywhere(f"{ended.code}_refused" if ended.code else "connection_closed")
            raise ended from error
        except (*FAILURES, discord.GatewayNotFound) as error:
            why = str(error) or type(error).__name__
            text = f"Discord can't be reached: {why}. Check the network; https://discordstatus.com tells of outages."
            raise PlatformBusy(text) from error
        finally:
            await self._end()

    async def stop(self) -> None:
        """Take nothing more in, deliver what was heard, and disconnect."""
        self.gateway.is_stopping = True
        await self._end()

    async def _end(self) -> None:
        if not self.gateway.is_closed():
            await self.gateway.close()
        await self.gateway.drain()

    async def _sync(self) -> None:
        """Hand the commands over; a failure is no reason not to moderate."""
        try:
            await sync_when_changed(self.gateway.tree)
        except Exception as error:  # noqa: BLE001 - discord.py takes a malformed answer apart and raises anything for it
            _LOG.error("commands_not_synced", error=repr(error))


def connect(
    settings: DiscordSettings, community_settings: SettingsOf, clock: Clock, *, ready_after: float = _READY_AFTER
) -> DiscordPlatform:
    """Build the Discord side. Raises PlatformRefused without a token.

    `ready_after` is how many seconds without another server count as the end of the list that Discord sends at first.
    """
    if settings.token is None:
        raise PlatformRefused(
            "There is no Discord token. Set HALLMOOT_DISCORD_TOKEN; docs/discord.md shows how to get one."
        )
    take_over()
    gateway = Gateway(clock, guild_ready_timeout=ready_after)
    mod_log = DiscordModLog(gateway, community_settings)
    notifier = DiscordNotifier(gateway, community_settings, clock)
    return DiscordPlatform(
        gateway=gateway,
        enforcer=DiscordEnforcer(gateway, notifier, mod_log, gateway.recent.about_to_delete),
        mod_log=mod_log,
        history=DiscordHistory(gateway, gateway.recent.proxies),
        directory=DiscordDirectory(gateway, community_settings),
        notifier=notifier,
        clock=clock,
        token=settings.token,
    )


async def check_up(settings: DiscordSettings, chosen: Chosen, desk: Desk, clock: Clock) -> tuple[Finding, ...]:
    """Return what `hallmoot doctor` says of Discord; nothing is changed and nobody is told."""

    def tree(client: discord.Client) -> app_commands.CommandTree[discord.Client]:
        made = app_commands.CommandTree(client)
        add_commands(made, desk, clock.now)
        return made

    return await examine(settings.token, chosen, tree)


def _closed(error: discord.ClientException) -> PlatformRefused | PlatformBusy:
    code = getattr(error, "code", None)
    if isinstance(error, discord.LoginFailure) or code == _TOKEN_REFUSED:
        return _token_refused()
    if isinstance(error, discord.PrivilegedIntentsRequired) or code == _INTENTS_REFUSED:
        return _intents_refused()
    return PlatformBusy(f"Discord closed the connection (code {code}). Start again in a minute.")


def _token_refused() -> PlatformRefused:
    text = f"Discord does not take the token any more. Reset it at {_PORTAL} and set the new one."
    return PlatformRefused(text, code="token")


def _intents_refused() -> PlatformRefused:
    text = (
        "Discord refused the connection because a switch is off. At "
        f"{_PORTAL}, page Bot, switch on Server Members Intent and Message Content Intent."
    )
    return PlatformRefused(text, code="intents")
