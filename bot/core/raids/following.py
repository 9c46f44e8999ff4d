"""What a member of an incident is decided by that is not judged itself: the verdict on another that says the same."""

from dataclasses import dataclass, replace

from bot.core.judging.briefing import Brief
from bot.core.raids.crowd import Crowd
from bot.domain.events import Message
from bot.domain.ids import MessageRef
from bot.domain.inbox import InboxItem
from bot.domain.incident import IncidentId, IncidentState
from bot.domain.policy import Policy
from bot.domain.scope import Scope
from bot.domain.settings import CommunitySettings
from bot.domain.texts.text import MAX_CHARACTERS, copy_key
from bot.domain.verdict import Label, Verdict, VerdictSource
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What a message that follows is decided by: the verdict on another that says the same."""

    policy: Policy
    verdict: Verdict
    incident: IncidentId
    confirmed: bool
    acted_on: bool = False

    def brief(self, item: InboxItem, message: Message, settings: CommunitySettings) -> Brief:
        """Return the brief of a message that needs no question."""
        return Brief(
            item=item,
            message=message,
            settings=settings,
            policies=(self.policy,),
            known={self.policy.id: self.verdict},
            questions=(),
            scope=Scope(incident=self.incident, follows=True, acted_on=self.acted_on),
            confirmed=self.confirmed,
        )


class Leads:
    """Finds the verdicts that members of incidents follow."""

    def __init__(self, store: Store, policies: PolicySource) -> None:
        self._store = store
        self._policies = policies

    async def of(self, crowd: Crowd, item: InboxItem, message: Message) -> Following | None:
        """Return what a message of an incident follows; None when that has no verdict that holds for others."""
        if crowd.incident is None or crowd.dissolved or crowd.incident.policy is None:
            return None
        policy = self._policies.of(crowd.community).get(crowd.incident.policy)
        found = await self._verdict(crowd)
        if policy is None or found is None:
            return None
        return Following(
            policy=policy,
            verdict=_copied(found, await self._text_of(crowd), message, policy),
            incident=crowd.incident.id,
            confirmed=crowd.incident.state is IncidentState.CONFIRMED,
            acted_on=item.key.ref in crowd.acted_on,
        )

    async def _verdict(self, crowd: Crowd) -> Verdict | None:
        if crowd.verdict is None and crowd.case is not None:
            file = await self._store.cases.file(crowd.community, crowd.case)
            for verdict in file.verdicts if file is not None else ():
                if verdict.label is Label.VIOLATES and verdict.policy == crowd.formed.policy:
                    crowd.verdict, crowd.verdict_of = verdict, file.case.ref if file is not None else None
                    break
        return crowd.verdict

    async def _text_of(self, crowd: Crowd) -> tuple[MessageRef | None, str]:
        item = await self._store.inbox.current(crowd.verdict_of) if crowd.verdict_of is not None else None
        return crowd.verdict_of, item.message.judged_text if item is not None and item.message is not None else ""


def _copied(found: Verdict, source: tuple[MessageRef | None, str], message: Message, policy: Policy) -> Verdict:
    """Return a verdict as it holds for another message that says the same: flagging at most, unless it is equal."""
    ref, text = source
    is_equal = (
        policy.context_free
        and not found.with_context
        and 0 < len(text) <= MAX_CHARACTERS
        and copy_key(text) == copy_key(message.judged_text)
    )
    copy_of = ref.message if ref is not None else ""
    if is_equal:
        return replace(found, source=VerdictSource.EXACT_COPY, copy_of=copy_of)
    return replace(
        found, source=VerdictSource.NEAR_COPY, copy_of=copy_of, evidence=(), reasoning="", reasoning_cut=False, run=None
    )
