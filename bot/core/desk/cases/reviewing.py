"""Right, Wrong and Can't tell: a moderator's word on a case, and what follows from it."""

from bot.core.desk.access import Access
from bot.core.desk.answers import done
from bot.core.desk.cases.carrying import Carrying, lifted
from bot.core.desk.cases.pressing import NEEDS, Press, is_automatic, standing_effects
from bot.core.desk.parts import DeskParts
from bot.domain.actions import Action
from bot.domain.answer import Answer
from bot.domain.case import CaseFile, CaseStatus, Review, ReviewResult
from bot.domain.decision import Effect
from bot.domain.ids import CaseNumber
from bot.domain.people import Actor, Permission
from bot.domain.reasons import Reason, reason
from bot.domain.reckoning import removed

_WHAT = "review"
_NOTED = {
    ReviewResult.UPHELD: "press.noted_right",
    ReviewResult.OVERTURNED: "press.noted_wrong",
    ReviewResult.UNCLEAR: "press.noted_unclear",
}
_DECIDED = frozenset({CaseStatus.UPHELD, CaseStatus.OVERTURNED})


class Reviewing:
    """Takes reviews in. The last word on a case belongs to whoever decided it, and to admins."""

    def __init__(self, parts: DeskParts, access: Access, carrying: Carrying) -> None:
        self._parts = parts
        self._access = access
        self._carrying = carrying

    async def review(self, actor: Actor, number: CaseNumber, result: ReviewResult) -> Answer:
        """Record a word. OVERTURNED lifts what the bot did, and what a person did whom the actor could stand in for."""
        file = await self._access.decidable(actor, number, _WHAT)
        if isinstance(file, Answer):
            return file
        earlier = self._earlier(file)
        if earlier is not None and (earlier.by, earlier.result) == (actor.person, result):
            return done(reason(_NOTED[result]))
        if earlier is not None and earlier.by != actor.person and not await self._is_admin(actor):
            return await self._access.stale(actor, number, reason("press.already_decided", name=earlier.by_name), _WHAT)
        return await self._take(actor, file, result)

    async def corrections(self, actor: Actor, file: CaseFile) -> tuple[ReviewResult, ...]:
        """Return what this person may say of a decided case instead of what was said: a slip of theirs, as an admin."""
        earlier = self._earlier(file)
        if earlier is None or (earlier.by != actor.person and not await self._is_admin(actor)):
            return ()
        return tuple(result for result in _NOTED if result not in (earlier.result, ReviewResult.UNCLEAR))

    async def _take(self, actor: Actor, file: CaseFile, result: ReviewResult) -> Answer:
        press = Press(
            file=file,
            actor=actor,
            action=Action.LIFT,
            category=self._carrying.category_of(file),
            settings=await self._parts.book.of(actor.community),
            at=self._parts.clock.now(),
        )
        wrong = await self._liftable(actor, file) if result is ReviewResult.OVERTURNED else ()
        decision = press.decision() if wrong else None
        effects = press.lifts(decision, wrong) if decision is not None else ()
        review = Review(
            case=file.case.number, result=result, by=actor.person, by_name=actor.name or actor.person, at=press.at
        )
        recorded = await self._carrying.record(press, decision, effects, review)
        if recorded is None:
            return await self._access.stale(actor, file.case.number, reason("press.stale"), _WHAT)
        ended = await self._carrying.carry_out(recorded, press)
        if result is ReviewResult.UPHELD and recorded.case is not None:
            await self._parts.upheld(recorded.case)
        if result is ReviewResult.OVERTURNED and recorded.case is not None:
            await self._parts.overturned(recorded.case)
        stays = await self._stays_removed(file) if result is ReviewResult.OVERTURNED else ()
        return done(reason(_NOTED[result]), *lifted(ended), *stays)

    async def _stays_removed(self, file: CaseFile) -> tuple[Reason, ...]:
        """Return how many messages stay removed although that was wrong: nobody shall think that they are back."""
        gone = len(removed(file.effects))
        capable = await self._parts.platform.enforcer.capabilities(file.case.community)
        return (reason("press.stays_removed", count=gone),) if gone and Action.RESTORE not in capable else ()

    async def _liftable(self, actor: Actor, file: CaseFile) -> tuple[Effect, ...]:
        """Return what stands and may be lifted: all of the bot's own, and what this person could have done."""
        may = self._parts.platform.directory.may
        capable = await self._parts.platform.enforcer.capabilities(actor.community)
        if Action.LIFT not in capable:
            return ()
        standing = standing_effects(file.effects)
        return tuple(
            [
                effect
                for effect in standing
                if is_automatic(effect) or await may(actor, NEEDS[effect.action], effect.channel)
            ]
        )

    async def _is_admin(self, actor: Actor) -> bool:
        return await self._parts.platform.directory.may(actor, Permission.ADMINISTER)

    @staticmethod
    def _earlier(file: CaseFile) -> Review | None:
        """Return the word that decided the case, while it counts: new words in the message open the case again."""
        return file.reviews[-1] if file.case.status in _DECIDED and file.reviews else None
