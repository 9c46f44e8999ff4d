"""How things stand: the model, the modes, open cases, what the bot may not do, and coverage."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.desk.access import Access
from bot.core.desk.answers import RuleNames
from bot.core.desk.parts import DeskParts
from bot.core.desk.rules.saying import mod_log_line, modes_line
from bot.core.desk.waiting import waiting_line
from bot.domain.actions import NOT_OFFERED, NOTICED_BY_MEMBERS, Action, Mode, done_with
from bot.domain.answer import Answer, AnswerKind
from bot.domain.built_in import BUILT_IN
from bot.domain.case import CaseStatus
from bot.domain.coverage import Coverage
from bot.domain.ids import CommunityId, platform_of
from bot.domain.people import Actor
from bot.domain.put_off import shown_at
from bot.domain.reasons import Reason, reason
from bot.domain.records import CaseFilter
from bot.domain.settings import CommunitySettings
from bot.ports.cases import Cases

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_COUNTED = 1000
_LINES = 12
"""Most kinds of what waits that are told."""


def pace_name(community: CommunityId) -> str:
    """Return the name under which the process remembers how long one message takes in a community."""
    return f"pace:{community}"


class Status:
    """Puts the status of a community together."""

    def __init__(self, parts: DeskParts, access: Access) -> None:
        self._parts = parts
        self._access = access
        self._names = RuleNames(parts.policies)

    async def status(self, actor: Actor) -> Answer:
        """Return how things stand; the coverage is that of the last 24 hours, with the week's counts above it."""
        refusal = await self._access.moderator(actor, "status")
        if refusal is not None:
            return refusal
        settings = await self._parts.book.of(actor.community)
        now = self._parts.clock.now()
        inbox = self._parts.store.inbox
        week = await inbox.coverage(actor.community, now - _WEEK, None)
        day = await inbox.coverage(actor.community, now - _DAY, None)
        lines = (
            reason("status_of.title"),
            await self.model_line(actor.community),
            await waiting_line(inbox, actor.community),
            *((reason("status_of.stopped"),) if settings.stopped else modes_line(settings, self._names)),
            *self._unusable(actor.community),
            *await self._cant_do(settings),
            *await waiting_lines(self._parts.store.cases, actor.community, now),
            await self._open_cases(actor.community),
            mod_log_line(settings),
            *_counts(week),
            reason("status_of.last_day"),
        )
        return Answer(kind=AnswerKind.DONE, lines=lines, coverage=day)

    async def model_line(self, community: CommunityId) -> Reason:
        """Return whether the model answers, and how fast it was when that was measured."""
        identity = await self._parts.watch.present()
        if identity is None:
            return reason("status_of.model_away")
        kept = await self._parts.store.facts.load(pace_name(community))
        seconds = kept.get("seconds") if kept is not None else None
        if not isinstance(seconds, float):
            return reason("status_of.model_answers_unmeasured", model=identity.model)
        return reason("status_of.model_answers", model=identity.model, pace=f"{seconds:.1f}")

    async def _open_cases(self, community: CommunityId) -> Reason:
        wanted = CaseFilter(status=CaseStatus.OPEN, limit=_COUNTED)
        count = len(await self._parts.store.cases.find(community, wanted))
        return reason("status_of.open_cases", count=count) if count else reason("status_of.no_open_cases")

    def _unusable(self, community: CommunityId) -> tuple[Reason, ...]:
        """Return which policies can't be read, so that nothing is judged by them: no list of those in use has them."""
        broken = sorted(self._parts.policies.of(community).unusable())
        return (reason("status_of.unusable", policies=", ".join(broken[:_LINES])),) if broken else ()

    async def _cant_do(self, settings: CommunitySettings) -> tuple[Reason, ...]:
        """Return what rules in earnest ask for and the bot may not do here."""
        capable = await self._parts.platform.enforcer.capabilities(settings.community)
        actions = [
            self._names.action(settings, entry.policy, entry.category)
            for entry in settings.categories
            if settings.mode_of(entry.policy, entry.category) is Mode.LIVE
        ]
        actions += [check.action for check in BUILT_IN if check.policy.id in settings.live_checks]
        wanted = {part for action in actions if action is not None for part in done_with(action)}
        never = NOT_OFFERED.get(platform_of(settings.community), frozenset())
        missing = [action for action in Action if action in (wanted & NOTICED_BY_MEMBERS) - capable - never]
        return (reason("status_of.cant_do", actions=",".join(missing)),) if missing else ()


def _counts(week: Coverage) -> tuple[Reason, ...]:
    """Return a week's coverage in a few lines."""
    lines = [reason("status_of.last_week"), reason("coverage.seen", count=week.seen)]
    if not week.seen:
        return (lines[0], reason("coverage.nothing"))
    lines.append(reason("coverage.judged", count=week.judged))
    unread = sum(count for _, count in week.unread)
    objected = sum(count for _, count in week.objected)
    counted = (
        ("status_of.missed", week.missed),
        ("status_of.left_to_people", objected),
        ("status_of.unread", unread),
    )
    if not (week.missed or unread):
        lines.append(reason("coverage.all_judged"))
    return (*lines, *(reason(code, count=count) for code, count in counted if count))


async def waiting_lines(cases: Cases, community: CommunityId, now: datetime) -> tuple[Reason, ...]:
    """Return what waits for the platform, why, and when it is tried next; what waits alike in one line."""
    found: dict[tuple[Action, Reason], list[datetime]] = defaultdict(list)
    for stored in await cases.postponed(community):
        if stored.put_off is not None:
            why = stored.put_off.why
            values = tuple(pair for pair in why.values if pair[0] != "seconds")
            found[stored.effect.action, replace(why, values=values)].append(stored.put_off.next_at)
    return tuple(
        reason(
            "status_of.waits",
            **{**dict(why.values), "why": why.code, "action": action.value},
            count=len(times),
            at=shown_at(min(times), now),
        )
        for (action, why), times in sorted(found.items(), key=lambda entry: min(entry[1]))[:_LINES]
    )
