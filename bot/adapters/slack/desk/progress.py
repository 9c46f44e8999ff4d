"""A setup's progress in its dialog: how far it is, a button to stop, and how it ended."""

from bot.adapters.slack.api import JSON, held
from bot.adapters.slack.desk.counter import Asker, Counter
from bot.adapters.slack.outgoing.answers import modal
from bot.adapters.slack.outgoing.drawing import button, spoken
from bot.adapters.slack.pace import Method
from bot.domain.answer import Answer
from bot.domain.errors import PlatformError
from bot.logs import get_logger

_log = get_logger(__name__)
STOP = "setup_stop"
"""The button's action id."""


class Progress:
    """Shown to one admin. Closing the dialog ends nothing: how it ended follows as a direct message then."""

    def __init__(self, counter: Counter, asker: Asker, view_id: str, title: str) -> None:
        self._counter = counter
        self._asker = asker
        self._opened: JSON = {"id": view_id}
        self._title = title
        self._shown: Answer | None = None
        self._is_stopped = False

    def stop(self, person: str) -> None:
        """Let it end soon, if it is theirs."""
        self._is_stopped = self._is_stopped or person == self._asker.actor.person

    async def tell(self, answer: Answer) -> bool:
        """Show how far it is, where that is new; return whether to go on."""
        if answer != self._shown and not self._is_stopped:
            self._shown = answer
            view = self._counter.modal(self._asker, self._title, answer)
            stop = button(self._asker.words.say("setup.stop"), STOP)
            view["blocks"].append({"type": "actions", "elements": [stop]})
            await self._counter.change_modal(self._asker, self._opened, view)
        return not self._is_stopped

    async def end(self, blocks: list[JSON]) -> None:
        """Show how it ended."""
        view = modal(self._title, blocks, self._asker.words)
        if await self._counter.change_modal(self._asker, self._opened, view):
            return
        api, person = self._asker.workspace.api, self._asker.actor.person
        try:
            conversation = await api.call(Method.CONVERSATIONS_OPEN, users=person)
            await api.call(
                Method.CHAT_POST_MESSAGE,
                channel=held(conversation, "channel", "id"),
                text=spoken(blocks, self._title),
                blocks=blocks,
            )
        except PlatformError as error:
            _log.warning("setup_end_not_told", community=self._asker.workspace.community, error=str(error))
