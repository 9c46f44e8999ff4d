"""What presses, commands, forms and the home tab share: who asks, in which language, and how they are answered."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.adapters.slack.api import JSON
from bot.adapters.slack.outgoing.answers import answer_blocks, modal, waiting_modal
from bot.adapters.slack.outgoing.drawing import section, speaking, spoken
from bot.adapters.slack.outgoing.mod_log import SettingsOf
from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.sdk_log import sdk_logger
from bot.adapters.slack.workspace import Workspace
from bot.domain.answer import Answer
from bot.domain.errors import PlatformError
from bot.domain.ids import CommunityId, PersonId
from bot.domain.people import Actor
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue
from bot.ports.clock import Clock
from bot.ports.desk import Desk
from bot.ports.directory import Directory

_log = get_logger(__name__)
_AT_ONCE = 16
_TRIGGER_LIVES = 2.5
"""Seconds for which a modal may be opened; Slack says three."""
_RESPONSE_WITHIN = 10
_CLOSES_WITHIN = 2.0

Ask = Callable[[], Awaitable[Answer]]
Show = Callable[[], Awaitable[JSON]]
"""Returns what an open modal is to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody who pressed or typed something, as Slack names them, and where an answer can go."""

    workspace: Workspace
    actor: Actor
    words: Catalogue
    trigger: str
    response_url: str


class Counter:
    """Answers people, in the background, a few at a time."""

    def __init__(self, desk: Desk, directory: Directory, settings: SettingsOf, clock: Clock) -> None:
        self.desk = desk
        self.directory = directory
        self.clock = clock
        self._settings = settings
        self._languages: dict[CommunityId, str] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def asker(self, workspace: Workspace, body: JSON) -> Asker:
        """Return who asks. The language is the one last known: nothing may be looked up before a modal is open."""
        user = body.get("user")
        person = user.get("id") if isinstance(user, dict) else body.get("user_id") or body.get("user")
        community = workspace.community
        number = str(person or "")
        return Asker(
            workspace=workspace,
            actor=Actor(community=community, person=PersonId(number), name=workspace.people.name(number)),
            words=speaking(self._languages.get(community, "en")),
            trigger=str(body.get("trigger_id", "")),
            response_url=str(body.get("response_url", "")),
        )

    async def learn_language(self, community: CommunityId) -> None:
        """Read which language a workspace speaks."""
        self._languages[community] = (await self._settings(community)).language

    def work(self, asker: Asker, job: Coroutine[Any, Any, None]) -> None:
        """Do something after Slack has been answered. Whatever goes wrong is logged, and the person is told."""
        task = asyncio.get_running_loop().create_task(self._work(asker, job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, asker: Asker, job: Coroutine[Any, Any, None]) -> None:
        async with self._room:
            try:
                await job
                await self.learn_language(asker.workspace.community)
            except Exception as error:  # noqa: BLE001 - whatever it is, the person is told, and the log has it
                _log.error("interaction_failed", community=asker.workspace.community, error=repr(error))
                await self.respond(asker, [section(asker.words.say("press.failed"))])

    async def close(self) -> None:
        """Give what is under way a moment to end: a setup would keep the whole run for minutes."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_CLOSES_WITHIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def blocks(self, asker: Asker, answer: Answer) -> list[JSON]:
        """Return an answer's blocks."""
        return answer_blocks(answer, asker.words, self.clock.now(), asker.workspace)

    async def respond(self, asker: Asker, blocks: list[JSON]) -> None:
        """Show blocks to the asker alone, where they asked."""
        if not asker.response_url:
            return
        client = AsyncWebhookClient(
            asker.response_url, timeout=_RESPONSE_WITHIN, logger=sdk_logger("response"), retry_handlers=[]
        )
        body = {"response_type": "ephemeral", "replace_original": False, "text": spoken(blocks), "blocks": blocks}
        try:
            await client.send_dict(body)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("answer_lost", community=asker.workspace.community, error=repr(error))

    async def answer(self, asker: Asker, ask: Ask) -> None:
        """Show what the desk answers to the asker alone."""
        await self.respond(asker, self.blocks(asker, await ask()))

    async def open_modal(self, asker: Asker, title: str) -> JSON | None:
        """Open a modal at once and return it; None, and the person is told, when the trigger had run out."""
        view = waiting_modal(title, asker.words)
        try:
            answer = await asker.workspace.api.call(
                Method.VIEWS_OPEN, trigger_id=asker.trigger, view=view, patience=_TRIGGER_LIVES, rank=Rank.PEOPLE
            )
        except PlatformError as error:
            _log.warning("modal_not_opened", community=asker.workspace.community, error=str(error))
            await self.respond(asker, [section(asker.words.say("press.expired"))])
            return None
        opened: JSON = answer.get("view") or {}
        return opened

    async def change_modal(self, asker: Asker, opened: JSON, view: JSON) -> bool:
        """Change an open modal and return whether it was: it may have been closed, or changed meanwhile."""
        try:
            await asker.workspace.api.call(
                Method.VIEWS_UPDATE, rank=Rank.PEOPLE, view_id=opened["id"], hash=opened.get("hash"), view=view
            )
        except PlatformError as error:
            _log.info("modal_not_changed", community=asker.workspace.community, error=str(error))
            return False
        return True

    async def hold(self, asker: Asker, opened: JSON, title: str) -> JSON:
        """Show in an open modal that something is under way, so that nothing is pressed twice; return it as it is."""
        try:
            answer = await asker.workspace.api.call(
                Method.VIEWS_UPDATE,
                rank=Rank.PEOPLE,
                view_id=opened["id"],
                hash=opened.get("hash"),
                view=waiting_modal(title, asker.words),
            )
        except PlatformError as error:
            _log.info("modal_not_changed", community=asker.workspace.community, error=str(error))
            return opened
        shown: JSON = answer.get("view") or opened
        return shown

    def modal(self, asker: Asker, title: str, answer: Answer) -> JSON:
        """Return an answer as a modal."""
        return modal(title, self.blocks(asker, answer), asker.words)

    async def answer_in_modal(self, asker: Asker, opened: JSON, title: str, show: Show) -> None:
        """Show in an open modal what there is to show; a failure shows there too."""
        try:
            view = await show()
        except Exception as error:  # noqa: BLE001 - the person who waits is told, and the log has it
            _log.error("interaction_failed", community=asker.workspace.community, error=repr(error))
            view = modal(title, [section(asker.words.say("press.failed"))], asker.words)
        await self.change_modal(asker, opened, view)
