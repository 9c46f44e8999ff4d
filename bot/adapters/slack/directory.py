"""Who may do what in a workspace, asked of Slack at each press: anybody who sees a button can press it."""

from collections.abc import Mapping

from bot.adapters.slack.outgoing.mod_log import SettingsOf
from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.people import person_of
from bot.adapters.slack.workspace import Workspace
from bot.domain.errors import PlatformError, PlatformRefused
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.people import Actor, Permission
from bot.logs import get_logger
from bot.ports.directory import Directory

_log = get_logger(__name__)
_OF_MODERATORS = frozenset({Permission.MODERATE, Permission.DELETE})
"""What the configured user group may do. The bot deletes in their name, since Slack gives no such right to anybody."""


class SlackDirectory(Directory):
    """Owners and admins may do everything; members of the configured user groups decide cases."""

    def __init__(self, workspaces: Mapping[CommunityId, Workspace], settings: SettingsOf) -> None:
        self._workspaces = workspaces
        self._settings = settings

    async def may(self, actor: Actor, permission: Permission, channel: ChannelId | None = None) -> bool:
        """Return whether this person may do that now; no, where Slack can't be asked."""
        del channel
        workspace = self._workspaces.get(actor.community)
        if workspace is None or not actor.person:
            return False
        try:
            return await self._may(workspace, actor, permission)
        except PlatformError as error:
            if not isinstance(error, PlatformRefused):
                _log.warning("permission_not_known", community=actor.community, error=str(error))
            return False

    async def _may(self, workspace: Workspace, actor: Actor, permission: Permission) -> bool:
        answer = await workspace.api.call(Method.USERS_INFO, rank=Rank.PEOPLE, user=actor.person)
        person = person_of(answer.get("user") or {})
        is_outsider = not person.belongs_to(workspace.identity.team)
        if person.is_gone or person.is_bot or is_outsider or person.id != actor.person:
            return False
        if person.is_admin:
            return True
        return permission in _OF_MODERATORS and await self._is_named(workspace, actor)

    async def _is_named(self, workspace: Workspace, actor: Actor) -> bool:
        settings = await self._settings(actor.community)
        for group in sorted(settings.moderators):
            answer = await workspace.api.call(Method.USERGROUPS_USERS_LIST, rank=Rank.PEOPLE, usergroup=group)
            if actor.person in (answer.get("users") or ()):
                return True
        return False
