"""`/mod setup`: one form, then the desk saves, measures, and begins with recent messages."""

from bot.adapters.slack.answers import form, modal, waiting_modal
from bot.adapters.slack.api import JSON, Method
from bot.adapters.slack.counter import Asker, Counter
from bot.adapters.slack.drawing import plain, section
from bot.adapters.slack.files import listed, word
from bot.adapters.slack.workspace import Workspace
from bot.domain.answer import Answer, SetupPlan
from bot.domain.errors import PlatformError
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.people import Permission
from bot.domain.policy import AppliesWhen, Policy
from bot.messages.catalogue import Catalogue, languages

CALLBACK = "setup"
_MOST_OPTIONS = 100
_LOG, _GROUPS, _POLICIES, _CHANNELS, _LANGUAGE = "mod_log", "moderators", "policies", "channels", "language"


class Setup:
    """Asks everything on one page."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

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
        """Take the form: what would not work stays in it with the reason, all else is saved in the background."""
        asker = self._counter.asker(workspace, body)
        view = body.get("view")
        values = _values(view) if isinstance(view, dict) else {}
        plan = _plan(values)
        if plan is None or not isinstance(view, dict):
            return {"response_action": "errors", "errors": {_LOG: asker.words.say("setup.mod_log")}}
        title = asker.words.say("slack.setup_title")
        self._counter.work(asker, self._set_up(asker, view, plan))
        return {"response_action": "update", "view": waiting_modal(title, asker.words)}

    async def _set_up(self, asker: Asker, view: JSON, plan: SetupPlan) -> None:
        title, words = asker.words.say("slack.setup_title"), asker.words
        fault = await self._fault(asker, plan)
        unhashed = {"id": view["id"]}
        if fault is not None:
            await self._counter.change_modal(asker, unhashed, modal(title, [section(fault)], words))
            return
        shown: list[Answer] = []

        async def tell(answer: Answer) -> bool:
            """Show how far it is, where that is new. Closing the form ends nothing."""
            if [answer] != shown:
                shown[:] = [answer]
                await self._counter.change_modal(asker, unhashed, self._counter.modal(asker, title, answer))
            return True

        async def show() -> JSON:
            return self._counter.modal(asker, title, await self._counter.desk.set_up(asker.actor, plan, tell))

        await self._counter.answer_in_modal(asker, unhashed, title, show)

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
