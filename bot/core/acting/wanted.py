"""Whether what was decided is still wanted when its time comes. Pure.

Between a decision and its effects there may be a day in which a platform was busy. Meanwhile somebody may have stopped
the bot, let a rule practise, or found the case wrong: what is carried out after that would surprise everyone.
"""

from bot.domain.actions import TAKES_BACK, Action, Mode
from bot.domain.built_in import built_in
from bot.domain.case import CaseFile, CaseStatus, ReviewResult
from bot.domain.decision import BOT, Effect
from bot.domain.reasons import Reason, StepCode, reason
from bot.domain.settings import CommunitySettings

_ALWAYS_WANTED = TAKES_BACK | {Action.FLAG, Action.ESCALATE, Action.NOTICE}
"""What tells people of a case, or takes something back. A note to an author goes by what it tells of."""


def why_not_wanted(effect: Effect, settings: CommunitySettings, file: CaseFile | None) -> Reason | None:
    """Return why an effect is not to be carried out any more, or None. `file` is its case as it stands now."""
    if effect.action in _ALWAYS_WANTED:
        return None
    if file is not None and _was_found_wrong(effect, file):
        return reason(StepCode.OVERTURNED)
    return _why_not_alone(effect, settings) if effect.by == BOT and effect.mode is Mode.LIVE else None


def _was_found_wrong(effect: Effect, file: CaseFile) -> bool:
    """Return whether the case was found wrong after the effect was decided, by the bot or by a person."""
    if file.case.status is not CaseStatus.OVERTURNED:
        return False
    last = max(review.at for review in file.reviews if review.result is ReviewResult.OVERTURNED)
    return any(made.id == effect.key.decision and made.made_at <= last for made in file.decisions)


def _why_not_alone(effect: Effect, settings: CommunitySettings) -> Reason | None:
    """Return why nothing happens automatically by the effect's rule now."""
    if settings.stopped:
        return reason(StepCode.STOPPED)
    policy, category = effect.policy, effect.category
    if policy is None or category is None or settings.mode_of(policy, category) is Mode.LIVE:
        return None
    is_unused = built_in(policy) is None and settings.switch(policy) is None
    return reason(StepCode.UNUSED if is_unused else StepCode.SHADOW)
