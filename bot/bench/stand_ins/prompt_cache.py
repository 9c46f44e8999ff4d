"""A model of llama.cpp's prompt cache for gpt-oss, as it was seen to behave.

A slot keeps the prompt and the answer it had last. A new prompt goes to the idle slot that shares the longest
beginning with it, else to the one used least recently; what that slot held moves to a cache in the host's memory,
from where a later prompt gets it back. gpt-oss attends through a window of 128 tokens, whose cells are kept for the
last batch of tokens, and for the last window alone once a prompt came back from the host: so a slot can go back to
where two prompts part only while that place is still in those cells, or at a checkpoint. A request that resumes
leaves a checkpoint where it parted from the one before, in the place of any that is less than a window away; one that
begins anew leaves one a batch before its end, if it is as long as that.

So a policy that two messages went on from together is lost: their checkpoint stands a token behind its end, the next
message parts before that, is read anew as a whole, and leaves no checkpoint that would help whoever comes after it.
"""

from dataclasses import dataclass, field, replace

WINDOW = 128
BATCH = 1_024
"""What Ollama 0.34 starts its server with; earlier ones took 512."""
MOST_CHECKPOINTS = 32
_CELL_STEP = 256
_SIMILAR = 0.1
_KEEP = 0.5
_WORTH_LOADING = 0.25

Piece = tuple[str, int]
"""A piece of a prompt: what it is, and its length in tokens. Two different pieces share no beginning."""
Prompt = tuple[Piece, ...]


def length(prompt: Prompt) -> int:
    """Return a prompt's length in tokens."""
    return sum(tokens for _, tokens in prompt)


def shared(one: Prompt, other: Prompt) -> int:
    """Return how many tokens two prompts have in common from their beginning."""
    tokens = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        tokens += mine[1]
    return tokens


@dataclass(slots=True)
class _State:
    """What a slot holds: a prompt with its answer, the first position whose cells are kept, and checkpoints."""

    batch: int
    held: Prompt = ()
    low: int = 0
    checkpoints: list[int] = field(default_factory=list)

    def parts_at(self, prompt: Prompt) -> int:
        """Return how many tokens of the prompt are held; its last one is always evaluated."""
        place = shared(self.held, prompt)
        return place - (place == length(prompt))

    def resume_at(self, place: int) -> int:
        """Return from which token on a prompt has to be evaluated that parts at this place."""
        if self.low <= max(0, place - WINDOW):
            return place
        return max((each for each in self.checkpoints if each <= place), default=0)

    def evaluate(self, prompt: Prompt, answer: Piece) -> int:
        """Take in a prompt and write an answer; return how many of the prompt's tokens were evaluated."""
        parts = self.parts_at(prompt)
        place = self.resume_at(parts)
        evaluated = length(prompt) - place
        kept = parts if parts - place < WINDOW else place
        self.checkpoints = [each for each in self.checkpoints if each <= kept - WINDOW]
        self.checkpoints.append(kept)
        if evaluated > self.batch:
            self.checkpoints.append(length(prompt) - self.batch)
        self.checkpoints = [each for each in self.checkpoints if each][-MOST_CHECKPOINTS:]
        self.held = (*prompt, answer)
        self.low = max(0 if place == 0 else min(self.low, max(0, place - WINDOW)), length(self.held) - self._cells)
        return evaluated

    def from_host(self) -> None:
        """Take note that this came back from the host's memory: of its cells only the last window did."""
        self.low = max(self.low, length(self.held) - WINDOW)

    @property
    def _cells(self) -> int:
        return -(-(self.batch + WINDOW) // _CELL_STEP) * _CELL_STEP


class PromptCache:
    """The slots of one server. `host_entries` is how many prompts its host cache holds, 0 for none."""

    def __init__(self, *, slots: int, host_entries: int, batch: int = BATCH) -> None:
        self._states = [_State(batch=batch) for _ in range(slots)]
        self._used = [0] * slots
        self._busy = [False] * slots
        self._host: list[_State] = []
        self._host_entries = host_entries
        self._requests = 0

    def begin(self, prompt: Prompt, answer: Piece) -> tuple[int, int]:
        """Give a request to an idle slot; return the slot and how many prompt tokens it evaluates."""
        slot, alike = self._choose(prompt)
        if not alike or self._kept_share(slot, prompt) < _KEEP:
            self._swap(slot, prompt)
        self._requests += 1
        self._used[slot] = self._requests
        self._busy[slot] = True
        return slot, self._states[slot].evaluate(prompt, answer)

    def end(self, slot: int) -> None:
        """Let a slot be idle again."""
        self._busy[slot] = False

    def _choose(self, prompt: Prompt) -> tuple[int, bool]:
        idle = [slot for slot, busy in enumerate(self._busy) if not busy]
        best = max(idle, key=lambda slot: shared(self._states[slot].held, prompt))
        if shared(self._states[best].held, prompt) > _SIMILAR * length(prompt):
            return best, True
        return min(idle, key=lambda slot: self._used[slot]), False

    def _kept_share(self, slot: int, prompt: Prompt) -> float:
        held = self._states[slot].held
        return shared(held, prompt) / length(held) if held else 1.0

    def _swap(self, slot: int, prompt: Prompt) -> None:
        """Move what a slot holds to the host's cache, and bring back what fits the prompt better."""
        if not self._host_entries:
            return
        state = self._states[slot]
        if state.held:
            self._host.append(replace(state, checkpoints=list(state.checkpoints)))
            del self._host[: -self._host_entries]
        worth = [
            other
            for other in self._host
            if shared(other.held, prompt) > max(shared(state.held, prompt), _WORTH_LOADING * length(other.held))
        ]
        if worth:
            found = max(reversed(worth), key=lambda other: shared(other.held, prompt))
            self._host = [other for other in self._host if other is not found]
            found.from_host()
            self._states[slot] = found
