"""A model of llama.cpp's prompt cache for gpt-oss, as it was seen to behave.

A slot keeps the prompt and the answer it had last. A new prompt goes to the idle slot that shares the longest beginning
with it, else to the one used least recently; what that slot held moves to a cache in the host's memory, from where a
later prompt gets it back. gpt-oss attends through a window of 128 tokens, of which the cells of the last 768 tokens are
kept: so a slot can go back to where two prompts part only while that place is still in those cells, or at a checkpoint.
A request that resumes somewhere leaves a checkpoint there; one that begins anew leaves one 512 tokens before its end.
"""

from dataclasses import dataclass, field, replace

WINDOW = 128
CELLS = 768
BATCH = 512
MOST_CHECKPOINTS = 8
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

    held: Prompt = ()
    low: int = 0
    checkpoints: list[int] = field(default_factory=list)

    def resume_at(self, prompt: Prompt) -> int:
        """Return from which token on the prompt has to be evaluated."""
        place = shared(self.held, prompt)
        place -= place == length(prompt)
        if self.low <= max(0, place - WINDOW):
            return place
        return max((each for each in self.checkpoints if each <= place), default=0)

    def evaluate(self, prompt: Prompt, answer: Piece) -> int:
        """Take in a prompt and write an answer; return how many of the prompt's tokens were evaluated."""
        place = self.resume_at(prompt)
        evaluated = length(prompt) - place
        self.checkpoints = [each for each in self.checkpoints if each < place]
        self.checkpoints.append(place)
        if evaluated > BATCH:
            self.checkpoints.append(length(prompt) - BATCH)
        self.checkpoints = [each for each in self.checkpoints if each][-MOST_CHECKPOINTS:]
        self.held = (*prompt, answer)
        self.low = max(0 if place == 0 else min(self.low, max(0, place - WINDOW)), length(self.held) - CELLS)
        return evaluated


class PromptCache:
    """The slots of one server. `host_entries` is how many prompts its host cache holds, 0 for none."""

    def __init__(self, *, slots: int, host_entries: int) -> None:
        self._states = [_State() for _ in range(slots)]
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
            found = max(worth, key=lambda other: shared(other.held, prompt))
            self._host.remove(found)
            self._states[slot] = found
