"""One channel's past since a moment, read one call at a time, so that channels can take turns within Slack's limits.

What was read stays read when a call fails: the next step asks for the same page again.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.slack.api import JSON
from bot.adapters.slack.incoming.files import word
from bot.adapters.slack.incoming.translate import edited_at, message_of, moment, unread_of
from bot.adapters.slack.outgoing.refusals import GONE
from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.workspace import Workspace
from bot.domain.coverage import Gap, GapReason
from bot.domain.errors import PlatformRefused
from bot.domain.events import Edit, Message, Unread
from bot.domain.ids import ChannelId

PAGE = 200
_MOST_CALLS = 60
"""Calls for one channel; with the smallest pages that Slack gives, of 15 messages, these are 900 messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when on messages are read; what was missed may be older than that."""

    missed_since: datetime
    since: datetime


class Reading:
    """Reads the newest page of a channel and those before it down to a moment, then the threads that went on since.

    Slack keeps replies apart: a channel's history shows only at their parent that there are some. Threads are looked
    for in the pages that are read, and besides among the `known` ones.
    """

    def __init__(
        self, workspace: Workspace, channel: ChannelId, span: Span, most: int, known: Iterable[str] = ()
    ) -> None:
        since = span.since
        self.channel = channel
        self._span = span
        self._workspace = workspace
        self._since = since
        self._after = since.timestamp()
        self._most = most
        self._known = tuple(known)
        self._found: dict[str, JSON] = {}
        self._threads: deque[tuple[str, str | None]] = deque()
        self._latest: str | None = None
        self._looks_before = span.missed_since < since
        self._goes_unread = False
        self._reads_history = True
        self._calls = 0
        self._is_cut = False
        self._goes_on_before = False

    @property
    def is_done(self) -> bool:
        """Return whether nothing is left to be read."""
        return not (self._looks_before or self._reads_history or self._threads)

    def give_up(self) -> None:
        """Read no more: Slack refuses it."""
        self._looks_before = self._reads_history = False
        self._threads.clear()

    async def step(self) -> None:
        """Make the next call. Raises PlatformRefused, and PlatformBusy after which the same step can be made again."""
        if self._looks_before:
            await self._look_before()
        elif self._reads_history:
            await self._history_page()
        elif self._threads:
            await self._thread_page()

    async def _look_before(self) -> None:
        """See whether anything was sent that is too old to be fetched."""
        answer = await self._workspace.api.call(
            Method.CONVERSATIONS_HISTORY,
            rank=Rank.READING,
            channel=self.channel,
            oldest=_stamp(self._span.missed_since),
            latest=_stamp(self._since),
            limit=1,
        )
        self._looks_before = False
        self._goes_unread = bool(answer.get("messages"))

    async def _history_page(self) -> None:
        answer = await self._workspace.api.call(
            Method.CONVERSATIONS_HISTORY, rank=Rank.READING, channel=self.channel, limit=PAGE, latest=self._latest
        )
        self._calls += 1
        page = [raw for raw in answer.get("messages") or [] if moment(raw.get("ts")) is not None]
        for raw in page:
            self._keep(raw)
            if float(word(raw, "latest_reply") or 0) > self._after and word(raw, "thread_ts") == word(raw, "ts"):
                self._threads.append((word(raw, "ts"), None))
        oldest = min((float(raw["ts"]) for raw in page), default=0.0)
        goes_on = bool(page and answer.get("has_more"))
        if goes_on and oldest > self._after and len(self._found) <= self._most and self._calls < _MOST_CALLS:
            self._latest = min((str(raw["ts"]) for raw in page), key=float)
            return
        self._reads_history = False
        self._goes_on_before = goes_on
        self._is_cut = goes_on and oldest > self._after
        met = {thread for thread, _ in self._threads}
        self._threads += [(thread, None) for thread in self._known if thread not in met and float(thread) < oldest]

    async def _thread_page(self) -> None:
        thread, cursor = self._threads[0]
        try:
            answer = await self._workspace.api.call(
                Method.CONVERSATIONS_REPLIES,
                rank=Rank.READING,
                channel=self.channel,
                ts=thread,
                oldest=_stamp(self._since),
                limit=PAGE,
                cursor=cursor,
            )
        except PlatformRefused as error:
            if error.code not in GONE:
                raise
            answer = {}  # the thread was deleted meanwhile
        self._calls += 1
        self._threads.popleft()
        for raw in answer.get("messages") or []:
            if moment(raw.get("ts")) is not None:
                self._keep(raw)
        following = (answer.get("response_metadata") or {}).get("next_cursor") or None
        if following is not None:
            self._threads.appendleft((thread, following))
        if self._threads and self._calls >= _MOST_CALLS:
            self._threads.clear()
            self._is_cut = True

    def _keep(self, raw: JSON) -> None:
        changed_at = edited_at(raw)
        if float(raw["ts"]) > self._after or (changed_at is not None and changed_at > self._since):
            self._found[raw["ts"]] = raw

    def events(self) -> tuple[Message | Edit | Unread, ...]:
        """Return what was sent or edited since, oldest first: the newest `most`."""
        events: list[Message | Edit | Unread] = []
        for ts in sorted(self._found, key=float):
            raw = self._found[ts]
            message, changed_at = message_of(raw, self.channel, self._workspace.place), edited_at(raw)
            if message is not None:
                events.append(message if changed_at is None else Edit(message=message, edited_at=changed_at))
            elif (unread := unread_of(raw, self.channel, self._workspace.place)) is not None:
                events.append(unread)
        self._is_cut = self._is_cut or len(events) > self._most
        return tuple(events[-self._most :]) if self._most else ()

    def left_out(self, *, after_an_outage: bool) -> tuple[Gap, ...]:
        """Return the gaps in which something was not read, with the reasons.

        Whether a message further back was answered since shows nowhere. It is told only where Slack may have told
        nobody of such an answer: `after_an_outage`.
        """
        after, taken = _stamp(self._since), self.events()
        gaps = []
        if self._goes_unread:
            gaps.append(self._gap(_stamp(self._span.missed_since), after, GapReason.AGE))
        if self._is_cut:
            first = min((at for at in map(_place, taken) if float(at) > self._after), key=float, default=after)
            gaps.append(self._gap(after, first, GapReason.LIMIT))
        elif after_an_outage and self._goes_on_before:
            newest = max(self._found, key=float, default=after)
            gaps.append(self._gap(after, newest, GapReason.THREADS))
        return tuple(gaps)

    def _gap(self, after: str, before: str, reason: GapReason) -> Gap:
        return Gap(channel=self.channel, after=after, before=before, reason=reason)


def _place(event: Message | Edit | Unread) -> str:
    if isinstance(event, Unread):
        return event.event_id
    return event.message.ref.message if isinstance(event, Edit) else event.ref.message


def _stamp(at: datetime) -> str:
    return f"{at.timestamp():.6f}"
