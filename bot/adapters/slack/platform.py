"""Slack as one thing: everything that the trunk asks of a platform, built from the settings."""

import asyncio
from dataclasses import dataclass
from functools import partial

from bot.adapters.slack.api import FOREVER, PATIENCE
from bot.adapters.slack.desk.counter import Counter
from bot.adapters.slack.desk.interactions import Record, SlackInteractions
from bot.adapters.slack.directory import SlackDirectory
from bot.adapters.slack.incoming.catching_up import BackfillSettings
from bot.adapters.slack.incoming.history import SlackHistory
from bot.adapters.slack.incoming.inlet import Deliver, Inlet
from bot.adapters.slack.incoming.joining import Joining
from bot.adapters.slack.incoming.link import Link, LinkParts
from bot.adapters.slack.incoming.signs import Signs, Tell
from bot.adapters.slack.incoming.sockets import SocketSettings
from bot.adapters.slack.incoming.watch import Watch
from bot.adapters.slack.outgoing.deleting import Deleting
from bot.adapters.slack.outgoing.enforcer import SlackEnforcer
from bot.adapters.slack.outgoing.mod_log import SettingsOf, SlackModLog
from bot.adapters.slack.outgoing.notifier import SlackNotifier
from bot.adapters.slack.people import read_people
from bot.adapters.slack.workspace import Calling, KeysRefused, Workspace, open_workspace
from bot.domain.errors import ConfigError, PlatformError
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.domain.settings import SlackSettings
from bot.logs import get_logger
from bot.ports.clock import Clock
from bot.ports.cursors import Cursors
from bot.ports.deliveries import Deliveries
from bot.ports.desk import Desk
from bot.ports.inbox import Inbox
from bot.ports.platform import Platform

_log = get_logger(__name__)
_LEARN_AGAIN = 60.0
"""Seconds to the next try to learn names."""
DEFAULT_CALLING = Calling()
DEFAULT_SOCKETS = SocketSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """What comes in, and to whom: `deliver` commits an event to the inbox, `record` writes an audit note.

    `deliveries` knows what was delivered before, and until when nothing was missed; `cursors` is told what was left out
    and which channels nobody reads; `inbox` tells which threads are in use. `connected` hears of each sign of life of a
    workspace: what waits there may work now.
    """

    deliver: Deliver
    record: Record
    deliveries: Deliveries
    cursors: Cursors
    inbox: Inbox
    connected: Tell


class SlackPlatform:
    """All configured workspaces. The ports can be handed out at once; events come only in `run`."""

    def __init__(
        self,
        settings: SlackSettings,
        workspaces: dict[CommunityId, Workspace],
        community_settings: SettingsOf,
        clock: Clock,
        calling: Calling,
        sockets: SocketSettings,
        nameless: tuple[Workspace, ...] = (),
    ) -> None:
        self._settings = settings
        self._nameless = nameless
        self._clock = clock
        self._calling = calling
        self._sockets = sockets
        self._community_settings = community_settings
        self._deliver: Deliver | None = None
        self.workspaces = workspaces
        self.inlet = Inlet(self._hand_on)
        self.history = SlackHistory(workspaces)
        self.mod_log = SlackModLog(workspaces, community_settings)
        self.notifier = SlackNotifier(workspaces, community_settings)
        self.directory = SlackDirectory(workspaces, community_settings)
        deleting = Deleting(workspaces, self.mod_log, self.inlet, clock)
        self.enforcer = SlackEnforcer(workspaces, self.history, self.notifier, self.mod_log, deleting)

    @property
    def ports(self) -> Platform:
        """Return what the core asks of a platform."""
        return Platform(
            enforcer=self.enforcer,
            mod_log=self.mod_log,
            history=self.history,
            directory=self.directory,
            notifier=self.notifier,
        )

    async def _hand_on(self, event: Event, delivery: str = "") -> object:
        if self._deliver is None:
            raise RuntimeError("an event came before anybody was there to take it")
        return await self._deliver(event, delivery)

    async def run(self, receivers: Receivers, desk: Desk) -> None:
        """Connect and hand on events until cancelled."""
        self._deliver = receivers.deliver
        counter = Counter(desk, self.directory, self._community_settings, self._clock)
        for community in self.workspaces:
            await counter.learn_language(community)
        joinings = self._joinings()
        watch = Watch(tuple(self.workspaces.values()), self.history, receivers.cursors, self._clock, joinings)
        signs = Signs(self.workspaces, receivers.connected)
        interactions = SlackInteractions(counter, receivers.record, joinings, watch.changed, signs.alive)
        parts = self._parts(receivers, interactions, signs)
        tokens = {workspace.app_token for workspace in self.workspaces.values()}
        try:
            async with asyncio.TaskGroup() as tasks:
                for token in sorted(tokens):
                    mine = {key: each for key, each in self.workspaces.items() if each.app_token == token}
                    tasks.create_task(Link(token, mine, parts).run())
                tasks.create_task(watch.run())
                tasks.create_task(signs.run())
                for nameless in self._nameless:
                    tasks.create_task(self._learn(nameless))
                for community, workspace in self.workspaces.items():
                    workspace.api.on_more = partial(signs.alive, community)
                    signs.alive(community)
        finally:
            await counter.close()

    async def _learn(self, workspace: Workspace) -> None:
        """Learn the names that were not to be had at the start."""
        while not await _learns(workspace, FOREVER):
            await self._clock.sleep(_LEARN_AGAIN)

    def _joinings(self) -> dict[CommunityId, Joining]:
        """Return what joins public channels; nothing does where the settings say so."""
        if not self._settings.join_public_channels:
            return {}
        return {community: Joining(workspace, self._clock) for community, workspace in self.workspaces.items()}

    def _parts(self, receivers: Receivers, interactions: SlackInteractions, signs: Signs) -> LinkParts:
        settings = self._settings
        return LinkParts(
            inlet=self.inlet,
            deliveries=receivers.deliveries,
            cursors=receivers.cursors,
            inbox=receivers.inbox,
            history=self.history,
            interactions=interactions,
            clock=self._clock,
            calling=self._calling,
            sockets=self._sockets,
            backfill=BackfillSettings(messages=settings.backfill_messages, age=settings.backfill_age),
            signs=signs,
        )


async def connect(
    settings: SlackSettings,
    community_settings: SettingsOf,
    clock: Clock,
    *,
    calling: Calling = DEFAULT_CALLING,
    sockets: SocketSettings = DEFAULT_SOCKETS,
) -> SlackPlatform:
    """Build the Slack side and learn who is in each workspace.

    A workspace whose token Slack refuses is left out while there are others, and an error in the log says so. Raises
    ConfigError when there are none, for tokens of the wrong kind, and for two that belong to one workspace, and
    PlatformBusy when Slack does not answer.
    """
    workspaces: dict[CommunityId, Workspace] = {}
    refused: list[KeysRefused] = []
    nameless: list[Workspace] = []
    for number, keys in enumerate(settings.workspaces, 1):
        try:
            workspace = await open_workspace(keys, clock, calling)
        except KeysRefused as error:
            refused.append(error)
            _log.error("slack_workspace_left_out", number=number, text="; ".join(error.faults))
            continue
        if workspace.community in workspaces:
            text = f"slack: two bot tokens belong to {workspace.identity.name}. Leave one of them out."
            raise ConfigError((text,))
        workspaces[workspace.community] = workspace
        if not await _learns(workspace, PATIENCE):
            nameless.append(workspace)
    if refused and not workspaces:
        raise refused[0]
    return SlackPlatform(settings, workspaces, community_settings, clock, calling, sockets, tuple(nameless))


async def _learns(workspace: Workspace, patience: float) -> bool:
    """Learn names, and return whether that worked; without them everything works, and mentions read as `@member`."""
    try:
        await read_people(workspace.api, workspace.people, patience=patience)
    except PlatformError as error:
        _log.warning("slack_names_unknown", community=workspace.community, error=str(error))
        return False
    return True
