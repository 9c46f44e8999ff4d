"""Setting a community up: save, measure, and begin with recent messages, so that first cases stand within minutes."""

from bot.core.desk.access import Access
from bot.core.desk.answers import done
from bot.core.desk.parts import DeskParts
from bot.core.desk.rules.changing import Changing
from bot.core.desk.rules.first_cases import FEWEST, FirstCases
from bot.core.desk.rules.measuring import seconds_per_message, share_within_a_minute
from bot.core.desk.rules.recent import complete_part, recent_messages
from bot.core.desk.status import Status, pace_name
from bot.domain.answer import Answer, SetupPlan
from bot.domain.audit import AuditCode
from bot.domain.errors import ConfigError
from bot.domain.events import Message
from bot.domain.ids import CommunityId
from bot.domain.notice import Announcement, AnnouncementCode
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.reasons import Reason, reason
from bot.domain.settings import CommunitySettings
from bot.ports.desk import Tell

_EACH_CHANNEL = 100
_TRAFFIC = 4_000
_LONGEST = 9 * 60.0
"""Seconds after which a setup ends, however far it is: first cases shall stand within ten minutes."""
_ENOUGH = 80
"""Share of 100 messages within a minute below which the model is called slow for this place."""


class SettingUp:
    """Carries a guided setup out."""

    def __init__(self, parts: DeskParts, access: Access, changing: Changing, status: Status) -> None:
        self._parts = parts
        self._access = access
        self._changing = changing
        self._status = status
        self._first_cases = FirstCases(parts)

    async def why_not(self, actor: Actor) -> Answer | None:
        """Return why this person can't set up here: they are no admin, or the YAML file decides."""
        return await self._access.admin(actor, "set_up") or await self._changing.in_file(actor, "set_up")

    async def set_up(self, actor: Actor, plan: SetupPlan, tell: Tell) -> Answer:
        """Save the plan, measure the model against the traffic, judge recent messages, and tell how far it is."""
        refusal = await self.why_not(actor)
        if refusal is not None:
            return refusal
        details = (
            ("by", actor.person),
            ("change", "set_up"),
            ("mod_log", plan.mod_log),
            ("policies", ",".join(plan.policies)),
        )
        note = self._access.noted(actor, AuditCode.SETTINGS_CHANGED, details)
        known = {policy.id for policy in self._parts.book.policies(actor.community)}
        unknown = [policy for policy in plan.policies if policy not in known]
        if unknown:
            line = reason("command.unknown_policy", policy=unknown[0], policies=", ".join(sorted(known)))
            return await self._access.refuse(actor, line, "set_up")
        try:
            settings = await self._parts.book.set_up(actor.community, plan, note)
        except ConfigError as error:
            problem = error.faults[0].split(": ", 1)[-1]
            return await self._access.refuse(actor, reason("command.not_accepted", problem=problem), "set_up")
        return await self._begin(settings, plan, tell)

    async def _begin(self, settings: CommunitySettings, plan: SetupPlan, tell: Tell) -> Answer:
        ends = self._parts.clock.monotonic() + _LONGEST
        await self._announce(settings)
        self._parts.alive(settings.community)
        if not await tell(done(reason("setup.started"), reason("setup.measuring"))):
            return done(reason("setup.unmeasured"), reason("setup.next"))
        latest = await recent_messages(
            self._parts.platform.history, settings.community, plan.channels, each=_EACH_CHANNEL, most=_TRAFFIC
        )
        seconds = await self._measure(settings, latest)
        if seconds is None:
            waiting = await self._wait_for_model(settings, latest)
            return done(await self._status.model_line(settings.community), *waiting, reason("setup.next"))
        measured = self._measured(seconds, latest)
        first = self._first_cases.chosen(latest, settings, self._first_cases.affordable(seconds, ends))
        if not first:
            return done(*measured, reason("setup.recent_nothing"), reason("setup.next"))
        found = await self._first_cases.read(first, settings, tell, ends, measured)
        return done(*measured, *found, reason("setup.next"))

    async def _wait_for_model(self, settings: CommunitySettings, latest: tuple[Message, ...]) -> tuple[Reason, ...]:
        """Hand a few messages in: they wait for the model like all others."""
        first = self._first_cases.chosen(latest, settings, FEWEST)
        await self._first_cases.hand_in(first)
        return (reason("setup.recent_waits", count=len(first)),) if first else ()

    async def _announce(self, settings: CommunitySettings) -> None:
        """Say in the mod log that all is set up: now, or once the mod log takes it."""
        key = f"setup:{settings.community}:{self._parts.clock.now().isoformat()}"
        said = Announcement(community=settings.community, key=key, reason=reason(AnnouncementCode.SETUP_DONE))
        await self._parts.announce(said)

    async def _measure(self, settings: CommunitySettings, latest: tuple[Message, ...]) -> float | None:
        """Return the seconds of work on one message, and remember them; None while the model is away."""
        policies: list[Policy] = [
            policy for policy in self._parts.book.policies(settings.community) if settings.switch(policy.id)
        ]
        if await self._parts.watch.present() is None:
            return None
        texts = [message.judged_text for message in reversed(latest) if message.judged_text.strip()]
        seconds = await seconds_per_message(self._parts.judging, policies, texts, self._parts.clock)
        if seconds is not None:
            await self._remember(settings.community, seconds)
        return seconds

    async def _remember(self, community: CommunityId, seconds: float) -> None:
        await self._parts.store.facts.save(pace_name(community), {"seconds": float(seconds)})

    def _measured(self, seconds: float, latest: tuple[Message, ...]) -> tuple[Reason, ...]:
        traffic = complete_part(latest, _EACH_CHANNEL)
        share = share_within_a_minute([message.sent_at for message in traffic], seconds, self._parts.slots)
        line = reason("setup.measured", pace=f"{seconds:.1f}", share=share)
        return (line,) if share >= _ENOUGH else (line, reason("setup.too_slow"))
