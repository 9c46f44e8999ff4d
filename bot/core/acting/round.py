"""One go at a decision's effects: which are open and ready, and what became of each so far. Nothing is done here."""

from collections.abc import Container
from dataclasses import replace

from bot.domain.actions import Action, Outcome
from bot.domain.decision import Effect, EffectKey, EffectResult, StoredEffect

NOT_DONE = frozenset({Outcome.SUPPRESSED, Outcome.REQUESTED, Outcome.REFUSED, Outcome.FAILED})
"""Nobody is told of what was not done."""


class Round:
    """The effects of one decision in their order. `ready` names those that were put off and may be tried now."""

    def __init__(self, effects: tuple[StoredEffect, ...], ready: Container[EffectKey] = frozenset()) -> None:
        self._effects = {stored.effect.key: stored for stored in effects}
        self._ready = ready
        self._left: set[EffectKey] = set()
        self.put_off_for: set[str] = set()
        """Codes of the reasons for which something was put off."""
        self.shows_less = False
        """Whether the card shows less than has happened in this go."""

    @property
    def effects(self) -> tuple[StoredEffect, ...]:
        """Return every effect as it stands by now."""
        return tuple(self._effects.values())

    @property
    def open(self) -> list[StoredEffect]:
        """Return what has no outcome and may be tried now."""
        return [stored for stored in self._effects.values() if self._is_open(stored)]

    @property
    def undone(self) -> list[StoredEffect]:
        """Return what has no outcome, whether it may be tried now or not."""
        return [stored for stored in self._effects.values() if stored.result is None]

    def of(self, *actions: Action) -> list[StoredEffect]:
        """Return what is open of certain actions."""
        return [stored for stored in self.open if stored.effect.action in actions]

    def _is_open(self, stored: StoredEffect) -> bool:
        key = stored.effect.key
        if stored.result is not None or key in self._left:
            return False
        return stored.put_off is None or key in self._ready

    def ended(self, effect: Effect, result: EffectResult) -> None:
        """Note an outcome."""
        self._effects[effect.key] = replace(self._effects[effect.key], result=result)
        self.shows_less = self.shows_less or effect.action is not Action.FLAG

    def left(self, effect: Effect, why: str = "") -> None:
        """Note that nothing more happens to an effect in this go: it was withdrawn meanwhile, or put off.

        `why`: the code of the reason for which it was put off.
        """
        self._left.add(effect.key)
        self.shows_less = self.shows_less or effect.action is not Action.FLAG
        if why:
            self.put_off_for.add(why)

    def waits_for(self, notice: Effect) -> bool:
        """Return whether it is not known yet what became of that which a notice tells of.

        Of several messages it is known once one was removed, or none can be any more.
        """
        told_of = self._told_of(notice)
        return _together(told_of) is not Outcome.APPLIED and any(stored.result is None for stored in told_of)

    def outcome_for(self, notice: Effect) -> Outcome | None:
        """Return what became of that which a notice tells of; None where this decision has no such effect."""
        return _together(self._told_of(notice))

    def removed(self) -> bool:
        """Return whether a message was removed."""
        return _together([each for each in self.effects if each.effect.action is Action.DELETE]) is Outcome.APPLIED

    def _told_of(self, notice: Effect) -> list[StoredEffect]:
        wanted = notice.told_of or notice.action
        return [
            stored
            for stored in self._effects.values()
            if stored.effect.action is wanted and stored.effect.key != notice.key
        ]


def _together(effects: list[StoredEffect]) -> Outcome | None:
    """Return one outcome for several targets of one action: carried out, where it was on any of them."""
    ended = [stored.result.outcome for stored in effects if stored.result is not None]
    return Outcome.APPLIED if Outcome.APPLIED in ended else next(iter(ended), None)
