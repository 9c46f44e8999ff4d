"""Deleting others' messages in the name of the account whose token was given, and finding out why Slack refuses it.

Slack's word alone can mislead: to a token whose account is not in a private channel that channel is "not found", and
an account that is no admin any more hears the same as one that the workspace's settings forbid it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.adapters.slack.outgoing.mod_log import SlackModLog
from bot.adapters.slack.outgoing.refusals import GONE, KEYS_LOST, reason_of
from bot.adapters.slack.pace import Method
from bot.adapters.slack.people import Person, person_of
from bot.adapters.slack.workspace import Workspace
from bot.domain.actions import Outcome
from bot.domain.decision import Effect, EffectResult
from bot.domain.errors import PlatformBusy, PlatformError
from bot.domain.ids import CommunityId, MessageRef
from bot.domain.notice import Announcement, AnnouncementCode
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
_UNSEEN = frozenset({"channel_not_found", "not_in_channel"})
_NOT_ALLOWED = "cant_delete_message"
_TOLD = {
    PlatformReason.ADMIN_TOKEN_LOST: AnnouncementCode.ADMIN_TOKEN_LOST,
    PlatformReason.ADMIN_RIGHTS_LOST: AnnouncementCode.ADMIN_RIGHTS_LOST,
    PlatformReason.ADMIN_NOT_IN_CHANNEL: AnnouncementCode.ADMIN_NOT_IN_CHANNEL,
}
"""What the moderators' channel is told, besides each card: it concerns every later deletion too."""


class Expects(Protocol):
    """Hears of deletions of our own, so that their events are not taken for somebody else's."""

    def about_to_delete(self, ref: MessageRef) -> None:
        """Expect it."""

    def not_deleted(self, ref: MessageRef) -> None:
        """Stop expecting it."""


class Deleting:
    """Takes one deletion to its outcome."""

    def __init__(
        self, workspaces: Mapping[CommunityId, Workspace], mod_log: SlackModLog, expects: Expects, clock: Clock
    ) -> None:
        self._workspaces = workspaces
        self._mod_log = mod_log
        self._expects = expects
        self._clock = clock
        self._told: dict[str, datetime] = {}

    async def delete(self, effect: Effect, ref: MessageRef) -> EffectResult:
        """Delete, or leave it to people: whatever Slack refuses to the account is asked of them."""
        workspace = self._workspaces[effect.community]
        if workspace.admin is None:
            return requested(effect, reason(PlatformReason.NO_ADMIN_TOKEN))
        self._expects.about_to_delete(ref)
        try:
            await workspace.admin.call(Method.CHAT_DELETE, channel=ref.channel, ts=ref.message)
        except PlatformError as error:
            return await self._not_deleted(workspace, effect, ref, error)
        return applied(effect)

    async def _not_deleted(
        self, workspace: Workspace, effect: Effect, ref: MessageRef, error: PlatformError
    ) -> EffectResult:
        if error.code in GONE:
            return applied(effect)
        self._expects.not_deleted(ref)
        if isinstance(error, PlatformBusy):
            return EffectResult(key=effect.key, outcome=Outcome.FAILED, why=reason_of(error))
        _log.warning("slack_deletion_refused", community=effect.community, error=str(error))
        try:
            if error.code in KEYS_LOST and await _is_locked_out(workspace):
                return EffectResult(key=effect.key, outcome=Outcome.FAILED, why=reason_of(error))
            why = await self._why(workspace, effect, ref, error)
        except PlatformBusy as busy:
            return EffectResult(key=effect.key, outcome=Outcome.FAILED, why=reason_of(busy))
        await self._tell(workspace, why)
        return requested(effect, why)

    async def _why(self, workspace: Workspace, effect: Effect, ref: MessageRef, error: PlatformError) -> Reason:
        """Return the true reason behind Slack's word. Raises PlatformBusy where Slack can't be asked just now."""
        if error.code in KEYS_LOST:
            return reason(PlatformReason.ADMIN_TOKEN_LOST)
        if error.code in _UNSEEN and await _sees(workspace, ref):
            name, channel = workspace.people.name(workspace.admin_user), workspace.people.channel(ref.channel)
            return reason(PlatformReason.ADMIN_NOT_IN_CHANNEL, name=name, channel=f"#{channel}")
        if error.code != _NOT_ALLOWED:
            return reason_of(error)
        author = await _person(workspace, effect.person or "")
        if author is not None and author.team and not author.belongs_to(workspace.identity.team):
            return reason(PlatformReason.OUTSIDER)
        admin = await _person(workspace, workspace.admin_user, asks="anew")
        if admin is not None and (not admin.is_admin or admin.is_gone):
            return reason(PlatformReason.ADMIN_RIGHTS_LOST, name=admin.name)
        return reason_of(error)

    async def _tell(self, workspace: Workspace, why: Reason) -> None:
        """Tell the moderators' channel, once a day, what keeps messages from being removed at all."""
        code = next((told for known, told in _TOLD.items() if why.code == known), None)
        now = self._clock.now()
        key = f"{code}/{why.value('channel')}/{now.date().isoformat()}"
        if code is None or (workspace.community + key) in self._told:
            return
        self._told = {kept: at for kept, at in self._told.items() if at.date() == now.date()}
        self._told[workspace.community + key] = now
        announced = Announcement(community=workspace.community, key=key, reason=reason(code, **dict(why.values)))
        try:
            await self._mod_log.announce(announced)
        except PlatformError as error:
            del self._told[workspace.community + key]
            _log.warning("admins_account_not_told_of", community=workspace.community, error=str(error))


async def _is_locked_out(workspace: Workspace) -> bool:
    """Return whether Slack takes the bot's own token no more either: then it is the app that is out, not an account."""
    try:
        await workspace.api.call(Method.AUTH_TEST)
    except PlatformBusy:
        raise
    except PlatformError as error:
        return error.code in KEYS_LOST
    return False


async def _sees(workspace: Workspace, ref: MessageRef) -> bool:
    """Return whether the bot itself sees the channel: then it is there, and the account is not in it."""
    try:
        answer = await workspace.api.call(Method.CONVERSATIONS_INFO, channel=ref.channel)
    except PlatformBusy:
        raise
    except PlatformError:
        return False
    channel = answer.get("channel")
    if isinstance(channel, dict):
        workspace.people.add_channel(channel)
    return True


async def _person(workspace: Workspace, number: str, *, asks: str = "where unknown") -> Person | None:
    """Return who that is. Members of other workspaces stand in no list; Slack tells of each alone."""
    known = workspace.people.person(number)
    if not number or (known is not None and asks != "anew"):
        return known
    try:
        answer = await workspace.api.call(Method.USERS_INFO, user=number)
    except PlatformBusy:
        raise
    except PlatformError as error:
        _log.info("person_unknown", community=workspace.community, error=str(error))
        return known
    return person_of(answer.get("user") or {})


def applied(effect: Effect) -> EffectResult:
    """Return that it is done."""
    return EffectResult(key=effect.key, outcome=Outcome.APPLIED)


def requested(effect: Effect, why: Reason) -> EffectResult:
    """Return that people are asked to do it."""
    return EffectResult(key=effect.key, outcome=Outcome.REQUESTED, why=why)
