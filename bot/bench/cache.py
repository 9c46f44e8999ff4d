"""How much of each prompt the model server has to read: the docket's turns, put to a model of its prompt cache."""

import heapq
import random
from collections import Counter
from statistics import mean, median

from bot.bench.generators import COMMUNITY
from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.prompt_cache import Prompt, PromptCache
from bot.bench.real_server import on_llama_server, on_ollama
from bot.core.docket import Docket, Turn
from bot.core.queue import Lane, Risk, Waiting
from bot.domain.ids import ChannelId, MessageId
from bot.domain.inbox import InboxKey, Kind

POLICIES = 20
SLOTS = 4
_QUEUE = 200
_HOST_ENTRIES = 120
_SYSTEM = ("system", 40)
_POLICY_TOKENS = 597
_READ_PER_SECOND, _WRITTEN_PER_SECOND = 2_000.0, 50.0


class _Server:
    """Answers requests in simulated time; counts the tokens that it reads over those of the message's own part."""

    def __init__(self, seed: int) -> None:
        self._cache = PromptCache(slots=SLOTS, host_entries=_HOST_ENTRIES)
        self._draw = random.Random(seed)  # noqa: S311 - a seeded order, no secret
        self._warm: Counter[Lane] = Counter()
        self._asked = 0
        self.ratios: list[float] = []

    def begin(self, lane: Lane, at_work: int) -> tuple[int, float]:
        """Put a question, warming the lane where one more slot needs it; return the slot and the seconds it takes."""
        seconds = 0.0
        if at_work > self._warm[lane]:
            self._warm[lane] = at_work
            for _ in range(2):
                slot, _, took = self._request(lane, written=1)
                self._cache.end(slot)
                seconds += took
        slot, ratio, took = self._request(lane, written=self._draw.randint(50, 800))
        self.ratios.append(ratio)
        return slot, seconds + took

    def end(self, slot: int) -> None:
        """Let a slot be idle again."""
        self._cache.end(slot)

    def _request(self, lane: Lane, *, written: int) -> tuple[int, float, float]:
        self._asked += 1
        own = self._draw.randint(30, 120)
        prompt: Prompt = (_SYSTEM, (lane, _POLICY_TOKENS), (f"message-{self._asked}", own))
        slot, evaluated = self._cache.begin(prompt, (f"answer-{self._asked}", written))
        return slot, evaluated / own, evaluated / _READ_PER_SECOND + written / _WRITTEN_PER_SECOND


def simulate(seed: int, turns: int) -> list[float]:
    """Return the ratio of each question: 20 policies in random order, 4 slots, a queue that is never empty."""
    draw = random.Random(seed)  # noqa: S311 - a seeded order, no secret
    docket, server = Docket(slots=SLOTS, backlog_share=0.2), _Server(seed)
    at_work: list[tuple[float, int, int, Turn]] = []
    now, sent = 0.0, 0
    while len(server.ratios) < turns:
        while len(docket) < _QUEUE:
            docket.add(_waiting(sent, f"policy-{draw.randrange(POLICIES)}", now), now)
            sent += 1
        while (turn := docket.next(now)) is not None:
            slot, seconds = server.begin(turn.lane, docket.running(turn.lane))
            heapq.heappush(at_work, (now + seconds, len(server.ratios), slot, turn))
        now, _, slot, turn = heapq.heappop(at_work)
        server.end(slot)
        docket.done(turn)
    return server.ratios


async def _cache(options: Options) -> tuple[Measure, ...]:
    if options.llama_server is not None:
        return await on_llama_server(options, policies=POLICIES)
    if options.ollama is not None:
        return await on_ollama(options, policies=POLICIES)
    turns = options.count(4_000)
    ratios = simulate(options.seed, turns + POLICIES)[POLICIES:]
    return cache_measures(ratios)


def cache_measures(ratios: list[float]) -> tuple[Measure, ...]:
    """Return the measures of tokens read over those from the user's turn on."""
    return (
        Measure(what="tokens read per own token, median", value=median(ratios), unit="times", mark=Mark(limit=1.1)),
        Measure(what="tokens read per own token, mean", value=mean(ratios), unit="times", mark=Mark(limit=1.5)),
        Measure(what="questions", value=len(ratios), unit=""),
    )


def _waiting(number: int, lane: Lane, now: float) -> Waiting:
    key = InboxKey(
        community=COMMUNITY,
        channel=ChannelId("c"),
        message=MessageId(str(number)),
        kind=Kind.MESSAGE,
        discriminator="r",
    )
    return Waiting(key=key, community=COMMUNITY, risk=Risk.ORDINARY, since=now, lanes=frozenset({lane}))


CACHE = Part(name="cache", title="Prompt tokens read: 20 policies, 4 slots, random order, after warm-up", run=_cache)
