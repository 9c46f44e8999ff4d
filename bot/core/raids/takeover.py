"""The built-in check on accounts that were taken over: the same post in three channels within a minute.

It needs no model, and runs before screening, since a stolen account has its owner's roles. One author, the same text,
address or attachments, three channels, sixty seconds: no member does that by hand. Several pages of one site are no
sign, and threads of one channel are one place: whoever helps in a forum links to the same manual in three of its posts.

Attachments are the same by their names and sizes, and from two on by their sizes alone, since names are changed easily.
No platform tells what is in a file, such as its hash.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.raids.addresses import addresses, site_and_section
from bot.core.raids.check import Check, Seen
from bot.domain.built_in import TAKEOVER_POLICY, TAKEOVER_RATIONALES
from bot.domain.events import Message
from bot.domain.ids import ChannelId, CommunityId, MessageRef, PersonId
from bot.domain.inbox import InboxKey, key_of
from bot.domain.reasons import Reason, StepCode, reason
from bot.domain.texts.text import MAX_CHARACTERS, copy_key
from bot.domain.verdict import Label, Verdict, VerdictSource

WITHIN = timedelta(seconds=60)
CHANNELS = 3
MIN_CHARACTERS = 20
"""Shorter texts are said in several channels by anybody: hello, thanks, good night."""
_COMPARED_BY_SIZE = 2
_MOST_POSTS = 60
_MOST_AUTHORS = 20_000
_Who = tuple[CommunityId, PersonId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What is compared of a message. Empty where there is nothing to compare.

    `place` is the channel, that of a thread for a post in one. `sizes` are those of two files or more, in bytes.
    """

    key: InboxKey
    at: datetime
    place: ChannelId
    text: str
    addresses: frozenset[str]
    files: tuple[tuple[str, int], ...]
    sizes: tuple[int, ...]

    @property
    def ref(self) -> MessageRef:
        """Return the message."""
        return self.key.ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting(Seen):
    """The same post in several channels: `posts` are all of them, the newest last; `code` says what is the same."""

    code: StepCode
    posts: tuple[Post, ...]

    @property
    def refs(self) -> tuple[MessageRef, ...]:
        """Return the messages that show it."""
        return tuple(post.ref for post in self.posts)

    @property
    def step(self) -> Reason:
        """Return what was seen, with its counts."""
        seconds = round((self.posts[-1].at - self.posts[0].at).total_seconds())
        return reason(self.code, channels=_channels(self.posts), messages=len(self.posts), seconds=seconds)

    @property
    def verdict(self) -> Verdict:
        """Return the check's verdict: a fixed sentence, since the counts of the first sighting are soon outdated."""
        return Verdict(
            policy=TAKEOVER_POLICY.id,
            policy_hash=TAKEOVER_POLICY.policy_hash,
            label=Label.VIOLATES,
            source=VerdictSource.CHECK,
            category=TAKEOVER_POLICY.categories[0].id,
            rationale=TAKEOVER_RATIONALES[self.code],
        )


def post_of(message: Message) -> Post:
    """Return what is compared of a message."""
    text = message.judged_text
    folded = copy_key(text) if len(text) <= MAX_CHARACTERS else ""
    files = tuple(sorted((file.name, file.size) for file in message.attachments))
    sizes = tuple(sorted(size for _, size in files))
    return Post(
        key=key_of(message),
        at=message.sent_at,
        place=message.parent or message.ref.channel,
        text=folded if len(folded) >= MIN_CHARACTERS else "",
        addresses=_elsewhere(addresses(folded), message.url),
        files=files,
        sizes=sizes if len(sizes) >= _COMPARED_BY_SIZE and all(sizes) else (),
    )


def _elsewhere(found: frozenset[str], message: str) -> frozenset[str]:
    """Return the addresses that lead out of the platform: none of other messages, which are like this one's own."""
    ours = site_and_section(message)
    return frozenset(address for address in found if not ours or not f"{address}/".startswith(ours))


def sighting(newest: Post, before: tuple[Post, ...]) -> Sighting | None:
    """Return what an author's newest post repeats in `CHANNELS` channels within `WITHIN`, or None."""
    recent = sorted((post for post in before if abs(newest.at - post.at) <= WITHIN), key=lambda post: post.at)
    same = {
        StepCode.TAKEOVER_TEXT: [post for post in recent if newest.text and post.text == newest.text],
        StepCode.TAKEOVER_LINK: [post for post in recent if post.addresses & newest.addresses],
        StepCode.TAKEOVER_FILES: [post for post in recent if _same_files(post, newest)],
    }
    for code, posts in same.items():
        seen = (*posts, newest)
        if _channels(seen) >= CHANNELS:
            return Sighting(code=code, posts=seen)
    return None


def _same_files(post: Post, newest: Post) -> bool:
    return bool(newest.files and post.files == newest.files) or bool(newest.sizes and post.sizes == newest.sizes)


class TakeoverWatch(Check):
    """Remembers a minute of each author's posts, and what was seen of those that wait to be acted on."""

    rule = TAKEOVER_POLICY
    name = "takeover"
    within = WITHIN

    def __init__(self) -> None:
        self._posts: OrderedDict[_Who, OrderedDict[MessageRef, Post]] = OrderedDict()
        self._who: dict[MessageRef, _Who] = {}
        self._seen: dict[InboxKey, Sighting] = {}

    def see(self, message: Message) -> bool:
        """Take note of a message; return whether its author's posts look like those of a stolen account.

        Programs are left out: they announce things in several channels.
        """
        if message.author.is_bot:
            return False
        self.forget(message.ref)
        who, newest = (message.community, message.author.id), post_of(message)
        posts = self._posts.pop(who, OrderedDict())
        found = sighting(newest, tuple(posts.values()))
        posts[newest.ref] = newest
        self._posts[who], self._who[newest.ref] = posts, who
        self._prune(who, message.sent_at)
        if found is not None:
            self._seen[newest.key] = found
        return found is not None

    def seen_with(self, key: InboxKey) -> tuple[MessageRef, ...]:
        """Return the messages that show what was seen with a delivery: none where nothing was."""
        found = self._seen.get(key)
        return found.refs if found is not None else ()

    def take(self, key: InboxKey) -> Sighting | None:
        """Hand over what was seen with this delivery, once."""
        return self._seen.pop(key, None)

    def forget(self, ref: MessageRef) -> None:
        """Take a message out that was deleted or edited."""
        who = self._who.pop(ref, None)
        if who is None:
            return
        del self._posts[who][ref]
        if not self._posts[who]:
            del self._posts[who]

    def _prune(self, who: _Who, now: datetime) -> None:
        """Forget all but an author's latest posts, and authors who have been silent: they stand first."""
        for ref in list(self._posts[who])[:-_MOST_POSTS]:
            self.forget(ref)
        while self._posts:
            silent, posts = next(iter(self._posts.items()))
            newest = next(reversed(posts.values()))
            if silent == who or (now - newest.at <= WITHIN and len(self._posts) <= _MOST_AUTHORS):
                return
            for ref in list(posts):
                self.forget(ref)


def _channels(posts: tuple[Post, ...]) -> int:
    return len({post.place for post in posts})
