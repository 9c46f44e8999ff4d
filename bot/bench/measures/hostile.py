"""What one hostile text may cost: whatever it repeats, up to the longest that platforms take, nothing stands still.

Each step is given texts that are one piece again and again; the worst of them counts, in processor time. Steps whose
time grows with the square of a text show here at once: one text of 40,000 characters once stopped everything for 20 s.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from bot.bench.parts import Mark, Measure, Options, Part
from bot.bench.stand_ins.generators import COMMUNITY, policies
from bot.bench.surroundings import GivenPolicies, default_settings
from bot.core.intake.quotations import with_quotations
from bot.core.intake.screening import has_link
from bot.core.judging.precedents import precedents
from bot.core.raids.takeover import post_of
from bot.domain.events import Author, Message, PartKind
from bot.domain.events import Part as TextPart
from bot.domain.ids import ChannelId, MessageId, MessageRef, PersonId, PolicyId
from bot.domain.policy import Effort, Policy
from bot.domain.question import Precedent, Question
from bot.domain.texts.text import MAX_CHARACTERS, copy_key
from bot.domain.verdict import Evidence
from bot.inference.faults import NoVerdict
from bot.inference.prompts.harmony import Harmony
from bot.messages.quoting import quoted
from bot.storage.comparing.likeness import shape_of
from bot.storage.comparing.near_copies import IndexedNearCopies
from bot.storage.comparing.recent_texts import IndexedRecentTexts

LONGEST = 40_000
"""What Slack takes as one message; Discord takes 4,000 and embeds."""
POLICY_LENGTH = 128 * 1024
"""The longest policy file that is read."""
_ENDLESS = 1_000_000
_ALIKE = 10
LINKS = (
    *("a.", "a.a-", "a.b-", "-a.", "..", "-", "a.com", "a.-", "www.(", "www.)a", "http://(", "a@", "@a.", "a://"),
    *("\n", " \n", "'aaaaaaaa'a", '"aaaaaaaa"', ">", "_", "\u00e9.", "http://a.bc/../", "a.bc/%61?a&"),
)
LETTERS = (
    *("\ufdfa", "\u0316\u0301", "a\u0301\u0316", "\ud800", "\u1161", "\u1100\u1161\u11a8", "\u0436", "\U000e0041"),
    *("\u00df ", "\u00df \t", "'\u2018", "<|", "\u200b<|", "ab", " ", "!", "\n", "%66", "a*", "a ... "),
)
"""Letters that are read as eighteen, marks that pile up, halves of characters, what begins a control token."""
_QUOTATIONS = ("> a\n", "> a\n\n", ">>> a\n", "> ab ", "> \u0436", ">")
_REASONING = ("\ufffd", "ab", " ", "<|end|>")
_ALIKE_PIECES = ("\ufdfa", "\U0001d400", "ab ", "\u0436\u0436\u0436 ", "not ", "a.b ")
_POLICIES = ("\n", " \n", '- "', "-\n", '- "a" -> b ', "\t")


def repeated(piece: str, length: int) -> str:
    """Return a text of this length: the piece again and again, with an end of its own."""
    return (piece * length)[: length - 1] + "!"


@contextmanager
def heap_set_aside() -> Iterator[None]:
    """Keep what the process holds already out of garbage collection.

    A full collection looks at every object there is. Left over from other parts there are a million, and one such
    collection in the middle of a comparison once counted as 410 ms of it, which takes 42 ms.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _hostile(options: Options) -> tuple[Measure, ...]:
    with heap_set_aside():
        return await _measured(options)


async def _measured(options: Options) -> tuple[Measure, ...]:
    def length(full: int) -> int:
        return max(20, options.count(full))

    most, [policy] = length(MAX_CHARACTERS), policies(options.seed, 1)
    settings = default_settings(options.folder).ollama
    rendering = Harmony(install_key=bytes(32), settings=settings)
    rendering.prefix(policy)
    asked = Question(policy=policy, text="hello")
    prompt, endless = rendering.render(asked), length(_ENDLESS)
    return (
        _worst("looking for a link", LINKS, lambda piece: has_link(repeated(piece, length(LONGEST))), 50),
        _worst("looking for hosts", LINKS, lambda piece: post_of(_message(repeated(piece, most))), 50),
        _worst("comparing", (*LINKS, *LETTERS), lambda piece: _compared(repeated(piece, most)), 150),
        _worst("finding three quotes", LETTERS, lambda piece: _quoted(repeated(piece, most)), 500),
        _worst("looking for quotations", _QUOTATIONS, lambda piece: _repeats(repeated(piece, most)), 300),
        _worst(
            "rendering a prompt",
            LETTERS,
            lambda piece: _rendered(rendering, replace(asked, text=repeated(piece, most))),
            300,
        ),
        _worst(
            "reading reasoning without end",
            _REASONING,
            lambda piece: rendering.reasoned(prompt, repeated(piece, endless), Effort.LOW),
            200,
        ),
        _worst(
            "looking for examples in a policy",
            _POLICIES,
            lambda piece: precedents(_source(policy, repeated(piece, length(POLICY_LENGTH)))),
            50,
        ),
        Measure(what="looking for texts most alike", value=await _alike(most), unit="ms", mark=Mark(limit=200)),
    )


def _worst(what: str, pieces: tuple[str, ...], work: Callable[[str], object], limit: float) -> Measure:
    """Return the most processor time, in milliseconds, that the work takes for any of the pieces."""
    took = []
    for piece in pieces:
        began = time.process_time()
        work(piece)
        took.append((time.process_time() - began) * 1e3)
    return Measure(what=f"{what}, at the worst", value=max(took), unit="ms", mark=Mark(limit=limit))


async def _alike(length: int) -> float:
    """Return the most milliseconds for a look-up where ten known texts differ from the one asked by a word each."""
    took = []
    for piece in _ALIKE_PIECES:
        text, known, recent = repeated(piece, length), IndexedNearCopies(), IndexedRecentTexts()
        for number in range(_ALIKE):
            like = text[: 100 * number] + f"word{number}" + text[100 * number : -9]
            precedent = Precedent(id=f"{number}", policy=PolicyId("bench"), category="bench", text=like)
            await known.add(None, (precedent,))
            recent.put(_ref(str(number)), like, datetime.now(UTC))
        began = time.process_time()
        await known.nearest(COMMUNITY, text)
        recent.like(COMMUNITY, text)
        took.append((time.process_time() - began) * 1e3)
    return max(took)


def _compared(text: str) -> None:
    shape_of(text)
    copy_key(text)


def _quoted(text: str) -> None:
    quoted(text, tuple(Evidence(quote=text[start:], start=0, end=0) for start in range(3)))


def _repeats(text: str) -> None:
    """Look for what a message repeats of a hundred others, of which the latest are as long as may be looked through."""
    said = _message(text.replace(">", "a"))
    others = [
        replace(said, ref=_ref(str(number)), author=Author(id=PersonId("b"), name="b")) for number in range(1, 101)
    ]
    with_quotations(_message(text), others)


def _rendered(rendering: Harmony, question: Question) -> None:
    with suppress(NoVerdict):  # a text that has no room is told so, and that must not take long either
        rendering.render(question)


def _source(policy: Policy, text: str) -> GivenPolicies:
    return GivenPolicies((replace(policy, text=text),))


def _ref(number: str) -> MessageRef:
    return MessageRef(community=COMMUNITY, channel=ChannelId("c"), message=MessageId(number))


def _message(text: str) -> Message:
    return Message(
        ref=_ref("0"),
        author=Author(id=PersonId("a"), name="a"),
        sent_at=datetime.now(UTC),
        parts=(TextPart(kind=PartKind.TEXT, text=text),),
    )


HOSTILE = Part(name="hostile", title="What one hostile text may cost, of processor time", run=_hostile)
