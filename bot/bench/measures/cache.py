"""How much of each prompt the model server has to read: the docket's turns, put to a model of its prompt cache."""

import heapq
import random
from collections import Counter
from dataclasses import dataclass
from statistics import mean, median

from bot.bench.measures.warm_lanes import on_real_engine
from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.stand_ins.generators import COMMUNITY
from bot.bench.stand_ins.prompt_cache import Prompt, PromptCache
from bot.bench.stand_ins.real_server import on_llama_server, on_ollama
from bot.core.waiting.docket import Docket, Turn
from bot.core.waiting.queue import Risk, Waiting
from bot.domain.ids import ChannelId, MessageId
from bot.domain.inbox import InboxKey, Kind
from bot.domain.question import Lane
from bot.inference.prompts.prompt import FENCE_DIGITS

POLICIES = 20
SLOTS = 4
_QUEUE = 200
_HOST_ENTRIES = 120
_SYSTEM = ("system", 40)
_POLICY_TOKENS = 597
_READ_PER_SECOND, _WRITTEN_PER_SECOND = 2_000.0, 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What is simulated: messages under one of the policies each, or `under_all`; `queue` of them wait at any time.

    `fences` is how many first tokens a fence can have, `warms_again` says whether cold lanes are.
    """

    policies: int = POLICIES
    slots: int = SLOTS
    under_all: bool = False
    queue: int = _QUEUE
    fences: int = 10**FENCE_DIGITS
    warms_again: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question: tokens read over those of the message's own part, and whether the policy had to be read."""

    ratio: float
    cold: bool


class _Server:
    """Answers requests in simulated time."""

    def __init__(self, seed: int, traffic: Traffic) -> None:
        self._traffic = traffic
        self._cache = PromptCache(slots=traffic.slots, host_entries=_HOST_ENTRIES)
        self._draw = random.Random(seed)  # noqa: S311 - a seeded order, no secret
        self._warm: Counter[Lane] = Counter()
        self._requests = 0
        self.asked: list[Asked] = []

    def begin(self, lane: Lane, at_work: int) -> tuple[int, float]:
        """Put a question, warming the lane where one more slot needs it; return the slot and the seconds it takes."""
        seconds = 0.0
        if at_work > self._warm[lane]:
            self._warm[lane] += 1
            for number in range(2):
                slot, _, took = self._request(lane, f"warm-{number}", written=1)
                self._cache.end(slot)
                seconds += took
        fence = str(self._draw.randrange(self._traffic.fences))
        slot, asked, took = self._request(lane, fence, written=self._draw.randint(50, 800))
        if asked.cold and self._traffic.warms_again:
            self._warm[lane] = 0
        self.asked.append(asked)
        return slot, seconds + took

    def end(self, slot: int) -> None:
        """Let a slot be idle again."""
        self._cache.end(slot)

    def _request(self, lane: Lane, fence: str, *, written: int) -> tuple[int, Asked, float]:
        self._requests += 1
        own = self._draw.randint(30, 120)
        rest = (f"message-{self._requests}", own - 1)
        prompt: Prompt = (_SYSTEM, (lane, _POLICY_TOKENS), (f"fence-{fence}", 1), rest)
        slot, evaluated = self._cache.begin(prompt, (f"answer-{self._requests}", written))
        asked = Asked(ratio=evaluated / own, cold=evaluated > own + _POLICY_TOKENS / 2)
        return slot, asked, evaluated / _READ_PER_SECOND + written / _WRITTEN_PER_SECOND


def simulate(seed: int, turns: int, traffic: Traffic) -> list[Asked]:
    """Return each question, the policies in random order, a queue that is never empty."""
    draw = random.Random(seed)  # noqa: S311 - a seeded order, no secret
    docket, server = Docket(slots=traffic.slots, backlog_share=0.2), _Server(seed, traffic)
    at_work: list[tuple[float, int, int, Turn]] = []
    now, sent = 0.0, 0
    while len(server.asked) < turns:
        while len(docket) < traffic.queue:
            lanes = range(traffic.policies) if traffic.under_all else (draw.randrange(traffic.policies),)
            docket.add(_waiting(sent, frozenset(f"policy-{lane}" for lane in lanes), now), now)
            sent += 1
        while (turn := docket.next(now)) is not None:
            slot, seconds = server.begin(turn.lane, docket.running(turn.lane))
            heapq.heappush(at_work, (now + seconds, len(server.asked), slot, turn))
        now, _, slot, turn = heapq.heappop(at_work)
        server.end(slot)
        docket.done(turn)
    return server.asked


async def _cache(options: Options) -> tuple[Measure, ...]:
    if options.real:
        return await on_real_engine(options)
    if options.llama_server is not None:
        return await on_llama_server(options, policies=POLICIES)
    if options.ollama is not None:
        return await on_ollama(options, policies=POLICIES)
    turns = options.count(4_000)
    asked = simulate(options.seed, turns + POLICIES, Traffic())[POLICIES:]
    lanes = simulate(options.seed, turns, Traffic(policies=3, slots=1, under_all=True, queue=1))
    return (
        *cache_measures([each.ratio for each in asked]),
        _cold("20 policies, 4 slots", asked),
        _cold("3 policies, 1 slot", lanes),
    )


def cache_measures(ratios: list[float]) -> tuple[Measure, ...]:
    """Return the measures of tokens read over those from the user's turn on."""
    return (
        Measure(what="tokens read per own token, median", value=median(ratios), unit="times", mark=Mark(limit=1.1)),
        Measure(what="tokens read per own token, mean", value=mean(ratios), unit="times", mark=Mark(limit=1.5)),
        Measure(what="questions", value=len(ratios), unit=""),
    )


def _cold(what: str, asked: list[Asked]) -> Measure:
    share = 100 * sum(each.cold for each in asked) / len(asked)
    return Measure(what=f"questions that found their policy cold: {what}", value=share, unit="%", mark=Mark(limit=2.0))


def _waiting(number: int, lanes: frozenset[Lane], now: float) -> Waiting:
    key = InboxKey(
        community=COMMUNITY,
        channel=ChannelId("c"),
        message=MessageId(str(number)),
        kind=Kind.MESSAGE,
        discriminator="r",
    )
    return Waiting(key=key, community=COMMUNITY, risk=Risk.ORDINARY, since=now, lanes=lanes)


CACHE = Part(name="cache", title="Prompt tokens read: 20 policies, 4 slots, random order, after warm-up", run=_cache)
