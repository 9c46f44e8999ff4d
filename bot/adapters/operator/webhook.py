"""Telling the operator through a webhook: Discord, Slack, ntfy, or anything that takes JSON."""

import aiohttp

from bot.adapters.operator.wording import wording
from bot.domain.notice import OperatorNote
from bot.logs import get_logger
from bot.ports.operator import Operator

_SECONDS = 10.0
_SERVER_FAULT = 500
_TOO_MANY = 429
_OK_BELOW = 300
"""A redirect is not followed: whoever it leads to was not named by the operator. So nobody was told by it."""

_MARKUP = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "`": "'"})
"""A model server's own words stand in a note: in a chat they mention nobody and lead nowhere."""

_log = get_logger(__name__)


class WebhookOperator(Operator):
    """Posts JSON to one address. The address is a secret: it appears in no log."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def tell(self, note: OperatorNote) -> bool:
        """Post the note; False when nobody answers, or the server says that it may take it later."""
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._url, json=_body(note), allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("operator_not_told", by="webhook", error=type(error).__name__)
            return False
        if status >= _OK_BELOW:
            _log.warning("operator_not_told", by="webhook", status=status)
        return status < _SERVER_FAULT and status != _TOO_MANY


def _body(note: OperatorNote) -> dict[str, object]:
    """Return one body that Discord (`content`), Slack (`text`) and programs (the rest) understand."""
    text = wording(note).translate(_MARKUP)
    return {
        "text": text,
        "content": text,
        "allowed_mentions": {"parse": []},
        "event": note.reason.code,
        "values": dict(note.reason.values),
        "key": note.key,
    }
