"""How an effect waits for its platform, as a JSON text."""

from bot.domain.decision import PutOff
from bot.storage.codec.decisions import reason_list, to_reason
from bot.storage.codec.documents import Document, moment, read, to_moment, write


def put_off_text(put_off: PutOff) -> str:
    """Return how an effect waits as text."""
    return write(
        {
            "why": reason_list(put_off.why),
            "tries": put_off.tries,
            "since": moment(put_off.since),
            "next_at": moment(put_off.next_at),
            "not_before": moment(put_off.not_before) if put_off.not_before is not None else None,
            "until": moment(put_off.until) if put_off.until is not None else None,
            "unclear": put_off.unclear,
        }
    )


def to_put_off(text: str) -> PutOff:
    """Return how an effect waits, as a text holds it; StorageError when it is damaged."""
    return read(text, _to_put_off)


def _to_put_off(document: Document) -> PutOff:
    not_before, until = document.get("not_before"), document.get("until")
    return PutOff(
        why=to_reason(document["why"]),
        tries=document["tries"],
        since=to_moment(document["since"]),
        next_at=to_moment(document["next_at"]),
        not_before=to_moment(not_before) if not_before is not None else None,
        until=to_moment(until) if until is not None else None,
        unclear=document["unclear"],
    )
