"""Links that invite the bot with the permissions it needs, no more, and say what for."""

import discord

from bot.adapters.discord.checks import IN_CHANNEL, IN_GUILD, WORDS
from bot.domain.actions import Action
from bot.domain.answer import ModeChange
from bot.domain.policy import Policy
from bot.domain.reasons import Reason, reason

FIRST = discord.Permissions(
    view_channel=True,
    read_message_history=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    view_audit_log=True,
)
"""What the first invite asks for: to read, and to post in the mod log. Nothing that members would notice."""


def invite_url(application_id: int, permissions: discord.Permissions = FIRST, guild: int | None = None) -> str:
    """Return the link. On a server that has the bot already it adds permissions."""
    chosen = discord.Object(guild) if guild is not None else discord.utils.MISSING
    return discord.utils.oauth_url(
        application_id, permissions=permissions, guild=chosen, scopes=("bot", "applications.commands")
    )


def invites_for(
    guild: discord.Guild, application_id: int, policies: tuple[Policy, ...], change: ModeChange
) -> tuple[Reason, ...]:
    """Return a line with a link for each permission that what goes live needs and the bot lacks."""
    held = guild.me.guild_permissions
    lacking = {permission for permission in _needed(policies, change) if not getattr(held, permission)}
    return tuple(
        reason(
            "setup.invite",
            permission=WORDS[permission],
            link=invite_url(application_id, held | discord.Permissions(**{permission: True}), guild.id),
        )
        for permission in sorted(lacking)
    )


def _needed(policies: tuple[Policy, ...], change: ModeChange) -> set[str]:
    needed: set[str] = set()
    for policy in policies:
        for category in policy.categories:
            is_meant = change.policy in (None, policy.id) and change.category in (None, category.id)
            permission = permission_for(category.action)
            if is_meant and permission is not None and not category.people_only:
                needed.add(permission)
    return needed


def permission_for(action: Action) -> str | None:
    """Return discord.py's name of the permission that an action needs, or None when it needs none."""
    return (IN_GUILD | IN_CHANNEL).get(action)
