"""Applications whose webhooks repeat members' words (PluralKit and the like), so that none of it passes unread.

Usually a copy is told by the original that it repeats, seconds before. Where that is not known (the bot was away, or
the copy differs), it can't be given to its member: Discord does not tell who they are. It is judged all the same, under
the name that it was posted with, if its application is known to repeat members; any other webhook of an application is
a program.
"""

import asyncio

from bot.logs import get_logger
from bot.ports.facts import Facts

_LOG = get_logger(__name__)
_NAME = "discord/proxies"
_PLURALKIT, _TUPPERBOX = 466378653216014359, 431544605209788416
_MOST = 1_000


class Proxies:
    """Which applications do so: two that are known to, and those that were seen doing it."""

    def __init__(self) -> None:
        self._known = {_PLURALKIT, _TUPPERBOX}
        self._facts: Facts | None = None
        self._saving: set[asyncio.Task[None]] = set()

    def __contains__(self, application: object) -> bool:
        """Return whether an application, by its id, is one of them."""
        return application in self._known

    async def remember_in(self, facts: Facts) -> None:
        """Take up what was seen by earlier processes, and keep there what is seen from now on."""
        self._facts = facts
        kept = await facts.load(_NAME)
        listed = kept.get("applications") if kept is not None else None
        if isinstance(listed, list):
            self._known |= {number for number in listed if isinstance(number, int)}

    def saw(self, application: int) -> None:
        """Remember an application whose webhook repeated a member."""
        if application in self._known or len(self._known) >= _MOST:
            return
        self._known.add(application)
        if self._facts is not None:
            task = asyncio.create_task(self._save(self._facts))
            self._saving.add(task)
            task.add_done_callback(self._saving.discard)

    async def saved(self) -> None:
        """Wait until everything seen is kept."""
        await asyncio.gather(*self._saving)

    async def _save(self, facts: Facts) -> None:
        try:
            await facts.save(_NAME, {"applications": sorted(self._known)})
        except Exception as error:  # noqa: BLE001 - it will be seen again
            _LOG.warning("proxies_not_kept", error=repr(error))
