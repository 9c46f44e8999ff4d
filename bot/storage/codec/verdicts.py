"""Verdicts as two JSON texts: the skeleton, which stays, and the words, which retention and erasure drop."""

from dataclasses import replace
from typing import Any

from bot.domain.ids import CategoryId, PolicyId
from bot.domain.policy import Effort
from bot.domain.verdict import Evidence, Label, ModelRun, UndecidedReason, Verdict, VerdictSource
from bot.storage.codec.documents import Document, choice, read, write

_RUN_FIELDS = (
    "model",
    "digest",
    "server",
    "prompt_hash",
    "requests",
    "prompt_tokens",
    "output_tokens",
    "wall_seconds",
    "prompt_seconds",
    "output_seconds",
    "logprob_violates",
    "logprob_safe",
)
_LATER_RUN_FIELDS = ("address", "cached_tokens", "cold", "reloaded")
"""Not in what the first versions wrote."""


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict as text, without the words of its message or of the model."""
    return write(
        {
            "policy": verdict.policy,
            "policy_hash": verdict.policy_hash,
            "label": verdict.label,
            "source": verdict.source,
            "reason": verdict.reason,
            "category": verdict.category,
            "reasoning_cut": verdict.reasoning_cut,
            "with_context": verdict.with_context,
            "copy_of": verdict.copy_of,
            "run": _run(verdict.run) if verdict.run is not None else None,
        }
    )


def words_text(verdict: Verdict) -> str:
    """Return the evidence, the rationale, the reasoning and the fault of a verdict as text."""
    return write(
        {
            "evidence": [[entry.quote, entry.start, entry.end] for entry in verdict.evidence],
            "rationale": verdict.rationale,
            "reasoning": verdict.reasoning,
            "fault": verdict.fault,
        }
    )


def to_verdict(text: str, words: str | None) -> Verdict:
    """Return the verdict that two texts hold; without its words where these are gone."""
    skeleton = read(text, _to_skeleton)
    return skeleton if words is None else read(words, lambda document: _with_words(skeleton, document))


def _run(run: ModelRun) -> dict[str, Any]:
    later = {name: getattr(run, name) for name in _LATER_RUN_FIELDS}
    return {"effort": run.effort} | later | {name: getattr(run, name) for name in _RUN_FIELDS}


def _to_run(document: Document) -> ModelRun:
    known = {name: document[name] for name in _RUN_FIELDS}
    later = {name: document[name] for name in _LATER_RUN_FIELDS if name in document}
    return ModelRun(effort=Effort(document["effort"]), **known, **later)


def _to_skeleton(document: Document) -> Verdict:
    run = document.get("run")
    category = document.get("category")
    return Verdict(
        policy=PolicyId(document["policy"]),
        policy_hash=document["policy_hash"],
        label=Label(document["label"]),
        source=VerdictSource(document["source"]),
        reason=choice(UndecidedReason, document.get("reason")),
        category=CategoryId(category) if category is not None else None,
        reasoning_cut=document.get("reasoning_cut", False),
        with_context=document.get("with_context", False),
        copy_of=document.get("copy_of", ""),
        run=_to_run(run) if run is not None else None,
    )


def _with_words(skeleton: Verdict, document: Document) -> Verdict:
    return replace(
        skeleton,
        evidence=tuple(Evidence(quote=quote, start=start, end=end) for quote, start, end in document["evidence"]),
        rationale=document.get("rationale", ""),
        reasoning=document.get("reasoning", ""),
        fault=document.get("fault", ""),
    )
