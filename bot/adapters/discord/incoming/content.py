"""Every text that a reader of a Discord message sees, as parts, without any I/O."""

import re
from collections.abc import Iterator

import discord

from bot.adapters.discord.incoming.components import component_texts, sounds_of, unknown_in
from bot.domain.events import Attachment, Origin, Part, PartKind, unread_kinds

_MENTION = re.compile(r"<(?P<kind>@!?|@&|#|a?:\w{1,40}:|sound:\d{1,20}:|/[^:>]{1,100}:)(?P<id>\d{1,20})>")
_LINK = re.compile(r"<?https?://\S+>?", re.IGNORECASE)
_MOST_EMBED_FIELDS = 25

NAMING = frozenset(
    {
        discord.MessageType.thread_created,
        discord.MessageType.channel_name_change,
        discord.MessageType.stage_start,
        discord.MessageType.stage_topic,
    }
)
"""Notices of Discord's own whose text is a name or a topic that a member has just chosen."""

_Readable = discord.Message | discord.MessageSnapshot


def parts_of(message: discord.Message) -> tuple[Part, ...]:
    """Return the parts in reading order: title, answered message, own words, forwarded words, poll, embeds, files.

    What a link unfurls to is the linked page's, comes as an edit of its own and changes without the author: it is left
    out, unless the message says nothing but links. Such a preview is background, and never convicts.
    """
    return tuple(part for part in _parts(message) if part.text.strip())


def _parts(message: discord.Message) -> Iterator[Part]:
    yield from _titles(message)
    answered = answered_message(message)
    if answered is not None:
        yield Part(kind=PartKind.REPLY, text=_everything(answered), origin=Origin.BACKGROUND)
    if message.type not in NAMING:
        yield Part(kind=PartKind.TEXT, text=readable(message.content, message))
    yield Part(kind=PartKind.TEXT, text="\n".join(component_texts(message.components)))
    for snapshot in message.message_snapshots:
        yield Part(kind=PartKind.FORWARD, text=_everything(snapshot), origin=Origin.BACKGROUND)
    if message.poll is not None:
        yield Part(kind=PartKind.POLL, text="\n".join(_poll_lines(message.poll)))
    yield from _embeds(message)
    for file in message.attachments:
        yield Part(kind=PartKind.ATTACHMENT, text=_attachment_text(file))
    for name in (*(sticker.name for sticker in message.stickers), *sounds_of(getattr(message, "raw", {})).values()):
        yield Part(kind=PartKind.STICKER, text=name)


def _titles(message: discord.Message) -> Iterator[Part]:
    """Yield a name where this message shows it: a forum post's, a thread's, a channel's new one, a stage's topic.

    A thread that is started at a message has no notice with its name, but begins with a message that stands for it.
    """
    channel = message.channel
    if message.type in NAMING:
        yield Part(kind=PartKind.TITLE, text=message.content)
    elif isinstance(channel, discord.Thread) and message.type is discord.MessageType.thread_starter_message:
        yield Part(kind=PartKind.TITLE, text=channel.name)
    elif isinstance(channel, discord.Thread) and message.id == channel.id and _is_forum(channel.parent):
        tags = " ".join(f"[{tag.name}]" for tag in channel.applied_tags)
        yield Part(kind=PartKind.TITLE, text=f"{channel.name} {tags}".strip())


def _is_forum(channel: discord.abc.GuildChannel | None) -> bool:
    return isinstance(channel, discord.ForumChannel)


def _embeds(message: discord.Message) -> Iterator[Part]:
    is_program = message.webhook_id is not None or message.author.bot
    says_only_links = not any(char.isalnum() for char in _LINK.sub("", message.content))
    for embed in message.embeds:
        if is_program:
            yield Part(kind=PartKind.EMBED, text=_embed_text(embed))
        elif says_only_links:
            yield Part(kind=PartKind.EMBED, text=_embed_text(embed), origin=Origin.BACKGROUND)


def answered_message(message: discord.Message) -> discord.Message | None:
    """Return the message that this one answers, where Discord sent it along; a forward answers nothing."""
    reference = message.reference
    if reference is None or message.message_snapshots or not isinstance(reference.resolved, discord.Message):
        return None
    return reference.resolved


def _everything(message: _Readable) -> str:
    """Return another's message as one text; a forward of a forward shows its words once."""
    lines = [readable(message.content, message), *component_texts(message.components)]
    if isinstance(message, discord.Message):
        lines += [readable(snapshot.content, snapshot) for snapshot in message.message_snapshots]
        lines += _poll_lines(message.poll) if message.poll is not None else []
    lines += [_embed_text(embed) for embed in message.embeds]
    lines += [_attachment_text(file) for file in message.attachments]
    lines += [sticker.name for sticker in message.stickers]
    return "\n".join(line for line in lines if line.strip())


def _poll_lines(poll: discord.Poll) -> list[str]:
    return [poll.question, *(f"- {answer.text}" for answer in poll.answers)]


def _embed_text(embed: discord.Embed) -> str:
    fields = [f"{field.name}\n{field.value}" for field in embed.fields[:_MOST_EMBED_FIELDS]]
    texts = (embed.provider.name, embed.author.name, embed.title, embed.description, *fields, embed.footer.text)
    return "\n".join(text for text in texts if text)


def _attachment_text(file: discord.Attachment) -> str:
    return f"{file.title or file.filename}: {file.description}" if file.description else file.title or file.filename


def attachments_of(message: discord.Message) -> tuple[Attachment, ...]:
    """Return the files that came along, forwarded ones too: none is fetched, and coverage counts them."""
    files = [*message.attachments, *(file for snapshot in message.message_snapshots for file in snapshot.attachments)]
    return tuple(Attachment(name=file.filename, size=file.size, media_type=file.content_type or "") for file in files)


def unread_of(message: discord.Message) -> tuple[str, ...]:
    """Return the kinds of what is in a message and could not be read: mended away, or of no known kind."""
    is_program = message.webhook_id is not None or message.author.bot
    unknown = unknown_in(getattr(message, "raw", {}), reads_embeds=is_program)
    return unread_kinds((*getattr(message, "left_out", ()), *unknown))


def readable(text: str, message: _Readable) -> str:
    """Return the text with mentions and custom emoji by name, not by number.

    Members are named by their account, not as they call themselves: a nickname is theirs, and must not convict those
    who mention them.
    """
    if "<" not in text:
        return text
    guild = message.guild if isinstance(message, discord.Message) else None
    names = {user.id: user.name for user in getattr(message, "mentions", ())}

    def shown(match: re.Match[str]) -> str:
        kind, number = match["kind"], int(match["id"])
        if kind.startswith((":", "a:")):
            return kind.removeprefix("a")
        if kind.startswith("sound:"):
            return ":sound:"
        if kind.startswith("/"):
            return kind.rstrip(":")
        if kind == "#":
            channel = guild.get_channel_or_thread(number) if guild else None
            return f"#{channel.name if channel else 'channel'}"
        if kind == "@&":
            role = guild.get_role(number) if guild else None
            return f"@{role.name if role else 'role'}"
        return f"@{names.get(number, 'member')}"

    return _MENTION.sub(shown, text)
