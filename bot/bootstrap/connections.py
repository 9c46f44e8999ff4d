"""The connections of a run: each platform is reached, and reached again, apart from the others.

A platform that can't be reached, or whose connection breaks in a way that its library does not mend, is tried again for
as long as the run lasts, and what is tried is said. One that takes our token no more has ended: a person has to set
another. The others go on; when none is left, the run ends with what the last one said.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.adapters.discord import platform as discord
from bot.adapters.slack import platform as slack
from bot.adapters.slack.incoming.sockets import SocketSettings
from bot.adapters.slack.workspace import Calling
from bot.config.settings.load import Loaded
from bot.config.settings.sources import LayeredSettings
from bot.domain.errors import ConfigError, HallmootError, PlatformBusy, PlatformRefused
from bot.domain.ids import CommunityId, platform_of
from bot.domain.settings import ProcessSettings
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.platform import Platform

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before a platform is tried again; the last of them for ever."""
_HELD = 120.0
"""Seconds after which a connection that breaks was a good one: the pauses begin anew."""
_NOTHING_TO_MODERATE = (
    "There is nothing to moderate yet: no token of Discord or Slack is set. `hallmoot init` asks for it, "
    "docs/discord.md and docs/slack.md show how to get one; `hallmoot demo` needs none."
)

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackLine:
    """How Slack is called, and how its sockets are held; a test has both lead to its own."""

    calling: Calling = slack.DEFAULT_CALLING
    sockets: SocketSettings = slack.DEFAULT_SOCKETS


class Connections:
    """The platforms that have tokens.

    Slack's workspaces are known once Slack has answered: until then, `slack` is None. `open_slack` is None where no
    token of Slack's is set, or Slack takes none of them.
    """

    def __init__(
        self,
        discord_platform: discord.DiscordPlatform | None = None,
        open_slack: Callable[[], Awaitable[slack.SlackPlatform]] | None = None,
    ) -> None:
        self.discord = discord_platform
        self.slack: slack.SlackPlatform | None = None
        self._open_slack = open_slack

    @property
    def wants_slack(self) -> bool:
        """Return whether Slack is to be connected."""
        return self._open_slack is not None

    async def reach_slack(self) -> slack.SlackPlatform | None:
        """Learn which workspaces there are, unless that is known. Raises ConfigError and PlatformBusy."""
        if self.slack is None and self._open_slack is not None:
            self.slack = await self._open_slack()
        return self.slack

    def without_slack(self) -> "Connections":
        """Return these without Slack."""
        return Connections(self.discord)

    def serving(self, community: CommunityId) -> Platform | None:
        """Return the platform that serves a community, or None."""
        if platform_of(community) == "discord" and self.discord is not None:
            return self.discord.ports
        if self.slack is not None and community in self.slack.workspaces:
            return self.slack.ports
        return None


def check_platforms(settings: ProcessSettings) -> None:
    """Raise ConfigError where no platform has a token."""
    if settings.discord.token is None and not settings.slack.workspaces:
        raise ConfigError((_NOTHING_TO_MODERATE,))


async def connections(loaded: Loaded, layered: LayeredSettings, clock: Clock, slack_line: SlackLine) -> Connections:
    """Build the platforms that have tokens. Raises ConfigError where none of them can be used.

    A Slack that does not answer is no error: it is tried again while the run goes on.
    """
    settings = loaded.process
    on_discord, on_slack = settings.discord.token is not None, bool(settings.slack.workspaces)

    async def open_slack() -> slack.SlackPlatform:
        return await slack.connect(
            settings.slack, layered.of, clock, calling=slack_line.calling, sockets=slack_line.sockets
        )

    made = Connections(
        discord.connect(settings.discord, layered.of, clock) if on_discord else None, open_slack if on_slack else None
    )
    try:
        await made.reach_slack()
    except PlatformBusy as error:
        _log.warning("slack_not_reached", text=f"{error} It is tried again.")
    except ConfigError as error:
        if not on_discord:
            raise
        _log.error("slack_left_out", text=f"Slack is left out, Discord goes on. {error}")
        return made.without_slack()
    return made


async def keep_connected(name: str, work: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Do a platform's work, and again whenever it breaks.

    Raises PlatformRefused and ConfigError: no further try helps there.
    """
    pauses = itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))
    while True:
        began = clock.monotonic()
        try:
            await work()
        except Exception as error:
            if (refused := _refusal(error)) is not None:
                raise refused from error
            if clock.monotonic() - began > _HELD:
                pauses = itertools.chain(PAUSES, itertools.repeat(PAUSES[-1]))
            seconds = next(pauses)
            _log.warning(
                "platform_not_connected", platform=name, text=f"{_told(name, error)} It is tried again.", after=seconds
            )
            await clock.sleep(seconds)
        else:
            return


def _refusal(error: BaseException) -> HallmootError | None:
    """Return the refusal that an error is, alone or as all of a group."""
    if isinstance(error, BaseExceptionGroup):
        found = [_refusal(each) for each in error.exceptions]
        return found[0] if all(found) else None
    return error if isinstance(error, PlatformRefused | ConfigError) else None


def _told(name: str, error: BaseException) -> str:
    if isinstance(error, HallmootError):
        return str(error)
    if isinstance(error, BaseExceptionGroup):
        return " ".join(dict.fromkeys(_told(name, each) for each in error.exceptions))
    # What a library says may hold what somebody wrote.
    return f"The connection to {name} broke ({type(error).__name__})."


async def until_none_is_left(core: "asyncio.Task[None]", lines: Mapping[str, "asyncio.Task[None]"]) -> None:
    """Wait until the core ends, or the last platform has. Raises what the last one ended with."""
    left = dict(lines)
    while left:
        await asyncio.wait([core, *left.values()], return_when=asyncio.FIRST_COMPLETED)
        if core.done():
            return
        for name, line in list(left.items()):
            if not line.done():
                continue
            del left[name]
            error = line.exception()
            if left and error is not None:
                _log.error("platform_left_out", platform=name, text=f"{error} {' and '.join(left)} goes on.")
            elif error is not None:
                raise error
