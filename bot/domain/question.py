"""What the model is asked: one policy about one message, with the earlier messages it may know of."""

from dataclasses import dataclass

from bot.domain.ids import MessageRef, Revision
from bot.domain.policy import Policy

Lane = str
"""The prompt hash that its questions share: they find their prefix in the model server's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextLine:
    """An earlier message or a quoted part, already reviewed. `author` is `member-1` and so on, never a name."""

    author: str
    text: str
    kind: str = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One policy about one text. `ref` and `revision` are None for a text without a message (judge, eval).

    Where the text joins several messages, the newest of them begins at `newest_from`: evidence has to reach into it.
    """

    policy: Policy
    text: str
    context: tuple[ContextLine, ...] = ()
    ref: MessageRef | None = None
    revision: Revision | None = None
    newest_from: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelIdentity:
    """What answers: the model's name, the digest of its weights, the server's version, and where it listens."""

    model: str
    digest: str
    server: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHealth:
    """What the server says of itself. `gpu_share` is the part of the model on the GPU (0 to 1), None when unloaded.

    `foreign_window` is the context window, in tokens, that somebody else had the model loaded with; None where it is
    loaded as we ask for it, or not at all. Our next question will load it anew, and theirs again.
    """

    identity: ModelIdentity
    loaded: bool
    gpu_share: float | None
    foreign_window: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """A text whose verdict a person gave, or that a policy names as an example: `golden:spam-003`, `case:12`."""

    id: str
    policy: str
    category: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearCopy:
    """A precedent like a text. `likeness` is 0 to 100; it proves nothing about a verdict."""

    precedent: Precedent
    likeness: float
