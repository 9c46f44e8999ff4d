"""The main flow: one message, from its delivery to the mod log. Read this file first.

receive   commit what came in, and end at once what is not to be judged
moderate  judge one waiting message and carry out what follows
_open      screening, copies and context: what is left to ask the model
_judge     the docket puts the questions to the model
_conclude  decide, commit, carry out, settle
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.casework import Casework
from bot.core.context import context_lines
from bot.core.copies import Copies
from bot.core.docket import Docket
from bot.core.enforcing import Enforcing
from bot.core.intake import Intake
from bot.core.model_watch import ModelWatch
from bot.core.screening import screen
from bot.domain.events import Event, Message
from bot.domain.ids import PolicyId
from bot.domain.inbox import Acceptance, InboxItem, InboxKey
from bot.domain.policy import Policy
from bot.domain.question import ContextLine, Question
from bot.domain.reasons import NotJudgedReason
from bot.domain.records import Finished
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.domain.verdict import MODEL_AWAY, UndecidedReason, Verdict, undecided
from bot.logs import get_logger
from bot.ports.history import History
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource
from bot.ports.store import Store

_log = get_logger(__name__)


class Patience(StrEnum):
    """What becomes of a message that no model could judge: it waits (`run`), or ends (`demo`, `replay`)."""

    WAITS = "waits"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One message made ready: what is known already, and what is left to ask."""

    item: InboxItem
    message: Message
    settings: CommunitySettings
    policies: tuple[Policy, ...]
    known: Mapping[PolicyId, Verdict]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that the flow runs through, put together in `bootstrap`."""

    store: Store
    intake: Intake
    copies: Copies
    docket: Docket
    casework: Casework
    enforcing: Enforcing
    history: History
    policies: PolicySource
    settings: SettingsSource
    watch: ModelWatch


class Moderator:
    """Takes messages from delivery to a terminal state."""

    def __init__(self, parts: Parts, *, patience: Patience) -> None:
        self._parts = parts
        self._patience = patience

    async def receive(self, event: Event) -> Acceptance:
        """Commit an event. A message that is not to be judged ends here; any other waits for `moderate`."""
        acceptance = await self._parts.intake.accept(event)
        item = acceptance.item
        if item is not None and item.message is not None:
            settings = await self._parts.settings.of(item.key.community)
            await self._screen_out(item, item.message, settings)
        return acceptance

    async def moderate(self, key: InboxKey) -> None:
        """Judge one waiting message and carry out what follows; nothing happens when it is not waiting any more."""
        item = await self._parts.store.inbox.claim(key)
        if item is None:
            return
        brief = await self._open(item)
        if brief is None:
            return
        verdicts = await self._judge(brief)
        if self._must_wait(verdicts):
            await self._parts.store.inbox.release(key)
            return
        await self._conclude(brief, verdicts)

    async def _open(self, item: InboxItem) -> Brief | None:
        """Make a claimed message ready; None when it ended without a question."""
        message = item.message or await self._parts.history.fetch(item.key.ref)
        if message is None:
            await self._finish(item.key, State.NOT_JUDGED, NotJudgedReason.GONE)
            return None
        settings = await self._parts.settings.of(message.community)
        policies = await self._screen_out(item, message, settings)
        if not policies and item.report is None:
            return None
        known: dict[PolicyId, Verdict] = {}
        questions: list[Question] = []
        for policy in policies:
            lines = await self._context(policy, message, settings)
            verdict = await self._known_verdict(item, message, policy, settings, lines)
            if verdict is not None:
                known[policy.id] = verdict
            else:
                questions.append(
                    Question(
                        policy=policy,
                        text=message.judged_text,
                        context=lines,
                        ref=message.ref,
                        revision=message.revision,
                    )
                )
        return Brief(
            item=item,
            message=message,
            settings=settings,
            policies=policies,
            known=known,
            questions=tuple(questions),
        )

    async def _judge(self, brief: Brief) -> tuple[Verdict, ...]:
        """Return a verdict for each policy, in the policies' order."""
        if await self._parts.watch.present() is None:
            answers = tuple(_no_model(question) for question in brief.questions)
        else:
            answers = await self._parts.docket.put(brief.questions)
            self._parts.watch.saw(answers)
        by_policy = {**brief.known, **{answer.policy: answer for answer in answers}}
        verdicts = tuple(by_policy[policy.id] for policy in brief.policies)
        return await self._copies_instead(brief, verdicts)

    async def _conclude(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> None:
        parts, item = self._parts, brief.item
        away = parts.watch.identity is None or any(verdict.reason in MODEL_AWAY for verdict in verdicts)
        decision = await parts.casework.decide(
            item, brief.message, verdicts, brief.settings, brief.policies, model_away=away
        )
        recorded = await parts.casework.record(item, brief.message, decision, verdicts, brief.settings, brief.policies)
        if recorded is None:
            _log.info("decision_overtaken", **item.key.ref.log_context())
            return
        await parts.enforcing.carry_out(recorded.effects)
        await parts.store.inbox.settle(item.key)
        _log.info(
            "message_moderated",
            **item.key.ref.log_context(),
            action=decision.action,
            mode=decision.mode,
            case=recorded.case.number if recorded.case is not None else None,
            verdicts={verdict.policy: verdict.reason or verdict.label for verdict in verdicts},
        )

    async def _screen_out(self, item: InboxItem, message: Message, settings: CommunitySettings) -> tuple[Policy, ...]:
        """Return the policies to ask. None: the row is ended, unless a report waits for people all the same."""
        reported = item.report is not None
        screened = screen(message, settings, self._parts.policies.policies(), reported=reported)
        if screened.reason is not None and not reported:
            await self._finish(item.key, State.SCREENED_OUT, screened.reason)
        return screened.policies

    async def _context(self, policy: Policy, message: Message, settings: CommunitySettings) -> tuple[ContextLine, ...]:
        if policy.context_free:
            return ()
        earlier = await self._parts.store.inbox.earlier(message, settings.context_messages)
        return context_lines(message, earlier)

    async def _known_verdict(
        self,
        item: InboxItem,
        message: Message,
        policy: Policy,
        settings: CommunitySettings,
        lines: tuple[ContextLine, ...],
    ) -> Verdict | None:
        """Return a verdict that costs no question: too many edits, or an exact copy of a judged text."""
        if item.judged_before > settings.edits_judged:
            return undecided(policy.id, policy.policy_hash, UndecidedReason.EDIT_LIMIT)
        identity = await self._parts.watch.present()
        if lines or item.report is not None or identity is None:
            return None
        return await self._parts.copies.exact(message, policy, identity)

    async def _copies_instead(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """Where the model is away, let a text like a known violation stand in for its policy's verdict."""
        away = {verdict.policy for verdict in verdicts if verdict.reason in MODEL_AWAY | {UndecidedReason.NO_MODEL}}
        if not away:
            return verdicts
        like = await self._parts.copies.near(brief.message, [policy for policy in brief.policies if policy.id in away])
        return tuple(like if like is not None and verdict.policy == like.policy else verdict for verdict in verdicts)

    def _must_wait(self, verdicts: tuple[Verdict, ...]) -> bool:
        if self._patience is Patience.ENDS:
            return False
        return any(verdict.reason in MODEL_AWAY | {UndecidedReason.NO_MODEL} for verdict in verdicts)

    async def _finish(self, key: InboxKey, state: State, why: str) -> None:
        await self._parts.store.inbox.finish(Finished(key=key, state=state, reason=why))
        _log.info("message_moderated", **key.ref.log_context(), state=state, reason=why)


def _no_model(question: Question) -> Verdict:
    policy = question.policy
    return undecided(policy.id, policy.policy_hash, UndecidedReason.NO_MODEL)
