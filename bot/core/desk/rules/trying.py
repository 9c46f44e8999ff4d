"""Trying rules out: on a text, or on the latest messages. Nothing is recorded and nothing is done."""

from dataclasses import replace
from datetime import timedelta

from bot.core.desk.access import Access
from bot.core.desk.answers import RuleNames, done, failed
from bot.core.desk.cases.looking import verdict_line
from bot.core.desk.parts import DeskParts
from bot.core.desk.rules.recent import complete_part, recent_messages, span_of
from bot.core.intake.quotations import with_quotations
from bot.core.intake.screening import screen
from bot.core.judging.context import context_lines
from bot.domain.actions import Mode
from bot.domain.answer import Answer
from bot.domain.events import Message
from bot.domain.ids import PolicyId
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CommunitySettings, PolicySwitch
from bot.domain.verdict import FOR_PEOPLE, MODEL_AWAY, Label, Verdict
from bot.ports.desk import Tell

_MOST_MESSAGES = 500
_FEWEST_READ = 100
"""Messages read of each channel at least: how many are written in a day is told by them."""
_LONGEST = 8 * 60.0
"""Seconds after which a dry run tells what it has: a platform waits a quarter of an hour for an answer."""
_A_DAY = timedelta(days=1)
_SHORTEST = timedelta(hours=1)


class Trying:
    """Puts texts to the model and forgets them."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access
        self._names = RuleNames(parts.policies)

    async def try_text(self, actor: Actor, text: str) -> Answer:
        """Judge a text under the rules in use."""
        refusal = await self._access.moderator(actor, "try")
        if refusal is not None:
            return refusal
        if not text.strip():
            return failed(reason("try.empty"))
        settings = await self._parts.book.of(actor.community)
        policies = [policy for policy in self._parts.book.policies(actor.community) if settings.switch(policy.id)]
        if not policies:
            return failed(reason("policies.none"))
        verdicts = await self._parts.judging.ask_all([Question(policy=policy, text=text) for policy in policies])
        if all(verdict.reason in MODEL_AWAY for verdict in verdicts):
            return failed(reason("command.no_model"))
        lines = [line for verdict in verdicts for line in self._said(verdict, actor)]
        return done(*lines, reason("try.note"))

    async def dry_run(self, actor: Actor, policy: PolicyId, messages: int, tell: Tell) -> Answer:
        """Judge the latest messages under one policy and say how many cards a day that makes."""
        refusal = await self._access.admin(actor, "dry_run")
        if refusal is not None:
            return refusal
        found = next((entry for entry in self._parts.book.policies(actor.community) if entry.id == policy), None)
        if found is None:
            known = ", ".join(entry.id for entry in self._parts.book.policies(actor.community))
            return await self._access.refuse(
                actor, reason("command.unknown_policy", policy=policy, policies=known), "dry_run"
            )
        if await self._parts.watch.present() is None:
            return failed(reason("command.no_model"))
        return await self._run(actor, found, min(max(messages, 1), _MOST_MESSAGES), tell)

    async def _run(self, actor: Actor, policy: Policy, most: int, tell: Tell) -> Answer:
        settings = _using(await self._parts.book.of(actor.community), policy)
        switch = settings.policies[0]
        history = self._parts.platform.history
        each = max(most, _FEWEST_READ)
        latest = await recent_messages(history, actor.community, switch.channels, each=each)
        clock, flagged, tried = self._parts.clock, 0, 0
        ends = clock.monotonic() + _LONGEST
        places = range(max(0, len(latest) - most), len(latest))
        for index in reversed(places):
            so_far = reason("policies.dry_run_so_far", done=tried, count=len(places), flagged=flagged)
            if clock.monotonic() > ends or not await tell(done(so_far)):
                break
            verdict = await self._judged(latest, index, policy, settings)
            if verdict is not None and verdict.reason in MODEL_AWAY:
                return failed(reason("command.no_model"))
            tried += 1
            flagged += verdict is not None and _makes_card(verdict)
        cards = _a_day(flagged / tried if tried else 0.0, complete_part(latest, each))
        return done(reason("policies.dry_run", count=tried, flagged=flagged, cards=cards), reason("try.note"))

    async def _judged(
        self, latest: tuple[Message, ...], index: int, policy: Policy, settings: CommunitySettings
    ) -> Verdict | None:
        """Return the verdict on one message among the others of its channel; None where it would not be asked."""
        message = with_quotations(latest[index], _before(latest, index))
        if not screen(message, settings, (policy,), reported=False).policies:
            return None
        around = _before(latest, index)[-settings.context_messages :] if settings.context_messages else ()
        context = () if policy.context_free else context_lines(message, around)
        return await self._parts.judging.ask(Question(policy=policy, text=message.judged_text, context=context))

    def _said(self, verdict: Verdict, actor: Actor) -> list[Reason]:
        line = verdict_line(verdict, actor, self._names)
        if verdict.label is not Label.VIOLATES or not verdict.rationale:
            return [line]
        return [line, reason("card.why", rationale=verdict.rationale)]


def _before(latest: tuple[Message, ...], index: int) -> tuple[Message, ...]:
    """Return the messages of one's channel that were sent before it."""
    return tuple(other for other in latest[:index] if other.ref.channel == latest[index].ref.channel)


def _makes_card(verdict: Verdict) -> bool:
    return verdict.label is Label.VIOLATES or verdict.reason in FOR_PEOPLE


def _using(settings: CommunitySettings, policy: Policy) -> CommunitySettings:
    """Return the settings with this one policy in use: where it is now, else everywhere."""
    everywhere = PolicySwitch(policy=policy.id, mode=Mode.SHADOW, channels=frozenset(), except_channels=frozenset())
    return replace(settings, policies=(settings.switch(policy.id) or everywhere,))


def _a_day(share: float, traffic: tuple[Message, ...]) -> str:
    """Return how many of a day's messages that share is, told no more exactly than a short span allows."""
    if not share:
        return "0"
    each_day = share * len(traffic) * (_A_DAY / max(span_of(traffic), _SHORTEST))
    return str(round(each_day)) if each_day >= 1 else "< 1"
