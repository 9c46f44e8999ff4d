"""Seeded conversations of a raid: many variants of a few texts, among ordinary messages that quote or negate them."""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.bench.stand_ins.generators import COMMUNITY
from bot.domain.events import Author, Message, Part, PartKind
from bot.domain.ids import ChannelId, MessageId, MessageRef, PersonId

RAID_TEXTS = (
    "Free premium for everyone in this server, claim yours today at https://gift-premium.example/claim before it ends",
    "The moderators here are thieves and liars, leave this dump and come over to our server where people are nice",
    "I made four thousand in a week with this simple trading bot, message me and I will show you how it works",
    "Everyone who posts in this channel is a worthless clown and should log off forever, you make me sick",
    "Hot singles want to meet you tonight, see their pictures at https://meet-tonight.example and pick one",
)
"""None of them holds a negation: a variant that lost one would rightly be no copy."""
_LINKS = ("https://gift-premium.example/claim", "https://meet-tonight.example")
_LOOK_ALIKES = {
    "a": "аɑ",  # noqa: RUF001 - look-alikes are what this is about
    "c": "сϲ",  # noqa: RUF001 - the same
    "e": "еé",
    "i": "іı",  # noqa: RUF001 - the same
    "j": "ј",  # noqa: RUF001 - the same
    "o": "оο",  # noqa: RUF001 - the same
    "p": "рρ",  # noqa: RUF001 - the same
    "s": "ѕ",  # noqa: RUF001 - the same
    "x": "х",  # noqa: RUF001 - the same
    "y": "у",  # noqa: RUF001 - the same
}
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_CHANNELS = 12
_WORDS = tuple(
    """
    about after again almost always another apple around autumn bakery balance basket because before
    behind believe between bicycle birthday bottle bread bridge brother camera candle careful carry
    castle chapter chicken children choose circle climb coffee colour common corner country cousin
    create dance danger daughter decide deliver dinner doctor double dragon dream early editor engine
    enough evening every example explain family farmer favourite film finally finish flower follow
    forest forget friend future garden gentle glass gold grandmother guitar happen harbour heavy history
    holiday honest hospital house hundred imagine island kitchen ladder language laugh learn letter
    library listen little machine market melody minute mirror moment monday morning mountain museum
    music nearly neighbour notice number orange order painter paper perhaps picture planet player please
    pocket present question quickly quiet rabbit railway remember repair river season second secret
    shadow silver simple singer sister snow soldier sound spring station story street strong summer
    sunday supper teacher theatre thing thunder ticket tiger together tomorrow travel tunnel umbrella
    uncle under vegetable village visit voice wagon weather wedding window winter wonder wooden yellow
    yesterday
    """.split()  # noqa: SIM905 - a list of quoted words is no easier to read
)
_ORDINARY_WORDS = (9, 22)
_QUOTING = (
    '{name} just wrote "{text}" to me, is that the spam you warned us about? {words}',
    "> {text}\nthis one again, number {number} today, {words}",
    'number {number}: if you see "{text}" report it: {words}',
    "I got “{text}” from {name} in a direct message too, what should I do {words}",
)
_NEGATING = (
    "this is not true: {text} {words}",
    "nobody should believe that {text}, {words} {number}",
    "never say {text}, not even as a joke, {words}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raid:
    """A raid's messages and the ordinary ones among them, mixed, in the order of their sending."""

    messages: tuple[Message, ...]
    ordinary: frozenset[MessageRef]


def raid(
    *,
    seed: int,
    begin: datetime,
    variants: int = 10_000,
    accounts: int = 500,
    ordinary: int = 200,
    quoting: int = 20,
    negating: int = 10,
) -> Raid:
    """Return a minute of a raid: the same for the same seed.

    Each variant has 1 to 3 edits, up to 3 look-alike letters and 3 invisible characters, and letters in random case.
    Links are left as they are, but for their case: a raider wants them to work.
    """
    dice = random.Random(seed)  # noqa: S311 - the same raid every time is the point
    texts = [(f"raider-{dice.randrange(accounts)}", variant(dice, dice.choice(RAID_TEXTS))) for _ in range(variants)]
    plain = [
        (f"member-{number % 40}", text) for number, text in enumerate(_ordinary(dice, ordinary, quoting, negating))
    ]
    mixed = [(*entry, True) for entry in texts] + [(*entry, False) for entry in plain]
    dice.shuffle(mixed)
    step = timedelta(minutes=1) / len(mixed)
    messages = tuple(
        _message(number, name, text, begin + number * step, dice) for number, (name, text, _) in enumerate(mixed)
    )
    refs = (message.ref for message, (_, _, is_raid) in zip(messages, mixed, strict=True) if not is_raid)
    return Raid(messages=messages, ordinary=frozenset(refs))


def variant(dice: random.Random, text: str) -> str:
    """Return a variant of a text: edited, disguised, in random case."""
    chars = list(text)
    fixed = _places_of_links(text)
    free = [place for place in range(len(chars)) if place not in fixed]
    for place in sorted(dice.sample(free, dice.randint(1, 3)), reverse=True):
        _edit(dice, chars, place)
    text = "".join(chars)
    chars = [char.upper() if dice.random() < 0.5 else char.lower() for char in text]  # noqa: PLR2004 - a coin
    fixed = _places_of_links(text)
    able = [place for place, char in enumerate(chars) if place not in fixed and char.lower() in _LOOK_ALIKES]
    for place in dice.sample(able, dice.randint(0, 3)):
        chars[place] = dice.choice(_LOOK_ALIKES[chars[place].lower()])
    free = [place for place in range(len(chars)) if place not in fixed]
    for place in sorted(dice.sample(free, dice.randint(0, 3)), reverse=True):
        chars.insert(place, dice.choice(_INVISIBLE))
    return "".join(chars)


def _edit(dice: random.Random, chars: list[str], place: int) -> None:
    match dice.randrange(3):
        case 0:
            del chars[place]
        case 1:
            chars[place] = dice.choice(string.ascii_lowercase)
        case _:
            chars.insert(place, dice.choice(string.ascii_lowercase))


def _places_of_links(text: str) -> frozenset[int]:
    places: set[int] = set()
    for link in _LINKS:
        start = text.lower().find(link)
        if start >= 0:
            places |= set(range(start - 1, start + len(link) + 1))
    return frozenset(places)


def _ordinary(dice: random.Random, ordinary: int, quoting: int, negating: int) -> Iterator[str]:
    for number in range(ordinary):
        text, name = dice.choice(RAID_TEXTS), f"member-{dice.randrange(40)}"
        if number < quoting:
            form = _QUOTING[number % len(_QUOTING)]
        elif number < quoting + negating:
            form = _NEGATING[number % len(_NEGATING)]
        else:
            form = " ".join(dice.choices(_WORDS, k=dice.randint(*_ORDINARY_WORDS)))
        words = " ".join(dice.choices(_WORDS, k=4))
        yield form.format(text=text, name=name, number=number, words=words)


def _message(number: int, name: str, text: str, at: datetime, dice: random.Random) -> Message:
    channel = ChannelId(f"channel-{dice.randrange(_CHANNELS)}")
    ago = timedelta(minutes=5 + dice.randrange(50)) if name.startswith("raider") else timedelta(days=90)
    return Message(
        ref=MessageRef(community=COMMUNITY, channel=channel, message=MessageId(str(1_000_000 + number))),
        author=Author(id=PersonId(name), name=name, joined_at=at - ago),
        sent_at=at,
        parts=(Part(kind=PartKind.TEXT, text=text),),
    )
