"""Addresses for handshakes, asked of Slack with an app-level token. What Slack refuses is said, with its cause.

slack_sdk would ask again every few seconds for ever, and name the cause nowhere.
"""

from bot.adapters.slack.api import FOREVER, SlackApi, held
from bot.adapters.slack.outgoing.refusals import KEYS_LOST
from bot.adapters.slack.pace import Method
from bot.domain.errors import PlatformRefused
from bot.logs import get_logger
from bot.ports.clock import Clock

_log = get_logger(__name__)
_APPS = "https://api.slack.com/apps"
_MOST_DOUBLINGS = 4


def remedy_of(code: str) -> str:
    """Return what to do about an app token that opens no socket."""
    if code in KEYS_LOST:
        return f"Make a new one at {_APPS} under Basic Information, App-Level Tokens, with connections:write."
    if code == "missing_scope":
        return f"Make an app-level token with connections:write at {_APPS} under Basic Information."
    return f"See at {_APPS} that Socket Mode is on, and that the token has the scope connections:write."


class Tickets:
    """All sockets of an app ask here. `refused` is Slack's word while it gives none, empty otherwise.

    `refused_after` are the seconds to the next try then, more and more: a person has to put it right first.
    """

    def __init__(self, api: SlackApi, clock: Clock, refused_after: float) -> None:
        self._api = api
        self._clock = clock
        self._refused_after = refused_after
        self._refusals = 0
        self.refused = ""

    async def take(self) -> str:
        """Return an address, good for one handshake; waits for as long as Slack refuses. Raises PlatformBusy."""
        while True:
            try:
                url = held(await self._api.call(Method.APPS_CONNECTIONS_OPEN, patience=FOREVER), "url")
            except PlatformRefused as error:
                self._tell(error)
                await self._clock.sleep(self._refused_after * 2 ** min(self._refusals - 1, _MOST_DOUBLINGS))
                continue
            if self.refused:
                _log.info("slack_app_token_accepted", text="Slack takes the app token again.")
            self.refused, self._refusals = "", 0
            return url

    def _tell(self, error: PlatformRefused) -> None:
        self._refusals += 1
        if error.code != self.refused:
            self.refused = error.code
            cause = str(error).partition(". ")[0].rstrip(".")
            text = (
                f"Slack opens no connection with the app token, so nothing is heard. {cause}. {remedy_of(error.code)}"
            )
            _log.error("slack_app_token_refused", text=text)
