"""What an author or a moderators' channel is told, before it has words."""

from dataclasses import dataclass

from bot.domain.actions import Action
from bot.domain.decision import BOT, Effect
from bot.domain.ids import CaseNumber, ChannelId, CommunityId, MessageRef, PersonId
from bot.domain.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a member is told about their own message: the rule and the rationale, never reasoning or a moderator's name.

    `channel` is where they wrote it, `stands_at` the message while it still stands. `returned_text` gives the words of
    a removed message back, `quote` names one that they still have or were given before; both are empty where the
    category forbids that.
    """

    community: CommunityId
    person: PersonId
    case: CaseNumber
    action: Action
    rule: str
    rationale: str
    returned_text: str = ""
    quote: str = ""
    channel: ChannelId | None = None
    stands_at: MessageRef | None = None
    seconds: int = 0


def notice_of(effect: Effect) -> Notice | None:
    """Return what an effect tells its author: the rule and the rationale, and never who decided. None without one.

    An effect whose `message` is None is about one that is gone. Its text goes back with the removal that it tells of,
    which is the bot's own, or the one that a person pressed; it is not given back a second time.
    """
    if effect.person is None or effect.case is None:
        return None
    action = Action.WARN if effect.action is Action.WARN else effect.told_of or effect.action
    is_gone = effect.message is None and effect.by == BOT and action is not Action.WARN
    goes_back = action is Action.DELETE or is_gone
    return Notice(
        community=effect.community,
        person=effect.person,
        case=effect.case,
        action=action,
        rule=effect.rule,
        rationale=effect.rationale,
        returned_text=effect.returned_text if goes_back else "",
        quote="" if goes_back else effect.returned_text,
        channel=effect.channel,
        stands_at=effect.message if action is not Action.DELETE else None,
        seconds=effect.seconds,
    )


class AnnouncementCode:
    """Codes of what a moderators' channel is told besides cards."""

    OUTAGE_BEGAN = "outage_began"
    OUTAGE_LASTS = "outage_lasts"
    OUTAGE_ENDED = "outage_ended"
    SLOW_BEGAN = "slow_began"
    SLOW_LASTS = "slow_lasts"
    SLOW_ENDED = "slow_ended"
    BACKLOG_DONE = "backlog_done"
    PERMISSION_MISSING = "permission_missing"
    STOPPED = "stopped"
    SETUP_DONE = "setup_done"
    ADMIN_TOKEN_LOST = "admin_token_lost"  # noqa: S105 - a code, not a secret
    ADMIN_RIGHTS_LOST = "admin_rights_lost"
    ADMIN_NOT_IN_CHANNEL = "admin_not_in_channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One thing to say in a community's moderators' channel. `key` keeps it from being said twice."""

    community: CommunityId
    key: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorNote:
    """One thing to tell whoever runs the bot. `detail` is for the log of the machine: an address, an error's words."""

    key: str
    reason: Reason
    detail: str = ""
