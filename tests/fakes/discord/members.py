"""REST: members, roles, bans, channels' settings, the audit log, the application itself."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import rules
from tests.fakes.discord.rules import ADMINISTRATOR, Refusal, gone, malformed
from tests.fakes.discord.server import Call, route
from tests.fakes.discord.things import JSON, Guild, Member, new_id

if TYPE_CHECKING:
    from tests.fakes.discord.stage import Stage

MEMBER_KICK, BAN_ADD, BAN_REMOVE, MEMBER_UPDATE, ROLE_UPDATE = 20, 22, 23, 24, 25
CHANNEL_UPDATE, OVERWRITE_UPDATE, MESSAGE_DELETE = 11, 14, 72
_LONGEST_TIMEOUT = timedelta(days=28)


def member_of(guild: Guild, user_id: int) -> Member:
    """Return a member, or raise the 404."""
    if user_id not in guild.members:
        raise gone("Member")
    return guild.members[user_id]


@route("GET", "/gateway/bot")
async def gateway_bot(call: Call) -> JSON:
    """Return where the gateway is and how many shards to open."""
    limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 16}
    return {"url": call.world.gateway_url, "shards": call.world.shards, "session_start_limit": limits}


@route("GET", "/users/@me")
async def me(call: Call) -> JSON:
    """Return the bot's own account."""
    return call.world.bot.payload()


@route("GET", "/oauth2/applications/@me")
@route("GET", "/applications/@me")
async def application(call: Call) -> JSON:
    """Return the bot's application."""
    world = call.world
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": world.application_flags,
        "team": None,
        "owner": world.bot.payload(),
        "summary": "",
        "approximate_guild_count": len(world.guilds),
    }


@route("GET", "/gateway")
async def gateway(call: Call) -> JSON:
    """Return where the gateway is; this needs no token."""
    return {"url": call.world.gateway_url}


@route("GET", "/users/@me/guilds")
async def own_guilds(call: Call) -> list[JSON]:
    """Return the bot's guilds, page by page in the order of their ids."""
    after = int(call.query.get("after", "0"))
    found = sorted(guild.id for guild in call.world.guilds.values() if call.world.is_in(guild) and guild.id > after)
    return [
        {"id": str(number), "name": call.world.guilds[number].name, "owner": False, "permissions": "0", "features": []}
        for number in found[: int(call.query.get("limit", "200"))]
    ]


@route("GET", "/guilds/{n}")
async def fetch_guild(call: Call) -> JSON:
    """Return a guild without channels and members."""
    guild = call.world.guild_of(call.ids[0])
    return {key: value for key, value in guild.payload().items() if key not in ("channels", "threads", "members")}


@route("GET", "/guilds/{n}/channels")
async def fetch_channels(call: Call) -> list[JSON]:
    """Return a guild's channels."""
    return call.world.guild_of(call.ids[0]).payload()["channels"]  # type: ignore[no-any-return]


@route("GET", "/channels/{n}")
async def fetch_channel(call: Call) -> JSON:
    """Return one channel."""
    channel = call.world.channel_of(call.ids[0])
    if channel.guild is not None:
        rules.demand(channel, call.world.me(channel), view_channel=True)
    return channel.payload()


@route("PATCH", "/channels/{n}")
async def edit_channel(call: Call) -> JSON:
    """Change a channel's slowmode or name, or whether a thread is archived or locked."""
    channel = call.world.channel_of(call.ids[0])
    needed = "manage_threads" if channel.is_thread else "manage_channels"
    rules.demand(channel, call.world.me(channel), **{needed: True})
    if channel.archived and set(call.body) - {"archived", "locked"} and call.body.get("archived") is not False:
        rules.demand_open(channel)
    before = channel.slowmode
    channel.slowmode = call.body.get("rate_limit_per_user", channel.slowmode)
    channel.name = call.body.get("name", channel.name)
    channel.archived = call.body.get("archived", channel.archived)
    channel.locked = call.body.get("locked", channel.locked)
    if not 0 <= channel.slowmode <= 21_600:
        raise malformed("rate_limit_per_user must be between 0 and 21600")
    changes = [{"key": "rate_limit_per_user", "old_value": before, "new_value": channel.slowmode}]
    assert channel.guild is not None
    await record(call, channel.guild, CHANNEL_UPDATE, channel.id, changes=changes)
    await call.world.emit("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", channel.payload(), channel.guild)
    return channel.payload()


@route("PUT", "/channels/{n}/permissions/{n}")
async def overwrite(call: Call) -> None:
    """Set a role's or member's overwrite. Nobody grants or denies what they do not hold themselves."""
    channel = call.world.channel_of(call.ids[0])
    own = call.world.me(channel)
    rules.demand(channel, own, manage_roles=True)
    allow, deny = int(call.body["allow"]), int(call.body["deny"])
    kind, old_allow, old_deny = channel.overwrites.get(call.ids[1], (0, 0, 0))
    changed = (allow ^ old_allow) | (deny ^ old_deny)
    assert channel.guild is not None
    if changed & ~rules.base_permissions(channel.guild, own):
        raise Refusal(403, 50013, "Missing Permissions")
    channel.overwrites[call.ids[1]] = (int(call.body.get("type", kind)), allow, deny)
    await record(call, channel.guild, OVERWRITE_UPDATE, channel.id, options={"id": str(call.ids[1]), "type": "0"})
    await call.world.emit("CHANNEL_UPDATE", channel.payload(), channel.guild)


@route("GET", "/guilds/{n}/members/{n}")
async def fetch_member(call: Call) -> JSON:
    """Return one member."""
    return member_of(call.world.guild_of(call.ids[0]), call.ids[1]).full_payload()


@route("PATCH", "/guilds/{n}/members/{n}")
async def edit_member(call: Call) -> JSON:
    """Time a member out, or lift it."""
    world, guild = call.world, call.world.guild_of(call.ids[0])
    target, own = member_of(guild, call.ids[1]), guild.members[world.bot.id]
    rules.demand_in_guild(guild, own, moderate_members=True)
    rules.demand_above(guild, own, target)
    until = call.body.get("communication_disabled_until")
    moment = datetime.fromisoformat(until) if until else None
    if moment and rules.base_permissions(guild, target) & ADMINISTRATOR:
        raise Refusal(403, 50013, "Missing Permissions")
    if moment and moment - datetime.now(UTC) > _LONGEST_TIMEOUT:
        raise malformed("communication_disabled_until cannot be more than 28 days away")
    old = target.timeout_until.isoformat() if target.timeout_until else None
    target.timeout_until = moment
    changes = [{"key": "communication_disabled_until", "old_value": old, "new_value": until}]
    await record(call, guild, MEMBER_UPDATE, target.user.id, changes=changes)
    await world.emit("GUILD_MEMBER_UPDATE", target.full_payload() | {"guild_id": str(guild.id)}, guild)
    return target.full_payload()


@route("DELETE", "/guilds/{n}/members/{n}")
async def kick(call: Call) -> None:
    """Kick a member."""
    world, guild = call.world, call.world.guild_of(call.ids[0])
    target, own = member_of(guild, call.ids[1]), guild.members[world.bot.id]
    rules.demand_in_guild(guild, own, kick_members=True)
    rules.demand_above(guild, own, target)
    await record(call, guild, MEMBER_KICK, target.user.id)
    await world.leave(target)


@route("PUT", "/guilds/{n}/members/{n}/roles/{n}")
async def add_role(call: Call) -> None:
    """Give a role that stands below the bot's own."""
    await _change_role(call, "add")


@route("DELETE", "/guilds/{n}/members/{n}/roles/{n}")
async def remove_role(call: Call) -> None:
    """Take a role away."""
    await _change_role(call, "remove")


async def _change_role(call: Call, how: str) -> None:
    world, guild = call.world, call.world.guild_of(call.ids[0])
    target, own = member_of(guild, call.ids[1]), guild.members[world.bot.id]
    rules.demand_in_guild(guild, own, manage_roles=True)
    if call.ids[2] not in guild.roles:
        raise gone("Role")
    if guild.roles[call.ids[2]].position >= rules.top_position(guild, own):
        raise Refusal(403, 50013, "Missing Permissions")
    target.roles = target.roles | {call.ids[2]} if how == "add" else target.roles - {call.ids[2]}
    changes = [{"key": "$add" if how == "add" else "$remove", "new_value": [{"id": str(call.ids[2]), "name": "role"}]}]
    await record(call, guild, ROLE_UPDATE, target.user.id, changes=changes)
    await world.emit("GUILD_MEMBER_UPDATE", target.full_payload() | {"guild_id": str(guild.id)}, guild)


@route("PUT", "/guilds/{n}/bans/{n}")
async def ban(call: Call) -> None:
    """Ban an account, whether or not it is a member."""
    guild = call.world.guild_of(call.ids[0])
    await _ban(call, guild, call.ids[1])


@route("POST", "/guilds/{n}/bulk-ban")
async def bulk_ban(call: Call) -> JSON:
    """Ban up to 200 accounts; those that can't be banned are listed."""
    guild, ids = call.world.guild_of(call.ids[0]), [int(item) for item in call.body["user_ids"]]
    rules.demand_in_guild(guild, guild.members[call.world.bot.id], ban_members=True, manage_guild=True)
    if not 1 <= len(ids) <= 200:
        raise malformed("user_ids must be between 1 and 200 in length")
    banned, failed = [], []
    for user_id in ids:
        if user_id in call.world.skips_in_bulk:
            failed.append(str(user_id))
            continue
        try:
            await _ban(call, guild, user_id)
            banned.append(str(user_id))
        except Refusal:
            failed.append(str(user_id))
    if not banned:
        raise Refusal(400, 500000, "Failed to ban users")
    return {"banned_users": banned, "failed_users": failed}


async def _ban(call: Call, guild: Guild, user_id: int) -> None:
    world, own = call.world, guild.members[call.world.bot.id]
    rules.demand_in_guild(guild, own, ban_members=True)
    if user_id not in world.users:
        raise gone("User")
    target = guild.members.get(user_id)
    if target is not None:
        rules.demand_above(guild, own, target)
    guild.bans[user_id] = call.reason
    await record(call, guild, BAN_ADD, user_id)
    if target is not None:
        await world.leave(target)
    await world.emit("GUILD_BAN_ADD", {"guild_id": str(guild.id), "user": world.users[user_id].payload()}, guild)


@route("DELETE", "/guilds/{n}/bans/{n}")
async def unban(call: Call) -> None:
    """Lift a ban."""
    guild = call.world.guild_of(call.ids[0])
    rules.demand_in_guild(guild, guild.members[call.world.bot.id], ban_members=True)
    if guild.bans.pop(call.ids[1], None) is None:
        raise gone("Ban")
    await record(call, guild, BAN_REMOVE, call.ids[1])


@route("GET", "/guilds/{n}/bans/{n}")
async def fetch_ban(call: Call) -> JSON:
    """Return one ban."""
    guild = call.world.guild_of(call.ids[0])
    rules.demand_in_guild(guild, guild.members[call.world.bot.id], ban_members=True)
    if call.ids[1] not in guild.bans:
        raise gone("Ban")
    return {"user": call.world.users[call.ids[1]].payload(), "reason": guild.bans[call.ids[1]] or None}


@route("GET", "/guilds/{n}/audit-logs")
async def audit_log(call: Call) -> JSON:
    """Return audit-log entries, the newest first."""
    guild = call.world.guild_of(call.ids[0])
    rules.demand_in_guild(guild, guild.members[call.world.bot.id], view_audit_log=True)
    wanted = {key: call.query[key] for key in ("user_id", "action_type") if key in call.query}
    found = [entry for entry in guild.audit if all(str(entry[key]) == value for key, value in wanted.items())]
    if "before" in call.query:
        found = [entry for entry in found if int(entry["id"]) < int(call.query["before"])]
    entries = list(reversed(found))[: int(call.query.get("limit", "50"))]
    users = [user.payload() for user in call.world.users.values()]
    empty: dict[str, list[Any]] = {
        key: [] for key in ("webhooks", "integrations", "threads", "guild_scheduled_events", "auto_moderation_rules")
    }
    return {"audit_log_entries": entries, "users": users, "application_commands": [], **empty}


async def record(call: Call, guild: Guild, action: int, target: int, **more: Any) -> None:
    """Write what the bot did into the audit log."""
    await record_by(call.world, guild, call.world.bot.id, action, target, reason=call.reason, **more)


async def record_by(world: "Stage", guild: Guild, by: int, action: int, target: int, **more: Any) -> None:
    """Write what somebody did into the audit log, and tell those who may see it."""
    entry: JSON = {"id": str(new_id()), "user_id": str(by), "target_id": str(target), "action_type": action}
    entry |= {key: value for key, value in more.items() if value}
    guild.audit.append(entry)
    await world.emit("GUILD_AUDIT_LOG_ENTRY_CREATE", entry | {"guild_id": str(guild.id)}, guild)
