"""What Slack answers when it will not or can't, as errors and reasons of ours.

Slack answers HTTP 200 with a word in `error`; the words are those of its reference pages.
"""

import math

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.domain.errors import PlatformBusy, PlatformError, PlatformRefused
from bot.domain.put_off import seconds_asked, why_of
from bot.domain.reasons import PlatformReason, Reason, reason

UNREACHABLE = "unreachable"
"""Our own word for a connection that could not be made or that broke."""
UNREADABLE = "unreadable"
"""Our own word for an answer that is none of Slack's: a page of something between, half an answer."""
_SERVER_ERROR = 500
_TOO_MANY = 429
_FINE = 200
_WITHOUT_A_TIME = 5.0
"""Seconds to wait where Slack says that it was too much and does not say for how long."""
RATE = frozenset({"ratelimited", "rate_limited"})
"""Slack's words for too many calls: nothing was carried out then."""
_PASSING = frozenset(
    {UNREADABLE, "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
).union(RATE)
GONE = frozenset({"message_not_found", "thread_not_found"})
KEYS_LOST = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})

_REMEDIES = {
    "missing_scope": "Paste the manifest again at api.slack.com/apps under App Manifest, and reinstall the app.",
    "not_in_channel": "Invite the bot to the channel with /invite.",
    "channel_not_found": "Check the channel's id; the bot sees a private channel only after /invite.",
    "cant_delete_message": "Only a token of an owner or admin deletes others' messages, if the workspace allows it.",
    "not_allowed_token_type": "Check that bot_token begins with xoxb- and app_token with xapp-.",
} | dict.fromkeys(KEYS_LOST, "Reinstall the app at api.slack.com/apps and copy its token again.")

_REASONS = {
    "not_in_channel": PlatformReason.NOT_IN_CHANNEL,
    "restricted_action": PlatformReason.RESTRICTED,
    "channel_not_found": PlatformReason.CHANNEL_GONE,
    "is_archived": PlatformReason.CHANNEL_GONE,
    "user_not_found": PlatformReason.NOT_A_MEMBER,
    "user_disabled": PlatformReason.NOT_A_MEMBER,
    "user_not_visible": PlatformReason.DIRECT_MESSAGES_CLOSED,
    "cannot_dm_bot": PlatformReason.DIRECT_MESSAGES_CLOSED,
    "cant_delete_message": PlatformReason.NOT_DELETABLE,
    "message_not_found": PlatformReason.MESSAGE_GONE,
} | dict.fromkeys(KEYS_LOST, PlatformReason.NOT_CONNECTED)


def code_of(error: BaseException) -> str:
    """Return Slack's word for what is wrong, ours for a broken connection."""
    if isinstance(error, PlatformError):
        return error.code
    if not isinstance(error, SlackApiError):
        return UNREACHABLE
    data = getattr(error.response, "data", None)
    word = data.get("error") if isinstance(data, dict) else None
    status = _status_of(error)
    return str(word or (UNREADABLE if status in (0, _FINE) else f"http_{status}"))


def _status_of(error: SlackApiError) -> int:
    """Return the status of an answer; slack_sdk hands on aiohttp's own where it could not read it."""
    response = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    return status if isinstance(status, int) else 0


def is_passing(error: BaseException) -> bool:
    """Return whether the same call may succeed later."""
    if isinstance(error, SlackApiError):
        status = _status_of(error)
        return status >= _SERVER_ERROR or status == _TOO_MANY or code_of(error) in _PASSING
    return isinstance(error, aiohttp.ClientError | OSError | TimeoutError | PlatformBusy)


def asked_pause(error: BaseException) -> float | None:
    """Return the seconds that Slack asked to wait; None when it did not ask."""
    if not isinstance(error, SlackApiError) or (_status_of(error) != _TOO_MANY and code_of(error) not in RATE):
        return None
    headers = getattr(error.response, "headers", None) or {}
    seconds = seconds_asked(str(headers.get("Retry-After", "")))
    return max(1.0, seconds) if seconds is not None else _WITHOUT_A_TIME


def error_of(error: Exception, method: str) -> PlatformError:
    """Return our error for a failed call: what was asked, Slack's answer, and what to do about it."""
    code = code_of(error)
    if is_passing(error):
        pause = asked_pause(error)
        text = f"Slack did not answer {method} ({code})."
        return PlatformBusy(text, code=code, retry_after=pause, why=_why_busy(pause))
    text = f"Slack refused {method}: {code}{_details(error)}. {_REMEDIES.get(code, '')}".rstrip()
    return PlatformRefused(text, code=code, why=_why_refused(code, text))


def _details(error: Exception) -> str:
    data = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
    if not isinstance(data, dict) or not data.get("needed"):
        return ""
    return f" (needed: {data['needed']}; provided: {data.get('provided') or 'nothing'})"


def reason_of(error: PlatformError) -> Reason:
    """Return why an effect was not carried out."""
    return error.why or why_of(error)


def _why_busy(pause: float | None) -> Reason:
    if pause is not None:
        return reason(PlatformReason.RATE_LIMITED, seconds=math.ceil(pause))
    return reason(PlatformReason.PLATFORM_DOWN)


def _why_refused(code: str, text: str) -> Reason:
    if code in _REASONS:
        return reason(_REASONS[code])
    if code == "missing_scope":
        return reason(PlatformReason.MISSING_PERMISSION, permission=text.partition("needed: ")[2].partition(";")[0])
    return reason(PlatformReason.PLATFORM_ERROR, code=code)
