"""What carries effects out on Slack, within what Slack allows.

A bot deletes its own messages alone. With the token of an owner or admin it deletes in that person's name; without one,
and where Slack refuses, a deletion is a request to people, and ends when Slack tells that the message is gone.
"""

from collections.abc import Mapping

from bot.adapters.slack.incoming.history import SlackHistory
from bot.adapters.slack.outgoing.deleting import Deleting, applied, requested
from bot.adapters.slack.outgoing.mod_log import SlackModLog
from bot.adapters.slack.outgoing.notifier import SlackNotifier, mark_of
from bot.adapters.slack.outgoing.refusals import reason_of
from bot.adapters.slack.pace import Method
from bot.adapters.slack.workspace import Workspace
from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect, EffectResult
from bot.domain.errors import PlatformBusy, PlatformError
from bot.domain.ids import CommunityId
from bot.domain.notice import notice_of
from bot.domain.reasons import PlatformReason, Reason, reason
from bot.logs import get_logger
from bot.ports.enforcer import Enforcer

_log = get_logger(__name__)
_CAPABLE = frozenset({Action.FLAG, Action.ESCALATE, Action.WARN, Action.NOTICE, Action.DELETE, Action.BAN})
"""DELETE and BAN may end as requests to people. Slack lets no bot time out, slow down, quarantine, restore or lift."""
_WRITE = "chat:write"


class SlackEnforcer(Enforcer):
    """Carries effects out for every connected workspace."""

    def __init__(
        self,
        workspaces: Mapping[CommunityId, Workspace],
        history: SlackHistory,
        notifier: SlackNotifier,
        mod_log: SlackModLog,
        deleting: Deleting,
    ) -> None:
        self._workspaces = workspaces
        self._history = history
        self._notifier = notifier
        self._mod_log = mod_log
        self._deleting = deleting

    async def capabilities(self, community: CommunityId) -> frozenset[Action]:
        """Return what can be done or asked of people; only flags where the bot may not write, nothing elsewhere."""
        workspace = self._workspaces.get(community)
        if workspace is None:
            return frozenset()
        return _CAPABLE if await self._may_write(workspace) else frozenset({Action.FLAG})

    async def away(self, community: CommunityId) -> Reason | None:
        """Return why a workspace can't be reached: its keys were not taken (yet)."""
        return None if community in self._workspaces else reason(PlatformReason.NOT_CONNECTED)

    def most_at_once(self, action: Action, community: CommunityId) -> int:
        """Return 1: Slack has no call for several."""
        del action, community
        return 1

    async def check(self, effect: Effect) -> Reason | None:
        """Return what stands in the way. A deletion that is left to people is possible: asking them is."""
        workspace = self._workspaces.get(effect.community)
        writes = workspace is not None and (effect.action is Action.FLAG or await self._may_write(workspace))
        return self._in_the_way(effect, may_write=writes)

    def _in_the_way(self, effect: Effect, *, may_write: bool) -> Reason | None:
        if effect.community not in self._workspaces:
            return reason(PlatformReason.NOT_CONNECTED)
        if effect.action not in _CAPABLE:
            return reason(PlatformReason.NOT_SUPPORTED)
        if effect.action is Action.DELETE and (effect.message is None or effect.message.community != effect.community):
            return reason(PlatformReason.CHANNEL_GONE)
        if effect.action is not Action.FLAG and not may_write:
            return reason(PlatformReason.MISSING_PERMISSION, permission=_WRITE)
        return None

    async def _may_write(self, workspace: Workspace) -> bool:
        """Return whether the bot's token may write; yes, where Slack can't be asked: the call itself will tell."""
        try:
            await workspace.api.call(Method.AUTH_TEST)
        except PlatformError:
            return True
        return _WRITE in workspace.api.scopes

    async def apply(self, effects: tuple[Effect, ...]) -> tuple[EffectResult, ...]:
        """Carry effects out one by one: Slack has no bulk deletion. What is in the way of all is asked once."""
        results: list[EffectResult] = []
        writes: dict[CommunityId, bool] = {}
        for effect in effects:
            workspace = self._workspaces.get(effect.community)
            if workspace is not None and effect.community not in writes:
                writes[effect.community] = await self._may_write(workspace)
            why = self._in_the_way(effect, may_write=writes.get(effect.community, False))
            if why is None:
                results.append(await self._one(effect))
            else:
                results.append(EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=why))
        return tuple(results)

    async def find(self, effect: Effect) -> EffectResult | None:
        """Look for the sign that an effect was carried out before a crash."""
        try:
            return applied(effect) if await self._shows(effect) else None
        except PlatformBusy:
            raise
        except PlatformError as error:
            _log.warning("effect_not_found_out", action=effect.action, error=str(error))
            return None

    async def _shows(self, effect: Effect) -> bool:
        if effect.community not in self._workspaces:
            return False
        if effect.action is Action.DELETE and effect.message is not None:
            return await self._history.fetch(effect.message) is None
        if effect.action in (Action.NOTICE, Action.WARN) and effect.person is not None:
            return await self._notifier.was_told(effect.key, effect.community, effect.person)
        if effect.action is Action.ESCALATE:
            found = await self._mod_log.find_call(mark_of(effect.key), effect)
            return found is not None
        return False

    async def _one(self, effect: Effect) -> EffectResult:
        if effect.action is Action.DELETE and effect.message is not None:
            return await self._deleting.delete(effect, effect.message)
        if effect.action is Action.BAN:
            return requested(effect, reason(PlatformReason.NOT_SUPPORTED))
        if effect.action is Action.ESCALATE:
            return await self._escalate(effect)
        if effect.action in (Action.NOTICE, Action.WARN):
            return await self._notice(effect)
        return applied(effect)

    async def _escalate(self, effect: Effect) -> EffectResult:
        try:
            call = await self._mod_log.call_people(mark_of(effect.key), effect)
        except PlatformError as error:
            outcome = Outcome.FAILED if isinstance(error, PlatformBusy) else Outcome.REFUSED
            return EffectResult(key=effect.key, outcome=outcome, why=reason_of(error))
        if call is None:
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=reason(PlatformReason.NO_ROLE))
        return EffectResult(key=effect.key, outcome=Outcome.APPLIED, platform_id=call)

    async def _notice(self, effect: Effect) -> EffectResult:
        notice = notice_of(effect)
        if notice is None:
            return EffectResult(key=effect.key, outcome=Outcome.REFUSED, why=reason(PlatformReason.NOT_A_MEMBER))
        result = await self._notifier.tell(effect.key, notice)
        if effect.action is Action.WARN and effect.channel is not None and result.outcome is not Outcome.FAILED:
            await self._notifier.whisper(notice, effect.channel)
        return result
