"""`/mod setup`: one form, then the desk saves, measures, and begins with recent messages."""

import asyncio
from dataclasses import replace

from bot.adapters.slack.api import JSON
from bot.adapters.slack.desk.counter import Asker, Counter
from bot.adapters.slack.desk.progress import STOP, Progress
from bot.adapters.slack.desk.setup_page import LOG, page, plan_in
from bot.adapters.slack.incoming.files import listed, word
from bot.adapters.slack.outgoing.answers import form, modal, waiting_modal
from bot.adapters.slack.outgoing.drawing import section
from bot.adapters.slack.pace import Method, Rank
from bot.adapters.slack.workspace import Workspace
from bot.domain.answer import SetupPlan
from bot.domain.errors import PlatformError
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings
from bot.logs import get_logger

_log = get_logger(__name__)
CALLBACK = "setup"
_ANSWER_WITHIN = 2.0
"""Seconds for looking at what was chosen; Slack waits three for the answer to a form."""
_UNTIL_ANSWERED = 0.3
"""Seconds until Slack has shown the answer to the form: it would cover what is shown before."""


class Setup:
    """Asks everything on one page."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._under_way: dict[str, Progress] = {}

    async def open(self, asker: Asker) -> None:
        """Open the form, for admins."""
        title = asker.words.say("slack.setup_title")
        opened = await self._counter.open_modal(asker, title)
        if opened is None:
            return
        desk, community = self._counter.desk, asker.actor.community
        refusal = await desk.why_no_setup(asker.actor)
        if refusal is not None:
            blocks = self._counter.blocks(asker, refusal)
            if any(line.code == "press.not_an_admin" for line in refusal.lines):
                blocks.append(section(asker.words.say("setup.needs_workspace_admin", command="/mod")))
            await self._counter.change_modal(asker, opened, modal(title, blocks, asker.words))
            return
        policies, now = await desk.policies(community), await desk.settings(community)
        if not await self._ask(asker, opened, policies, now):
            await self._ask(asker, opened, policies, replace(now, mod_log=None, policies=()))

    async def _ask(self, asker: Asker, opened: JSON, policies: tuple[Policy, ...], now: CommunitySettings) -> bool:
        """Show the form; Slack may refuse one in which a channel is chosen that is gone by now."""
        blocks = page(asker.words, asker.workspace.people, policies, now)
        view = form(asker.words.say("slack.setup_title"), blocks, asker.words, CALLBACK)
        return await self._counter.change_modal(asker, opened, view)

    async def submitted(self, workspace: Workspace, body: JSON) -> JSON:
        """Take the form: what would not work stays in it with the reason, all else is done in the background."""
        asker = self._counter.asker(workspace, body)
        view = body.get("view")
        plan = plan_in(view) if isinstance(view, dict) else None
        if plan is None or not isinstance(view, dict):
            return {"response_action": "errors", "errors": {LOG: asker.words.say("setup.mod_log")}}
        fault = await self._fault_at_once(asker, plan)
        if fault is not None:
            return {"response_action": "errors", "errors": {LOG: fault}}
        title = asker.words.say("slack.setup_title")
        self._counter.work(asker, self._set_up(asker, word(view, "id"), plan))
        return {"response_action": "update", "view": waiting_modal(title, asker.words)}

    def stop(self, body: JSON) -> bool:
        """Take a press on the button beside the progress; False for every other press."""
        actions, view = listed(body.get("actions")), body.get("view")
        if not actions or actions[0].get("action_id") != STOP or not isinstance(view, dict):
            return False
        progress, user = self._under_way.get(word(view, "id")), body.get("user")
        if progress is not None and isinstance(user, dict):
            progress.stop(word(user, "id"))
        return True

    async def _set_up(self, asker: Asker, view_id: str, plan: SetupPlan) -> None:
        progress = Progress(self._counter, asker, view_id, asker.words.say("slack.setup_title"))
        self._under_way[view_id] = progress
        await self._counter.clock.sleep(_UNTIL_ANSWERED)
        try:
            answer = await self._counter.desk.set_up(asker.actor, plan, progress.tell)
            await progress.end(self._counter.blocks(asker, answer))
        except Exception as error:  # noqa: BLE001 - the admin who waits is told, and the log has it
            _log.error("setup_failed", community=asker.workspace.community, error=repr(error))
            await progress.end([section(asker.words.say("press.failed"))])
        finally:
            del self._under_way[view_id]

    async def _fault_at_once(self, asker: Asker, plan: SetupPlan) -> str | None:
        """Return what is wrong with the plan, as far as Slack says it before the form has to be answered."""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                return await self._fault(asker, plan)
        except TimeoutError:
            return asker.words.say("press.expired")

    async def _fault(self, asker: Asker, plan: SetupPlan) -> str | None:
        """Return why the chosen channel would not do: the bot is not in it, or everybody can read it."""
        try:
            answer = await asker.workspace.api.call(Method.CONVERSATIONS_INFO, rank=Rank.PEOPLE, channel=plan.mod_log)
        except PlatformError:
            return asker.words.say("command.unknown_channel", channel=plan.mod_log)
        channel = answer.get("channel") or {}
        name = f"#{word(channel, 'name')}"
        if not channel.get("is_member"):
            return asker.words.say("setup.invite_bot", channel=name, command="/invite")
        if not channel.get("is_private"):
            return asker.words.say("setup.mod_log_is_public", channel=name)
        return None
