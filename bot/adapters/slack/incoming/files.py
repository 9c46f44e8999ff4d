"""What a message carries besides its words: files, link previews, shared messages. Nothing is fetched."""

from collections.abc import Iterator
from typing import Any

from bot.domain.events import Attachment, Origin, Part, PartKind
from bot.domain.texts.slack_markup import NO_PREVIEW, BlockReader, readable

JSON = dict[str, Any]
_MOST_FILES = 50


def listed(value: object, most: int = _MOST_FILES) -> list[JSON]:
    """Return the objects in a JSON list, so many at most; nothing for anything else."""
    return [item for item in value if isinstance(item, dict)][:most] if isinstance(value, list) else []


def word(thing: JSON, name: str) -> str:
    """Return a text field, empty where it is missing or no text."""
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def attachments_of(message: JSON) -> tuple[Attachment, ...]:
    """Return the files that came along, shared messages' too; coverage counts them."""
    files = [*listed(message.get("files"))]
    for shared in listed(message.get("attachments")):
        files += listed(shared.get("files"))
    return tuple(
        Attachment(name=word(file, "name") or word(file, "title"), size=_size(file), media_type=word(file, "mimetype"))
        for file in files
        if file.get("mode") not in ("tombstone", "hidden_by_limit")
    )


def _size(file: JSON) -> int:
    value = file.get("size")
    return value if isinstance(value, int) and value > 0 else 0


def file_parts(message: JSON) -> Iterator[Part]:
    """Yield what is shown of each file: its title or name, the description for those who can't see it, a preview."""
    for file in listed(message.get("files")):
        yield Part(kind=PartKind.ATTACHMENT, text="\n".join((*_labels(file), *_preview(file))))


def _labels(file: JSON) -> list[str]:
    """Return a file's title, its name where that says something else, and its description for those who can't see."""
    title, name = word(file, "title"), word(file, "name")
    differs = name.rpartition(".")[0].casefold() not in ("", title.casefold()) and name.casefold() != title.casefold()
    shown = (title or name, name if title and differs else "", word(file, "alt_txt"))
    return [text for text in shown if text.strip()]


def _preview(file: JSON) -> list[str]:
    """Return what stands in the channel for all to read: a snippet's or e-mail's beginning, what a clip says."""
    spoken = _inner(_inner(file, "transcription"), "preview")
    shown = [word(file, "preview") if word(file, "mimetype").startswith("text/") else "", word(spoken, "content")]
    return [text for text in (*shown, word(file, "preview_plain_text")) if text.strip()]


def _inner(thing: JSON, name: str) -> JSON:
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def quoted_parts(message: JSON, reader: BlockReader, *, says_only_links: bool) -> Iterator[Part]:
    """Yield shared messages, and what links show.

    Another's message that was shared is background, as a forward. What a link unfurls to is the linked page's: it comes
    as a change of its own, and stands here only where the message says nothing but links, as background. A program's
    attachments are its own words.
    """
    is_program = message.get("subtype") == "bot_message" or "bot_profile" in message
    for item in listed(message.get("attachments")):
        text = _attachment_text(item, reader)
        if item.get("is_msg_unfurl") or item.get("is_share"):
            yield Part(kind=PartKind.FORWARD, text=text, origin=Origin.BACKGROUND)
        elif not _is_unfurl(item) and is_program:
            yield Part(kind=PartKind.EMBED, text=text)
        elif not _is_unfurl(item):
            yield Part(kind=PartKind.TEXT, text=text)
        elif says_only_links:
            yield Part(kind=PartKind.EMBED, text=text, origin=Origin.BACKGROUND)


def _is_unfurl(item: JSON) -> bool:
    return any(item.get(name) for name in ("from_url", "original_url", "is_app_unfurl", "app_unfurl_url"))


def _attachment_text(item: JSON, reader: BlockReader) -> str:
    fields = [f"{word(field, 'title')}\n{word(field, 'value')}" for field in listed(item.get("fields"))]
    shared = [reader.text(block["message"].get("blocks")) for block in _shared_blocks(item)]
    blocks = "\n".join(text for text in (reader.text(item.get("blocks")), *shared) if text)
    words = [word(item, "pretext"), word(item, "author_name"), word(item, "title")]
    words += [blocks or word(item, "text"), *fields, word(item, "footer")]
    words += [label for file in listed(item.get("files")) for label in _labels(file)]
    shown = [text if text is blocks else readable(text, reader.names) for text in words if text.strip()]
    return "\n".join(shown) or _fallback(item, reader)


def _fallback(item: JSON, reader: BlockReader) -> str:
    """Return what Slack shows where it can show nothing else; its own words for that are nobody's."""
    fallback = word(item, "fallback")
    if fallback.strip().casefold() != NO_PREVIEW:
        return readable(fallback, reader.names)
    if not item.get("files"):
        reader.unread.append("attachment")
    return ""


def _shared_blocks(item: JSON) -> list[JSON]:
    return [block for block in listed(item.get("message_blocks")) if isinstance(block.get("message"), dict)]
