"""Builders of domain objects for tests: every field has a plain value, and a test names only those it is about.

All of them belong to one community (`COMMUNITY`) and happen at one moment (`AT`) unless told otherwise.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.card import Card
from bot.domain.case import AuthorHistory, Case, CaseStatus, Review, ReviewResult, RuleRecord
from bot.domain.decision import (
    BOT,
    Decision,
    Effect,
    EffectKey,
    EffectResult,
    PutOff,
    StoredEffect,
    channel_target,
    message_target,
    person_target,
)
from bot.domain.events import (
    Attachment,
    Author,
    Delete,
    Edit,
    Member,
    MemberChange,
    Message,
    Origin,
    Part,
    PartKind,
    Report,
)
from bot.domain.ids import (
    CaseNumber,
    CategoryId,
    ChannelId,
    CommunityId,
    DecisionId,
    MessageId,
    MessageRef,
    PersonId,
    PolicyId,
)
from bot.domain.inbox import InboxKey, key_of
from bot.domain.policy import AppliesWhen, Category, Effort, Policy, Severity
from bot.domain.question import Precedent
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.domain.records import CopyQuery, DecisionRecord, ReviewRecord
from bot.domain.settings import AgeSettings, CategorySettings, CommunitySettings, LimitSettings, PolicySwitch
from bot.domain.states import State
from bot.domain.texts.text import copy_key
from bot.domain.verdict import Evidence, Label, ModelRun, UndecidedReason, Verdict, VerdictSource

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""When everything happens unless a test says otherwise."""
COMMUNITY = CommunityId("console:demo")
OTHER_COMMUNITY = CommunityId("console:other")
CHANNEL = ChannelId("general")
PROMPT_HASH = "a" * 64
DIGEST = "sha256:" + "b" * 64


def later(seconds: float) -> datetime:
    """Return the moment this many seconds after `AT`."""
    return AT + timedelta(seconds=seconds)


# Events


def ref(message: str = "1", *, channel: str = CHANNEL, community: str = COMMUNITY) -> MessageRef:
    """Return where a message stands."""
    return MessageRef(community=CommunityId(community), channel=ChannelId(channel), message=MessageId(message))


def author(person: str = "ann", *, name: str = "", **changes: object) -> Author:
    """Return an ordinary member."""
    return replace(Author(id=PersonId(person), name=name or person.title()), **changes)  # type: ignore[arg-type]


def message(
    text: str = "Good morning, everyone here",
    *,
    id: str = "1",  # noqa: A002 - it reads as the field it fills
    by: str | Author = "ann",
    at: datetime = AT,
    channel: str = CHANNEL,
    community: str = COMMUNITY,
    quoted: str = "",
    files: tuple[str, ...] = (),
    **changes: object,
) -> Message:
    """Return a message of one own text part, after a quoted part where `quoted` is given."""
    quote = (Part(kind=PartKind.REPLY, text=quoted, origin=Origin.BACKGROUND),) if quoted else ()
    made = Message(
        ref=ref(id, channel=channel, community=community),
        author=author(by) if isinstance(by, str) else by,
        sent_at=at,
        parts=(*quote, Part(kind=PartKind.TEXT, text=text)),
        attachments=tuple(Attachment(name=name) for name in files),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def edit(text: str, *, of: Message | None = None, at: datetime | None = None) -> Edit:
    """Return the edit that makes a message read `text`."""
    before = of or message()
    after = replace(before, parts=(Part(kind=PartKind.TEXT, text=text),))
    return Edit(message=after, edited_at=at or later(60))


def delete(of: MessageRef | None = None, *, at: datetime | None = None, by: str | None = None) -> Delete:
    """Return the deletion of a message."""
    return Delete(ref=of or ref(), deleted_at=at or later(90), by=None if by is None else PersonId(by))


def report(of: MessageRef | None = None, *, by: str = "rita", words: str = "", brings: Message | None = None) -> Report:
    """Return a member's report of a message."""
    return Report(
        ref=of or (brings.ref if brings else ref()),
        reporter=PersonId(by),
        reported_at=later(30),
        words=words,
        message=brings,
    )


def member(person: str = "ann", change: MemberChange = MemberChange.JOINED, **changes: object) -> Member:
    """Return a change of a member."""
    made = Member(community=COMMUNITY, person=PersonId(person), change=change, at=AT, event_id=f"{person}-{change}")
    return replace(made, **changes)  # type: ignore[arg-type]


# Policies


def category(id: str = "insult", **changes: object) -> Category:  # noqa: A002 - it reads as the field it fills
    """Return a rule of medium severity that deletes."""
    made = Category(
        id=CategoryId(id),
        title=id.replace("-", " ").capitalize(),
        severity=Severity.MEDIUM,
        action=Action.DELETE,
        people_only=False,
        context_free=False,
        return_text=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def policy(id: str = "harassment", *categories: Category, **changes: object) -> Policy:  # noqa: A002 - as above
    """Return a policy that applies to everything, with the one category `insult` unless others are given."""
    listed = categories or (category(),)
    names = ", ".join(entry.id for entry in listed)
    made = Policy(
        id=PolicyId(id),
        title=id.capitalize(),
        languages=("en",),
        effort=Effort.LOW,
        applies_when=frozenset({AppliesWhen.EVERYTHING}),
        categories=listed,
        text=f"# {id.capitalize()}\n\nCategories: {names}.\n",
        policy_hash="c" * 64,
        source=f"policies/{id}/policy.md",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# Verdicts


def model_run(**changes: object) -> ModelRun:
    """Return the record of a judgement in three requests."""
    made = ModelRun(
        model="gpt-oss-safeguard:20b",
        digest=DIGEST,
        server="ollama 0.12.3",
        prompt_hash=PROMPT_HASH,
        effort=Effort.LOW,
        requests=3,
        prompt_tokens=900,
        output_tokens=120,
        wall_seconds=2.5,
        prompt_seconds=0.5,
        output_seconds=1.9,
        logprob_violates=-0.05,
        logprob_safe=-3.0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def violates(
    quote: str = "morning", *, policy: str = "harassment", category: str = "insult", **changes: object
) -> Verdict:
    """Return the model's verdict that a message violates a policy, with one piece of evidence."""
    made = Verdict(
        policy=PolicyId(policy),
        policy_hash="c" * 64,
        label=Label.VIOLATES,
        source=VerdictSource.MODEL,
        category=CategoryId(category),
        evidence=(Evidence(quote=quote, start=0, end=len(quote)),),
        rationale="It attacks a person.",
        reasoning="The text names a member and calls them a name.",
        run=model_run(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def safe(*, policy: str = "harassment", **changes: object) -> Verdict:
    """Return the model's verdict that a message keeps to a policy."""
    made = Verdict(
        policy=PolicyId(policy),
        policy_hash="c" * 64,
        label=Label.SAFE,
        source=VerdictSource.MODEL,
        run=model_run(requests=2, logprob_violates=-4.0, logprob_safe=-0.02),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def undecided(
    why: UndecidedReason = UndecidedReason.TIMEOUT, *, policy: str = "harassment", **changes: object
) -> Verdict:
    """Return a verdict that says there is none."""
    made = Verdict(
        policy=PolicyId(policy),
        policy_hash="c" * 64,
        label=Label.UNDECIDED,
        source=VerdictSource.MODEL,
        reason=why,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


verdict = violates


# Decisions and effects


def decision(of: Message | None = None, *, id: str = "d1", **changes: object) -> Decision:  # noqa: A002 - as above
    """Return a live decision to delete a message for `insult`, which makes a case."""
    judged = of or message()
    made = Decision(
        id=DecisionId(id),
        ref=judged.ref,
        revision=judged.revision,
        action=Action.DELETE,
        wanted=Action.DELETE,
        mode=Mode.LIVE,
        policy=PolicyId("harassment"),
        category=CategoryId("insult"),
        severity=Severity.MEDIUM,
        steps=(Reason(code="violation", values=(("category", "insult"),)),),
        makes_case=True,
        made_at=later(5),
        by=BOT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def no_action(of: Message | None = None, *, id: str = "d1", **changes: object) -> Decision:  # noqa: A002 - as above
    """Return the decision that nothing is to be done."""
    made = decision(
        of,
        id=id,
        action=None,
        wanted=None,
        policy=None,
        category=None,
        severity=None,
        steps=(Reason(code="safe"),),
        makes_case=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def put_off(**changes: object) -> PutOff:
    """Return how an effect waits whose platform did not answer."""
    made = PutOff(why=reason(PlatformReason.PLATFORM_DOWN), tries=1, since=later(0), next_at=later(5), until=later(100))
    return replace(made, **changes)  # type: ignore[arg-type]


def effect(
    action: Action = Action.DELETE, *, of: Message | None = None, decision_id: str = "d1", **changes: object
) -> Effect:
    """Return an intended effect on a message, or on its author or channel where the action is one on those."""
    judged = of or message()
    target = message_target(judged.ref)
    if action in (Action.WARN, Action.TIMEOUT, Action.QUARANTINE, Action.NOTICE, Action.LIFT, Action.KICK, Action.BAN):
        target = person_target(judged.author.id)
    if action in (Action.SLOWMODE, Action.LOCKDOWN):
        target = channel_target(judged.ref.channel)
    made = Effect(
        key=EffectKey(decision=DecisionId(decision_id), action=action, target=target),
        community=judged.community,
        case=None,
        message=judged.ref,
        person=judged.author.id,
        channel=judged.ref.channel,
        mode=Mode.LIVE,
        rule="Insult",
        rationale="It attacks a person.",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def effect_result(of: Effect | None = None, outcome: Outcome = Outcome.APPLIED, **changes: object) -> EffectResult:
    """Return how an effect ended."""
    made = EffectResult(key=(of or effect()).key, outcome=outcome)
    return replace(made, **changes)  # type: ignore[arg-type]


def audit_note(code: AuditCode = AuditCode.DECIDED, *, community: str = COMMUNITY, **changes: object) -> AuditNote:
    """Return a note for the audit chain."""
    made = AuditNote(
        community=CommunityId(community), code=code, at=later(5), decision="d1", details=(("message", "general/1"),)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def decision_record(of: Message | None = None, *, id: str = "d1", **changes: object) -> DecisionRecord:  # noqa: A002
    """Return all that a decision to delete writes: a verdict, a case, one effect, one audit note; DECIDED."""
    judged = of or message()
    made = DecisionRecord(
        key=key_of(judged),
        message=judged,
        decision=decision(judged, id=id),
        verdicts=(violates(),),
        effects=(effect(of=judged, decision_id=id),),
        rationale="It attacks a person.",
        notes=(audit_note(community=judged.community, decision=id),),
        state=State.DECIDED,
        reason="",
        copy_key=copy_key(judged.judged_text),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def safe_record(of: Message | None = None, *, id: str = "d1", **changes: object) -> DecisionRecord:  # noqa: A002
    """Return all that a SAFE verdict writes: no case, no effect; DONE."""
    judged = of or message()
    made = decision_record(
        judged,
        id=id,
        decision=no_action(judged, id=id),
        verdicts=(safe(),),
        effects=(),
        rationale="",
        state=State.DONE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# Cases


def case(number: int = 1, *, of: Message | None = None, **changes: object) -> Case:
    """Return an open case about a deleted message."""
    judged = of or message()
    made = Case(
        community=judged.community,
        number=CaseNumber(number),
        ref=judged.ref,
        author=judged.author.id,
        author_name=judged.author.name,
        status=CaseStatus.OPEN,
        version=1,
        opened_at=later(5),
        policy=PolicyId("harassment"),
        category=CategoryId("insult"),
        severity=Severity.MEDIUM,
        action=Action.DELETE,
        rationale="It attacks a person.",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def review(case_number: int = 1, result: ReviewResult = ReviewResult.UPHELD, **changes: object) -> Review:
    """Return a moderator's word on a case."""
    made = Review(case=CaseNumber(case_number), result=result, by=PersonId("mo"), by_name="Mo", at=later(600))
    return replace(made, **changes)  # type: ignore[arg-type]


def review_record(
    case_number: int = 1, result: ReviewResult = ReviewResult.UPHELD, *, version: int = 1, **changes: object
) -> ReviewRecord:
    """Return all that a moderator's press writes: the review and an audit note, without a decision of its own."""
    made = ReviewRecord(
        community=COMMUNITY,
        case=CaseNumber(case_number),
        expected_version=version,
        review=review(case_number, result),
        status=CaseStatus(result.value),
        decision=None,
        effects=(),
        notes=(audit_note(AuditCode.REVIEWED, case=CaseNumber(case_number), decision=""),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def history(person: str = "ann", **changes: object) -> AuthorHistory:
    """Return the history of an author with a clean record."""
    made = AuthorHistory(
        person=PersonId(person),
        messages=10,
        cases_upheld=0,
        cases_open=0,
        cases_overturned=0,
        removals=0,
        sanctions=0,
        first_seen=later(-86_400),
        joined_at=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def card(of: Message | None = None, **changes: object) -> Card:
    """Return the card of an open case with one applied deletion."""
    judged = of or message()
    done = effect(of=judged, case=CaseNumber(1))
    made = Card(
        case=case(of=judged),
        message=judged,
        verdict=violates(),
        decision=decision(judged),
        effects=(StoredEffect(effect=done, result=effect_result(done)),),
        reviews=(),
        history=history(judged.author.id),
        record=RuleRecord(policy=PolicyId("harassment"), category=CategoryId("insult"), right=8, wrong=2),
        rule_title="Insult",
        severe=False,
        answered="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def copy_query(of: Message | None = None, **changes: object) -> CopyQuery:
    """Return the question for an exact copy of a message judged by `violates()` or `safe()`."""
    judged = of or message()
    made = CopyQuery(
        community=judged.community,
        policy=PolicyId("harassment"),
        prompt_hash=PROMPT_HASH,
        digest=DIGEST,
        copy_key=copy_key(judged.judged_text),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def precedent(text: str, *, id: str = "golden:spam-001", **changes: object) -> Precedent:  # noqa: A002 - as above
    """Return a text that a policy names as an example."""
    return replace(Precedent(id=id, policy="spam", category="scam", text=text), **changes)  # type: ignore[arg-type]


# Settings


def community_settings(**changes: object) -> CommunitySettings:
    """Return a community that is live in everything, asks `harassment` everywhere and exempts nobody."""
    made = CommunitySettings(
        community=COMMUNITY,
        mode=Mode.LIVE,
        policies=(
            PolicySwitch(
                policy=PolicyId("harassment"), mode=Mode.LIVE, channels=frozenset(), except_channels=frozenset()
            ),
        ),
        categories=(category_settings(),),
        exempt_roles=frozenset(),
        exempt_channels=frozenset(),
        moderator_channels=frozenset(),
        judge_mod_log=False,
        exempt_people=frozenset(),
        programs_for_people=frozenset(),
        context_messages=6,
        new_member_for=timedelta(days=1),
        ages=AgeSettings(act=timedelta(minutes=10), judge=timedelta(hours=24), recheck=timedelta(minutes=1)),
        limits=LimitSettings(per_author_minute=10, per_community_hour=100, per_incident=500),
        edits_judged=3,
        timeout_for=timedelta(hours=1),
        slowmode_for=timedelta(minutes=10),
        mod_log=ChannelId("mod-log"),
        quarantine_role=None,
        escalate_to=None,
        moderators=frozenset({"moderators"}),
        language="en",
        stopped=False,
        live_checks=frozenset(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def category_settings(category: str = "insult", *, policy: str = "harassment", **changes: object) -> CategorySettings:
    """Return a category that acts live, with the policy's own action and no threshold."""
    made = CategorySettings(
        policy=PolicyId(policy), category=CategoryId(category), mode=Mode.LIVE, action=None, min_log_odds=0.0
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def inbox_key(of: Message | None = None) -> InboxKey:
    """Return the inbox key of a message."""
    return key_of(of or message())


def using(*policies: str) -> CommunitySettings:
    """Return a community that is live and asks these policies everywhere, in this order."""
    nowhere: frozenset[ChannelId] = frozenset()
    switches = (
        PolicySwitch(policy=PolicyId(name), mode=Mode.LIVE, channels=nowhere, except_channels=nowhere)
        for name in policies
    )
    return community_settings(policies=tuple(switches))
