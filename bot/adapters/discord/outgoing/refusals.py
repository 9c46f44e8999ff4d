"""What Discord answers when it will not or can't, as reasons and as errors of ours.

Codes are those of Discord's documented list of JSON error codes.
"""

import math
from http import HTTPStatus

import aiohttp
import discord

from bot.domain.errors import PlatformBusy, PlatformError, PlatformRefused
from bot.domain.put_off import bounded, seconds_asked
from bot.domain.reasons import PlatformReason, Reason, reason

FAILURES = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)
"""Everything that a call to Discord may raise although the call itself is right."""

MALFORMED = (LookupError, TypeError, ValueError, AttributeError)
"""What discord.py raises for an answer of another form than Discord's: it takes answers apart without looking."""

NOT_SHOWN = (*FAILURES, RuntimeError)
"""What may keep an answer from a person: beside these, a connection that is closed because the bot stops."""

UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_MESSAGE, UNKNOWN_ROLE, UNKNOWN_USER = (
    10003,
    10004,
    10007,
    10008,
    10011,
    10013,
)
DMS_TOO_FAST = 40003
MISSING_ACCESS = 50001
DMS_CLOSED = 50007
MISSING_PERMISSIONS = 50013
SYSTEM_MESSAGE = 50021
"""Refused for what Discord posts by itself in place of a thread's name: to take that away is to rename the thread."""
ARCHIVED = 50083
"""Nothing can be changed in an archived thread; whoever may manage threads opens it first."""
NOBODY_BANNED = 500000
"""A bulk ban that banned none of the accounts; why, each of them alone would hear."""
_NO_MUTUAL_GUILDS = 50278

_BY_CODE = {
    UNKNOWN_CHANNEL: PlatformReason.CHANNEL_GONE,
    UNKNOWN_MESSAGE: PlatformReason.MESSAGE_GONE,
    UNKNOWN_GUILD: PlatformReason.COMMUNITY_GONE,
    UNKNOWN_MEMBER: PlatformReason.NOT_A_MEMBER,
    UNKNOWN_USER: PlatformReason.NOT_A_MEMBER,
    UNKNOWN_ROLE: PlatformReason.NO_ROLE,
    DMS_TOO_FAST: PlatformReason.DIRECT_MESSAGES_PAUSED,
    DMS_CLOSED: PlatformReason.DIRECT_MESSAGES_CLOSED,
    _NO_MUTUAL_GUILDS: PlatformReason.DIRECT_MESSAGES_CLOSED,
    MISSING_ACCESS: PlatformReason.MISSING_PERMISSION,
    SYSTEM_MESSAGE: PlatformReason.MISSING_PERMISSION,
    ARCHIVED: PlatformReason.MISSING_PERMISSION,
    MISSING_PERMISSIONS: PlatformReason.MISSING_PERMISSION,
}
_LACKING = {
    MISSING_ACCESS: "View Channel",
    MISSING_PERMISSIONS: "?",
    SYSTEM_MESSAGE: "Manage Threads",
    ARCHIVED: "Manage Threads",
}
_LASTING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


def reason_of(error: BaseException) -> Reason:
    """Return why a call did not do what it should."""
    if isinstance(error, discord.RateLimited):
        return reason(PlatformReason.RATE_LIMITED, seconds=math.ceil(bounded(error.retry_after) or 0))
    if not isinstance(error, discord.HTTPException):
        return reason(PlatformReason.PLATFORM_DOWN)
    if error.code in _BY_CODE:
        return _permission_reason(error) if error.code in _LACKING else _plain(error)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return reason(PlatformReason.RATE_LIMITED, seconds=_asked_pause(error))
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return reason(PlatformReason.PLATFORM_DOWN)
    return reason(PlatformReason.PLATFORM_ERROR, code=error.code or error.status)


def _asked_pause(error: discord.HTTPException) -> int:
    """Return the seconds for which Discord wants to be left alone, rounded up; 0 where it does not say."""
    return math.ceil(seconds_asked(error.response.headers.get("Retry-After", "")) or 0)


def _plain(error: discord.HTTPException) -> Reason:
    return reason(_BY_CODE[error.code])


def _permission_reason(error: discord.HTTPException) -> Reason:
    return reason(PlatformReason.MISSING_PERMISSION, permission=_LACKING[error.code])


def is_lasting(error: BaseException) -> bool:
    """Return whether asking again would get the same answer."""
    return isinstance(error, discord.HTTPException) and error.status in _LASTING and error.code != DMS_TOO_FAST


def is_gone(error: BaseException) -> bool:
    """Return whether Discord says that the thing asked for does not exist."""
    return isinstance(error, discord.NotFound)


def platform_error(error: BaseException, doing: str, remedy: str) -> PlatformError:
    """Return our error for a failed call: what was being done, Discord's answer, and what to do about it."""
    code = str(getattr(error, "code", "") or getattr(error, "status", ""))
    text = f"Discord did not let Hallmoot {doing}: {_words(error)}. {remedy}"
    if is_lasting(error):
        return PlatformRefused(text, code=code, why=reason_of(error))
    return PlatformBusy(text, code=code, retry_after=getattr(error, "retry_after", None), why=reason_of(error))


def _words(error: BaseException) -> str:
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.text or error.response.reason} (code {error.code})"
    return str(error) or type(error).__name__
