"""Slack's events made into our frozen events, without any I/O. Nothing here raises for what Slack or a member sends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.adapters.slack.incoming.files import attachments_of, file_parts, quoted_parts, word
from bot.adapters.slack.people import SLACKBOT, People
from bot.domain.events import (
    Author,
    Delete,
    Edit,
    Event,
    Member,
    MemberChange,
    Message,
    Part,
    PartKind,
    Report,
    Unread,
    unread_kinds,
)
from bot.domain.ids import ChannelId, CommunityId, MessageId, MessageRef, PersonId
from bot.domain.texts.slack_markup import BlockReader, mentioned, said_in
from bot.domain.texts.slack_subtypes import CHOSEN, HOUSEKEEPING, SPOKEN

JSON = dict[str, Any]
REPORT_EMOJI = "triangular_flag_on_post"
"""A reaction with this red flag asks moderators to look."""
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}")
_LINKS = re.compile(r"<(?:https?|mailto):[^<>]*>|https?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The workspace in which something happened: what a translation has to know besides the event."""

    community: CommunityId
    url: str
    own_user: str
    own_bot: str
    people: People


def event_of(body: JSON, place: Place) -> Event | None:
    """Return our event for an outer event of Slack's, or None for what is not ours to judge or record."""
    event = body.get("event")
    if not isinstance(event, dict):
        return None
    kind = event.get("type")
    if kind == "message":
        return _message_event(event, place)
    if kind == "reaction_added":
        return _reaction_report(event, place)
    if kind in ("team_join", "user_change"):
        return _member_event(event, str(body.get("event_id", "")), place)
    return None


def moment(ts: object) -> datetime | None:
    """Return the time that a timestamp names, in UTC; None for anything that is none."""
    if not isinstance(ts, str) or not _TS.fullmatch(ts):
        return None
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def ref_of(place: Place, channel: str, ts: str) -> MessageRef:
    """Return where a message stands. A reply in a thread stands in the thread's channel."""
    return MessageRef(community=place.community, channel=ChannelId(channel), message=MessageId(ts))


def _message_event(event: JSON, place: Place) -> Message | Edit | Delete | Unread | None:
    channel, subtype = word(event, "channel"), word(event, "subtype")
    if subtype == "message_deleted":
        return _deletion(event, channel, word(event, "deleted_ts"), place)
    if subtype != "message_changed":
        return message_of(event, channel, place) or unread_of(event, channel, place)
    inner = event.get("message")
    if not isinstance(inner, dict):
        return None
    if inner.get("subtype") == "tombstone":
        return _deletion(event, channel, word(inner, "ts"), place)
    message = message_of(inner, channel, place)
    at = moment(event.get("event_ts")) or moment(event.get("ts")) or edited_at(inner)
    if message is None:
        return unread_of(inner, channel, place)
    return Edit(message=message, edited_at=at) if at is not None else None


def unread_of(message: JSON, channel: str, place: Place) -> Unread | None:
    """Return that a message of a kind that nobody knows was seen; None for a known one, and for our own."""
    subtype, at = word(message, "subtype"), moment(message.get("ts"))
    is_known = subtype in SPOKEN or subtype in CHOSEN or subtype in HOUSEKEEPING
    if is_known or at is None or not channel or is_own(message, place):
        return None
    [kind] = unread_kinds([f"subtype {subtype}"])
    stands = ChannelId(channel)
    return Unread(community=place.community, channel=stands, kind=kind, at=at, event_id=word(message, "ts"))


def edited_at(message: JSON) -> datetime | None:
    """Return when its author last changed a message; None for one that stands as it was sent."""
    edited = message.get("edited")
    return moment(edited.get("ts")) if isinstance(edited, dict) else None


def _deletion(event: JSON, channel: str, ts: str, place: Place) -> Delete | None:
    at = moment(event.get("event_ts")) or moment(event.get("ts"))
    before = event.get("previous_message")
    if at is None or moment(ts) is None or (isinstance(before, dict) and is_own(before, place)):
        return None
    return Delete(ref=ref_of(place, channel, ts), deleted_at=at)


def is_own(message: JSON, place: Place) -> bool:
    """Return whether our own bot wrote a message: cards and notices are not moderated."""
    return message.get("user") == place.own_user or message.get("bot_id") == place.own_bot


def message_of(message: JSON, channel: str, place: Place) -> Message | None:
    """Return a message as a reader sees it; None for our own, for housekeeping, and for what can't be placed."""
    ts = word(message, "ts")
    sent_at = moment(ts)
    subtype = word(message, "subtype")
    if sent_at is None or not channel or subtype not in SPOKEN | CHOSEN.keys() or is_own(message, place):
        return None
    reader = BlockReader(place.people)
    parts = _chosen(message, subtype) if subtype in CHOSEN else _parts(message, reader)
    shown = tuple(part for part in parts if part.text.strip())
    thread = word(message, "thread_ts")
    return Message(
        ref=ref_of(place, channel, ts),
        author=_author(message, place),
        sent_at=sent_at,
        parts=shown,
        attachments=attachments_of(message),
        reply_to=MessageId(thread) if thread and thread != ts else None,
        addresses=len(_addressed(message, place)),
        url=link_to(place, channel, ts, thread),
        programs=_programs(message),
        unread=unread_kinds(reader.unread),
    )


def link_to(place: Place, channel: str, ts: str, thread: str = "") -> str:
    """Return the address that opens a message in Slack."""
    in_thread = f"?thread_ts={thread}&cid={channel}" if thread and thread != ts else ""
    return f"{place.url}archives/{channel}/p{ts.replace('.', '')}{in_thread}"


def _chosen(message: JSON, subtype: str) -> Iterator[Part]:
    """Yield the topic, purpose or name that a member gave a channel."""
    yield Part(kind=PartKind.TITLE, text=word(message, CHOSEN[subtype]))


def _parts(message: JSON, reader: BlockReader) -> Iterator[Part]:
    said = word(message, "text")
    yield from (Part(kind=PartKind.TEXT, text=text) for text in said_in(said, message.get("blocks"), reader))
    nothing_but_links = not any(char.isalnum() for char in _LINKS.sub("", said))
    yield from quoted_parts(message, reader, says_only_links=nothing_but_links)
    yield from file_parts(message)


def _programs(message: JSON) -> frozenset[str]:
    """Return the ids of the program that a message came through: its bot, its app, its account."""
    profile = _dict(message, "bot_profile")
    if not (word(message, "bot_id") or profile):
        return frozenset()
    ids = (word(message, "bot_id"), word(message, "app_id"), word(profile, "app_id"), word(profile, "user_id"))
    return frozenset(number for number in (*ids, word(message, "user")) if number)


def _author(message: JSON, place: Place) -> Author:
    """Return who wrote. A member's message sent through an app is that member's, although it bears a bot_id.

    An admin of another organisation, who writes in a shared channel, moderates nothing here.
    """
    people, number = place.people, word(message, "user")
    known = people.person(number)
    if known is None and (not number or _is_programs_own(message, number)):
        name = word(message, "username") or word(_dict(message, "bot_profile"), "name") or "app"
        return Author(id=PersonId(number or word(message, "bot_id") or "app"), name=name, is_bot=True)
    groups = people.groups_of(number)
    return Author(
        id=PersonId(number),
        name=known.name if known is not None and known.name else word(_dict(message, "user_profile"), "display_name"),
        is_bot=number == SLACKBOT or (known is not None and known.is_bot),
        is_moderator=known is not None and known.is_admin and (not known.team or known.belongs_to(_team(place))),
        roles=groups,
    )


def _team(place: Place) -> str:
    return place.community.partition(":")[2]


def _is_programs_own(message: JSON, number: str) -> bool:
    return word(message, "subtype") == "bot_message" or word(_dict(message, "bot_profile"), "user_id") == number


def _dict(thing: JSON, name: str) -> JSON:
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _addressed(message: JSON, place: Place) -> set[str]:
    people = set(mentioned(word(message, "text")))
    if word(message, "thread_ts") not in ("", word(message, "ts")):
        people.add(word(message, "parent_user_id"))
    return people - {"", word(message, "user"), place.own_user, SLACKBOT}


def _reaction_report(event: JSON, place: Place) -> Report | None:
    item, at = _dict(event, "item"), moment(event.get("event_ts"))
    reporter, ts = word(event, "user"), word(item, "ts")
    if word(event, "reaction").partition("::")[0] != REPORT_EMOJI or item.get("type") != "message":
        return None
    if at is None or moment(ts) is None or reporter in ("", place.own_user, word(event, "item_user")):
        return None
    return Report(ref=ref_of(place, word(item, "channel"), ts), reporter=PersonId(reporter), reported_at=at)


def _member_event(event: JSON, event_id: str, place: Place) -> Member | None:
    user = _dict(event, "user")
    at = moment(event.get("event_ts")) or moment(f"{word(event, 'cache_ts')}.0") or _updated(user, event)
    has_left = event.get("type") == "user_change" and user.get("deleted") is True
    if at is None or not word(user, "id") or not event_id or not (has_left or event.get("type") == "team_join"):
        return None
    return Member(
        community=place.community,
        person=PersonId(word(user, "id")),
        change=MemberChange.LEFT if has_left else MemberChange.JOINED,
        at=at,
        event_id=event_id,
    )


def _updated(user: JSON, event: JSON) -> datetime | None:
    for value in (event.get("cache_ts"), user.get("updated")):
        if isinstance(value, int) and not isinstance(value, bool):
            return moment(f"{value}.0")
    return None
