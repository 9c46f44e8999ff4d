"""What the stand-in's world is made of, and how each thing looks on the wire."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

JSON = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
TEXT, VOICE, CATEGORY, FORUM, PUBLIC_THREAD, PRIVATE_THREAD, DM = 0, 2, 4, 15, 11, 12, 1
_counter = itertools.count(1)


def new_id(at: datetime | None = None) -> int:
    """Return a snowflake of that moment; unique within the process."""
    moment = at or datetime.now(UTC)
    return (int(moment.timestamp() * 1000) - EPOCH_MS << 22) | (next(_counter) & 0x3FFFFF)


def moment_of(snowflake: int) -> datetime:
    """Return when a snowflake was made."""
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)


def age_of(snowflake: int) -> timedelta:
    """Return how old the thing of that id is."""
    return datetime.now(UTC) - moment_of(snowflake)


@dataclass(eq=False)
class User:
    """An account. `takes_dms` False answers 50007 to direct messages."""

    id: int
    name: str
    bot: bool = False
    takes_dms: bool = True

    def payload(self) -> JSON:
        """Return the user object."""
        return {
            "id": str(self.id),
            "username": self.name,
            "discriminator": "0",
            "global_name": None,
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(eq=False)
class Role:
    """A role; `permissions` is the bit field."""

    id: int
    name: str
    position: int
    permissions: int

    def payload(self) -> JSON:
        """Return the role object."""
        return {
            "id": str(self.id),
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": self.position,
            "permissions": str(self.permissions),
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False)
class Member:
    """A user in a guild."""

    user: User
    guild: "Guild"
    roles: set[int]
    joined_at: datetime
    nick: str | None = None
    timeout_until: datetime | None = None

    def payload(self) -> JSON:
        """Return the member object without its user."""
        return {
            "nick": self.nick,
            "roles": [str(role) for role in sorted(self.roles)],
            "joined_at": self.joined_at.isoformat(),
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "avatar": None,
            "premium_since": None,
            "communication_disabled_until": self.timeout_until.isoformat() if self.timeout_until else None,
        }

    def full_payload(self) -> JSON:
        """Return the member object with its user."""
        return {**self.payload(), "user": self.user.payload()}


@dataclass(eq=False)
class Channel:
    """A channel, thread, forum or direct conversation. `overwrites` maps a role's or user's id to (allow, deny)."""

    id: int
    name: str
    kind: int
    guild: "Guild | None"
    parent: "Channel | None" = None
    overwrites: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    slowmode: int = 0
    posts: dict[int, "Post"] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    applied_tags: list[int] = field(default_factory=list)
    recipient: User | None = None
    owner: User | None = None
    archived: bool = False
    locked: bool = False
    archived_at: datetime | None = None

    @property
    def is_thread(self) -> bool:
        """Return whether this is a thread or a forum's post."""
        return self.kind in (PUBLIC_THREAD, PRIVATE_THREAD)

    @property
    def archive_time(self) -> datetime:
        """Return when a thread was archived or opened last; when its last message was sent, as far as nobody says."""
        return self.archived_at or moment_of(max(self.posts, default=self.id))

    def payload(self) -> JSON:
        """Return the channel object that fits its kind."""
        common = {"id": str(self.id), "type": self.kind, "flags": 0, "last_message_id": self._last()}
        if self.recipient is not None:
            return {**common, "recipients": [self.recipient.payload()]}
        guild_id = str(self.guild.id) if self.guild else None
        common |= {"guild_id": guild_id, "name": self.name, "rate_limit_per_user": self.slowmode}
        common["parent_id"] = str(self.parent.id) if self.parent else None
        return common | (self._thread_fields() if self.is_thread else self._channel_fields())

    def _last(self) -> str | None:
        return str(max(self.posts)) if self.posts else None

    def _thread_fields(self) -> JSON:
        return {
            "owner_id": str(self.owner.id if self.owner else self.id),
            "message_count": len(self.posts),
            "member_count": 1,
            "total_message_sent": len(self.posts),
            "applied_tags": [str(tag) for tag in self.applied_tags],
            "thread_metadata": {
                "archived": self.archived,
                "auto_archive_duration": 1440,
                "archive_timestamp": self.archive_time.isoformat(),
                "locked": self.locked,
            },
        }

    def _channel_fields(self) -> JSON:
        return {
            "position": 0,
            "nsfw": False,
            "topic": None,
            "permission_overwrites": [
                {"id": str(key), "type": kind, "allow": str(allow), "deny": str(deny)}
                for key, (kind, allow, deny) in self.overwrites.items()
            ],
            "available_tags": [
                {"id": str(tag), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
                for tag, name in self.tags.items()
            ],
            "bitrate": 64000,
            "user_limit": 0,
            "default_auto_archive_duration": 1440,
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }


@dataclass(eq=False)
class Post:
    """A message. `extra` holds whatever its kind adds: embeds, poll, snapshots, components, a nonce."""

    id: int
    channel: Channel
    author: User
    content: str
    extra: JSON = field(default_factory=dict)
    edited_at: datetime | None = None
    reply_to: "Post | None" = None
    ephemeral: bool = False

    def payload(self, depth: int = 1) -> JSON:
        """Return the message object; what it answers is included once."""
        body: JSON = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "content": self.content,
            "timestamp": moment_of(self.id).isoformat(),
            "edited_timestamp": self.edited_at.isoformat() if self.edited_at else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
            "components": [],
        }
        if self.reply_to is not None:
            body |= self._reply_fields(self.reply_to, depth)
        return body | self.extra

    def _reply_fields(self, target: "Post", depth: int) -> JSON:
        guild = self.channel.guild
        fields: JSON = {
            "type": 19,
            "message_reference": {
                "type": 0,
                "message_id": str(target.id),
                "channel_id": str(target.channel.id),
                "guild_id": str(guild.id) if guild else None,
            },
            "mentions": [target.author.payload()],
        }
        if depth:
            gone = target.id not in target.channel.posts
            fields["referenced_message"] = None if gone else target.payload(depth - 1)
        return fields

    def texts(self) -> str:
        """Return everything that a reader of this message would see, components included."""
        return "\n".join([self.content, *_texts_in(self.extra.get("components", []))]).strip()

    def component(self, wanted: str) -> JSON:
        """Return the button or menu with that label, placeholder or custom id; KeyError with those there are."""
        found = list(_interactive_in(self.extra.get("components", [])))
        for item in found:
            if wanted in (item.get("label"), item.get("placeholder"), item["custom_id"]):
                return item
        raise KeyError(f"no {wanted!r} among {[item.get('label') or item['custom_id'] for item in found]}")

    def labels(self) -> list[str]:
        """Return the labels of the buttons, in order."""
        return [item["label"] for item in _interactive_in(self.extra.get("components", [])) if "label" in item]


def walk(components: list[JSON]) -> list[JSON]:
    """Return every component of a tree, parents first."""
    found: list[JSON] = []
    for item in components:
        found.append(item)
        found += walk(item.get("components", []))
        found += walk([item[key] for key in ("accessory", "component") if key in item])
    return found


def _texts_in(components: list[JSON]) -> list[str]:
    return [item["content"] for item in walk(components) if item["type"] == 10]


def _interactive_in(components: list[JSON]) -> list[JSON]:
    return [item for item in walk(components) if "custom_id" in item]


@dataclass(eq=False)
class Guild:
    """A server. `audit` holds its audit log, newest last."""

    id: int
    name: str
    owner: User
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    bans: dict[int, str] = field(default_factory=dict)
    audit: list[JSON] = field(default_factory=list)

    def payload(self) -> JSON:
        """Return the guild object of GUILD_CREATE: with channels, threads and members."""
        channels = list(self.channels.values())
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner.id),
            "roles": [role.payload() for role in self.roles.values()],
            "channels": [channel.payload() for channel in channels if not channel.is_thread],
            "threads": [channel.payload() for channel in channels if channel.is_thread and not channel.archived],
            "members": [member.full_payload() for member in self.members.values()],
            "member_count": len(self.members),
            "preferred_locale": "en-US",
            "features": ["COMMUNITY"],
            "emojis": [],
            "stickers": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "large": False,
            "unavailable": False,
        }
