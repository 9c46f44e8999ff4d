"""What is known of a workspace's members, user groups and channels without asking: for names and for who moderates.

Events carry ids alone, and translating them does no I/O: so this is read once at the start, and kept true by events.
Permissions of a press are never taken from here; `directory` asks Slack.
"""

from dataclasses import dataclass, replace
from typing import Any

from bot.adapters.slack.api import JSON, PATIENCE, SlackApi, pages
from bot.adapters.slack.pace import Method, Rank

_PAGE = 1000
_KINDS = "public_channel,private_channel"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member, guest, outsider or program.

    `team` is the workspace that Slack names first. In an organisation of several (Enterprise Grid) that may be another
    one, or the organisation itself: `teams` are those that the account is a member of there, and empty elsewhere.
    """

    id: str
    name: str
    team: str
    teams: frozenset[str] = frozenset()
    is_bot: bool = False
    is_admin: bool = False
    is_gone: bool = False

    def belongs_to(self, team: str) -> bool:
        """Return whether they are of this workspace; no for members of others in a shared channel."""
        return team in self.teams if self.teams else self.team == team


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A user group."""

    id: str
    handle: str
    members: frozenset[str]


def person_of(user: JSON) -> Person:
    """Read a user object; what is missing in it is empty."""
    given = user.get("profile")
    profile = given if isinstance(given, dict) else {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return Person(
        id=str(user.get("id", "")),
        name=next((name for name in names if isinstance(name, str) and name.strip()), ""),
        team=str(user.get("team_id", "")),
        teams=_teams_of(user),
        is_bot=bool(user.get("is_bot")) or user.get("id") == SLACKBOT,
        is_admin=bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner")),
        is_gone=bool(user.get("deleted")),
    )


def _teams_of(user: JSON) -> frozenset[str]:
    """Return the workspaces of an organisation that an account is in."""
    enterprise = user.get("enterprise_user")
    teams = enterprise.get("teams") if isinstance(enterprise, dict) else None
    return frozenset(team for team in teams if isinstance(team, str)) if isinstance(teams, list) else frozenset()


class People:
    """Names by id. An unknown member is `member`, an unknown channel `channel`."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._groups: dict[str, Group] = {}
        self._channels: dict[str, str] = {}

    def add_user(self, user: JSON) -> None:
        """Take in a user object."""
        person = person_of(user)
        if person.id:
            self._people[person.id] = person

    def add_group(self, group: JSON) -> None:
        """Take in a user group object; one without a list of members keeps those known."""
        number, handle, members = str(group.get("id", "")), group.get("handle"), group.get("users")
        before = self._groups.get(number, Group(id=number, handle="group", members=frozenset()))
        made = replace(before, handle=handle) if isinstance(handle, str) else before
        if isinstance(members, list):
            made = replace(made, members=frozenset(map(str, members)))
        self._groups[number] = made

    def add_channel(self, channel: JSON) -> None:
        """Take in a channel object."""
        if isinstance(channel.get("id"), str) and isinstance(channel.get("name"), str):
            self._channels[channel["id"]] = channel["name"]

    def absorb(self, event: dict[str, Any]) -> None:
        """Learn from an event that tells of a change."""
        kind = event.get("type")
        if kind in ("team_join", "user_change") and isinstance(event.get("user"), dict):
            self.add_user(event["user"])
        elif kind in ("channel_created", "channel_rename") and isinstance(event.get("channel"), dict):
            self.add_channel(event["channel"])
        elif kind == "subteam_updated" and isinstance(event.get("subteam"), dict):
            self.add_group(event["subteam"])
        elif kind == "subteam_members_changed":
            self._change_members(event)

    def _change_members(self, event: dict[str, Any]) -> None:
        group = self._groups.get(str(event.get("subteam_id", "")))
        if group is not None:
            added = frozenset(map(str, event.get("added_users") or ()))
            removed = frozenset(map(str, event.get("removed_users") or ()))
            self._groups[group.id] = replace(group, members=(group.members | added) - removed)

    def person(self, person: str) -> Person | None:
        """Return a member, or None when unknown."""
        return self._people.get(person)

    def name(self, person: str) -> str:
        """Return a member's name as it shows."""
        known = self._people.get(person)
        return known.name if known is not None and known.name else "member"

    def channel(self, channel: str) -> str:
        """Return a channel's name."""
        return self._channels.get(channel, "channel")

    def knows_channel(self, channel: str) -> bool:
        """Return whether the name of a channel is known."""
        return channel in self._channels

    def group(self, group: str) -> str:
        """Return a user group's handle."""
        known = self._groups.get(group)
        return known.handle if known is not None else "group"

    def shown(self, number: str) -> str:
        """Return what an id stands for, as `#channel`, `@member` or `@group`; the id itself where it is unknown."""
        if number in self._channels:
            return f"#{self._channels[number]}"
        if number in self._groups:
            return f"@{self._groups[number].handle}"
        known = self._people.get(number)
        return f"@{known.name}" if known is not None and known.name else number

    def groups_of(self, person: str) -> frozenset[str]:
        """Return the ids of the user groups that a member is in."""
        return frozenset(group.id for group in self._groups.values() if person in group.members)

    def groups(self) -> tuple[tuple[str, str], ...]:
        """Return every user group's id and handle, by handle."""
        return tuple(sorted(((group.id, group.handle) for group in self._groups.values()), key=lambda pair: pair[1]))


async def read_people(api: SlackApi, people: People, *, patience: float = PATIENCE) -> None:
    """Read everybody, all groups and all channels, with so many seconds of patience for each page of them.

    Raises PlatformRefused or PlatformBusy.
    """
    rank = Rank.READING
    for user in await pages(api, Method.USERS_LIST, "members", patience=patience, rank=rank, limit=_PAGE):
        people.add_user(user)
    groups = await pages(api, Method.USERGROUPS_LIST, "usergroups", patience=patience, rank=rank, include_users=True)
    for group in groups:
        people.add_group(group)
    channels = await pages(
        api, Method.CONVERSATIONS_LIST, "channels", patience=patience, rank=rank, limit=_PAGE, types=_KINDS
    )
    for channel in channels:
        people.add_channel(channel)
