"""What Slack sends, taken in. An event is acknowledged when it is committed, and not before.

Bolt acknowledges first and runs the listener afterwards, unless `process_before_response` is set: then a listener that
raises leaves the event unacknowledged, and Slack sends it again. So the listener for events is the commit alone;
presses, commands and shortcuts are handed to `interactions`, which answers within Slack's three seconds.
"""

import asyncio
import re
import secrets
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.adapters.slack.incoming.files import listed, word
from bot.adapters.slack.incoming.inlet import Inlet
from bot.adapters.slack.incoming.translate import event_of
from bot.adapters.slack.sdk_log import sdk_logger
from bot.adapters.slack.workspace import Workspace, community_of
from bot.domain.events import Event, Unread, unread_kinds
from bot.domain.ids import CommunityId
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.deliveries import Deliveries

_log = get_logger(__name__)
JSON = dict[str, Any]
_ANYTHING = re.compile(r".*", re.DOTALL)


class Interactions(Protocol):
    """What people do in Slack besides writing. Nothing here may be slow: whoever implements it works in the background.

    `submitted` alone is waited for: what it returns is Slack's answer to a form, an empty one closes it.
    """

    @abstractmethod
    def noticed(self, workspace: Workspace, event: JSON) -> None:
        """React to an event that is no message: a home tab opened, our name mentioned, a key revoked."""

    @abstractmethod
    def pressed(self, workspace: Workspace, body: JSON) -> None:
        """React to a button or choice."""

    @abstractmethod
    def commanded(self, workspace: Workspace, body: JSON) -> None:
        """React to the slash command."""

    @abstractmethod
    def shortcut(self, workspace: Workspace, body: JSON) -> None:
        """React to a message shortcut."""

    @abstractmethod
    async def submitted(self, workspace: Workspace, body: JSON) -> JSON:
        """Take a submitted form."""


class Gateway:
    """One app's events and interactions, for all the workspaces that share its app-level token."""

    def __init__(
        self,
        workspaces: Mapping[CommunityId, Workspace],
        inlet: Inlet,
        deliveries: Deliveries,
        clock: Clock,
        interactions: Interactions,
        on_failure: Callable[[], None],
    ) -> None:
        self._workspaces = workspaces
        self._inlet = inlet
        self._deliveries = deliveries
        self._clock = clock
        self._interactions = interactions
        self._on_failure = on_failure
        self._counting: set[asyncio.Task[None]] = set()
        self._under_way: dict[tuple[CommunityId, str], asyncio.Future[None]] = {}

    def app(self) -> AsyncApp:
        """Return the Bolt app. Everything that is not ours is acknowledged too: it would only come again."""
        app = AsyncApp(
            name="hallmoot",
            logger=sdk_logger("bolt"),
            process_before_response=True,
            authorize=_authorizing(self._workspaces),
            ignoring_self_events_enabled=False,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
        )
        app.error(_tell_of_error)
        app.event(_ANYTHING)(self._on_event)
        app.action(_ANYTHING)(self._on_press)
        app.command(_ANYTHING)(self._on_command)
        app.shortcut(_ANYTHING)(self._on_shortcut)
        app.view(_ANYTHING)(self._on_view)
        app.view_closed(_ANYTHING)(_acknowledge)
        app.options(_ANYTHING)(_acknowledge)
        return app

    def unreadable_frame(self) -> None:
        """Count a frame that nothing could be made of; where several workspaces share the app it is nobody's."""
        _log.warning("slack_frame_unreadable")
        if len(self._workspaces) == 1:
            [community] = self._workspaces
            event = _unread(community, "frame", self._clock.now())
            task = asyncio.ensure_future(self._count(event))
            self._counting.add(task)
            task.add_done_callback(self._counting.discard)

    async def _count(self, event: Unread) -> None:
        try:
            await self._inlet.take(event)
        except Exception as error:  # noqa: BLE001 - one count less, and everything else goes on
            _log.error("slack_frame_not_counted", error=repr(error))

    def _workspace_of(self, body: JSON) -> Workspace | None:
        """Return the workspace through which something came; in a shared channel `team_id` may be the other side's."""
        grants = listed(body.get("authorizations"))
        own = body.get("team") if isinstance(body.get("team"), dict) else {}
        named = [body.get("context_team_id"), *(grant.get("team_id") for grant in grants)]
        named += [body.get("team_id"), (own or {}).get("id")]
        found = (self._workspaces.get(community_of(str(team))) for team in named if team)
        return next((workspace for workspace in found if workspace is not None), None)

    async def _on_event(self, body: JSON) -> None:
        workspace = self._workspace_of(body)
        if workspace is None:
            _log.warning("slack_event_of_unknown_workspace", team=str(body.get("team_id", "")))
            return
        delivery = str(body.get("event_id", ""))
        key = (workspace.community, delivery)
        running = self._under_way.get(key) if delivery else None
        if running is None:
            running = asyncio.ensure_future(self._take(workspace, body, delivery))
            self._under_way[key] = running
            running.add_done_callback(lambda _: self._under_way.pop(key, None))
        await asyncio.shield(running)

    async def _take(self, workspace: Workspace, body: JSON, delivery: str) -> None:
        event = self._translated(workspace, body)
        outer = body.get("event")
        inner: JSON = outer if isinstance(outer, dict) else {}
        if event is None and inner.get("type") == "message":
            return  # our own posts and Slack's housekeeping: delivered again they are passed over again
        try:
            if event is not None and await self._inlet.take(event, delivery):
                return
            is_new = not delivery or await self._deliveries.note(workspace.community, delivery, self._clock.now())
        except Exception:
            self._on_failure()
            raise
        if event is None and is_new:
            self._interactions.noticed(workspace, inner)

    def _translated(self, workspace: Workspace, body: JSON) -> Event | None:
        """Return our event. One that can't be read is counted as such: sent again it would be no more readable."""
        outer = body.get("event")
        try:
            if isinstance(outer, dict):
                workspace.people.absorb(outer)
            return event_of(body, workspace.place)
        except Exception as error:  # noqa: BLE001 - hostile input must never stop the flow of events
            _log.error("slack_event_unreadable", community=workspace.community, error=repr(error))
            kind = f"event {word(outer, 'type')}" if isinstance(outer, dict) else "event"
            return _unread(workspace.community, kind, self._clock.now(), word(body, "event_id"))

    async def _on_press(self, body: JSON, ack: Callable[[], Any]) -> None:
        await self._hand_on(body, ack, self._interactions.pressed)

    async def _on_command(self, body: JSON, ack: Callable[[], Any]) -> None:
        await self._hand_on(body, ack, self._interactions.commanded)

    async def _on_shortcut(self, body: JSON, ack: Callable[[], Any]) -> None:
        await self._hand_on(body, ack, self._interactions.shortcut)

    async def _hand_on(self, body: JSON, ack: Callable[[], Any], take: Callable[[Workspace, JSON], None]) -> None:
        workspace = self._workspace_of(body)
        if workspace is not None:
            take(workspace, body)
        await ack()

    async def _on_view(self, body: JSON, ack: Callable[..., Any]) -> None:
        workspace = self._workspace_of(body)
        answer = await self._interactions.submitted(workspace, body) if workspace is not None else {}
        await ack(**answer)


def _authorizing(workspaces: Mapping[CommunityId, Workspace]) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Answer Bolt without asking Slack: a failed auth.test within Bolt would acknowledge an event that nobody read.

    A plain function, since Bolt 1.30 hands a bound method its own object twice.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None, user_id: str | None) -> AuthorizeResult:
        found = workspaces.get(community_of(team_id or ""))
        workspace = found or next(iter(workspaces.values()))
        own = workspace.identity
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=own.team,
            bot_user_id=own.bot_user,
            bot_id=own.bot_id,
            bot_token=workspace.api.client.token,
            user_id=user_id,
        )

    return authorize


def _unread(community: CommunityId, what: str, at: datetime, event_id: str = "") -> Unread:
    [kind] = unread_kinds([what])
    return Unread(community=community, kind=kind, at=at, event_id=event_id or secrets.token_hex(8))


async def _acknowledge(ack: Callable[[], Any]) -> None:
    await ack()


async def _tell_of_error(error: Exception, body: JSON) -> None:
    _log.error("slack_listener_failed", kind=str(body.get("type", "")), error=repr(error))
