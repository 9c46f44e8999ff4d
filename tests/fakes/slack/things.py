"""What a Slack has in it: teams, people, channels, groups, tokens; and how each looks in an answer."""

from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]


@dataclass(eq=False)
class App:
    """One app of api.slack.com: an app-level token that opens sockets, and what its manifest asks for."""

    id: str
    token: str
    bot_scopes: frozenset[str]
    events: frozenset[str]
    socket_mode: bool = True


@dataclass(eq=False)
class Team:
    """A workspace, with the app's bot in it."""

    id: str
    name: str
    app: App
    bot: "User"
    bot_id: str
    org_wide: bool = False
    forbids_admin_deletion: bool = False
    uninstalled: bool = False

    @property
    def url(self) -> str:
        """Return the address of the workspace, as auth.test gives it."""
        return f"https://{self.name.lower()}.slack.com/"


@dataclass(eq=False)
class User:
    """A member, guest, outsider or bot. `home` is the team it belongs to, another one's for an outsider.

    `teams` are the workspaces of an organisation (Enterprise Grid) that it is in; `home` may be any of them then, or
    the organisation.
    """

    id: str
    name: str
    home: str
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    deleted: bool = False
    takes_messages: bool = True
    teams: tuple[str, ...] = ()

    def is_of(self, team: str) -> bool:
        """Return whether it is a member of a workspace."""
        return team in self.teams if self.teams else self.home == team

    def payload(self) -> JSON:
        """Return it as users.info does."""
        grid = {"enterprise_user": {"id": self.id, "enterprise_id": "E0001", "teams": list(self.teams)}}
        return (grid if self.teams else {}) | {
            "id": self.id,
            "team_id": self.home,
            "name": self.name.lower(),
            "deleted": self.deleted,
            "is_admin": self.is_admin or self.is_owner,
            "is_owner": self.is_owner,
            "is_primary_owner": False,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_app_user": False,
            "profile": {"display_name": self.name, "real_name": f"{self.name} Doe"},
        }


@dataclass(eq=False)
class Group:
    """A user group."""

    id: str
    handle: str
    team: Team
    members: list[User] = field(default_factory=list)

    def payload(self) -> JSON:
        """Return it as usergroups.list does."""
        return {"id": self.id, "team_id": self.team.id, "handle": self.handle, "name": self.handle.title()} | {
            "users": [user.id for user in self.members]
        }


@dataclass(eq=False)
class Channel:
    """A public or private channel, or a direct message with one person. `posts` are by timestamp, in order."""

    id: str
    name: str
    team: Team
    kind: str = "channel"
    members: set[str] = field(default_factory=set)
    posts: dict[str, JSON] = field(default_factory=dict)
    archived: bool = False

    @property
    def scope_prefix(self) -> str:
        """Return the part of its scopes that names its kind."""
        return {"channel": "channels", "group": "groups", "im": "im"}[self.kind]

    def payload(self, viewer: str) -> JSON:
        """Return it as conversations.list does for a member or bot."""
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": self.kind == "im",
            "is_private": self.kind != "channel",
            "is_archived": self.archived,
            "is_member": viewer in self.members,
        }


@dataclass(eq=False)
class Token:
    """A key: `bot` and `user` tokens act as somebody in a team, an `app` token opens sockets."""

    value: str
    kind: str
    app: App
    team: Team | None
    user: User | None
    scopes: frozenset[str]
    revoked: bool = False


def message_payload(channel: Channel, author: User, ts: str, text: str, **extra: Any) -> JSON:
    """Return a message as it stands in a channel's history. A bot's bears its bot_id."""
    made: JSON = {"type": "message", "ts": ts, "user": author.id, "text": text, "team": author.home}
    if author is channel.team.bot:
        made |= {"bot_id": channel.team.bot_id, "app_id": channel.team.app.id}
    return made | {key: value for key, value in extra.items() if value is not None}
