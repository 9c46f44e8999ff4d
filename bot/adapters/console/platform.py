"""The console platform's five ports, put together."""

from bot.adapters.console.directory import ConsoleDirectory
from bot.adapters.console.enforcer import ConsoleEnforcer
from bot.adapters.console.history import ConsoleHistory
from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.notifier import ConsoleNotifier
from bot.ports.inbox import Inbox
from bot.ports.platform import Platform


def console_platform(inbox: Inbox) -> Platform:
    """Return a platform on which recorded conversations are moderated."""
    return Platform(
        enforcer=ConsoleEnforcer(),
        mod_log=ConsoleModLog(),
        history=ConsoleHistory(inbox),
        directory=ConsoleDirectory(),
        notifier=ConsoleNotifier(),
    )
