"""What Slack demands of a token, by method and event, as its reference pages of each say."""

from dataclasses import dataclass

from tests.fakes.slack.things import JSON, Channel, Token


class Refusal(Exception):
    """An answer with `ok: false`: Slack's word for it, and what else stands in the answer."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.error = error
        self.more: JSON = dict(more)


@dataclass(frozen=True)
class Need:
    """What a method asks of a token: its kinds, scopes that are always needed, and one by the channel's kind."""

    kinds: frozenset[str]
    scopes: frozenset[str] = frozenset()
    by_channel: str = ""


def _need(*scopes: str, kinds: str = "bot user", by_channel: str = "") -> Need:
    return Need(frozenset(kinds.split()), frozenset(scopes), by_channel)


METHODS: dict[str, Need] = {
    "apps.connections.open": _need("connections:write", kinds="app"),
    "auth.test": _need(kinds="bot user app"),
    "chat.delete": _need("chat:write"),
    "chat.postEphemeral": _need("chat:write"),
    "chat.postMessage": _need("chat:write"),
    "chat.update": _need("chat:write"),
    "conversations.history": _need(by_channel="history"),
    "conversations.info": _need(by_channel="read"),
    "conversations.join": _need("channels:join", kinds="bot"),
    "conversations.list": _need(by_channel="read"),
    "conversations.members": _need(by_channel="read"),
    "conversations.open": _need("im:write"),
    "conversations.replies": _need(by_channel="history"),
    "files.completeUploadExternal": _need("files:write"),
    "files.getUploadURLExternal": _need("files:write"),
    "usergroups.list": _need("usergroups:read"),
    "usergroups.users.list": _need("usergroups:read"),
    "users.info": _need("users:read"),
    "users.list": _need("users:read"),
    "views.open": _need(kinds="bot"),
    "views.publish": _need(kinds="bot"),
    "views.update": _need(kinds="bot"),
}

TIERS: dict[str, int] = dict.fromkeys(
    ("conversations.list", "usergroups.list", "usergroups.users.list", "users.list"), 20
)
TIERS |= dict.fromkeys(
    (
        "chat.delete",
        "chat.update",
        "conversations.history",
        "conversations.info",
        "conversations.join",
        "conversations.open",
        "conversations.replies",
    ),
    50,
)
TIERS |= dict.fromkeys(
    (
        "chat.postEphemeral",
        "conversations.members",
        "files.completeUploadExternal",
        "files.getUploadURLExternal",
        "users.info",
        "views.open",
        "views.publish",
        "views.update",
    ),
    100,
)
TIERS |= dict.fromkeys(("auth.test", "chat.postMessage"), 300)
"""Calls a minute of each method, for an app in a workspace. Beyond them Slack answers 429, with `Retry-After`."""

EVENTS: dict[str, str] = {
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "app_uninstalled": "",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "pin_added": "pins:read",
    "reaction_added": "reactions:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "team_join": "users:read",
    "tokens_revoked": "",
    "user_change": "users:read",
}
"""The scope without which an event is not sent."""

FORM_ONLY = frozenset(
    {"conversations.history", "conversations.replies", "conversations.list", "conversations.info"}
    | {"conversations.members"}
    | {"files.getUploadURLExternal"}
    | {"users.info", "users.list", "usergroups.list", "usergroups.users.list"}
)
"""Methods that read arguments from a form or the query alone: a JSON body is ignored."""


def demand(token: Token, method: str) -> Need:
    """Return what the method needs; Refusal when the token's kind or fixed scopes are not enough."""
    need = METHODS.get(method)
    if need is None:
        raise Refusal("unknown_method", req_method=method)
    if token.kind not in need.kinds:
        raise Refusal("not_allowed_token_type")
    missing = need.scopes - token.scopes
    if missing:
        raise missing_scope(token, *missing)
    return need


def demand_channel(token: Token, need: Need, channel: Channel) -> None:
    """Refuse a read of a kind of channel whose scope the token does not hold."""
    if not need.by_channel:
        return
    scope = f"{channel.scope_prefix}:{need.by_channel}"
    if scope not in token.scopes:
        raise missing_scope(token, scope)


def missing_scope(token: Token, *needed: str) -> Refusal:
    """Return the refusal that names what is needed and what the token holds."""
    return Refusal("missing_scope", needed=",".join(sorted(needed)), provided=",".join(sorted(token.scopes)))
