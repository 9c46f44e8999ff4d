"""How long it takes to find out whether a text is a copy of one of ten thousand."""

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.bench.parts import Mark, Measure, Options, Part, percentile
from bot.bench.stand_ins.generators import COMMUNITY, policies
from bot.bench.stand_ins.raids import variant
from bot.bench.surroundings import QuickModel
from bot.core.judging.copies import Copies
from bot.domain.actions import Mode
from bot.domain.decision import Decision
from bot.domain.events import Author, Message, PartKind
from bot.domain.events import Part as TextPart
from bot.domain.ids import ChannelId, DecisionId, MessageId, MessageRef, PersonId
from bot.domain.inbox import key_of
from bot.domain.policy import Policy
from bot.domain.question import Precedent, Question
from bot.domain.records import DecisionRecord
from bot.domain.states import State
from bot.domain.texts.text import copy_key
from bot.ports.store import Store
from bot.storage.comparing.near_copies import IndexedNearCopies
from bot.storage.comparing.recent_texts import IndexedRecentTexts
from bot.storage.sqlite.store import open_store

_KEPT = 10_000
_LOOKED_UP = 300
_LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
_WEIGHTS = (12, 9, 8, 8, 7, 7, 6, 6, 6, 4, 4, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1)


def texts(seed: int, count: int, length: int) -> list[str]:
    """Return texts of made-up words, each of about this many characters."""
    dice = random.Random(f"{seed} {length}")  # noqa: S311 - a seeded order, no secret
    words = ["".join(dice.choices(_LETTERS, _WEIGHTS, k=dice.randint(2, 9))) for _ in range(4_000)]
    return [" ".join(_to_length(dice, words, length)) for _ in range(count)]


def _to_length(dice: random.Random, words: list[str], length: int) -> Iterator[str]:
    left = length
    while left > 0:
        word = dice.choice(words)[: max(left, 1)]
        left -= len(word) + 1
        yield word


async def _copies(options: Options) -> tuple[Measure, ...]:
    measures: list[Measure] = []
    for length, limit in ((200, 2.0), (2_000, 5.0)):
        kept = texts(options.seed, options.count(_KEPT), length)
        for what, took in (
            ("exact copy", await _exact(options, kept)),
            ("near copy", await _near(options, kept)),
            ("like a recent one", _recent(options, kept)),
        ):
            value, mark = percentile(took, 0.5) * 1e3, Mark(limit=limit)
            measures += [
                Measure(what=f"{what}, {length:,} characters, median", value=value, unit="ms", mark=mark),
                Measure(what=f"{what}, {length:,} characters, p99", value=percentile(took, 0.99) * 1e3, unit="ms"),
            ]
    return (*measures, Measure(what="texts to compare with", value=options.count(_KEPT), unit=""))


async def _exact(options: Options, kept: list[str]) -> list[float]:
    """Look the same texts up among judged ones, in the database."""
    model, [policy] = QuickModel(), policies(options.seed, 1)
    identity = (await model.health()).identity
    with TemporaryDirectory(dir=options.folder) as folder:
        store = await open_store(Path(folder) / "bench.db", exclusive=True)
        try:
            for number, text in enumerate(kept):
                await _judged(store, model, policy, _message(number, text))
            copies = Copies(store.cases, IndexedNearCopies(), model)
            return await _timed(
                options, [text.upper() for text in kept], lambda text: copies.exact(_message(0, text), policy, identity)
            )
        finally:
            await store.close()


async def _near(options: Options, kept: list[str]) -> list[float]:
    """Look variants of the texts up among known violations."""
    near_copies = IndexedNearCopies()
    found = (Precedent(id=f"case:{n}", policy="bench", category="bench", text=text) for n, text in enumerate(kept))
    await near_copies.add(None, tuple(found))
    dice = random.Random(options.seed)  # noqa: S311 - a seeded order, no secret
    return await _timed(
        options, [variant(dice, text) for text in kept], lambda text: near_copies.nearest(COMMUNITY, text)
    )


def _recent(options: Options, kept: list[str]) -> list[float]:
    """Look variants of the texts up among the messages of the last minutes."""
    recent, now = IndexedRecentTexts(), datetime.now(UTC)
    for number, text in enumerate(kept):
        recent.put(_message(number, text).ref, text, now)
    dice = random.Random(options.seed)  # noqa: S311 - a seeded order, no secret
    took = []
    for text in _sample(options, [variant(dice, text) for text in kept]):
        began = time.perf_counter()
        recent.like(COMMUNITY, text)
        took.append(time.perf_counter() - began)
    return took


async def _timed(options: Options, asked: list[str], look_up: Callable[[str], Awaitable[object]]) -> list[float]:
    took = []
    for text in _sample(options, asked):
        began = time.perf_counter()
        await look_up(text)
        took.append(time.perf_counter() - began)
    return took


def _sample(options: Options, asked: list[str]) -> list[str]:
    dice = random.Random(options.seed)  # noqa: S311 - a seeded order, no secret
    return dice.choices(asked, k=options.count(_LOOKED_UP))


async def _judged(store: Store, model: QuickModel, policy: Policy, message: Message) -> None:
    """Put a message on record that the model found to keep to the rules."""
    await store.inbox.accept(message, message.sent_at)
    await store.inbox.claim(key_of(message))
    verdict = await model.judge(Question(policy=policy, text=message.judged_text))
    decision = Decision(
        id=DecisionId(message.ref.message),
        ref=message.ref,
        revision=message.revision,
        action=None,
        wanted=None,
        mode=Mode.SHADOW,
        policy=None,
        category=None,
        severity=None,
        steps=(),
        makes_case=False,
        made_at=message.sent_at,
    )
    record = DecisionRecord(
        key=key_of(message),
        message=message,
        decision=decision,
        verdicts=(verdict,),
        effects=(),
        rationale="",
        notes=(),
        state=State.DONE,
        reason="",
        copy_key=copy_key(message.judged_text),
    )
    await store.cases.record_decision(record)


def _message(number: int, text: str) -> Message:
    return Message(
        ref=MessageRef(community=COMMUNITY, channel=ChannelId("c1"), message=MessageId(f"m{number}")),
        author=Author(id=PersonId("member1"), name="member1"),
        sent_at=datetime(2026, 11, 23, tzinfo=UTC),
        parts=(TextPart(kind=PartKind.TEXT, text=text),),
    )


COPIES = Part(name="copies", title="Looking a text up among 10,000", run=_copies)
