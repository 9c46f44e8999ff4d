"""How fast the model judges here, and what share of the traffic that is enough for."""

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import fmean

from bot.core.judging.judging import Asks
from bot.domain.policy import AppliesWhen, Policy
from bot.domain.question import Question
from bot.domain.verdict import MODEL_AWAY
from bot.ports.clock import Clock

_TEXTS = (
    "Has anybody seen the new schedule for the weekend?",
    "Thanks for the help yesterday, it works now.",
    "I will be a bit late today, please start without me.",
)
"""What is measured with where nothing was written lately. The first of them only warms up."""
_MEASURED = 2
_LONGEST = 120.0
"""Seconds after which the policies measured so far stand for the others."""
_MINUTE = 60.0


async def seconds_per_message(
    judging: Asks, policies: Iterable[Policy], texts: Sequence[str], clock: Clock
) -> float | None:
    """Return the model's seconds of work on one message under all of these policies; None when it does not answer.

    Policies that are asked only about some messages (links, new members, …) are left out while others are asked about
    everything. Each policy's first answer is not counted: the prompt is new to the model then.
    """
    every = tuple(policies)
    always = tuple(policy for policy in every if AppliesWhen.EVERYTHING in policy.applies_when) or every
    used = [*texts[: _MEASURED + 1], *_TEXTS][: _MEASURED + 1]
    sums: list[float] = []
    ends = clock.monotonic() + _LONGEST
    for policy in always:
        if sums and clock.monotonic() > ends:
            break
        times = [await _timed(judging, Question(policy=policy, text=text), clock) for text in used]
        counted = [seconds for seconds in times[1:] if seconds is not None]
        if not counted:
            return None
        sums.append(fmean(counted))
    return fmean(sums) * len(always) if sums else None


async def _timed(judging: Asks, question: Question, clock: Clock) -> float | None:
    began = clock.monotonic()
    verdict = await judging.ask(question)
    return None if verdict.reason in MODEL_AWAY else clock.monotonic() - began


def share_within_a_minute(sent: Sequence[datetime], seconds: float, slots: int) -> int:
    """Return how many of 100 messages sent at these moments would be judged within a minute, in the order they came.

    `seconds` is the work on one message, `slots` how many are worked on at a time. Without a message: 100 when one
    alone is judged in time.
    """
    if not sent:
        return 100 if seconds <= _MINUTE else 0
    moments = sorted(sent)
    start = moments[0]
    free = [0.0] * max(1, slots)
    in_time = 0
    for moment in moments:
        arrived = (moment - start).total_seconds()
        ended = max(arrived, heapq.heappop(free)) + seconds
        heapq.heappush(free, ended)
        in_time += ended - arrived <= _MINUTE
    return round(100 * in_time / len(moments))
