"""One chat platform, seen from the core: five ports that an adapter fills."""

from dataclasses import dataclass

from bot.ports.directory import Directory
from bot.ports.enforcer import Enforcer
from bot.ports.history import History
from bot.ports.mod_log import ModLog
from bot.ports.notifier import Notifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What carries effects, cards and notices out, and what the platform still knows."""

    enforcer: Enforcer
    mod_log: ModLog
    history: History
    directory: Directory
    notifier: Notifier
