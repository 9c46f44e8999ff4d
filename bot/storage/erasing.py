"""What an erasure makes of each kind of record: pure rules that both stores share.

The person and their messages get names that lead nowhere, new in each erasure, so that what belongs together still
stands together: a case and its decisions, effects and reviews. What others quote of them in an answer goes too, once
that answer has been judged. Words that somebody forwarded say nothing of whose they are; they go with retention.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.domain.actions import Outcome
from bot.domain.case import Case, Review
from bot.domain.decision import Decision, Effect, EffectResult, StoredEffect, message_target, person_target
from bot.domain.events import Message, PartKind, Report
from bot.domain.ids import CommunityId, MessageId, MessageRef, PersonId
from bot.domain.reasons import Reason, reason
from bot.domain.verdict import Verdict
from bot.storage.case_changes import GONE

COUNTED = (
    "messages",
    "texts",
    "decisions",
    "cases",
    "effects",
    "reports",
    "reviews",
    "members",
    "people",
    "settings",
    "incidents",
    "quotes",
    "audit_details",
)
"""What a receipt counts: rows that were deleted, or that named the person and no longer do."""

_TOKEN_BYTES = 6
_PEOPLE_KEY = "exempt_people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """One erasure: who, under which name they go on, and which of their messages under which."""

    community: CommunityId
    person: PersonId
    token: PersonId
    messages: dict[MessageRef, MessageRef]
    names: dict[str, str]
    """Ids and targets that stand for the person or a message of theirs, and what takes their place."""

    def ref(self, ref: MessageRef) -> MessageRef:
        """Return where a message stands from now on."""
        return self.messages.get(ref, ref)

    def who(self, person: PersonId) -> PersonId:
        """Return under which name a person goes on."""
        return self.token if person == self.person else person

    def concerns(self, effect: Effect) -> bool:
        """Return whether an effect is on the person or one of their messages."""
        return effect.person == self.person or effect.message in self.messages

    def case(self, case: Case) -> Case:
        """Return a case without the person: theirs loses its words, another's the reporter's name."""
        reported_by = tuple(self.who(person) for person in case.reported_by)
        if case.author != self.person:
            return replace(case, reported_by=reported_by)
        return replace(
            case,
            ref=self.ref(case.ref),
            author=self.token,
            author_name="",
            rationale="",
            reported_by=reported_by,
        )

    def decision(self, decision: Decision) -> Decision:
        """Return a decision without the person, as author or as the one who made it."""
        return replace(
            decision,
            ref=self.ref(decision.ref),
            by=self.who(decision.by),
            steps=tuple(self._reason(step) for step in decision.steps),
        )

    def effect(self, stored: StoredEffect) -> StoredEffect:
        """Return an effect without the person. One that was still to be carried out has lost its target: suppressed."""
        effect = stored.effect
        key = replace(effect.key, target=self._name(effect.key.target))
        made = replace(
            effect,
            key=key,
            message=self.ref(effect.message) if effect.message is not None else None,
            person=self.who(effect.person) if effect.person is not None else None,
            by=self.who(effect.by),
        )
        result = replace(stored.result, key=key) if stored.result is not None else None
        if self.concerns(effect):
            made = replace(made, rationale="", returned_text="")
            result = result or EffectResult(key=key, outcome=Outcome.SUPPRESSED, why=reason(GONE))
        return replace(stored, effect=made, result=result, put_off=stored.put_off if result is None else None)

    def verdict(self, verdict: Verdict) -> Verdict:
        """Return a verdict that names none of the person's messages as what it is a copy of."""
        return replace(verdict, copy_of=self._name(verdict.copy_of))

    def message(self, message: Message) -> Message:
        """Return another's message without what it quotes of the person it answers."""
        if message.reply_to is None or replace(message.ref, message=message.reply_to) not in self.messages:
            return message
        parts = tuple(part for part in message.parts if part.kind is not PartKind.REPLY)
        return replace(message, reply_to=None, parts=parts)

    def brought(self, report: Report) -> Report:
        """Return another's report, with the message that it brings likewise."""
        return replace(report, message=self.message(report.message)) if report.message is not None else report

    def report(self, report: Report) -> Report:
        """Return a report by the person without their name and words."""
        return replace(report, reporter=self.token, words="", message=None)

    def review(self, review: Review) -> Review:
        """Return a review by the person without their name."""
        return replace(review, by=self.token, by_name="")

    def is_named_in(self, details: Iterable[tuple[str, str]]) -> bool:
        """Return whether audit details name the person or one of their messages."""
        return any(self._name(value) != value for _, value in details)

    def _reason(self, step: Reason) -> Reason:
        return replace(step, values=tuple((name, self._name(value)) for name, value in step.values))

    def _name(self, value: str) -> str:
        return self.names.get(value, value)


def without_exemption(values: dict[str, object], person: PersonId) -> dict[str, object]:
    """Return a community's settings without a person's exemption."""
    people = values.get(_PEOPLE_KEY)
    if not isinstance(people, list) or person not in people:
        return values
    return values | {_PEOPLE_KEY: [other for other in people if other != person]}


def erasing(community: CommunityId, person: PersonId, messages: Iterable[MessageRef]) -> Erasing:
    """Begin an erasure of a person with these messages."""
    token = PersonId(f"erased-{secrets.token_hex(_TOKEN_BYTES)}")
    renamed = {
        ref: replace(ref, message=MessageId(f"{token}-{number}"))
        for number, ref in enumerate(sorted(messages), start=1)
    }
    names: dict[str, str] = {person: token, person_target(person): person_target(token)}
    for before, after in renamed.items():
        names |= {before.message: after.message, message_target(before): message_target(after)}
    return Erasing(
        community=community,
        person=person,
        token=token,
        messages=renamed,
        names=names,
    )
