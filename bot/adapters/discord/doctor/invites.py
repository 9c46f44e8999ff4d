"""Links that invite the bot with the permissions it needs, no more, and say what for."""

from collections.abc import Iterable

import discord

from bot.adapters.discord.outgoing.checks import IN_CHANNEL, IN_GUILD, WORDS
from bot.domain.actions import Action, Mode, done_with
from bot.domain.built_in import built_in_policies
from bot.domain.policy import Policy
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CommunitySettings

FIRST = discord.Permissions(
    view_channel=True,
    read_message_history=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    view_audit_log=True,
)
"""What the first invite asks for: to read, to post cards, to hand exports over. Nothing that members would notice."""


def invite_url(application_id: int, permissions: discord.Permissions = FIRST, guild: int | None = None) -> str:
    """Return the link. On a server that has the bot already it adds permissions."""
    chosen = discord.Object(guild) if guild is not None else discord.utils.MISSING
    return discord.utils.oauth_url(
        application_id, permissions=permissions, guild=chosen, scopes=("bot", "applications.commands")
    )


def invites_for(
    guild: discord.Guild, application_id: int, settings: CommunitySettings, policies: tuple[Policy, ...]
) -> tuple[Reason, ...]:
    """Return one line with one link for all permissions that rules in earnest need and the bot lacks; none without."""
    held = guild.me.guild_permissions
    by_permission = needed(settings, policies)
    lacking = {permission: actions for permission, actions in by_permission.items() if not getattr(held, permission)}
    if not lacking:
        return ()
    actions = {action for acting in lacking.values() for action in acting}
    return (
        reason(
            "setup.invite",
            actions=",".join(sorted(actions)),
            permission=", ".join(WORDS[permission] for permission in sorted(lacking)),
            count=len(lacking),
            link=grown(application_id, guild, lacking),
        ),
    )


def grown(
    application_id: int, guild: discord.Guild, permissions: Iterable[str], me: discord.Member | None = None
) -> str:
    """Return the link that adds permissions to those that the bot holds in a server."""
    held = (me or guild.me).guild_permissions
    return invite_url(application_id, held | discord.Permissions(**dict.fromkeys(permissions, True)), guild.id)


def needed(settings: CommunitySettings, policies: tuple[Policy, ...]) -> dict[str, set[Action]]:
    """Return which permissions the rules in earnest need, and for which of their actions; the built-in checks too."""
    found: dict[str, set[Action]] = {}
    for policy in (*policies, *built_in_policies()):
        for rule in policy.categories:
            if rule.people_only or settings.mode_of(policy.id, rule.id) is not Mode.LIVE:
                continue
            entry = settings.category_settings(policy.id, rule.id)
            action = entry.action if entry is not None and entry.action is not None else rule.action
            for done in done_with(action):
                permission = permission_for(done)
                if permission is not None:
                    found.setdefault(permission, set()).add(done)
    return found


def permission_for(action: Action) -> str | None:
    """Return discord.py's name of the permission that an action needs, or None when it needs none."""
    return (IN_GUILD | IN_CHANNEL).get(action)
