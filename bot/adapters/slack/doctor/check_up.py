"""A check-up of the Slack side: tokens and their kinds, permissions, the mod log, channels, and who can delete.

It calls the Web API alone and changes nothing, so it may run beside `hallmoot run`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.adapters.slack.api import JSON, SlackApi, pages
from bot.adapters.slack.incoming.files import word
from bot.adapters.slack.incoming.tickets import remedy_of
from bot.adapters.slack.outgoing.refusals import KEYS_LOST
from bot.adapters.slack.pace import Method, Pace
from bot.adapters.slack.people import person_of
from bot.adapters.slack.workspace import Calling, Identity, KeysRefused, identify, misplaced, web_client
from bot.domain.errors import ConfigError, PlatformBusy, PlatformError
from bot.domain.finding import Finding, Grade
from bot.domain.ids import CommunityId
from bot.domain.settings import CommunitySettings, SlackSettings, SlackWorkspace
from bot.ports.clock import Clock

SettingsOf = Callable[[CommunityId], Awaitable[CommunitySettings]]
BOT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "reactions:read",
        "usergroups:read",
        "users:read",
    }
)
"""What the shipped manifest asks for; a test derives it from the methods and events in use."""
_NAMED = 5
_MOST_PAGES = 20
_APPS = "https://api.slack.com/apps"
_DELETES = "deletion"


async def examine(
    settings: SlackSettings, community_settings: SettingsOf, clock: Clock, calling: Calling | None = None
) -> tuple[Finding, ...]:
    """Return what was found for each workspace, in the order in which it has to be put right."""
    if not settings.workspaces:
        remedy = f"Make an app at {_APPS} from slack-manifest.yaml; docs/slack.md shows each step."
        return (Finding(check="tokens", grade=Grade.FAULT, found="There are no Slack tokens.", remedy=remedy),)
    found: list[Finding] = []
    several = len(settings.workspaces) > 1
    for number, keys in enumerate(settings.workspaces, 1):
        joins = settings.join_public_channels
        examination = _Examination(keys, community_settings, clock, calling or Calling(), joins=joins)
        own = await examination.findings()
        name = examination.name or f"workspace {number}"
        found += [replace(each, check=f"{name}: {each.check}") if several else each for each in own]
    return tuple(found)


class _Examination:
    """One workspace's check-up."""

    def __init__(
        self, keys: SlackWorkspace, settings: SettingsOf, clock: Clock, calling: Calling, *, joins: bool
    ) -> None:
        self._keys = keys
        self._joins = joins
        self._settings = settings
        self._clock = clock
        self._calling = calling
        self._pace = Pace(clock, calling.post_every, calling.minute)
        self._bot = self._api(keys.bot_token)
        self.name = ""

    def _api(self, token: str) -> SlackApi:
        return SlackApi(web_client(token, self._calling), self._clock, self._pace)

    async def findings(self) -> list[Finding]:
        """Look at everything that the tokens allow to be looked at."""
        faults = misplaced(self._keys)
        if faults:
            return [
                _fault("tokens", fault, "Copy each token to its own place; docs/slack.md says which.")
                for fault in faults
            ]
        try:
            identity = await identify(self._bot)
        except KeysRefused as error:
            text = f"Slack does not accept the bot token. {_answer(error.__cause__)}"
            return [_fault("bot token", text, f"Reinstall the app at {_APPS} and copy its Bot User OAuth Token again.")]
        except ConfigError as error:
            return [_fault("bot token", str(error), "docs/slack.md shows how to install it in one workspace.")]
        except PlatformBusy as error:
            return [
                _fault("connection", _answer(error), "Check the network; https://slack-status.com tells of outages.")
            ]
        self.name = identity.name
        found = [_fine("bot token", f"Slack knows the bot in {identity.name}."), self._scopes()]
        found.append(await self._socket())
        listed = await self._listed()
        found += [listed] if isinstance(listed, Finding) else await self._channels(identity, listed)
        found.append(await self._deletion(identity))
        if not isinstance(listed, Finding) and self._keys.admin_token is not None:
            found += await self._membership(identity, listed)
        return found

    def _scopes(self) -> Finding:
        missing = sorted(BOT_SCOPES - self._bot.scopes)
        if missing:
            remedy = f"Paste slack-manifest.yaml at {_APPS} under App Manifest, and reinstall the app."
            return _fault("permissions", f"The bot lacks {', '.join(missing)}.", remedy)
        more = sorted(self._bot.scopes - BOT_SCOPES)
        if more:
            return _advice(
                "permissions", f"The bot has more than it needs: {', '.join(more)}.", "Remove what is extra."
            )
        return _fine("permissions", "The bot has what it needs, and no more.")

    async def _socket(self) -> Finding:
        try:
            await self._api(self._keys.app_token).call(Method.APPS_CONNECTIONS_OPEN)
        except PlatformError as error:
            return _fault("app token", f"The app token opens no socket. {_answer(error)}", remedy_of(error.code))
        return _fine("app token", "Socket Mode can be used.")

    async def _listed(self) -> list[JSON] | Finding:
        """Return the channels that the bot can see, or why they are not known."""
        try:
            kinds = "public_channel,private_channel"
            return await pages(
                self._bot, Method.CONVERSATIONS_LIST, "channels", types=kinds, exclude_archived=True, limit=200
            )
        except PlatformError as error:
            return _fault("channels", _answer(error), "Paste the manifest again, and reinstall the app.")

    async def _channels(self, identity: Identity, listed: list[JSON]) -> list[Finding]:
        settings = await self._settings(identity.community)
        return [_watched(listed, joins=self._joins), _mod_log(settings, listed)]

    async def _membership(self, identity: Identity, listed: list[JSON]) -> list[Finding]:
        """Say in which private channels nothing can be deleted: the admin's account sees those alone that it is in."""
        mod_log = (await self._settings(identity.community)).mod_log
        private = [raw for raw in listed if raw.get("is_private") and raw.get("is_member") and raw.get("id") != mod_log]
        try:
            admin = word(await self._api(self._keys.admin_token or "").call(Method.AUTH_TEST), "user_id")
            without = [f"#{word(raw, 'name')}" for raw in private if admin not in await self._members(raw)]
        except PlatformError as error:
            remedy = "Look again in a moment; `hallmoot doctor` changes nothing."
            return [] if error.code in KEYS_LOST else [_advice("private channels", _answer(error), remedy)]
        if not without:
            return []
        text = f"The account in whose name messages are deleted is not in {_some(without)}, where it deletes nothing."
        return [_fault("private channels", text, "Invite that account there with /invite.")]

    async def _members(self, raw: JSON) -> list[str]:
        """Return the ids of a channel's members."""
        found: list[str] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._bot.call(
                Method.CONVERSATIONS_MEMBERS, channel=word(raw, "id"), limit=1000, cursor=cursor
            )
            found += [str(member) for member in answer.get("members") or []]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        return found

    async def _deletion(self, identity: Identity) -> Finding:
        if self._keys.admin_token is None:
            text = "Deleting is left to people: without an admin's token a bot deletes only its own messages."
            return _advice(_DELETES, text, "docs/slack.md says what an admin's token means, and how to add one.")
        admin = self._api(self._keys.admin_token)
        try:
            answer = await admin.call(Method.AUTH_TEST)
        except PlatformError as error:
            text = f"The admin's token can't be used. {_answer(error)}"
            return _fault(_DELETES, text, "Reinstall the app as an owner or admin and copy it again, or leave it out.")
        try:
            user = (await self._bot.call(Method.USERS_INFO, user=word(answer, "user_id"))).get("user") or {}
        except PlatformError as error:
            text = f"Whose account the admin's token belongs to could not be asked. {_answer(error)}"
            return _fault(_DELETES, text, "Paste the manifest again, and reinstall the app.")
        return _whose(answer, user, identity, admin)


def _whose(answer: JSON, user: JSON, identity: Identity, admin: SlackApi) -> Finding:
    person = person_of(user)
    if answer.get("team_id") != identity.team:
        return _fault(_DELETES, "The admin's token belongs to another workspace.", "Copy it from the same app.")
    if person.is_gone:
        text = f"The admin's token belongs to {person.name}, whose account is closed."
        return _fault(_DELETES, text, "Use the token of an account that is an admin's.")
    if not person.is_admin:
        text = f"The admin's token belongs to {person.name}, who is no owner or admin (any more), and deletes nothing."
        return _fault(_DELETES, text, f"Make {person.name} an admin again, or use the token of an account that is.")
    if "chat:write" not in admin.scopes:
        return _fault(_DELETES, "The admin's token lacks chat:write.", "Add that user scope, and reinstall the app.")
    text = (
        f"Messages are deleted in the name of {person.name}, as far as the workspace's settings allow; that shows at "
        "the first deletion. Messages of other organisations in shared channels can't be deleted."
    )
    return _advice(_DELETES, text, "A service account is best: people leave, and their tokens go with them.")


def _answer(error: BaseException | None) -> str:
    """Return what Slack answered, without the general advice behind it: a finding has its own."""
    return f"{str(error).partition('. ')[0].rstrip('.')}." if error is not None else ""


def _watched(listed: list[JSON], *, joins: bool) -> Finding:
    unwatched = [f"#{word(channel, 'name')}" for channel in listed if not channel.get("is_member")]
    watched = len(listed) - len(unwatched)
    if not unwatched:
        return _fine("channels", f"The bot reads all {watched} channels that it can see.")
    if joins:
        text = f"The bot reads {watched} channels, and {len(unwatched)} are still to be joined: {_some(unwatched)}."
        remedy = "`hallmoot run` joins them by itself, about 50 a minute; where Slack forbids it, its log says so."
        return _advice("channels", text, remedy)
    text = f"The bot reads {watched} channels, and not {_some(unwatched)}."
    return _advice("channels", text, "Invite it with /invite, or set join_public_channels.")


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" and more" if len(names) > _NAMED else "")


def _mod_log(settings: CommunitySettings, listed: list[JSON]) -> Finding:
    check = "mod log"
    if settings.mod_log is None:
        return _fault(check, "No channel for cards is chosen.", "Use /mod setup, or set mod_log.")
    found = next((channel for channel in listed if channel.get("id") == settings.mod_log), None)
    if found is None:
        return _fault(check, f"The bot can't see {settings.mod_log}.", "Invite it there with /invite.")
    name = f"#{word(found, 'name')}"
    if not found.get("is_member"):
        return _fault(check, f"The bot is not in {name}.", "Invite it there with /invite.")
    if not found.get("is_private"):
        return _fault(check, f"Everybody can read {name}.", "Choose a private channel of the moderators.")
    return _fine(check, f"Cards go to {name}, which is private.")


def _fine(check: str, found: str) -> Finding:
    return Finding(check=check, grade=Grade.FINE, found=found)


def _advice(check: str, found: str, remedy: str) -> Finding:
    return Finding(check=check, grade=Grade.ADVICE, found=found, remedy=remedy)


def _fault(check: str, found: str, remedy: str) -> Finding:
    return Finding(check=check, grade=Grade.FAULT, found=found, remedy=remedy)
