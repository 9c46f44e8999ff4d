"""What a person is told after a press or a command, and what a setup or a change of settings asks for."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.actions import Action, Mode
from bot.domain.card import Card, WaveMessage
from bot.domain.case import AuthorHistory, CaseFile, ReviewResult
from bot.domain.coverage import Coverage
from bot.domain.ids import CaseNumber, CategoryId, ChannelId, PersonId, PolicyId
from bot.domain.reasons import Reason


class AnswerKind(StrEnum):
    """How a request ended. REFUSED: the person may not, or the case has moved on. FAILED: it may work later."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file to hand over, such as an export; `text` is UTF-8 when it is written."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer for one pair of eyes. Each line is a code that the catalogue turns into a sentence.

    Values may hold what members or the model wrote: whoever draws the lines takes markup and mentions out of them.
    What else there is to show comes as data and is worded by `messages`, below the lines: a `card`, a case's whole
    `record`, an author's `history`, a `coverage`. `names` are the titles of a record's policies and rules, by `policy`
    and `policy/rule`; `wave` what each message of a record's wave said. `download` is handed over as a file.
    """

    kind: AnswerKind
    lines: tuple[Reason, ...]
    card: Card | None = None
    record: CaseFile | None = None
    names: tuple[tuple[str, str], ...] = ()
    history: AuthorHistory | None = None
    coverage: Coverage | None = None
    wave: tuple[WaveMessage, ...] = ()
    download: TextFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may do about a case now.

    `allowed` is what their own rights and the platform allow (LIFT stands for undoing everything), `refused` says what
    else there would be and why it is not possible, a line each. `lengths` are the seconds that a time-out may last,
    shortest first. `corrections` are the words on a decided case that this person may still say instead. `wave` are the
    messages of a wave, of which a press may leave some out; `messages` counts what the case is about, `standing` what
    of that was not removed, `authors` who wrote it.
    """

    allowed: tuple[Action, ...]
    refused: tuple[Reason, ...] = ()
    lengths: tuple[int, ...] = ()
    corrections: tuple[ReviewResult, ...] = ()
    wave: tuple[WaveMessage, ...] = ()
    messages: int = 1
    standing: int = 1
    authors: int = 1

    @property
    def removal(self) -> str:
        """Return the sentence that removing is offered by: of one message, of its copies too, or of a wave."""
        if self.messages == 1:
            return "menu.delete_one"
        return "menu.delete_all" if self.wave else "menu.delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How an action is to be done: a time-out's `seconds`, 0 for as long as usual here; which messages it spares.

    `leave_out` are targets as `message_target` makes them. Whatever is no message of the case is passed over.
    """

    seconds: int = 0
    leave_out: frozenset[str] = frozenset()


AS_USUAL = How()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPlan:
    """What a guided setup collected. No `channels` means everywhere the bot can read.

    `escalate_to` is whom a case that needs a person calls, empty for nobody. None, there and for `moderators`, means
    that it was not asked, and leaves it as it is.
    """

    mod_log: ChannelId
    moderators: frozenset[str] | None
    policies: tuple[PolicyId, ...]
    channels: frozenset[ChannelId]
    language: str
    escalate_to: str | None = None


class OwnAction(StrEnum):
    """Stands where an action is named: the one that the policy itself has for the rule."""

    OWN = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChange:
    """Set shadow or live, for one category, for a policy (None), or for the community (both None).

    `action` is what the rules of the policy, or the one, do from now on; None leaves that as it is.
    """

    mode: Mode
    policy: PolicyId | None = None
    category: CategoryId | None = None
    action: Action | OwnAction | None = None


class Switch(StrEnum):
    """Whether something is to be added or taken away."""

    ON = "on"
    OFF = "off"


class Listed(StrEnum):
    """What can be listed of a community's settings. PLACES are its mod log and its roles."""

    POLICIES = "policies"
    EXEMPTIONS = "exemptions"
    LIMITS = "limits"
    PLACES = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """Ask a policy, or no longer, in one channel or (None) everywhere."""

    policy: PolicyId
    switch: Switch
    channel: ChannelId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptChange:
    """Exempt a role, channel or person, or no longer: exactly one of them is named."""

    switch: Switch
    role: str | None = None
    channel: ChannelId | None = None
    person: PersonId | None = None


class LimitName(StrEnum):
    """The limits of a community, named as in `LimitSettings`."""

    PER_AUTHOR_MINUTE = "per_author_minute"
    PER_COMMUNITY_HOUR = "per_community_hour"
    PER_INCIDENT = "per_incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """Set how much may happen automatically."""

    name: LimitName
    number: int


class PlaceName(StrEnum):
    """The single channels and roles of a community, named as in `CommunitySettings`."""

    MOD_LOG = "mod_log"
    QUARANTINE_ROLE = "quarantine_role"
    ESCALATE_TO = "escalate_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChange:
    """Set the mod log, the quarantine role, or who is called when a case is escalated; None unsets it."""

    name: PlaceName
    id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeratorsChange:
    """Let a role (Discord) or user group (Slack) decide cases, or no longer."""

    switch: Switch
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChange:
    """Set the language of cards and notices, such as `de`."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopChange:
    """ON: nothing that members notice happens automatically any more; OFF: as before.

    Of one policy or category where these are named: ON lets it only practise, OFF lets it act again.
    """

    switch: Switch
    policy: PolicyId | None = None
    category: CategoryId | None = None


Change = (
    ModeChange
    | PolicyChange
    | ExemptChange
    | LimitChange
    | PlaceChange
    | ModeratorsChange
    | LanguageChange
    | StopChange
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgedPress:
    """A press that no card of ours offers: a case that is not this community's, or an id that does not parse."""

    what: str
    case: CaseNumber | None = None
