"""The pace at which Slack lets its methods be called, kept from the first call on, and who goes first within it.

Slack counts the calls of each method a minute, for each app in each workspace, whatever the token: so one `Pace` is
shared by all tokens of a workspace. It says how many at https://docs.slack.dev/apis/web-api/rate-limits; a pause that
it asks for with `Retry-After` holds for the method as well, so that nobody else runs into it meanwhile.
"""

import bisect
import itertools
from collections import deque
from enum import IntEnum, StrEnum

from bot.ports.clock import Clock


class Method(StrEnum):
    """Every method of the Web API that is used. What each needs stands in the manifest; a test compares."""

    APPS_CONNECTIONS_OPEN = "apps.connections.open"
    AUTH_TEST = "auth.test"
    CHAT_DELETE = "chat.delete"
    CHAT_POST_EPHEMERAL = "chat.postEphemeral"
    CHAT_POST_MESSAGE = "chat.postMessage"
    CHAT_UPDATE = "chat.update"
    CONVERSATIONS_HISTORY = "conversations.history"
    CONVERSATIONS_INFO = "conversations.info"
    CONVERSATIONS_JOIN = "conversations.join"
    CONVERSATIONS_LIST = "conversations.list"
    CONVERSATIONS_MEMBERS = "conversations.members"
    CONVERSATIONS_OPEN = "conversations.open"
    CONVERSATIONS_REPLIES = "conversations.replies"
    FILES_COMPLETE_UPLOAD = "files.completeUploadExternal"
    FILES_GET_UPLOAD_URL = "files.getUploadURLExternal"
    USERGROUPS_LIST = "usergroups.list"
    USERGROUPS_USERS_LIST = "usergroups.users.list"
    USERS_INFO = "users.info"
    USERS_LIST = "users.list"
    VIEWS_OPEN = "views.open"
    VIEWS_PUBLISH = "views.publish"
    VIEWS_UPDATE = "views.update"


class Rank(IntEnum):
    """Who goes first where an allowance is shared: somebody at a screen, what was decided, then all that has time."""

    PEOPLE = 0
    WORK = 1
    READING = 2


_TIER_2, _TIER_3, _TIER_4, _HUNDREDS = 20, 50, 100, 300
_ALLOWED = {
    Method.AUTH_TEST: _HUNDREDS,
    Method.CHAT_DELETE: _TIER_3,
    Method.CHAT_POST_EPHEMERAL: _TIER_4,
    Method.CHAT_POST_MESSAGE: _HUNDREDS,
    Method.CHAT_UPDATE: _TIER_3,
    Method.CONVERSATIONS_HISTORY: _TIER_3,
    Method.CONVERSATIONS_INFO: _TIER_3,
    Method.CONVERSATIONS_JOIN: _TIER_3,
    Method.CONVERSATIONS_LIST: _TIER_2,
    Method.CONVERSATIONS_MEMBERS: _TIER_4,
    Method.CONVERSATIONS_OPEN: _TIER_3,
    Method.CONVERSATIONS_REPLIES: _TIER_3,
    Method.FILES_COMPLETE_UPLOAD: _TIER_4,
    Method.FILES_GET_UPLOAD_URL: _TIER_4,
    Method.USERGROUPS_LIST: _TIER_2,
    Method.USERGROUPS_USERS_LIST: _TIER_2,
    Method.USERS_INFO: _TIER_4,
    Method.USERS_LIST: _TIER_2,
    Method.VIEWS_OPEN: _TIER_4,
    Method.VIEWS_PUBLISH: _TIER_4,
    Method.VIEWS_UPDATE: _TIER_4,
}
"""Calls a minute that Slack promises. A ticket for a socket is asked for by slack_sdk, which waits by itself."""
_LONGER = 1.02
"""Our minute is that much longer than Slack's: calls may come closer together there than they left here."""
_KEPT_FREE = 5
"""A fifth of each allowance is kept for whoever is in more of a hurry than READING."""
_MOST_PLACES = 1_000

_Ticket = tuple[Rank, int]


class _Lane:
    """One allowance: when it was used, who waits for it in which order, and the pause that Slack asked for."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._used: deque[float] = deque()
        self._waiting: list[_Ticket] = []
        self.until = 0.0

    def queue(self, ticket: _Ticket) -> None:
        """Stand in line."""
        bisect.insort(self._waiting, ticket)

    def leave(self, ticket: _Ticket) -> None:
        """Leave the line."""
        self._waiting.remove(ticket)

    def use(self, now: float) -> None:
        """Note that a call goes out."""
        self._used.append(now)

    def left(self, ticket: _Ticket, now: float) -> float:
        """Return for how many seconds whoever holds the ticket has to wait, as far as one can tell now."""
        self._forget(now)
        most = self._most - (self._most // _KEPT_FREE if ticket[0] is Rank.READING else 0)
        over = bisect.bisect_left(self._waiting, ticket) - (most - len(self._used))
        wait = 0.0
        if over >= 0:
            wait = self._used[over] + self._seconds - now if over < len(self._used) else self._seconds
        return max(0.0, wait, self.until - now)

    def is_idle(self, now: float) -> bool:
        """Return whether nothing has to be remembered of it."""
        self._forget(now)
        return not self._used and not self._waiting and self.until <= now

    def _forget(self, now: float) -> None:
        while self._used and self._used[0] + self._seconds <= now:
            self._used.popleft()


class Pace:
    """Lets calls go one after the other. `post_every` are seconds between posts in a channel, `minute` is Slack's."""

    def __init__(self, clock: Clock, post_every: float, minute: float = 60.0) -> None:
        self._clock = clock
        self._post_every = post_every
        self._minute = minute * _LONGER
        self._methods: dict[Method, _Lane] = {}
        self._places: dict[str, _Lane] = {}
        self._numbers = itertools.count()

    async def turn(self, method: Method, channel: str, rank: Rank, deadline: float) -> float:
        """Wait for a turn and take it, and return 0; return the seconds that it takes where that is past the deadline.

        `deadline` is in the clock's steady seconds.
        """
        lanes, ticket = self._lanes(method, channel), (rank, next(self._numbers))
        for lane in lanes:
            lane.queue(ticket)
        try:
            while (left := max(lane.left(ticket, self._clock.monotonic()) for lane in lanes)) > 0:
                if self._clock.monotonic() + left > deadline:
                    return left
                await self._clock.sleep(left)
            for lane in lanes:
                lane.use(self._clock.monotonic())
        finally:
            for lane in lanes:
                lane.leave(ticket)
        return 0.0

    def pause(self, method: Method, seconds: float) -> None:
        """Note that Slack asked for a pause."""
        self._lane(method).until = self._clock.monotonic() + seconds

    def _lanes(self, method: Method, channel: str) -> list[_Lane]:
        lanes = [self._lane(method)]
        if method is Method.CHAT_POST_MESSAGE and self._post_every > 0:
            lanes.append(self._place(channel))
        return lanes

    def _lane(self, method: Method) -> _Lane:
        if method not in self._methods:
            self._methods[method] = _Lane(_ALLOWED.get(method, _HUNDREDS), self._minute)
        return self._methods[method]

    def _place(self, channel: str) -> _Lane:
        """Return the lane of posts to one channel: Slack takes about one a second there."""
        if channel not in self._places:
            if len(self._places) >= _MOST_PLACES:
                now = self._clock.monotonic()
                self._places = {name: lane for name, lane in self._places.items() if not lane.is_idle(now)}
            self._places[channel] = _Lane(1, self._post_every)
        return self._places[channel]
