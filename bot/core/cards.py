"""Gathering what a card says about a case."""

from dataclasses import replace
from itertools import chain

from bot.core import takeover
from bot.domain.actions import Action
from bot.domain.card import Card
from bot.domain.case import Case, CaseFile
from bot.domain.decision import BOT, Decision
from bot.domain.events import Message
from bot.domain.policy import Category, Policy, Severity
from bot.domain.verdict import Verdict
from bot.ports.cases import Cases
from bot.ports.inbox import Inbox
from bot.ports.policy_source import PolicySource

_SEVERE = frozenset({Severity.HIGH, Severity.CRITICAL})
_MOST_REPORTS = 5
"""Latest reports that are looked through for words."""


async def card_of(file: CaseFile, cases: Cases, inbox: Inbox, policies: PolicySource) -> Card:
    """Return the card of a case as it stands on record now."""
    case = file.case
    policy = _policy(case, policies)
    category = _category(policy, file)
    record = None
    if policy is not None and category is not None:
        record = await cases.rule_record(case.community, policy.id, category.id)
    words = await report_words(case, inbox)
    return Card(
        case=case,
        message=file.message,
        verdict=_shown_verdict(file),
        decision=_shown_decision(file),
        effects=file.effects,
        reviews=file.reviews,
        history=await cases.history(case.community, case.author),
        record=record,
        rule_title=category.title if category is not None else (policy.title if policy is not None else ""),
        severe=category is not None and category.severity in _SEVERE,
        answered=await _answered(file.message, inbox),
        copies=file.copies,
        reported_words=words[0] if words else "",
        authors=await _authors(file, cases),
    )


async def report_words(case: Case, inbox: Inbox) -> tuple[str, ...]:
    """Return what members wrote when they reported the message, the latest first; nobody is named."""
    reports = await inbox.reports(case.ref, _MOST_REPORTS)
    return tuple(report.words for report in reports if report.words.strip())


async def _authors(file: CaseFile, cases: Cases) -> int:
    if file.copies == 1:
        return 1
    members = await cases.members(file.case.community, file.case.number)
    return len({file.case.author, *(member.author for member in members if member.author is not None)})


def _policy(case: Case, policies: PolicySource) -> Policy | None:
    if case.policy == takeover.POLICY.id:
        return takeover.POLICY
    return policies.of(case.community).get(case.policy) if case.policy is not None else None


async def _answered(message: Message | None, inbox: Inbox) -> str:
    """Return the name of whom the message answers, where that message was delivered."""
    if message is None or message.reply_to is None:
        return ""
    before = await inbox.current(replace(message.ref, message=message.reply_to))
    return before.message.author.name if before is not None and before.message is not None else ""


def _shown_decision(file: CaseFile) -> Decision:
    """Return the latest decision on the message that no person made: what the rule asked for, and why less was done.

    That the time of something is over says nothing of that.
    """
    automatic = [
        decision
        for decision in file.decisions
        if decision.by == BOT and decision.action is not Action.LIFT and decision.ref == file.case.ref
    ]
    return (automatic or file.decisions)[-1]


def _shown_verdict(file: CaseFile) -> Verdict | None:
    """Return the verdict that decided; where none did, one that says why the message could not be judged."""
    decided = (verdict for verdict in file.verdicts if verdict.policy == file.case.policy)
    undecided = (verdict for verdict in file.verdicts if verdict.reason is not None)
    return next(chain(decided, undecided), None)


def _category(policy: Policy | None, file: CaseFile) -> Category | None:
    if policy is None:
        return None
    return next((entry for entry in policy.categories if entry.id == file.case.category), None)
