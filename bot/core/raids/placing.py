"""Where a decision belongs: the case that it shares with others and its standing in an incident, until it is on record.

What can't be told apart from its being written is done in one piece: decisions of a community that find something are
made one at a time, or two could take the last place under a limit, or begin two cases for one raid.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace

from bot.core.deciding.casework import Casework
from bot.core.judging.briefing import Brief
from bot.core.raids.crowd import Crowd, Rule
from bot.core.raids.roll import Roll
from bot.core.raids.waves import Waves
from bot.domain.actions import Action
from bot.domain.case import CaseStatus
from bot.domain.decision import Decision
from bot.domain.ids import CaseNumber
from bot.domain.incident import MemberState
from bot.domain.records import Recorded
from bot.domain.scope import ALONE, Place
from bot.domain.verdict import Label, Verdict
from bot.ports.cases import Cases
from bot.ports.settings import SettingsSource

_JOINABLE = frozenset({CaseStatus.OPEN, CaseStatus.UPHELD, CaseStatus.UNCLEAR})


class Places:
    """Gives each decision its place."""

    def __init__(self, *, roll: Roll, waves: Waves, cases: Cases, casework: Casework, settings: SettingsSource) -> None:
        self._roll = roll
        self._waves = waves
        self._cases = cases
        self._casework = casework
        self._settings = settings

    @asynccontextmanager
    async def placing(self, brief: Brief, verdicts: tuple[Verdict, ...]) -> AsyncIterator["Placing"]:
        """Give a decision its turn: its brief as it is now, and `record`, which puts the decision where it belongs."""
        community = brief.message.community
        acts = any(verdict.label is Label.VIOLATES for verdict in verdicts) and not brief.is_quiet
        async with self._casework.limits.turn(community) if acts else nullcontext():
            brief = replace(brief, settings=await self._settings.of(community))
            yield Placing(places=self, brief=self._in_scope(brief), verdicts=verdicts)

    async def write(self, decided: "Placing", decision: Decision) -> Recorded | None:
        """Write a decision where it belongs, and note what it means for others that say the same."""
        place = await self._place(decided, decision)
        recorded = await self._casework.record(decided.brief, decision, decided.verdicts, place=place)
        if recorded is None:
            await self._roll.left(decided.brief.item.key.ref)
        else:
            await self._note(decided, decision, place, recorded)
        return recorded

    def _in_scope(self, brief: Brief) -> Brief:
        """Return a brief with the incident that its message is in: what it brings counts with that."""
        crowd = self._roll.crowds.of(brief.message.ref) if self._roll.seat(brief.item.key) is not None else None
        if crowd is None or crowd.incident is None or crowd.dissolved or brief.scope.incident:
            return brief
        return replace(brief, scope=replace(brief.scope, incident=crowd.incident.id))

    async def _place(self, decided: "Placing", decision: Decision) -> Place:
        brief, rule = decided.brief, _rule(decision)
        crowd, seat = self._roll.crowds.of(brief.message.ref), self._roll.seat(brief.item.key)
        if rule is not None and decided.rests_on_earlier_lines:
            return ALONE
        if crowd is not None and crowd.incident is not None and seat is not None and not crowd.dissolved:
            joins = await self._shared_case(crowd, rule) if rule is not None else None
            standing = seat.standing if seat.standing is MemberState.FOLLOWS else _standing(decided.verdicts)
            policy, category = rule or (None, None)
            member = replace(seat.member(crowd.incident.id), standing=standing, policy=policy, category=category)
            return Place(joins=joins, member=member)
        if rule is None or brief.item.report is not None:
            return ALONE
        return await self._waves.place(brief.item.key, brief.message, rule)

    async def _note(self, decided: "Placing", decision: Decision, place: Place, recorded: Recorded) -> None:
        """Take note of a decision on record: it may settle an incident."""
        brief, rule, ref = decided.brief, _rule(decision), decided.brief.message.ref
        if rule is not None and decided.rests_on_earlier_lines:
            await self._roll.left(ref)
            return
        number = recorded.case.number if recorded.case is not None else None
        if rule is not None and number is not None and not brief.scope.follows:
            self._waves.note(brief.message, rule, number, place.member)
        crowd = self._roll.crowds.of(ref)
        if crowd is None:
            return
        if rule is not None and crowd.case is None:
            crowd.case = number
        if any(stored.effect.action is Action.DELETE for stored in recorded.effects):
            crowd.acted_on.add(ref)
        if crowd.incident is not None and number is not None:
            self._roll.counted_up[crowd] = None
        found = next((verdict for verdict in decided.verdicts if rule is not None and verdict.policy == rule[0]), None)
        await self._roll.judged(ref, _standing(decided.verdicts), rule, found)

    async def _shared_case(self, crowd: Crowd, rule: Rule) -> CaseNumber | None:
        """Return the case that a message shares with those that say the same and break the same rule."""
        if crowd.case is None:
            return None
        file = await self._cases.file(crowd.community, crowd.case)
        if file is None or file.case.status not in _JOINABLE:
            return None
        return crowd.case if (file.case.policy, file.case.category) == rule else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A decision's turn. `brief` is what it is made on: with the settings of now, and what its message counts with."""

    places: Places
    brief: Brief
    verdicts: tuple[Verdict, ...]

    async def record(self, decision: Decision) -> Recorded | None:
        """Write the decision; None when the message was edited or deleted meanwhile, and nothing was written."""
        return await self.places.write(self, decision)

    @property
    def rests_on_earlier_lines(self) -> bool:
        """Return whether what was found stands in lines before the message too: others who say its words say less."""
        joined = self.brief.joined
        if joined is None:
            return False
        quotes = (quote for verdict in self.verdicts if verdict.label is Label.VIOLATES for quote in verdict.evidence)
        return any(quote.start < joined.newest_from for quote in quotes)


def _rule(decision: Decision) -> Rule | None:
    if decision.policy is None or decision.category is None:
        return None
    return decision.policy, decision.category


def _standing(verdicts: tuple[Verdict, ...]) -> MemberState:
    """Return what a judgement says of a message for its incident."""
    labels = {verdict.label for verdict in verdicts}
    if Label.VIOLATES in labels:
        return MemberState.VIOLATES
    return MemberState.SAFE if Label.SAFE in labels else MemberState.UNDECIDED
