"""A check-up of the Discord side: token, clock, switches in the portal, then each server's permissions and mod log.

It connects nowhere but to Discord's REST interface, so it may run beside `hallmoot run`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import discord
from discord import app_commands

from bot.adapters.discord.desk.commands import is_current
from bot.adapters.discord.doctor.invites import invite_url
from bot.adapters.discord.doctor.server import Server
from bot.adapters.discord.ids import community_of
from bot.adapters.discord.outgoing.refusals import FAILURES
from bot.domain.finding import Finding, Grade
from bot.domain.ids import CommunityId
from bot.domain.settings import CommunitySettings
from bot.ports.policy_source import PolicySource

PORTAL = "https://discord.com/developers/applications"
_SKEW = timedelta(seconds=5)
"""A clock that is further off makes rate limits and timeouts wrong."""
_SWITCHES = (
    ("message content intent", "gateway_message_content", "gateway_message_content_limited", "Message Content Intent"),
    ("members intent", "gateway_guild_members", "gateway_guild_members_limited", "Server Members Intent"),
)
Tree = Callable[[discord.Client], app_commands.CommandTree[discord.Client]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the communities have chosen: their settings, and the policies that they can choose from."""

    settings: Callable[[CommunityId], Awaitable[CommunitySettings]]
    policies: PolicySource


async def examine(token: str | None, chosen: Chosen, tree: Tree) -> tuple[Finding, ...]:
    """Return what was found, in the order in which it has to be put right. `tree` makes the commands to compare."""
    if not token:
        remedy = f"Make a bot at {PORTAL} and set HALLMOOT_DISCORD_TOKEN; docs/discord.md shows each step."
        return (Finding(check="token", grade=Grade.FAULT, found="There is no Discord token.", remedy=remedy),)
    client = discord.Client(intents=discord.Intents.none())
    try:
        await client.login(token)
        return await _examine_all(client, chosen, tree)
    except discord.LoginFailure:
        remedy = f"Reset the token at {PORTAL} and set the new one."
        return (Finding(check="token", grade=Grade.FAULT, found="Discord does not take the token.", remedy=remedy),)
    except FAILURES as error:
        return (_unreachable(error),)
    finally:
        await client.close()


async def _examine_all(client: discord.Client, chosen: Chosen, tree: Tree) -> tuple[Finding, ...]:
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
        found += await _server(client, brief, application.id, chosen)
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
        told = answer.headers.get("Date", "")
    try:
        off = abs(discord.utils.utcnow() - parsedate_to_datetime(told))
    except ValueError:
        found = "Discord's answer does not tell the time, so the clock could not be compared."
        return Finding(check="clock", grade=Grade.ADVICE, found=found, remedy="Let this machine set its time by NTP.")
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


async def _server(client: discord.Client, brief: discord.Guild, application_id: int, chosen: Chosen) -> list[Finding]:
    """Return what is said of one server; what goes wrong there says nothing of the others."""
    try:
        guild = await client.fetch_guild(brief.id)
        me = await guild.fetch_member(client.user.id if client.user is not None else 0)
        channels = await guild.fetch_channels()
    except FAILURES as error:
        found = f"Discord did not answer for this server: {str(error) or type(error).__name__}"
        remedy = "Run this again; if it stays, invite the bot there once more."
        return [Finding(check=brief.name, grade=Grade.FAULT, found=found, remedy=remedy)]
    community = community_of(guild.id)
    server = Server(guild, me, channels, application_id, await chosen.settings(community))
    return server.findings(chosen.policies.of(community).policies())
