"""A desk that keeps what it was asked, and answers what a test tells it to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from bot.core.recordings.clocks import SystemClock
from bot.domain.actions import Action
from bot.domain.answer import (
    AS_USUAL,
    Answer,
    AnswerKind,
    Change,
    ForgedPress,
    How,
    Listed,
    Options,
    SetupPlan,
)
from bot.domain.case import ReviewResult
from bot.domain.events import Report
from bot.domain.ids import CaseNumber, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.reasons import reason
from bot.domain.settings import CommunitySettings
from bot.ports.desk import Desk, Tell
from tests import factories


def done(code: str = "command.done", **values: object) -> Answer:
    """Return a plain answer."""
    return Answer(kind=AnswerKind.DONE, lines=(reason(code, **values),))


class RecordingDesk(Desk):
    """`asked` holds (method, actor, what else was given); `answers` maps a method to its answer, or to an error."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Actor, Any]] = []
        self.answers: dict[str, Answer | Exception] = {}
        self.allowed: tuple[Action, ...] | Answer = ()
        self.choices = Options(allowed=(), messages=2)
        self.offered: tuple[Policy, ...] = (factories.policy(),)
        self.chosen = factories.community_settings()
        self.steps: Sequence[Answer] = []

    def _answer(self, method: str, actor: Actor, given: Any = None) -> Answer:
        self.asked.append((method, actor, given))
        answer = self.answers.get(method, done())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def calls(self, method: str) -> list[Any]:
        """Return what was given to each call of a method."""
        return [given for name, _, given in self.asked if name == method]

    async def review(self, actor: Actor, case: CaseNumber, result: ReviewResult) -> Answer:
        """Record it."""
        return self._answer("review", actor, (case, result))

    async def options(self, actor: Actor, case: CaseNumber) -> Options | Answer:
        """Return what is `allowed`, with what else a test sets in `choices`."""
        self.asked.append(("options", actor, case))
        if isinstance(self.allowed, Answer):
            return self.allowed
        return replace(self.choices, allowed=self.allowed)

    async def offer(self, actor: Actor, case: CaseNumber, action: Action) -> Answer:
        """Record it."""
        return self._answer("offer", actor, (case, action))

    async def offer_all(self, actor: Actor, case: CaseNumber, action: Action) -> Answer:
        """Record it."""
        return self._answer("offer_all", actor, (case, action))

    async def act(self, actor: Actor, case: CaseNumber, action: Action, how: How = AS_USUAL) -> Answer:
        """Record it, and how where that is told."""
        return self._answer("act", actor, (case, action) if how == AS_USUAL else (case, action, how))

    async def act_on_all(self, actor: Actor, case: CaseNumber, action: Action, how: How = AS_USUAL) -> Answer:
        """Record it, and how where that is told."""
        return self._answer("act_on_all", actor, (case, action) if how == AS_USUAL else (case, action, how))

    async def more(self, actor: Actor, case: CaseNumber) -> Answer:
        """Record it."""
        return self._answer("more", actor, case)

    async def case(self, actor: Actor, case: CaseNumber) -> Answer:
        """Record it."""
        return self._answer("case", actor, case)

    async def open_cases(self, actor: Actor) -> Answer:
        """Record it."""
        return self._answer("open_cases", actor)

    async def history(self, actor: Actor, person: PersonId) -> Answer:
        """Record it."""
        return self._answer("history", actor, person)

    async def explain(self, actor: Actor, ref: MessageRef) -> Answer:
        """Record it."""
        return self._answer("explain", actor, ref)

    async def forged(self, actor: Actor, press: ForgedPress) -> Answer:
        """Record it."""
        return self._answer("forged", actor, press)

    async def report(self, actor: Actor, report: Report) -> Answer:
        """Record it."""
        return self._answer("report", actor, report)

    async def mine(self, actor: Actor) -> Answer:
        """Record it."""
        return self._answer("mine", actor)

    async def privacy(self, actor: Actor) -> Answer:
        """Record it."""
        return self._answer("privacy", actor)

    async def settings(self, community: CommunityId) -> CommunitySettings:
        """Return `chosen`."""
        del community
        return self.chosen

    async def policies(self, community: CommunityId) -> tuple[Policy, ...]:
        """Return `offered`."""
        del community
        return self.offered

    async def status(self, actor: Actor) -> Answer:
        """Record it."""
        return self._answer("status", actor)

    async def backlog(self, actor: Actor) -> Answer:
        """Record it."""
        return self._answer("backlog", actor)

    async def forget_backlog(self, actor: Actor) -> Answer:
        """Record it."""
        return self._answer("forget_backlog", actor)

    async def listed(self, actor: Actor, what: Listed) -> Answer:
        """Record it."""
        return self._answer("listed", actor, what)

    async def why_no_setup(self, actor: Actor) -> Answer | None:
        """Return what a test says."""
        return self._answer("why_no_setup", actor) if "why_no_setup" in self.answers else None

    async def set_up(self, actor: Actor, plan: SetupPlan, tell: Tell | None = None) -> Answer:
        """Record it, once whoever waits was told of each of `steps`; the last one again and again until they end it."""
        for step in self.steps:
            await cast("Tell", tell)(step)
        clock = SystemClock()
        while self.steps and await cast("Tell", tell)(self.steps[-1]):
            await clock.sleep(0.01)
        return self._answer("set_up", actor, plan)

    async def change(self, actor: Actor, change: Change) -> Answer:
        """Record it."""
        return self._answer("change", actor, change)

    async def add_policy(self, actor: Actor, name: str, text: str) -> Answer:
        """Record it."""
        return self._answer("add_policy", actor, (name, text))

    async def dry_run(self, actor: Actor, policy: PolicyId, messages: int, tell: Tell | None = None) -> Answer:
        """Record it."""
        del tell
        return self._answer("dry_run", actor, (policy, messages))

    async def try_text(self, actor: Actor, text: str) -> Answer:
        """Record it."""
        return self._answer("try_text", actor, text)

    async def export(self, actor: Actor) -> Answer:
        """Record it."""
        return self._answer("export", actor)
