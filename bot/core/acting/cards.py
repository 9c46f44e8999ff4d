"""Gathering what a card says about a case."""

from dataclasses import replace
from itertools import chain

from bot.domain.actions import Action, Mode, removals
from bot.domain.built_in import built_in
from bot.domain.card import Card, Gathering, Reported, WaveMessage
from bot.domain.case import Case, CaseFile, CaseStatus
from bot.domain.decision import BOT, Decision, message_target
from bot.domain.events import Message
from bot.domain.ids import ChannelId, MessageRef
from bot.domain.incident import Incident, IncidentKind, IncidentState, MemberState
from bot.domain.policy import Category, Policy, Severity
from bot.domain.reckoning import messages_of, removed
from bot.domain.records import CaseMember
from bot.domain.settings import CommunitySettings
from bot.domain.verdict import Verdict
from bot.ports.inbox import Inbox
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store

_SEVERE = frozenset({Severity.HIGH, Severity.CRITICAL})
_MOST_REPORTS = 100
"""Latest reports that are counted, and looked through for words."""
_MOST_LISTED = 200
"""Messages of a wave that are listed."""


async def card_of(
    file: CaseFile, store: Store, policies: PolicySource, settings: CommunitySettings | None = None
) -> Card:
    """Return the card of a case as it stands on record now.

    `settings` are the community's own: without them, as in a command of the operator's, a card does not say what a
    press would do.
    """
    case = file.case
    policy = _policy(case, policies)
    category = _category(policy, file)
    record = None
    if policy is not None and category is not None:
        record = await store.cases.rule_record(case.community, policy.id, category.id)
    incident = await _incident(file, store)
    members = await _members(file, incident, store)
    return Card(
        case=case,
        message=file.message,
        verdict=_shown_verdict(file),
        decision=_shown_decision(file),
        effects=file.effects,
        reviews=file.reviews,
        history=await store.cases.history(case.community, case.author),
        record=record,
        rule_title=category.title if category is not None else (policy.title if policy is not None else ""),
        policy_title=policy.title if policy is not None and category is not None else "",
        severe=category is not None and category.severity in _SEVERE,
        answered=await _answered(file.message, store.inbox),
        copies=messages_of(file.copies, file.effects),
        authors=_authors(case, members),
        kind=_kind(file, incident),
        channels=_channels(case, members),
        reports=await reports_of(case, store.inbox),
        wave=await wave_of(incident, file, store) if incident is not None else (),
        right_removes=_right_removes(file, incident, category, settings),
    )


async def reports_of(case: Case, inbox: Inbox) -> tuple[Reported, ...]:
    """Return the reports of a case's message, the latest first. Who did not want to be named is not."""
    reports = await inbox.reports(case.ref, _MOST_REPORTS)
    return tuple(
        Reported(by=None if report.anonymous else report.reporter, words=report.words.strip()) for report in reports
    )


async def wave_in(file: CaseFile, store: Store) -> tuple[WaveMessage, ...]:
    """Return what each message of a case's wave said; nothing where it is about none."""
    incident = await _incident(file, store)
    return await wave_of(incident, file, store) if incident is not None else ()


async def wave_of(incident: Incident, file: CaseFile, store: Store) -> tuple[WaveMessage, ...]:
    """Return what each message of a wave said, oldest first; nothing for an incident of copies."""
    if incident.kind is not IncidentKind.WAVE:
        return ()
    gone, listed = removed(file.effects), []
    for member in (await store.incidents.members(incident.id))[:_MOST_LISTED]:
        item = await store.inbox.current(member.ref)
        message = item.message if item is not None else None
        listed.append(
            WaveMessage(
                ref=member.ref,
                author=member.author,
                author_name=message.author.name if message is not None else "",
                text=message.judged_text if message is not None else None,
                sent_at=member.sent_at,
                is_gone=message_target(member.ref) in gone,
            )
        )
    return tuple(listed)


async def _incident(file: CaseFile, store: Store) -> Incident | None:
    """Return the incident that a case is about: the one that still holds, where there were several."""
    if file.copies == 1:
        return None
    found = await store.incidents.of_case(file.case.community, file.case.number)
    return min(found, key=lambda each: each.state is IncidentState.DISSOLVED, default=None)


async def _members(file: CaseFile, incident: Incident | None, store: Store) -> tuple[CaseMember, ...]:
    """Return the messages that a case is about, without an incident's first ones that have cases of their own.

    They count here as soon as this case does anything about them, as `messages_of` has it.
    """
    case = file.case
    if file.copies == 1:
        return ()
    members = await store.cases.members(case.community, case.number)
    mine = {stored.effect.key.target for stored in file.effects if stored.effect.action is Action.DELETE}
    own: set[MessageRef] = set()
    for member in await store.incidents.members(incident.id) if incident is not None else ():
        if member.standing is MemberState.VIOLATES and message_target(member.ref) not in mine:
            other = await store.cases.file_of(member.ref)
            own |= {member.ref} if other is not None and other.case.number != case.number else set()
    return tuple(member for member in members if member.ref not in own)


def _kind(file: CaseFile, incident: Incident | None) -> Gathering:
    if file.copies == 1 or _is_a_copy_with_its_original(file):
        return Gathering.ONE
    if built_in(file.case.policy) is not None:
        return Gathering.ACCOUNT
    if incident is None:
        return Gathering.LINES
    return Gathering.WAVE if incident.kind is IncidentKind.WAVE else Gathering.COPIES


def _is_a_copy_with_its_original(file: CaseFile) -> bool:
    """Return whether the second message is the original of the first, which a webhook repeated: that is one message."""
    return file.copies == 2 and file.message is not None and file.message.proxy_of is not None  # noqa: PLR2004 - both


def _right_removes(
    file: CaseFile, incident: Incident | None, category: Category | None, settings: CommunitySettings | None
) -> bool:
    """Return whether a person's “Right” removes the copies that still stand, as `confirming` does it."""
    if incident is None or category is None or settings is None or settings.stopped or category.people_only:
        return False
    if incident.kind is not IncidentKind.COPIES or incident.state is IncidentState.DISSOLVED:
        return False
    if incident.policy is None or file.case.status not in (CaseStatus.OPEN, CaseStatus.UNCLEAR):
        return False
    entry = settings.category_settings(incident.policy, category.id)
    action = entry.action if entry is not None and entry.action is not None else category.action
    is_live = settings.mode_of(incident.policy, category.id) is Mode.LIVE
    return is_live and Action.DELETE in removals(action)


def _authors(case: Case, members: tuple[CaseMember, ...]) -> int:
    return len({case.author, *(member.author for member in members if member.author is not None)})


def _channels(case: Case, members: tuple[CaseMember, ...]) -> tuple[ChannelId, ...]:
    return tuple(dict.fromkeys((case.ref.channel, *(member.ref.channel for member in members))))


def _policy(case: Case, policies: PolicySource) -> Policy | None:
    check = built_in(case.policy)
    if check is not None:
        return check.policy
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
