"""`/mod setup`: one form, then the desk saves, measures, and begins with recent messages."""

import asyncio

from bot.adapters.slack.answers import form, modal, waiting_modal
from bot.adapters.slack.api import JSON, Method
from bot.adapters.slack.counter import Asker, Counter
from bot.adapters.slack.drawing import plain, section
from bot.adapters.slack.files import listed, word
from bot.adapters.slack.progress import STOP, Progress
from bot.adapters.slack.workspace import Workspace
from bot.domain.answer import SetupPlan
from bot.domain.errors import PlatformError
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.people import Permission
from bot.domain.policy import AppliesWhen, Policy
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue, languages

_log = get_logger(__name__)
CALLBACK = "setup"
_MOST_OPTIONS = 100
_ANSWER_WITHIN = 2.0
"""Seconds for looking at what was chosen; Slack waits three for the answer to a form."""
_UNTIL_ANSWERED = 0.3
"""Seconds until Slack has shown the answer to the form: it would cover what is shown before."""
_LOG, _GROUPS, _POLICIES, _CHANNELS, _LANGUAGE = "mod_log", "moderators", "policies", "channels", "language"


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
        if not await self._counter.directory.may(asker.actor, Permission.ADMINISTER):
            view = modal(title, [section(asker.words.say("command.needs_admin"))], asker.words)
        else:
            policies = await self._counter.desk.policies(asker.actor.community)
            view = form(title, _page(asker, policies), asker.words, CALLBACK)
        await self._counter.change_modal(asker, opened, view)

    async def submitted(self, workspace: Workspace, body: JSON) -> JSON:
        """Take the form: what would not work stays in it with the reason, all else is done in the background."""
        asker = self._counter.asker(workspace, body)
        view = body.get("view")
        values = _values(view) if isinstance(view, dict) else {}
        plan = _plan(values)
        if plan is None or not isinstance(view, dict):
            return {"response_action": "errors", "errors": {_LOG: asker.words.say("setup.mod_log")}}
        fault = await self._fault_at_once(asker, plan)
        if fault is not None:
            return {"response_action": "errors", "errors": {_LOG: fault}}
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
            answer = await asker.workspace.api.call(Method.CONVERSATIONS_INFO, channel=plan.mod_log)
        except PlatformError:
            return asker.words.say("command.unknown_channel", channel=plan.mod_log)
        channel = answer.get("channel") or {}
        name = f"#{word(channel, 'name')}"
        if not channel.get("is_member"):
            return asker.words.say("setup.mod_log_not_writable", channel=name, permission="/invite")
        if not channel.get("is_private"):
            return asker.words.say("setup.mod_log_is_public", channel=name)
        return None


def _page(asker: Asker, policies: tuple[Policy, ...]) -> list[JSON]:
    words, people = asker.words, asker.workspace.people
    groups = [_option(f"@{handle}", number) for number, handle in people.groups()][:_MOST_OPTIONS]
    offered = [_option(policy.title, policy.id) for policy in policies][:_MOST_OPTIONS]
    usual = [_option(p.title, p.id) for p in policies if AppliesWhen.EVERYTHING in p.applies_when][:_MOST_OPTIONS]
    spoken = [_option(language, language) for language in languages()]
    kinds = {"include": ["private"], "exclude_bot_users": True}
    blocks = [
        section(words.say("setup.welcome")),
        _input(_LOG, "setup.mod_log", words, {"type": "conversations_select", "filter": kinds}),
        _input(_POLICIES, "setup.policies", words, _multiple(offered, usual)),
        _input(_CHANNELS, "setup.channels", words, {"type": "multi_conversations_select"}, optional="yes"),
        _input(_LANGUAGE, "setup.language", words, {"type": "static_select", "options": spoken} | _first(spoken)),
    ]
    if groups:
        blocks.insert(2, _input(_GROUPS, "setup.moderators", words, _multiple(groups, []), optional="yes"))
    return blocks


def _multiple(options: list[JSON], chosen: list[JSON]) -> JSON:
    made: JSON = {"type": "multi_static_select", "options": options}
    return made | ({"initial_options": chosen} if chosen else {})


def _first(options: list[JSON]) -> JSON:
    return {"initial_option": options[0]} if options else {}


def _option(label: str, value: str) -> JSON:
    return {"text": plain(label, 75), "value": value}


def _input(block_id: str, code: str, words: Catalogue, element: JSON, *, optional: str = "no") -> JSON:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(words.say(code), 2_000),
        "element": element | {"action_id": block_id},
        "optional": optional == "yes",
    }


def _values(view: JSON) -> dict[str, JSON]:
    state = (view.get("state") or {}).get("values") or {}
    return {name: fields.get(name) or {} for name, fields in state.items() if isinstance(fields, dict)}


def _plan(values: dict[str, JSON]) -> SetupPlan | None:
    mod_log = word(values.get(_LOG, {}), "selected_conversation")
    policies = tuple(PolicyId(word(one, "value")) for one in _chosen(values, _POLICIES))
    if not mod_log or not policies:
        return None
    chosen = values.get(_LANGUAGE, {}).get("selected_option") or {}
    channels = values.get(_CHANNELS, {}).get("selected_conversations") or ()
    return SetupPlan(
        mod_log=ChannelId(mod_log),
        moderators=frozenset(word(one, "value") for one in _chosen(values, _GROUPS)),
        policies=policies,
        channels=frozenset(ChannelId(str(channel)) for channel in channels),
        language=word(chosen, "value") or "en",
    )


def _chosen(values: dict[str, JSON], name: str) -> list[JSON]:
    return listed(values.get(name, {}).get("selected_options"))
