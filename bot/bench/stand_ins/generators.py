"""Messages and policies made from a seed: the same seed gives the same benchmark."""

import hashlib
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.domain.actions import Action
from bot.domain.events import Author, Message, Part, PartKind
from bot.domain.ids import CategoryId, ChannelId, CommunityId, MessageId, MessageRef, PersonId, PolicyId
from bot.domain.policy import AppliesWhen, Category, Effort, Policy, Severity

COMMUNITY = CommunityId("console:bench")
VIOLATION = "free nitro for everybody who clicks"
"""What stands in the messages that break a rule."""
# fmt: off
_WORDS = (
    "the", "a", "and", "to", "of", "in", "it", "is", "that", "for", "on", "with", "as", "at", "this", "but", "his",
    "they", "be", "we", "you", "have", "not", "are", "there", "what", "all", "when", "server", "build", "game",
    "team", "update", "patch", "channel", "thanks", "nice", "really", "maybe", "tomorrow", "yesterday", "match",
    "player", "guild", "raid", "queue", "stream", "picture", "music", "coffee", "garden", "recipe", "kitchen",
    "train", "weather", "holiday", "question", "answer", "version", "release", "install", "driver", "screen",
    "keyboard", "window", "light", "morning", "evening", "weekend", "birthday", "football", "concert", "ticket",
    "present",
)
# fmt: on


def texts(seed: int, *, violating: float = 0.0) -> Iterator[str]:
    """Yield chat texts of 20 to 200 characters without end, this share of them with `VIOLATION` in them."""
    draw = random.Random(seed)  # noqa: S311 - a seeded order, no secret
    while True:
        words = draw.choices(_WORDS, k=draw.randint(5, 30))
        if draw.random() < violating:
            words.insert(draw.randrange(len(words)), VIOLATION)
        yield " ".join(words)[:200].strip()


def messages(seed: int, count: int, start: datetime, *, violating: float = 0.0) -> Iterator[Message]:
    """Yield messages of 200 authors in 20 channels, a tenth of a second apart."""
    draw = random.Random(seed)  # noqa: S311 - a seeded order, no secret
    for number, text in zip(range(count), texts(seed, violating=violating), strict=False):
        person = f"member{draw.randrange(200)}"
        yield Message(
            ref=MessageRef(
                community=COMMUNITY, channel=ChannelId(f"c{draw.randrange(20)}"), message=MessageId(f"m{number}")
            ),
            author=Author(id=PersonId(person), name=person),
            sent_at=start + timedelta(seconds=number / 10),
            parts=(Part(kind=PartKind.TEXT, text=text),),
        )


def policies(seed: int, count: int, *, words: int = 450) -> tuple[Policy, ...]:
    """Return policies of about 600 tokens each, all judged without context, with one category each."""
    draw = random.Random(seed)  # noqa: S311 - a seeded order, no secret
    return tuple(_policy(number, " ".join(draw.choices(_WORDS, k=words))) for number in range(count))


def _policy(number: int, text: str) -> Policy:
    name = f"rule-{number}"
    body = f"# Policy {number}\n\nCategory: {name}\n\n{text}\n"
    return Policy(
        id=PolicyId(f"bench-{number}"),
        title=f"Policy {number}",
        languages=("en",),
        effort=Effort.LOW,
        applies_when=frozenset({AppliesWhen.EVERYTHING}),
        categories=(
            Category(
                id=CategoryId(name),
                title=f"Rule {number}",
                severity=Severity.MEDIUM,
                action=Action.DELETE,
                people_only=False,
                context_free=True,
                return_text=True,
            ),
        ),
        text=body,
        policy_hash=hashlib.sha256(body.encode()).hexdigest(),
        source=f"bench-{number}",
    )
