"""Reasons are a code with values, never sentences: the sentences come from the catalogue, in the reader's language."""

from dataclasses import dataclass
from enum import StrEnum


class ScreenReason(StrEnum):
    """Why a message was not put to any policy."""

    BOT = "bot"
    EXEMPT_ROLE = "exempt_role"
    EXEMPT_CHANNEL = "exempt_channel"
    EXEMPT_PERSON = "exempt_person"
    MODERATORS_CHANNEL = "moderators_channel"
    NOTHING_TO_READ = "nothing_to_read"
    ATTACHMENT_ONLY = "attachment_only"
    UNREAD = "unread"
    UNCHANGED = "unchanged"
    NO_POLICY_APPLIES = "no_policy_applies"


class NotJudgedReason(StrEnum):
    """Why a message that should have been judged was not, besides the reasons of an UNDECIDED verdict."""

    STALE = "stale"
    EDIT_LIMIT = "edit_limit"
    FORGOTTEN = "forgotten"
    BACKLOG_FULL = "backlog_full"
    STOPPED = "stopped"
    GONE = "gone"


class StepCode(StrEnum):
    """What made a decision milder or stronger, or what it rests on; one for each step of the way."""

    VIOLATION = "violation"
    COPY_OF = "copy_of"
    NEAR_COPY_FLAGS = "near_copy_flags"
    UNDECIDED = "undecided"
    OBJECTED = "objected"
    SAFE = "safe"
    REPORTED = "reported"
    PEOPLE_ONLY = "people_only"
    REASONING_CUT = "reasoning_cut"
    BELOW_THRESHOLD = "below_threshold"
    STRICTEST_OF = "strictest_of"
    REPEATED = "repeated"
    MODERATOR = "moderator"
    STALE = "stale"
    CHANGED = "changed"
    MODEL_AWAY = "model_away"
    SHADOW = "shadow"
    UNUSED = "unused"
    OVERTURNED = "overturned"
    LIMIT = "limit"
    STOPPED = "stopped"
    NOT_POSSIBLE = "not_possible"
    INCIDENT = "incident"
    TOLD_BEFORE = "told_before"
    PERSON = "person"
    TIME_OVER = "time_over"
    TAKEOVER_TEXT = "takeover_text"
    TAKEOVER_LINK = "takeover_link"
    TAKEOVER_FILES = "takeover_files"


class PlatformReason(StrEnum):
    """Why a platform can't or would not carry out an effect, or deliver a notice.

    `missing_permission` carries `permission` (the platform's own word for it) and, where it is one channel's,
    `channel`; `rate_limited` and `direct_messages_paused` carry `seconds`, for which the platform wants to be left
    alone, where it says; `platform_error` carries `code`. `community_gone` is what the platform itself said: a
    community that is not connected (yet), or that the platform can't show at present, is `not_connected`.
    """

    MISSING_PERMISSION = "missing_permission"
    ROLE_ORDER = "role_order"
    ABOVE_PRESSER = "above_presser"
    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    OWN_ACCOUNT = "own_account"
    NOT_A_MEMBER = "not_a_member"
    CHANNEL_GONE = "channel_gone"
    MESSAGE_GONE = "message_gone"
    COMMUNITY_GONE = "community_gone"
    NOT_CONNECTED = "not_connected"
    NO_ROLE = "no_role"
    NO_MOD_LOG = "no_mod_log"
    ALREADY_CLOSED = "already_closed"
    NOTHING_TO_LIFT = "nothing_to_lift"
    NOT_SUPPORTED = "not_supported"
    DIRECT_MESSAGES_CLOSED = "direct_messages_closed"
    DIRECT_MESSAGES_PAUSED = "direct_messages_paused"
    NO_ADMIN_TOKEN = "no_admin_token"  # noqa: S105 - a reason, not a secret
    ADMIN_TOKEN_LOST = "admin_token_lost"  # noqa: S105 - a reason, not a secret
    ADMIN_RIGHTS_LOST = "admin_rights_lost"
    ADMIN_NOT_IN_CHANNEL = "admin_not_in_channel"
    OUTSIDER = "outsider"
    NOT_DELETABLE = "not_deletable"
    NOT_IN_CHANNEL = "not_in_channel"
    RESTRICTED = "restricted"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    PLATFORM_DOWN = "platform_down"
    PLATFORM_ERROR = "platform_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A code and the values that its sentence mentions, in a fixed order."""

    code: str
    values: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        """Return one value, or an empty string where the reason has none of that name."""
        return dict(self.values).get(name, "")


def reason(code: str, /, **values: object) -> Reason:
    """Make a reason; every value becomes text, sorted by name, so that equal reasons are equal."""
    return Reason(code=str(code), values=tuple(sorted((name, str(value)) for name, value in values.items())))
