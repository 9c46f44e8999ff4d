"""What people ask for through a platform: presses on cards, commands, reports and settings.

`core` implements it; the adapters call it. The actor comes from the platform and never from what a button carries.
Every method checks anew whether the actor may, and whether the case is this community's; a refusal is an answer with an
audit entry, and no exception. Nobody decides a case in which they are author, target or reporter.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.domain.actions import Action
from bot.domain.answer import AS_USUAL, Answer, Change, ForgedPress, How, Listed, Options, SetupPlan
from bot.domain.case import ReviewResult
from bot.domain.events import Report
from bot.domain.ids import CaseNumber, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings

Tell = Callable[[Answer], Awaitable[bool]]
"""Shows whoever asked how far it is; returns whether to go on. Called again and again, also where nothing is new."""


class CaseDesk(Protocol):
    """Cases, for moderators."""

    @abstractmethod
    async def review(self, actor: Actor, case: CaseNumber, result: ReviewResult) -> Answer:
        """Record a moderator's word; the card is redrawn. OVERTURNED lifts what can be lifted."""

    @abstractmethod
    async def options(self, actor: Actor, case: CaseNumber) -> Options | Answer:
        """Return what this person may do about the case now, and what not and why; an answer when refused."""

    @abstractmethod
    async def offer(self, actor: Actor, case: CaseNumber, action: Action) -> Answer:
        """Return the case's card, to ask once more before something heavy; no card when refused."""

    @abstractmethod
    async def offer_all(self, actor: Actor, case: CaseNumber, action: Action) -> Answer:
        """As `offer`, before it is done to every author of an incident."""

    @abstractmethod
    async def act(self, actor: Actor, case: CaseNumber, action: Action, how: How = AS_USUAL) -> Answer:
        """Do it, for real even in shadow. A person's press is a decision of its own."""

    @abstractmethod
    async def act_on_all(self, actor: Actor, case: CaseNumber, action: Action, how: How = AS_USUAL) -> Answer:
        """Do it to every author of an incident, in batches; the answer lists the failures."""

    @abstractmethod
    async def more(self, actor: Actor, case: CaseNumber) -> Answer:
        """Return the reasoning, the steps of the decision and the author's history."""

    @abstractmethod
    async def case(self, actor: Actor, case: CaseNumber) -> Answer:
        """Return the case as a card."""

    @abstractmethod
    async def open_cases(self, actor: Actor) -> Answer:
        """Return the latest cases that nobody has decided, a line each."""

    @abstractmethod
    async def history(self, actor: Actor, person: PersonId) -> Answer:
        """Return what is on record about a member."""

    @abstractmethod
    async def explain(self, actor: Actor, ref: MessageRef) -> Answer:
        """Return each step that one message went through, and why no more was done."""

    @abstractmethod
    async def forged(self, actor: Actor, press: ForgedPress) -> Answer:
        """Record a press that no card of ours offers, and return the refusal."""


class MemberDesk(Protocol):
    """What every member may ask for."""

    @abstractmethod
    async def report(self, actor: Actor, report: Report) -> Answer:
        """Take a report in; the answer thanks, without telling what follows."""

    @abstractmethod
    async def mine(self, actor: Actor) -> Answer:
        """Return what was removed of the actor's own messages, by which rule, with their texts where allowed."""

    @abstractmethod
    async def privacy(self, actor: Actor) -> Answer:
        """Return what is kept about members, for how long, and how to have it erased."""


class SettingsDesk(Protocol):
    """Settings, for admins; reading them is for moderators too."""

    @abstractmethod
    async def settings(self, community: CommunityId) -> CommunitySettings:
        """Return a community's settings, the defaults where nothing was saved."""

    @abstractmethod
    async def policies(self, community: CommunityId) -> tuple[Policy, ...]:
        """Return the policies that a community can choose from."""

    @abstractmethod
    async def status(self, actor: Actor) -> Answer:
        """Return coverage, the model's health, the mode, open cases and missing permissions."""

    @abstractmethod
    async def backlog(self, actor: Actor) -> Answer:
        """Return how many messages of the community wait for the model."""

    @abstractmethod
    async def forget_backlog(self, actor: Actor) -> Answer:
        """End what waits without a judgement, each message on record; reports stay."""

    async def listed(self, actor: Actor, what: Listed) -> Answer:
        """Return one kind of settings as they hold now."""

    async def why_no_setup(self, actor: Actor) -> Answer | None:
        """Return why this person can't set up here, before anything is asked; None where they can."""
        del actor
        return None

    @abstractmethod
    async def set_up(self, actor: Actor, plan: SetupPlan, tell: Tell | None = None) -> Answer:
        """Save the plan, measure the model against the traffic, judge recent messages; say what to expect.

        The answer comes once these are judged, within nine minutes; `tell` is told how far it is. What was saved and
        handed in by then stays so when it says to end.
        """

    @abstractmethod
    async def change(self, actor: Actor, change: Change) -> Answer:
        """Change one setting; where the YAML file names the community, a refusal that names the file."""

    @abstractmethod
    async def add_policy(self, actor: Actor, name: str, text: str) -> Answer:
        """Check an uploaded policy file and offer it to this community, in shadow."""

    @abstractmethod
    async def dry_run(self, actor: Actor, policy: PolicyId, messages: int, tell: Tell | None = None) -> Answer:
        """Judge the latest messages under a policy without any case, and say how many cards a day that makes.

        `tell` is told how far it is; what was tried by then is the answer when it says to end.
        """

    @abstractmethod
    async def try_text(self, actor: Actor, text: str) -> Answer:
        """Judge a text under the community's policies without any record of it."""

    @abstractmethod
    async def export(self, actor: Actor) -> Answer:
        """Return the community's cases as a file that opens in a spreadsheet."""


class Desk(CaseDesk, MemberDesk, SettingsDesk, Protocol):
    """Everything that people can ask for."""
