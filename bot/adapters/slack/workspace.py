"""One workspace: who we are in it, its keys, and what is known of its people."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.api import SlackApi, held
from bot.adapters.slack.incoming.translate import Place
from bot.adapters.slack.pace import Method, Pace
from bot.adapters.slack.people import People, person_of
from bot.adapters.slack.sdk_log import sdk_logger
from bot.domain.errors import ConfigError, PlatformError, PlatformRefused
from bot.domain.ids import CommunityId
from bot.domain.settings import SlackWorkspace
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
SLACK_API = "https://slack.com/api/"
_KINDS = {"bot_token": "xoxb-", "app_token": "xapp-", "admin_token": "xoxp-"}
_WHERE = {
    "bot_token": "OAuth & Permissions → Bot User OAuth Token",
    "app_token": "Basic Information → App-Level Tokens (scope connections:write)",
    "admin_token": "OAuth & Permissions → User OAuth Token, installed by an owner or admin",
}
_ORG_WIDE = (
    "slack: bot_token belongs to an app that is installed for a whole organisation. Hallmoot keeps the cases of each "
    "workspace apart and takes one token for each: install the app in every workspace instead."
)


class KeysRefused(ConfigError):
    """Slack refuses a bot token: it was revoked, or never was one. Other workspaces need not suffer for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are in a workspace. `url` ends with a slash."""

    community: CommunityId
    team: str
    name: str
    url: str
    bot_user: str
    bot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One installed workspace. `admin` acts with the optional token of an owner or admin, whose id is `admin_user`.

    The token is kept although it can't be used at the start: what stands in the way may change, and shows at each use.
    """

    identity: Identity
    app_token: str
    api: SlackApi
    people: People
    admin: SlackApi | None = None
    admin_user: str = ""

    @property
    def community(self) -> CommunityId:
        """Return the workspace's community id."""
        return self.identity.community

    @property
    def place(self) -> Place:
        """Return what translating needs to know."""
        own = self.identity
        return Place(
            community=own.community, url=own.url, own_user=own.bot_user, own_bot=own.bot_id, people=self.people
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """How Slack is called: its address, and seconds between two posts in one channel and for one call.

    `minute` is how long the minute lasts, in seconds, in which Slack counts calls.
    """

    base_url: str = SLACK_API
    post_every: float = 1.0
    minute: float = 60.0
    timeout: float = 20.0


def community_of(team: str) -> CommunityId:
    """Return a workspace's community id."""
    return CommunityId(f"slack:{team}")


def web_client(token: str, calling: Calling) -> AsyncWebClient:
    """Return slack_sdk's client, without retries of its own: `SlackApi` knows what may be repeated."""
    timeout = max(1, round(calling.timeout))
    return AsyncWebClient(
        token=token, base_url=calling.base_url, timeout=timeout, retry_handlers=[], logger=sdk_logger("web")
    )


async def open_workspace(keys: SlackWorkspace, clock: Clock, calling: Calling) -> Workspace:
    """Return the workspace that the keys belong to.

    Raises ConfigError for keys that can't be used, with what to do (KeysRefused where it is Slack that refuses them),
    and PlatformBusy when Slack does not answer.
    """
    faults = misplaced(keys)
    if faults:
        raise ConfigError(faults)
    pace = Pace(clock, calling.post_every, calling.minute)
    api = SlackApi(web_client(keys.bot_token, calling), clock, pace)
    identity = await identify(api)
    admin, admin_user = None, ""
    if keys.admin_token is not None:
        admin = SlackApi(web_client(keys.admin_token, calling), clock, pace)
        admin_user = await _admin_of(admin, api, identity)
    return Workspace(
        identity=identity,
        app_token=keys.app_token,
        api=api,
        people=People(),
        admin=admin,
        admin_user=admin_user,
    )


def misplaced(keys: SlackWorkspace) -> tuple[str, ...]:
    """Return a fault for each key that is of the wrong kind. The key itself is never shown."""
    given = {"bot_token": keys.bot_token, "app_token": keys.app_token, "admin_token": keys.admin_token}
    return tuple(
        f"slack: {name} has to begin with {_KINDS[name]}{_instead(value)}. Copy it from {_WHERE[name]} at "
        "api.slack.com/apps."
        for name, value in given.items()
        if value is not None and not value.startswith(_KINDS[name])
    )


def _instead(value: str) -> str:
    """Return what a misplaced key looks like; empty where nobody can tell."""
    if value.startswith("xoxe"):
        return "; what stands there is a key of an app with token rotation, which has to be off"
    names = (name for name, prefix in _KINDS.items() if value.startswith(prefix))
    return next((f"; what stands there looks like {name}" for name in names), "")


async def identify(api: SlackApi) -> Identity:
    """Return who a bot token is.

    Raises KeysRefused for one that Slack refuses, ConfigError for org-wide installs, PlatformBusy without an answer.
    """
    try:
        answer = await api.call(Method.AUTH_TEST)
    except PlatformRefused as error:
        raise KeysRefused((f"slack: bot_token: {error}",)) from error
    if answer.get("is_enterprise_install"):
        raise ConfigError((_ORG_WIDE,))
    team = held(answer, "team_id")
    return Identity(
        community=community_of(team),
        team=team,
        name=str(answer.get("team", "")),
        url=str(answer.get("url", "")),
        bot_user=held(answer, "user_id"),
        bot_id=str(answer.get("bot_id", "")),
    )


async def _admin_of(admin: SlackApi, bot: SlackApi, identity: Identity) -> str:
    """Return whose account the admin token is; empty where Slack does not say. What it can't do is a warning.

    Raises ConfigError for a token of another workspace.
    """
    user = ""
    try:
        answer = await admin.call(Method.AUTH_TEST)
        user = str(answer.get("user_id", ""))
        person = person_of((await bot.call(Method.USERS_INFO, user=user)).get("user") or {})
    except PlatformError as error:
        _log.warning("slack_admin_token_unusable", workspace=identity.community, error=str(error))
        return user
    if answer.get("team_id") != identity.team and not person.belongs_to(identity.team):
        raise ConfigError(("slack: admin_token belongs to another workspace than bot_token. Copy both from one app.",))
    if not person.is_admin or "chat:write" not in admin.scopes:
        _log.warning("slack_admin_token_without_rights", workspace=identity.community, person=person.id)
    return user
