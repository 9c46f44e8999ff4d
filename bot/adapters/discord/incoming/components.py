"""What a message that is laid out with components says, and what in a message nobody here knows how to read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import discord
from discord.components import Component
from discord.enums import ComponentType

from bot.adapters.discord.incoming.mending import NOTHING_READ

_TYPES = {kind.value for kind in ComponentType}
_MESSAGES = {kind.value for kind in discord.MessageType}
_PLAIN_POLL = 1
_EMBEDS = frozenset({"rich", "image", "video", "gifv", "article", "link", "poll_result", "auto_moderation_message"})
"""Kinds of embeds by Discord's reference; previews of links are left out wherever they are not all that is said."""
_FIELDS = frozenset(
    {
        *("activity", "application", "attachments", "author", "call", "components", "edited_timestamp", "embeds"),
        *("interaction", "interaction_metadata", "member", "mention_channels", "mention_roles", "mentions"),
        *("message_reference", "message_snapshots", "poll", "purchase_notification", "reactions", "resolved"),
        *("referenced_message", "role_subscription_data", "soundboard_sounds", "sticker_items", "stickers", "thread"),
    }
)
"""Fields of a message that hold more than one value, by Discord's reference: read, or without words of a member."""
_MOST_SOUNDS, _DEEPEST = 20, 10


def component_texts(components: Iterable[Component]) -> list[str]:
    """Return the texts of components in reading order, as programs and webhooks send them."""
    found: list[str] = []
    for item in components:
        found += [text for text in _own_texts(item) if text]
        found += component_texts(getattr(item, "children", ()))
        accessory = getattr(item, "accessory", None)
        found += component_texts([accessory]) if accessory is not None else []
    return found


def _own_texts(item: Component) -> list[str | None]:
    texts: list[str | None] = []
    match item:
        case discord.TextDisplay():
            texts = [item.content]
        case discord.MediaGalleryComponent():
            texts = [media.description for media in item.items]
        case discord.ThumbnailComponent():
            texts = [item.description]
        case discord.FileComponent():
            texts = [item.name]
        case discord.Button():
            texts = [item.label]
        case discord.SelectMenu():
            texts = [item.placeholder, *(text for each in item.options for text in (each.label, each.description))]
    return texts


def sounds_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the sounds that a message plays when it is pressed, by their ids."""
    sounds = raw.get("soundboard_sounds")
    listed = [item for item in sounds if isinstance(item, dict)] if isinstance(sounds, list) else []
    return {str(item.get("sound_id", "")): str(item.get("name", "")) for item in listed[:_MOST_SOUNDS]}


def is_known_type(kind: discord.MessageType) -> bool:
    """Return whether discord.py knows this type of message; one of another may well be somebody's words."""
    return kind.value in _MESSAGES or kind.value == NOTHING_READ


def unknown_in(raw: Mapping[str, Any], *, reads_embeds: bool) -> Iterator[str]:
    """Yield the kind of each thing in a message that nobody here knows. `reads_embeds`: an embed's text is read."""
    kind = raw.get("type")
    if isinstance(kind, int) and kind not in _MESSAGES:
        yield f"message type {kind}"
    yield from _unknown_components(raw.get("components"), _DEEPEST)
    poll = raw.get("poll")
    if isinstance(poll, dict) and poll.get("layout_type", _PLAIN_POLL) != _PLAIN_POLL:
        yield f"poll layout {poll['layout_type']}"
    for embed in _dicts(raw.get("embeds")):
        if not reads_embeds and embed.get("type", "rich") not in _EMBEDS:
            yield f"embed {embed['type']}"
    for snapshot in _dicts(raw.get("message_snapshots")):
        inner = snapshot.get("message")
        yield from unknown_in(inner, reads_embeds=True) if isinstance(inner, dict) else ()
    # A flag more or a number says nothing; an object may be something to see.
    yield from (f"field {key}" for key, value in raw.items() if _is_laden(value) and key not in _FIELDS)


def _unknown_components(components: object, depth: int) -> Iterator[str]:
    for item in _dicts(components):
        if item.get("type") not in _TYPES:
            yield f"component {item.get('type')}"
        if depth:
            yield from _unknown_components(item.get("components"), depth - 1)
            yield from _unknown_components([item.get("accessory")], depth - 1)


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_laden(value: object) -> bool:
    return isinstance(value, dict | list) and bool(value)
