"""The desk: everything that people can ask for, each kind of request in a file of its own."""

from bot.core.desk.access import Access
from bot.core.desk.cases.acting import Acting
from bot.core.desk.cases.carrying import Carrying
from bot.core.desk.cases.looking import Looking
from bot.core.desk.cases.offering import Offering
from bot.core.desk.cases.reviewing import Reviewing
from bot.core.desk.exporting import Exporting
from bot.core.desk.members import Members
from bot.core.desk.parts import DeskParts
from bot.core.desk.rules.changing import Changing
from bot.core.desk.rules.listing import Listing
from bot.core.desk.rules.setup import SettingUp
from bot.core.desk.rules.stopping import Stopping
from bot.core.desk.rules.trying import Trying
from bot.core.desk.status import Status
from bot.core.desk.waiting import WaitingMessages
from bot.domain.actions import Action
from bot.domain.answer import AS_USUAL, Answer, Change, ForgedPress, How, Listed, Options, SetupPlan
from bot.domain.case import ReviewResult
from bot.domain.events import Report
from bot.domain.ids import CaseNumber, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings
from bot.ports.desk import Desk, Tell


class CoreDesk(Desk):
    """Answers what a platform's people ask, for every community on it."""

    def __init__(self, parts: DeskParts) -> None:
        access = Access(parts)
        carrying = Carrying(parts, access)
        self._book = parts.book
        self._reviewing = Reviewing(parts, access, carrying)
        self._acting = Acting(parts, access, carrying)
        self._offering = Offering(parts, access, self._acting, self._reviewing)
        self._looking = Looking(parts, access)
        self._members = Members(parts, access)
        self._changing = Changing(parts, access, Stopping(parts, access))
        self._status = Status(parts, access)
        self._listing = Listing(parts, access)
        self._setting_up = SettingUp(parts, access, self._changing, self._status)
        self._trying = Trying(parts, access)
        self._exporting = Exporting(parts, access)
        self._waiting = WaitingMessages(parts, access)

    async def review(self, actor: Actor, case: CaseNumber, result: ReviewResult) -> Answer:
        """Record a moderator's word."""
        return await self._reviewing.review(actor, case, result)

    async def options(self, actor: Actor, case: CaseNumber) -> Options | Answer:
        """Return what this person may do about the case now."""
        return await self._offering.options(actor, case)

    async def offer(self, actor: Actor, case: CaseNumber, action: Action) -> Answer:
        """Return the case's card, to ask once more."""
        return await self._acting.offer(actor, case, action)

    async def offer_all(self, actor: Actor, case: CaseNumber, action: Action) -> Answer:
        """Return the case's card, to ask once more about everybody."""
        return await self._acting.offer_all(actor, case, action)

    async def act(self, actor: Actor, case: CaseNumber, action: Action, how: How = AS_USUAL) -> Answer:
        """Do it."""
        return await self._acting.act(actor, case, action, how)

    async def act_on_all(self, actor: Actor, case: CaseNumber, action: Action, how: How = AS_USUAL) -> Answer:
        """Do it to every author of an incident."""
        return await self._acting.act_on_all(actor, case, action, how)

    async def more(self, actor: Actor, case: CaseNumber) -> Answer:
        """Return the whole record."""
        return await self._looking.more(actor, case)

    async def case(self, actor: Actor, case: CaseNumber) -> Answer:
        """Return the case as a card."""
        return await self._looking.case(actor, case)

    async def open_cases(self, actor: Actor) -> Answer:
        """Return the latest cases that nobody has decided."""
        return await self._looking.open_cases(actor)

    async def history(self, actor: Actor, person: PersonId) -> Answer:
        """Return what is on record about a member."""
        return await self._looking.history(actor, person)

    async def explain(self, actor: Actor, ref: MessageRef) -> Answer:
        """Return each step of one message."""
        return await self._looking.explain(actor, ref)

    async def forged(self, actor: Actor, press: ForgedPress) -> Answer:
        """Record a press that no card offers."""
        return await self._looking.forged(actor, press)

    async def report(self, actor: Actor, report: Report) -> Answer:
        """Take a report in."""
        return await self._members.report(actor, report)

    async def mine(self, actor: Actor) -> Answer:
        """Return what was done about the actor's own messages."""
        return await self._members.mine(actor)

    async def privacy(self, actor: Actor) -> Answer:
        """Return what is kept about members."""
        return await self._members.privacy(actor)

    async def settings(self, community: CommunityId) -> CommunitySettings:
        """Return a community's settings."""
        return await self._book.of(community)

    async def policies(self, community: CommunityId) -> tuple[Policy, ...]:
        """Return the policies that a community can choose from."""
        return self._book.policies(community)

    async def status(self, actor: Actor) -> Answer:
        """Return how things stand."""
        return await self._status.status(actor)

    async def backlog(self, actor: Actor) -> Answer:
        """Return how many messages wait for the model."""
        return await self._waiting.backlog(actor)

    async def forget_backlog(self, actor: Actor) -> Answer:
        """Let go of them."""
        return await self._waiting.forget_backlog(actor)

    async def listed(self, actor: Actor, what: Listed) -> Answer:
        """Return one kind of settings."""
        return await self._listing.listed(actor, what)

    async def why_no_setup(self, actor: Actor) -> Answer | None:
        """Return why this person can't set up here."""
        return await self._setting_up.why_not(actor)

    async def set_up(self, actor: Actor, plan: SetupPlan, tell: Tell | None = None) -> Answer:
        """Save the plan, measure, and begin."""
        return await self._setting_up.set_up(actor, plan, tell or _unheard)

    async def change(self, actor: Actor, change: Change) -> Answer:
        """Change one setting."""
        return await self._changing.change(actor, change)

    async def add_policy(self, actor: Actor, name: str, text: str) -> Answer:
        """Check a policy file and offer it here."""
        return await self._changing.add_policy(actor, name, text)

    async def dry_run(self, actor: Actor, policy: PolicyId, messages: int, tell: Tell | None = None) -> Answer:
        """Judge the latest messages under a policy, without any record."""
        return await self._trying.dry_run(actor, policy, messages, tell or _unheard)

    async def try_text(self, actor: Actor, text: str) -> Answer:
        """Judge a text, without any record."""
        return await self._trying.try_text(actor, text)

    async def export(self, actor: Actor) -> Answer:
        """Return the cases as a file."""
        return await self._exporting.export(actor)


async def _unheard(_answer: Answer) -> bool:
    return True
