"""auth.test, users, user groups."""

from tests.fakes.slack.rules import Refusal
from tests.fakes.slack.server import Call, method
from tests.fakes.slack.things import JSON, Group


@method("auth.test")
def auth_test(call: Call) -> JSON:
    """Say whose token it is."""
    if call.token.team is None:
        return {"app_id": call.token.app.id, "app_name": "Hallmoot"}
    made = {
        "url": call.team.url,
        "team": call.team.name,
        "team_id": call.team.id,
        "user": call.user.name.lower(),
        "user_id": call.user.id,
        "is_enterprise_install": call.team.org_wide,
    }
    return made | ({"bot_id": call.team.bot_id} if call.token.kind == "bot" else {})


@method("users.info")
def users_info(call: Call) -> JSON:
    """Return one user: a member, or an outsider who shares a channel."""
    found = call.world.users.get(str(call.body.get("user")))
    if found is None or not _visible(call, found.id):
        raise Refusal("user_not_found")
    return {"user": found.payload()}


def _visible(call: Call, user_id: str) -> bool:
    found = call.world.users[user_id]
    shared = any(user_id in channel.members for channel in call.world.channels.values() if channel.team is call.team)
    return found.is_of(call.team.id) or shared


@method("users.list")
def users_list(call: Call) -> JSON:
    """Return everybody of the workspace, a page at a time."""
    everyone = [user.payload() for user in call.world.users.values() if user.is_of(call.team.id)]
    page, cursor = call.page(everyone)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("usergroups.list")
def usergroups_list(call: Call) -> JSON:
    """Return the groups, with their members when asked for."""
    groups = [group.payload() for group in call.world.groups.values() if group.team is call.team]
    if str(call.body.get("include_users", "")).lower() not in ("1", "true"):
        groups = [{key: value for key, value in group.items() if key != "users"} for group in groups]
    return {"usergroups": groups}


@method("usergroups.users.list")
def usergroups_users_list(call: Call) -> JSON:
    """Return who is in a group."""
    group: Group | None = call.world.groups.get(str(call.body.get("usergroup")))
    if group is None or group.team is not call.team:
        raise Refusal("no_such_subteam")
    return {"users": [user.id for user in group.members]}
