"""From a row that waits to its entry in the docket: lanes, risk, and since when."""

from collections.abc import Iterable
from dataclasses import replace

from bot.core.intake.screening import Screening, has_link
from bot.core.waiting.queue import Risk, Waiting
from bot.core.waiting.risk import Signs, risk_of
from bot.domain.events import Message
from bot.domain.ids import CommunityId, PersonId, PolicyId
from bot.domain.inbox import InboxItem
from bot.domain.policy import Policy
from bot.domain.question import Lane
from bot.domain.settings import CommunitySettings
from bot.ports.cases import Cases
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock
from bot.ports.settings import SettingsSource

_KNOWN_FOR = 600.0
_MOST_KNOWN = 10_000


class Admission:
    """Makes entries. They share what they can, since there may be a hundred thousand."""

    def __init__(
        self, *, cases: Cases, classifier: Classifier, settings: SettingsSource, screening: Screening, clock: Clock
    ) -> None:
        self._cases = cases
        self._classifier = classifier
        self._settings = settings
        self._screening = screening
        self._clock = clock
        self._lanes: dict[tuple[PolicyId, str], Lane] = {}
        self._shared: dict[frozenset[Lane], frozenset[Lane]] = {}
        self._upheld: dict[tuple[CommunityId, PersonId], tuple[float, int]] = {}

    def lane_of(self, policy: Policy) -> Lane:
        """Return the lane of a policy's questions."""
        known = (policy.id, policy.policy_hash)
        if known not in self._lanes:
            self._lanes[known] = self._classifier.prompt_hash(policy)
        return self._lanes[known]

    def lanes_of(self, policies: Iterable[Policy]) -> frozenset[Lane]:
        """Return the lanes of several policies, the same object for the same lanes."""
        lanes = frozenset(self.lane_of(policy) for policy in policies)
        return self._shared.setdefault(lanes, lanes)

    async def screened(self, item: InboxItem) -> tuple[Policy, ...]:
        """Return the policies that a row is put to; none for a text that is not at hand or not to be judged."""
        return await self._screening.policies_of(item)

    async def entry(self, item: InboxItem, policies: tuple[Policy, ...], *, backlog: bool = False) -> Waiting:
        """Return a row's entry. It waits since its receipt: an old message that was edited now is new."""
        return Waiting(
            key=item.key,
            community=item.key.community,
            risk=await self._risk(item),
            since=item.received_at.timestamp(),
            lanes=self.lanes_of(policies),
            backlog=backlog,
        )

    async def _risk(self, item: InboxItem) -> Risk:
        message = item.message
        if item.report is not None or message is None:
            return Risk.REPORTED
        settings = await self._settings.of(item.key.community)
        signs = Signs(
            reported=False,
            new_member=_is_new(message, settings),
            has_link=has_link(message.judged_text),
            addressed=message.addresses,
            upheld=0,
        )
        risk = risk_of(signs)
        if risk is not Risk.ORDINARY:
            return risk
        return risk_of(replace(signs, upheld=await self._cases_upheld(message)))

    async def _cases_upheld(self, message: Message) -> int:
        now, author = self._clock.monotonic(), (message.community, message.author.id)
        until, upheld = self._upheld.get(author, (now, 0))
        if until > now:
            return upheld
        upheld = (await self._cases.history(*author)).cases_upheld
        if len(self._upheld) >= _MOST_KNOWN:
            self._upheld.clear()
        self._upheld[author] = (now + _KNOWN_FOR, upheld)
        return upheld


def _is_new(message: Message, settings: CommunitySettings) -> bool:
    joined = message.author.joined_at
    return joined is not None and message.sent_at - joined <= settings.new_member_for
