"""What people did to members while nobody listened: it stands in the server's audit log, and belongs into history."""

from datetime import timedelta

import discord

from bot.adapters.discord.incoming.translate import sanction_of
from bot.adapters.discord.outgoing.refusals import FAILURES, reason_of
from bot.domain.events import Member
from bot.logs import get_logger

_LOG = get_logger(__name__)
_REACH = timedelta(days=1)
_LOOKED_AT = 100
"""Entries of one answer; more are not asked for."""


async def past_sanctions(guild: discord.Guild) -> tuple[Member, ...]:
    """Return the bans, kicks and timeouts of the last day, oldest first; none where the audit log is not to be read.

    What was heard already has the same event id. Deletions are left out: live they are known by their message, which an
    entry of the audit log does not name.
    """
    if not guild.me.guild_permissions.view_audit_log:
        return ()
    found = []
    try:
        async for entry in guild.audit_logs(limit=_LOOKED_AT, oldest_first=False):
            if discord.utils.utcnow() - entry.created_at > _REACH:
                break
            if entry.action is not discord.AuditLogAction.message_delete:
                found.append(sanction_of(entry, guild.me.id))
    except FAILURES as error:
        _LOG.warning("audit_log_not_read", guild=guild.id, why=reason_of(error).code)
    return tuple(event for event in reversed(found) if event is not None)
