"""The main flow: one message, from its delivery to the mod log. Read this file first.

receive   commit what came in, and end at once what is not to be judged
open      screening, copies and context: what is left to ask the model
judge     put the questions to the model
record    decide, and commit the decision with all it intends
carry_out do that, and settle the message

A run takes each step when its turn comes: `waiting/pipeline` opens, asks, records and carries out. A recording takes
them in one go, message by message: `moderate`.

What many messages at once mean for each of them is behind one door, `raids/door`: where this message stands, where
this decision belongs, what follows from it for others.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.acting.closing import Closing
from bot.core.acting.enforcing import Enforcing
from bot.core.deciding.casework import Casework
from bot.core.intake.intake import Intake
from bot.core.intake.quotations import confirmed
from bot.core.intake.screening import Screened, Screening
from bot.core.judging.briefing import WANTS_A_MODEL, Brief, Briefing
from bot.core.judging.judging import Asks
from bot.core.judging.model_watch import ModelWatch
from bot.core.raids.door import Raids, Standing
from bot.domain.errors import ModelError
from bot.domain.events import Delete, Edit, Event, Message
from bot.domain.inbox import Acceptance, Accepted, InboxItem, InboxKey
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
    judging: Asks
    casework: Casework
    enforcing: Enforcing
    closing: Closing
    history: History
    screening: Screening
    settings: SettingsSource
    watch: ModelWatch
    raids: Raids


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a delivery. `waiting` is the row that waits now, and `policies` are what it waits to be put to.

    A report may wait without a policy: it is for people, or its text has to be fetched first.
    """

    acceptance: Acceptance
    waiting: InboxItem | None = None
    policies: tuple[Policy, ...] = ()


class MainFlow:
    """Takes messages from delivery to a terminal state."""

    def __init__(self, parts: Parts, *, patience: Patience) -> None:
        self._parts = parts
        self._patience = patience

    async def receive(self, event: Event, delivery: str = "") -> Received:
        """Commit an event. A message that is not to be judged ends here; any other waits for `moderate`.

        `delivery` is the platform's own id of the delivery, if it has one.
        """
        return await self.after_commit(event, await self.commit(event, delivery))

    async def commit(self, event: Event, delivery: str = "") -> Acceptance:
        """Commit an event, and nothing else."""
        return await self._parts.intake.accept(event, delivery)

    async def after_commit(self, event: Event, acceptance: Acceptance) -> Received:
        """Go on with a committed event, as `receive` does."""
        await self._parts.closing.heard(event)
        await self._forget(event, acceptance)
        return await self.sort(acceptance)

    async def sort(self, acceptance: Acceptance) -> Received:
        """Screen what was committed, so that it waits for `moderate` or ends here."""
        item = acceptance.item
        if item is None or item.state is not State.WAITING:
            return Received(acceptance=acceptance)
        if item.message is None:
            return Received(acceptance=acceptance, waiting=item)
        settings = await self._parts.settings.of(item.key.community)
        screened = self._screened(item, item.message, settings)
        standing = await self._parts.raids.arrive(item, item.message, settings, asked=bool(screened.policies))
        if standing is not Standing.ASKED:
            return Received(acceptance=acceptance, waiting=item if standing is Standing.FOLLOWS else None)
        policies = await self._asked(item, screened)
        waits = bool(policies) or item.report is not None
        return Received(acceptance=acceptance, waiting=item if waits else None, policies=policies)

    @property
    def holding(self) -> int:
        """Return how many messages wait for the judgement of others."""
        return self._parts.raids.waiting

    async def freed(self) -> tuple[Received, ...]:
        """Hand over messages that waited for the judgement of others and go on now: each is asked, or follows."""
        freed = []
        for key in self._parts.raids.take_freed():
            item = await self._parts.inbox.item(key)
            if item is None or item.state is not State.WAITING or item.message is None:
                continue
            acceptance = Acceptance(accepted=Accepted.KNOWN, item=item)
            settings = await self._parts.settings.of(key.community)
            follows = self._parts.raids.standing(key) is Standing.FOLLOWS
            policies = () if follows else await self._asked(item, self._screened(item, item.message, settings))
            if policies or follows:
                freed.append(Received(acceptance=acceptance, waiting=item, policies=policies))
        return tuple(freed)

    async def moderate(self, key: InboxKey) -> None:
        """Judge one waiting message and carry out what follows; nothing happens when it is not waiting any more."""
        await self._moderate(key)
        await self.moderate_freed()

    async def moderate_freed(self) -> None:
        """Go on with all messages that waited for the judgement of others, until none is freed any more."""
        while freed := await self.freed():
            for received in freed:
                if received.waiting is not None:
                    await self._moderate(received.waiting.key)

    async def _moderate(self, key: InboxKey) -> None:
        item = await self._parts.inbox.claim(key)
        if item is None:
            return
        try:
            brief = await self.open(item)
            if brief is None:
                return
            verdicts = await self.judge(brief)
        except ModelError:  # a recording's model stayed away: the message is there to be judged another time
            await self._parts.inbox.release(key)
            raise
        if self._must_wait(verdicts):
            await self._parts.inbox.release(key)
            return
        await self.conclude(brief, verdicts)

    async def open(self, item: InboxItem) -> Brief | None:
        """Make a claimed message ready; None when it ended without a question, or waits for the judgement of others."""
        if self._parts.raids.standing(item.key) is Standing.WAITS:
            await self._parts.inbox.release(item.key)
            return None
        message = item.message or await self._fetched(item.key)
        if message is None:
            await self._finish(item.key, State.NOT_JUDGED, NotJudgedReason.GONE)
            return None
        settings = await self._parts.settings.of(message.community)
        standing, brief = await self._parts.raids.open(item, message, settings)
        if standing is Standing.FOLLOWS:
            return brief
        policies = await self._asked(item, self._screened(item, message, settings))
        if not policies and item.report is None:
            return None
        return await self._parts.briefing.prepare(item, message, settings, policies)

    async def _fetched(self, key: InboxKey) -> Message | None:
        """Return a reported message that is not on record, as the platform shows it now; None when it is gone."""
        message = await self._parts.history.fetch(key.ref)
        return await confirmed(message, self._parts.inbox) if message is not None else None

    async def judge(self, brief: Brief) -> tuple[Verdict, ...]:
        """Return a verdict for each policy, in the policies' order."""
        if await self._parts.watch.present() is None:
            answers = tuple(_no_model(question) for question in brief.questions)
        else:
            answers = await self._parts.judging.ask_all(brief.questions)
        return await self._parts.briefing.copies_instead(brief, brief.in_order(answers))

    async def conclude(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> None:
        """Decide, commit the decision with all it intends, carry it out, and settle the message."""
        recorded = await self.record(brief, verdicts)
        if recorded is not None:
            await self.carry_out(brief, recorded)

    async def record(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> Recorded | None:
        """Decide, and commit the decision with all it intends; None when an edit or deletion overtook it."""
        ref = brief.message.ref
        async with self._parts.raids.placing(brief, verdicts) as placing:
            away = self._parts.watch.away
            decision = await self._parts.casework.decide(placing.brief, verdicts, model_away=away)
            recorded = await placing.record(decision)
        if recorded is None:
            _log.info("decision_overtaken", **ref.log_context())
            return None
        _log.info(
            "message_moderated",
            **ref.log_context(),
            action=decision.action,
            mode=decision.mode,
            case=recorded.case.number if recorded.case is not None else None,
            verdicts={verdict.policy: verdict.reason or verdict.label for verdict in verdicts},
        )
        return recorded

    async def carry_out(self, brief: Brief, recorded: Recorded) -> None:
        """Carry out what was committed, and settle the message; then what it means for others that say the same."""
        if recorded.effects:
            await self._parts.enforcing.carry_out(recorded.effects)
            await self._parts.inbox.settle(brief.item.key)
        await self._parts.raids.follow_up()

    async def _forget(self, event: Event, acceptance: Acceptance) -> None:
        """Take a text that was edited or deleted out of what it stood in."""
        if isinstance(event, Delete):
            ref = event.ref
        elif isinstance(event, Edit) and acceptance.accepted in (Accepted.NEW, Accepted.REOPENED):
            ref = event.message.ref
        else:
            return
        await self._parts.raids.forget(ref)

    def _screened(self, item: InboxItem, message: Message, settings: CommunitySettings) -> Screened:
        return self._parts.screening.of(message, settings, reported=item.report is not None)

    async def _asked(self, item: InboxItem, screened: Screened) -> tuple[Policy, ...]:
        """Return the policies to ask; without any the row ends here, unless a report waits for people all the same."""
        if screened.reason is not None and item.report is None:
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
