"""Whether a model answers at present, and which."""

from bot.domain.errors import ModelError
from bot.domain.question import ModelIdentity
from bot.domain.verdict import UndecidedReason
from bot.logs import get_logger
from bot.ports.classifier import Classifier
from bot.ports.clock import Clock

_log = get_logger(__name__)


class ModelWatch:
    """Keeps what is known of the model: asked at first, and while it is away asked again after a while.

    `identity` is None while no model answers; `why_away` then says why, in a sentence for the operator.
    """

    def __init__(self, classifier: Classifier, clock: Clock, *, probe_every: float) -> None:
        self._classifier = classifier
        self._clock = clock
        self._probe_every = probe_every
        self._next_probe = 0.0
        self.identity: ModelIdentity | None = None
        self.why_away = ""
        self.reason_away: UndecidedReason | None = None

    @property
    def away(self) -> bool:
        """Return whether decisions are made without a model just now."""
        return self.identity is None

    async def present(self) -> ModelIdentity | None:
        """Return what answers now, or None; a model that was away is asked for again every `probe_every` seconds."""
        if self.identity is None and self._clock.monotonic() >= self._next_probe:
            await self.probe()
        return self.identity

    async def probe(self) -> ModelIdentity | None:
        """Ask the server now, and remember what it said."""
        try:
            self.identity = (await self._classifier.health()).identity
            self.why_away, self.reason_away = "", None
        except ModelError as error:
            self._lost(str(error), error.reason)
        return self.identity

    def _lost(self, why: str, reason: UndecidedReason | None) -> None:
        self.identity, self.why_away, self.reason_away = None, why, reason
        self._next_probe = self._clock.monotonic() + self._probe_every
        _log.warning("model_away", reason=reason, why=why)
