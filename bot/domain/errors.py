"""Every error of ours, as one small tree.

    HallmootError
    ├── UserError              what a person gave us can't be used: exit status 2, one message
    │   ├── ConfigError        a settings file, with every fault in it
    │   ├── PolicyError        a policy file
    │   └── InputError         any other file or argument
    ├── StorageError           the database can't be used
    │   ├── NewerDatabase      written by a later version
    │   └── AlreadyRunning     another `run` holds the database
    ├── ModelError             no usable answer; each kind becomes UNDECIDED with its own reason
    │   ├── ModelUnreachable   nobody answers at the address
    │   ├── ModelMissing       the server does not have the model
    │   ├── ModelLoading       the server is still loading it, or too busy
    │   ├── ModelTimeout       no answer in time
    │   ├── ModelDied          the runner stopped or the connection broke
    │   ├── ModelStayedAway    a recording waited for it in vain
    │   └── ModelUnreadable    an answer that is none
    └── PlatformError          Discord or Slack refused or failed
        ├── PlatformRefused    trying alone will not change it (permission, role order, gone)
        └── PlatformBusy       it may succeed later (rate limit, outage)

Each carries a text that says what happened, where, and what to do. A user never sees a traceback.
"""

from bot.domain.reasons import Reason
from bot.domain.verdict import UndecidedReason


class HallmootError(Exception):
    """Something went wrong in a way we know; `str(error)` is written for the person who reads it."""


class UserError(HallmootError):
    """What a person gave us can't be used."""


class ConfigError(UserError):
    """A settings file can't be used; `faults` holds every fault found, each with its place and remedy."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class PolicyError(UserError):
    """A policy file can't be used."""


class InputError(UserError):
    """A file or argument can't be used."""


class StorageError(HallmootError):
    """The database can't be used."""


class NewerDatabase(StorageError):
    """The database was written by a later version of Hallmoot."""


class AlreadyRunning(StorageError):
    """Another `hallmoot run` holds this database."""


class ModelError(HallmootError):
    """The model gave no usable answer."""

    reason = UndecidedReason.UNREADABLE


class ModelUnreachable(ModelError):
    """Nobody answers at the model's address."""

    reason = UndecidedReason.UNREACHABLE


class ModelMissing(ModelError):
    """The server does not have the model."""

    reason = UndecidedReason.MODEL_MISSING


class ModelLoading(ModelError):
    """The server is still loading the model, or has no room for the request."""

    reason = UndecidedReason.LOADING


class ModelTimeout(ModelError):
    """The model did not answer in time."""

    reason = UndecidedReason.TIMEOUT


class ModelDied(ModelError):
    """The model's runner stopped, or the connection broke in mid-answer."""

    reason = UndecidedReason.DIED


class ModelStayedAway(ModelError):
    """A model that had answered went away, and a recording waited for its return in vain."""

    reason = UndecidedReason.NO_MODEL


class ModelUnreadable(ModelError):
    """The model answered something that is no answer."""


class PlatformError(HallmootError):
    """A chat platform refused or failed; `code` is the platform's own, `why` what it means, where that is known."""

    def __init__(self, text: str, *, code: str = "", why: Reason | None = None) -> None:
        self.code = code
        self.why = why
        super().__init__(text)


class PlatformRefused(PlatformError):
    """The platform will not do it, unless something changes there (a permission, a setting)."""


class PlatformBusy(PlatformError):
    """The platform may do it later; `retry_after` is in seconds where it said one."""

    def __init__(
        self, text: str, *, code: str = "", retry_after: float | None = None, why: Reason | None = None
    ) -> None:
        self.retry_after = retry_after
        super().__init__(text, code=code, why=why)
