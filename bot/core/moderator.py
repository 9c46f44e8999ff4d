"""The main flow: one message, from its delivery to the mod log. Read this file first.

receive   commit what came in, and end at once what is not to be judged
moderate  judge one waiting message and carry out what follows
open      screening, copies and context: what is left to ask the model
judge     put the questions to the model
conclude  decide and commit (`record`), then carry out and settle (`carry_out`)
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.briefing import WANTS_A_MODEL, Brief, Briefing
from bot.core.casework import Casework
from bot.core.closing import Closing
from bot.core.enforcing import Enforcing
from bot.core.intake import Intake
from bot.core.judging import Judging
from bot.core.model_watch import ModelWatch
from bot.core.screening import screen
from bot.domain.events import Event, Message
from bot.domain.inbox import Acceptance, InboxItem, InboxKey
from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.domain.reasons import NotJudgedReason
from bot.domain.records import Finished, Recorded
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.domain.verdict import UndecidedReason, Verdict, undecided
from bot.logs import get_logger
from bot.ports.history import History
from bot.ports.inbox import Inbox
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource

_log = get_logger(__name__)


class Patience(StrEnum):
    """What becomes of a message that no model could judge: it waits (`run`), or ends (`demo`, `replay`)."""

    WAITS = "waits"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the flow runs through, put together in `bootstrap`."""

    inbox: Inbox
    intake: Intake
    briefing: Briefing
    judging: Judging
    casework: Casework
    enforcing: Enforcing
    closing: Closing
    history: History
    policies: PolicySource
    settings: SettingsSource
    watch: ModelWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a delivery. `waiting` is the row that waits now, and `policies` are what it waits to be put to.

    A report may wait without a policy: it is for people, or its text has to be fetched first.
    """

    acceptance: Acceptance
    waiting: InboxItem | None = None
    policies: tuple[Policy, ...] = ()


class Moderator:
    """Takes messages from delivery to a terminal state."""

    def __init__(self, parts: Parts, *, patience: Patience) -> None:
        self._parts = parts
        self._patience = patience

    async def receive(self, event: Event) -> Received:
        """Commit an event. A message that is not to be judged ends here; any other waits for `moderate`."""
        acceptance = await self._parts.intake.accept(event)
        await self._parts.closing.heard(event)
        return await self.sort(acceptance)

    async def sort(self, acceptance: Acceptance) -> Received:
        """Screen what was committed, so that it waits for `moderate` or ends here."""
        item = acceptance.item
        if item is None or item.state is not State.WAITING:
            return Received(acceptance=acceptance)
        if item.message is None:
            return Received(acceptance=acceptance, waiting=item)
        settings = await self._parts.settings.of(item.key.community)
        policies = await self._screen(item, item.message, settings)
        waits = bool(policies) or item.report is not None
        return Received(acceptance=acceptance, waiting=item if waits else None, policies=policies)

    async def moderate(self, key: InboxKey) -> None:
        """Judge one waiting message and carry out what follows; nothing happens when it is not waiting any more."""
        item = await self._parts.inbox.claim(key)
        if item is None:
            return
        brief = await self.open(item)
        if brief is None:
            return
        verdicts = await self.judge(brief)
        if self._must_wait(verdicts):
            await self._parts.inbox.release(key)
            return
        await self.conclude(brief, verdicts)

    async def open(self, item: InboxItem) -> Brief | None:
        """Make a claimed message ready; None when it ended without a question."""
        message = item.message or await self._parts.history.fetch(item.key.ref)
        if message is None:
            await self._finish(item.key, State.NOT_JUDGED, NotJudgedReason.GONE)
            return None
        settings = await self._parts.settings.of(message.community)
        policies = await self._screen(item, message, settings)
        if not policies and item.report is None:
            return None
        return await self._parts.briefing.prepare(item, message, settings, policies)

    async def judge(self, brief: Brief) -> tuple[Verdict, ...]:
        """Return a verdict for each policy, in the policies' order."""
        if await self._parts.watch.present() is None:
            answers = tuple(_no_model(question) for question in brief.questions)
        else:
            answers = await self._parts.judging.ask_all(brief.questions)
            self._parts.watch.saw(answers)
        return await self._parts.briefing.copies_instead(brief, brief.in_order(answers))

    async def conclude(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> None:
        """Decide, commit the decision with all it intends, carry it out, and settle the message."""
        recorded = await self.record(brief, verdicts)
        if recorded is not None:
            await self.carry_out(brief, recorded)

    async def record(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> Recorded | None:
        """Decide, and commit the decision with all it intends; None when an edit or deletion overtook it."""
        parts, item = self._parts, brief.item
        away = parts.watch.identity is None
        decision = await parts.casework.decide(brief, verdicts, model_away=away)
        recorded = await parts.casework.record(brief, decision, verdicts)
        if recorded is None:
            _log.info("decision_overtaken", **item.key.ref.log_context())
            return None
        _log.info(
            "message_moderated",
            **item.key.ref.log_context(),
            action=decision.action,
            mode=decision.mode,
            case=recorded.case.number if recorded.case is not None else None,
            verdicts={verdict.policy: verdict.reason or verdict.label for verdict in verdicts},
        )
        return recorded

    async def carry_out(self, brief: Brief, recorded: Recorded) -> None:
        """Carry out what was committed, and settle the message."""
        if not recorded.effects:
            return
        await self._parts.enforcing.carry_out(recorded.effects)
        await self._parts.inbox.settle(brief.item.key)

    async def _screen(self, item: InboxItem, message: Message, settings: CommunitySettings) -> tuple[Policy, ...]:
        """Return the policies to ask; without any the row ends here, unless a report waits for people all the same."""
        reported = item.report is not None
        screened = screen(message, settings, self._parts.policies.of(message.community).policies(), reported=reported)
        if screened.reason is not None and not reported:
            await self._finish(item.key, State.SCREENED_OUT, screened.reason)
        return screened.policies

    def _must_wait(self, verdicts: tuple[Verdict, ...]) -> bool:
        return self._patience is Patience.WAITS and any(verdict.reason in WANTS_A_MODEL for verdict in verdicts)

    async def _finish(self, key: InboxKey, state: State, why: str) -> None:
        await self._parts.inbox.finish(Finished(key=key, state=state, reason=why))
        _log.info("message_moderated", **key.ref.log_context(), state=state, reason=why)


def _no_model(question: Question) -> Verdict:
    policy = question.policy
    return undecided(policy.id, policy.policy_hash, UndecidedReason.NO_MODEL)
