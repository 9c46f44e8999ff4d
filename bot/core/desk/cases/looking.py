"""Looking at cases, at a member's record, and at what happened to one message."""

from bot.core.acting.cards import card_of, reports_of, wave_in
from bot.core.desk.access import Access
from bot.core.desk.answers import RuleNames, done, entry_line
from bot.core.desk.parts import DeskParts
from bot.domain.answer import Answer, AnswerKind, ForgedPress
from bot.domain.card import Reported
from bot.domain.case import Case, CaseStatus
from bot.domain.ids import CaseNumber, MessageRef, PersonId
from bot.domain.inbox import InboxItem
from bot.domain.people import Actor
from bot.domain.reasons import NotJudgedReason, Reason, reason
from bot.domain.records import CaseFilter, Judgement
from bot.domain.states import State
from bot.domain.verdict import Label, Verdict

_SHOWN_CASES = 10
_SHOWN_REPORTS = 20
_COUNTED = 1_000
"""Cases that a list counts; those that it does not show are told of by their number."""
_ENDED = {
    State.SCREENED_OUT: "explain.screened",
    State.WAITING: "explain.waiting",
    State.JUDGING: "explain.judging",
    State.NOT_JUDGED: "explain.not_judged",
    State.WITHDRAWN: "explain.withdrawn",
    State.SUPERSEDED: "explain.superseded",
}


class Looking:
    """Answers moderators' questions; nothing is changed by them."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access
        self._names = RuleNames(parts.policies)

    async def more(self, actor: Actor, number: CaseNumber) -> Answer:
        """Return the whole record of a case."""
        file = await self._access.case(actor, number, "more")
        if isinstance(file, Answer):
            return file
        history = await self._parts.store.cases.history(actor.community, file.case.author)
        reports = await reports_of(file.case, self._parts.store.inbox)
        return Answer(
            kind=AnswerKind.DONE,
            lines=_reports(reports),
            record=file,
            names=self._names.of_record(file),
            history=history,
            wave=await wave_in(file, self._parts.store),
        )

    async def case(self, actor: Actor, number: CaseNumber) -> Answer:
        """Return a case as a card."""
        file = await self._access.case(actor, number, "case")
        if isinstance(file, Answer):
            return file
        settings = await self._parts.book.of(actor.community)
        card = await card_of(file, self._parts.store, self._parts.policies, settings)
        return Answer(kind=AnswerKind.DONE, lines=(), card=card)

    async def open_cases(self, actor: Actor) -> Answer:
        """Return the latest cases that nobody has decided, the newest first."""
        refusal = await self._access.moderator(actor, "open_cases")
        if refusal is not None:
            return refusal
        wanted = CaseFilter(status=CaseStatus.OPEN, limit=_COUNTED)
        found = await self._parts.store.cases.find(actor.community, wanted)
        return done(*(await self._entries(found) or [reason("status_of.no_open_cases")]))

    async def history(self, actor: Actor, person: PersonId) -> Answer:
        """Return what is on record about a member, with their latest cases."""
        refusal = await self._access.moderator(actor, "history")
        if refusal is not None:
            return refusal
        cases = self._parts.store.cases
        found = await cases.find(actor.community, CaseFilter(about=person, limit=_COUNTED))
        entries = await self._entries(found)
        name = next((case.author_name for case in found if case.author == person), "")
        title = reason("history.title", name=name) if name else reason("history.title_of", member=person)
        lines = (title, *(entries or [reason("history.no_cases")]))
        return Answer(kind=AnswerKind.DONE, lines=lines, history=await cases.history(actor.community, person))

    async def _entries(self, found: tuple[Case, ...]) -> list[Reason]:
        """Return the newest of these cases, a line each, and how many more there are."""
        cases = self._parts.store.cases
        files = [await cases.file(case.community, case.number) for case in found[:_SHOWN_CASES]]
        entries = [entry_line(file, self._names) for file in files if file is not None]
        left = len(found) - len(found[:_SHOWN_CASES])
        return [*entries, *((reason("command.more", count=left),) if left else ())]

    async def explain(self, actor: Actor, ref: MessageRef) -> Answer:
        """Return each step that one message went through."""
        refusal = await self._access.moderator(actor, "explain")
        if refusal is not None:
            return refusal
        if ref.community != actor.community:
            return await self._access.refuse(actor, reason("command.unknown_message"), "explain")
        item, file = await self._parts.store.inbox.current(ref), await self._parts.store.cases.file_of(ref)
        if item is None and file is None:
            return done(reason("explain.title"), reason("explain.never_seen"))
        lines = [reason("explain.title"), *_state_lines(item)]
        if file is not None:
            lines.append(reason("explain.case", case=file.case.number))
            return Answer(kind=AnswerKind.DONE, lines=tuple(lines), record=file, names=self._names.of_record(file))
        judgements = await self._parts.store.cases.judgements(ref)
        return done(*lines, *(line for judged in judgements[-1:] for line in self._steps(actor, judged)))

    async def forged(self, actor: Actor, press: ForgedPress) -> Answer:
        """Put a press that no card of ours offers on record, and refuse it."""
        return await self._access.refuse(actor, reason("press.unreadable"), f"forged:{press.what}", press.case)

    def _steps(self, actor: Actor, judged: Judgement) -> list[Reason]:
        """Return what each policy said, and each step from there to the decision."""
        verdicts = [verdict_line(verdict, actor, self._names) for verdict in judged.verdicts]
        return [*verdicts, *(Reason(code=f"step.{step.code}", values=step.values) for step in judged.decision.steps)]


def _reports(reports: tuple[Reported, ...]) -> tuple[Reason, ...]:
    """Return who reported a message, in whose words, a line each; how many more there are where they are many."""
    lines = tuple(_report(report) for report in reports[:_SHOWN_REPORTS])
    left = len(reports) - len(lines)
    return (*lines, reason("command.more", count=left)) if left else lines


def _report(report: Reported) -> Reason:
    if report.by is None:
        return reason("reported.unnamed_words", words=report.words) if report.words else reason("reported.unnamed")
    if not report.words:
        return reason("reported.by", member=report.by)
    return reason("reported.by_words", member=report.by, words=report.words)


def verdict_line(verdict: Verdict, actor: Actor, names: RuleNames) -> Reason:
    """Return what one policy says of a text."""
    policy = names.policy(actor.community, verdict.policy)
    if verdict.label is Label.SAFE:
        return reason("more.rule_kept", policy=policy)
    if verdict.label is Label.UNDECIDED:
        return reason("more.rule_undecided", policy=policy, why=f"undecided.{verdict.reason}")
    rule = names.rule(actor.community, verdict.policy, verdict.category)
    return reason("more.rule_broken", policy=policy, category=rule)


def _state_lines(item: InboxItem | None) -> tuple[Reason, ...]:
    if item is None or item.state not in _ENDED:
        return ()
    return (reason(_ENDED[item.state], **_why(item)),)


def _why(item: InboxItem) -> dict[str, str]:
    """Return why a message was not judged, under the family that its reason belongs to: one code may mean several."""
    if item.state is State.SCREENED_OUT:
        return {"why": f"screened.{item.reason}"}
    if item.state is not State.NOT_JUDGED:
        return {}
    family = "not_judged" if item.reason in list(NotJudgedReason) else "undecided"
    return {"why": f"{family}.{item.reason}"}
