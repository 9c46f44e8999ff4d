"""What the desk works with, put together in `bootstrap`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.acting.enforcing import Enforcing
from bot.core.deciding.stop_switch import StopSwitch
from bot.core.judging.judging import Asks
from bot.core.judging.model_watch import ModelWatch
from bot.domain.case import Case
from bot.domain.events import Event
from bot.domain.ids import CommunityId, PersonId
from bot.domain.notice import Announcement
from bot.domain.settings import StorageSettings
from bot.ports.clock import Clock
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.settings_book import SettingsBook
from bot.ports.store import Store

Deliver = Callable[[Event], Awaitable[object]]
"""Commits an event to the inbox and lets it wait for its turn: the way of every live event."""
Upheld = Callable[[Case], Awaitable[object]]
"""Hears of a case that a person found right, once that is on record."""
Overturned = Callable[[Case], Awaitable[object]]
"""Hears of a case that a person found wrong, once that is on record."""
Forget = Callable[[CommunityId, PersonId], Awaitable[int]]
"""Lets go of what waits for the model in a community, in the name of an admin; returns how many messages that are."""
Uploaded = Callable[[CommunityId], Awaitable[object]]
"""Hears of a policy that a community sent, once it is offered there."""

Alive = Callable[[CommunityId], None]
"""Hears that what waits in a community may be possible now: its settings were changed."""

Announce = Callable[[Announcement], Awaitable[object]]
"""Says something in a mod log, later where that is not possible now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """The core's own parts, the platform's ports and the records. `slots` is how many questions the model takes."""

    platform: Platform
    store: Store
    enforcing: Enforcing
    book: SettingsBook
    policies: PolicySource
    judging: Asks
    watch: ModelWatch
    storage: StorageSettings
    clock: Clock
    deliver: Deliver
    upheld: Upheld
    overturned: Overturned
    uploaded: Uploaded
    stop_switch: StopSwitch
    forget: Forget
    alive: Alive
    announce: Announce
    slots: int
