"""Decisions, effects and their results, and the texts around cases, as JSON texts."""

from dataclasses import replace
from typing import Any

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.case import Case, Review, ReviewResult
from bot.domain.decision import Decision, Effect, EffectKey, EffectResult
from bot.domain.ids import CaseNumber, CategoryId, DecisionId, PersonId, PolicyId, Revision
from bot.domain.policy import Severity
from bot.domain.reasons import Reason
from bot.storage.codec.documents import Document, choice, moment, read, to_moment, write
from bot.storage.codec.events import ref_list, to_ref


def decision_text(decision: Decision) -> str:
    """Return a decision as text."""
    return write(
        {
            "id": decision.id,
            "ref": ref_list(decision.ref),
            "revision": decision.revision,
            "action": decision.action,
            "wanted": decision.wanted,
            "mode": decision.mode,
            "policy": decision.policy,
            "category": decision.category,
            "severity": decision.severity,
            "steps": [reason_list(step) for step in decision.steps],
            "makes_case": decision.makes_case,
            "made_at": moment(decision.made_at),
            "by": decision.by,
        }
    )


def to_decision(text: str) -> Decision:
    """Return the decision that a text holds; StorageError when it is damaged."""
    return read(text, _to_decision)


def effect_text(effect: Effect) -> str:
    """Return an effect as text, without the words of its message or of the model."""
    return write(
        {
            "decision": effect.key.decision,
            "action": effect.key.action,
            "target": effect.key.target,
            "community": effect.community,
            "case": effect.case,
            "message": ref_list(effect.message) if effect.message is not None else None,
            "person": effect.person,
            "channel": effect.channel,
            "mode": effect.mode,
            "by": effect.by,
            "seconds": effect.seconds,
            "rule": effect.rule,
            "told_of": effect.told_of,
            "role": effect.role,
            "policy": effect.policy,
            "category": effect.category,
            "incident": effect.incident,
        }
    )


def effect_words(effect: Effect) -> str | None:
    """Return the words that an effect carries as text, None when there are none."""
    if not (effect.rationale or effect.returned_text):
        return None
    return write({"rationale": effect.rationale, "returned_text": effect.returned_text})


def to_effect(text: str, words: str | None) -> Effect:
    """Return the effect that two texts hold; without its words where these are gone."""
    skeleton = read(text, _to_effect)
    return skeleton if words is None else read(words, lambda document: _with_words(skeleton, document))


def result_text(outcome: Outcome, why: Reason | None, platform_id: str = "") -> str:
    """Return how an effect ended as text; the key stands in the row."""
    return write({"outcome": outcome, "why": reason_list(why) if why is not None else None, "platform_id": platform_id})


def to_result(text: str, key: EffectKey) -> EffectResult:
    """Return how the effect of that key ended; StorageError when the text is damaged."""
    return read(text, lambda document: _to_result(document, key))


def people_text(case: Case) -> str:
    """Return the names and ids in a case that are no column as text."""
    return write({"author_name": case.author_name, "reported_by": list(case.reported_by)})


def with_people(case: Case, text: str) -> Case:
    """Return the case with the names and ids that a text holds."""
    return read(
        text,
        lambda document: replace(
            case,
            author_name=document["author_name"],
            reported_by=tuple(PersonId(person) for person in document["reported_by"]),
        ),
    )


def rationale_text(rationale: str) -> str | None:
    """Return a rationale as text, None when there is none."""
    return write({"rationale": rationale}) if rationale else None


def to_rationale(text: str | None) -> str:
    """Return the rationale that a text holds, empty once it is gone."""
    return read(text, lambda document: str(document["rationale"])) if text is not None else ""


def review_text(review: Review) -> str:
    """Return a person's word on a case as text."""
    return write(
        {
            "case": review.case,
            "result": review.result,
            "by": review.by,
            "by_name": review.by_name,
            "at": moment(review.at),
            "note": review.note,
        }
    )


def to_review(text: str) -> Review:
    """Return the review that a text holds; StorageError when it is damaged."""
    return read(text, _to_review)


def reason_list(reason: Reason) -> list[Any]:
    """Return a reason as a list."""
    return [reason.code, [list(pair) for pair in reason.values]]


def to_reason(entry: list[Any]) -> Reason:
    """Return the reason that a list holds."""
    return Reason(code=entry[0], values=tuple((name, value) for name, value in entry[1]))


def _to_decision(document: Document) -> Decision:
    policy, category = document.get("policy"), document.get("category")
    return Decision(
        id=DecisionId(document["id"]),
        ref=to_ref(document["ref"]),
        revision=Revision(document["revision"]),
        action=choice(Action, document.get("action")),
        wanted=choice(Action, document.get("wanted")),
        mode=Mode(document["mode"]),
        policy=PolicyId(policy) if policy is not None else None,
        category=CategoryId(category) if category is not None else None,
        severity=choice(Severity, document.get("severity")),
        steps=tuple(to_reason(step) for step in document.get("steps", ())),
        makes_case=document["makes_case"],
        made_at=to_moment(document["made_at"]),
        by=PersonId(document["by"]),
    )


def _to_effect(document: Document) -> Effect:
    message, case = document.get("message"), document.get("case")
    return Effect(
        key=EffectKey(
            decision=DecisionId(document["decision"]), action=Action(document["action"]), target=document["target"]
        ),
        community=document["community"],
        case=CaseNumber(case) if case is not None else None,
        message=to_ref(message) if message is not None else None,
        person=document.get("person"),
        channel=document.get("channel"),
        mode=Mode(document["mode"]),
        by=PersonId(document["by"]),
        seconds=document.get("seconds", 0),
        rule=document.get("rule", ""),
        told_of=choice(Action, document.get("told_of")),
        role=document.get("role", ""),
        policy=document.get("policy"),
        category=document.get("category"),
        incident=document.get("incident", ""),
    )


def _with_words(skeleton: Effect, document: Document) -> Effect:
    return replace(skeleton, rationale=document.get("rationale", ""), returned_text=document.get("returned_text", ""))


def _to_result(document: Document, key: EffectKey) -> EffectResult:
    why = document.get("why")
    return EffectResult(
        key=key,
        outcome=Outcome(document["outcome"]),
        why=to_reason(why) if why is not None else None,
        platform_id=document.get("platform_id", ""),
    )


def _to_review(document: Document) -> Review:
    return Review(
        case=CaseNumber(document["case"]),
        result=ReviewResult(document["result"]),
        by=PersonId(document["by"]),
        by_name=document.get("by_name", ""),
        at=to_moment(document["at"]),
        note=document.get("note", ""),
    )
