"""A check-up of the Discord side: token, clock, switches in the portal, then each server's permissions and mod log.

It connects nowhere but to Discord's REST interface, so it may run beside `hallmoot run`.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import discord
from discord import app_commands

from bot.adapters.discord.checks import WORDS
from bot.adapters.discord.commands import is_current
from bot.adapters.discord.ids import community_of, number_of
from bot.adapters.discord.invites import invite_url
from bot.adapters.discord.refusals import FAILURES
from bot.domain.finding import Finding, Grade
from bot.domain.ids import CommunityId
from bot.domain.settings import CommunitySettings

PORTAL = "https://discord.com/developers/applications"
_SKEW = timedelta(seconds=5)
"""A clock that is further off makes rate limits and timeouts wrong."""
_SWITCHES = (
    ("message content intent", "gateway_message_content", "gateway_message_content_limited", "Message Content Intent"),
    ("members intent", "gateway_guild_members", "gateway_guild_members_limited", "Server Members Intent"),
)
_READING = ("view_channel", "read_message_history")
_NAMED = 5
"""How many channels a finding names."""
Channels = Sequence[discord.abc.GuildChannel]
SettingsOf = Callable[[CommunityId], Awaitable[CommunitySettings]]


async def examine(
    token: str | None, settings: SettingsOf, tree: Callable[[discord.Client], app_commands.CommandTree[discord.Client]]
) -> tuple[Finding, ...]:
    """Return what was found, in the order in which it has to be put right. `tree` makes the commands to compare."""
    if not token:
        remedy = f"Make a bot at {PORTAL} and set HALLMOOT_DISCORD_TOKEN; docs/discord.md shows each step."
        return (Finding(check="token", grade=Grade.FAULT, found="There is no Discord token.", remedy=remedy),)
    client = discord.Client(intents=discord.Intents.none())
    try:
        await client.login(token)
        return await _examine_all(client, settings, tree)
    except discord.LoginFailure:
        remedy = f"Reset the token at {PORTAL} and set the new one."
        return (Finding(check="token", grade=Grade.FAULT, found="Discord does not take the token.", remedy=remedy),)
    except FAILURES as error:
        return (_unreachable(error),)
    finally:
        await client.close()


async def _examine_all(
    client: discord.Client,
    settings: SettingsOf,
    tree: Callable[[discord.Client], app_commands.CommandTree[discord.Client]],
) -> tuple[Finding, ...]:
    application = await client.application_info()
    found = [Finding(check="token", grade=Grade.FINE, found=f"Discord knows the bot as {application.name}.")]
    found.append(await _clock())
    found += [_switch(application, *switch) for switch in _SWITCHES]
    found.append(await _commands(tree(client)))
    guilds = [guild async for guild in client.fetch_guilds()]
    if not guilds:
        remedy = f"Invite it: {invite_url(application.id)}"
        found.append(Finding(check="servers", grade=Grade.ADVICE, found="The bot is in no server.", remedy=remedy))
    for brief in guilds:
        found += await _server(client, brief.id, application.id, settings)
    return tuple(found)


def _unreachable(error: BaseException) -> Finding:
    return Finding(
        check="connection",
        grade=Grade.FAULT,
        found=f"Discord can't be reached: {str(error) or type(error).__name__}",
        remedy="Check the network; https://discordstatus.com tells of outages.",
    )


async def _clock() -> Finding:
    """Compare this machine's clock with the one in Discord's answers."""
    async with aiohttp.ClientSession() as session, session.get(f"{discord.http.Route.BASE}/gateway") as answer:
        theirs: datetime = parsedate_to_datetime(answer.headers["Date"])
    off = abs(discord.utils.utcnow() - theirs)
    if off <= _SKEW:
        return Finding(check="clock", grade=Grade.FINE, found="The clock agrees with Discord's.")
    found = f"The clock is {off.total_seconds():.0f} seconds off."
    return Finding(check="clock", grade=Grade.FAULT, found=found, remedy="Let this machine set its time by NTP.")


def _switch(application: discord.AppInfo, check: str, full: str, limited: str, name: str) -> Finding:
    if getattr(application.flags, full) or getattr(application.flags, limited):
        return Finding(check=check, grade=Grade.FINE, found=f"{name} is on.")
    remedy = f"Switch it on at {PORTAL}, in the application's page Bot. Without it Discord refuses the connection."
    return Finding(check=check, grade=Grade.FAULT, found=f"{name} is off.", remedy=remedy)


async def _commands(tree: app_commands.CommandTree[discord.Client]) -> Finding:
    if await is_current(tree):
        return Finding(check="commands", grade=Grade.FINE, found="Discord has the commands as they are here.")
    remedy = "They are handed over when `hallmoot run` starts."
    found = "Discord has other commands, or none yet."
    return Finding(check="commands", grade=Grade.ADVICE, found=found, remedy=remedy)


async def _server(client: discord.Client, guild_id: int, application_id: int, settings: SettingsOf) -> list[Finding]:
    guild = await client.fetch_guild(guild_id)
    me = await guild.fetch_member(client.user.id if client.user is not None else 0)
    channels = await guild.fetch_channels()
    chosen = await settings(community_of(guild_id))
    return [
        _readable(guild, me, channels, application_id),
        _mod_log(guild, me, channels, chosen),
        _audit_log(guild, me, application_id),
    ]


def _readable(guild: discord.Guild, me: discord.Member, channels: Channels, application_id: int) -> Finding:
    check = f"{guild.name}: reading"
    talk = [channel for channel in channels if not isinstance(channel, discord.CategoryChannel)]
    shut = [channel for channel in talk if not all(getattr(channel.permissions_for(me), name) for name in _READING)]
    if not shut:
        return Finding(check=check, grade=Grade.FINE, found=f"All {len(talk)} channels can be read.")
    names = ", ".join(f"#{channel.name}" for channel in shut[:_NAMED])
    more = f" and {len(shut) - _NAMED} more" if len(shut) > _NAMED else ""
    words = " and ".join(WORDS[name] for name in _READING)
    remedy = f"Give the bot {words} where it should moderate; or invite it anew: {invite_url(application_id)}"
    return Finding(check=check, grade=Grade.ADVICE, found=f"It can't read {names}{more}.", remedy=remedy)


def _mod_log(guild: discord.Guild, me: discord.Member, channels: Channels, settings: CommunitySettings) -> Finding:
    check = f"{guild.name}: mod log"
    if settings.mod_log is None:
        remedy = "An admin chooses one with /mod setup."
        return Finding(check=check, grade=Grade.FAULT, found="No channel for cards is chosen.", remedy=remedy)
    channel = next((channel for channel in channels if channel.id == number_of(settings.mod_log)), None)
    if channel is None:
        remedy = "Choose another one with /mod setup."
        return Finding(check=check, grade=Grade.FAULT, found="The chosen channel is gone or hidden.", remedy=remedy)
    held = channel.permissions_for(me)
    lacking = [
        WORDS[name] for name in ("view_channel", "send_messages", "read_message_history") if not getattr(held, name)
    ]
    if lacking:
        found = f"The bot can't post in #{channel.name}: it lacks {', '.join(lacking)}."
        return Finding(check=check, grade=Grade.FAULT, found=found, remedy="Give it these in the channel's settings.")
    if channel.permissions_for(guild.default_role).view_channel:
        found = f"Everybody can read #{channel.name}, and with it the reasoning behind each case."
        return Finding(check=check, grade=Grade.ADVICE, found=found, remedy="Hide it from everybody but moderators.")
    return Finding(check=check, grade=Grade.FINE, found=f"Cards go to #{channel.name}.")


def _audit_log(guild: discord.Guild, me: discord.Member, application_id: int) -> Finding:
    check = f"{guild.name}: audit log"
    if me.guild_permissions.view_audit_log:
        return Finding(check=check, grade=Grade.FINE, found="What other moderators do is seen.")
    found = "What other moderators do is not seen, so it does not count in an author's history."
    remedy = f"Give the bot View Audit Log: {invite_url(application_id, guild=guild.id)}"
    return Finding(check=check, grade=Grade.ADVICE, found=found, remedy=remedy)
