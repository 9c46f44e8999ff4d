"""A decision: what is to be done about a message and why not more; and its effects, each one action on one target."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.ids import (
    CaseNumber,
    CategoryId,
    ChannelId,
    CommunityId,
    DecisionId,
    MessageRef,
    PersonId,
    PolicyId,
    Revision,
)
from bot.domain.policy import Severity
from bot.domain.reasons import Reason

BOT = PersonId("hallmoot")
"""Who made a decision that no person made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectKey:
    """What tells one effect from all others: no effect is carried out twice under one key.

    `target` is `message:<channel>/<id>`, `person:<id>` or `channel:<id>`.
    """

    decision: DecisionId
    action: Action
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One action on one target, with all that a platform needs to carry it out.

    `seconds` is how long it lasts, where it lasts. `rule` and `rationale` go into audit-log reasons. `returned_text` is
    what the author wrote, for a note to them: given back where it is gone, quoted where it stands, empty where the
    category forbids it. `policy` and `category` are the rule
    that it follows from; effects of one `incident` count once against the limits.
    """

    key: EffectKey
    community: CommunityId
    case: CaseNumber | None
    message: MessageRef | None
    person: PersonId | None
    channel: ChannelId | None
    mode: Mode
    by: PersonId = BOT
    seconds: int = 0
    rule: str = ""
    rationale: str = ""
    returned_text: str = ""
    told_of: Action | None = None
    role: str = ""
    policy: PolicyId | None = None
    category: CategoryId | None = None
    incident: str = ""

    @property
    def action(self) -> Action:
        """Return what is to be done."""
        return self.key.action


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectResult:
    """How an effect ended. `why` explains every outcome but APPLIED; `platform_id` names what was made (a card)."""

    key: EffectKey
    outcome: Outcome
    why: Reason | None = None
    platform_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """How an effect waits for its platform.

    It was tried `tries` times, since `since`, the last time in vain because of `why`. It is tried again at `next_at`,
    or at a sign of life of its community, though not before `not_before`, where the platform asked for a pause. At
    `until` it is given up; None: never. `unclear`: it may have happened all the same, so the platform is looked at
    before the next try.
    """

    why: Reason
    tries: int
    since: datetime
    next_at: datetime
    not_before: datetime | None = None
    until: datetime | None = None
    unclear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEffect:
    """An effect as recorded: intended while `result` is None. Once `begun`, the platform may have carried it out.

    `put_off` says how it waits, where its platform could not carry it out yet.
    """

    effect: Effect
    result: EffectResult | None
    begun: bool = False
    put_off: PutOff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about one revision of a message.

    `action` is None when nothing is to be done (all SAFE, or nothing decided). `steps` holds a reason for each step
    that made it milder or stronger, in order. `wanted` is the action before the milder steps, for the card.
    """

    id: DecisionId
    ref: MessageRef
    revision: Revision
    action: Action | None
    wanted: Action | None
    mode: Mode
    policy: PolicyId | None
    category: CategoryId | None
    severity: Severity | None
    steps: tuple[Reason, ...]
    makes_case: bool
    made_at: datetime
    by: PersonId = BOT


def message_target(ref: MessageRef) -> str:
    """Return the target of an effect on a message."""
    return f"message:{ref.channel}/{ref.message}"


def person_target(person: PersonId) -> str:
    """Return the target of an effect on a member."""
    return f"person:{person}"


def channel_target(channel: ChannelId) -> str:
    """Return the target of an effect on a channel."""
    return f"channel:{channel}"
