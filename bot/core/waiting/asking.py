"""One message and the model: opening it at its turn, and putting its questions, lane by lane. `pipeline` runs this."""

from dataclasses import dataclass, field

from bot.core.judging.briefing import Brief
from bot.core.judging.judging import Judging
from bot.core.main_flow import MainFlow
from bot.core.waiting.backlog import Backlog
from bot.core.waiting.breaker import Breaker
from bot.core.waiting.standby import Standby
from bot.core.waiting.waiting_room import WaitingRoom
from bot.domain.inbox import InboxKey
from bot.domain.question import Lane, Question
from bot.domain.verdict import MODEL_AWAY, Verdict
from bot.ports.clock import Clock
from bot.ports.inbox import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """What the pipeline runs."""

    flow: MainFlow
    inbox: Inbox
    judging: Judging
    room: WaitingRoom
    backlog: Backlog
    breaker: Breaker
    standby: Standby
    clock: Clock


@dataclass(eq=False, slots=True, kw_only=True)
class Opened:
    """A claimed message: what is to be asked in each lane, and what was answered so far.

    `late` says that it is of a backlog, `failed` that a question got no answer.
    """

    brief: Brief
    asking: dict[Lane, list[Question]]
    answers: list[Verdict] = field(default_factory=list)
    late: bool = False
    failed: bool = False

    @property
    def complete(self) -> bool:
        """Return whether every question is answered; so it is when there was none."""
        return len(self.answers) == len(self.brief.questions)


async def opened(works: Works, key: InboxKey) -> Opened | None:
    """Claim a message and make it ready; None when it does not wait, or ended, or waits for others."""
    item = await works.inbox.claim(key)
    brief = await works.flow.open(item) if item is not None else None
    if brief is None:
        return None
    asking: dict[Lane, list[Question]] = {}
    for question in brief.questions:
        asking.setdefault(works.room.lane_of(question.policy), []).append(question)
    return Opened(brief=brief, asking=asking)


async def ask(works: Works, message: Opened, lane: Lane) -> None:
    """Put a lane's questions, most often one. A failure is looked into before this returns."""
    # Taken out at once: a message that was read from the database a second time has two turns in a lane.
    for question in message.asking.pop(lane, ()):
        verdict = await works.judging.ask(question)
        await works.breaker.heard(verdict)
        if verdict.reason in MODEL_AWAY:
            message.failed = True
            return
        message.answers.append(verdict)
