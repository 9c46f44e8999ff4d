"""The form of `/mod setup`: its page, with what holds now already chosen, and the plan in what was sent."""

from collections.abc import Iterable

from bot.adapters.slack.api import JSON
from bot.adapters.slack.incoming.files import listed, word
from bot.adapters.slack.outgoing.drawing import plain, section, speaking
from bot.adapters.slack.people import People
from bot.domain.answer import SetupPlan
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.policy import AppliesWhen, Policy
from bot.domain.settings import CommunitySettings
from bot.messages.catalogue import Catalogue, languages

LOG = "mod_log"
_GROUPS, _CALLED, _POLICIES, _CHANNELS, _LANGUAGE = "moderators", "escalate_to", "policies", "channels", "language"
_MOST_OPTIONS = 100


def page(words: Catalogue, people: People, policies: tuple[Policy, ...], now: CommunitySettings) -> list[JSON]:
    """Return the form's blocks. Before the first setup those policies are chosen that are asked about everything."""
    groups = [_option(f"@{handle}", number) for number, handle in people.groups()][:_MOST_OPTIONS]
    offered = [_option(policy.title, policy.id) for policy in policies][:_MOST_OPTIONS]
    spoken = [_option(speaking(language).say("setup.language_name"), language) for language in languages()]
    log: JSON = {"type": "conversations_select", "filter": {"include": ["private"], "exclude_bot_users": True}}
    where: JSON = {"type": "multi_conversations_select"} | _given("initial_conversations", sorted(_channels(now)))
    blocks = [
        section(words.say("setup.welcome")),
        section(words.say("setup.before", command="/invite")),
        _input(LOG, "setup.mod_log", words, log | _given("initial_conversation", now.mod_log)),
        _input(_POLICIES, "setup.policies", words, _several(offered, _used(policies, now))),
        _input(_CHANNELS, "setup.channels", words, where, optional="yes"),
        _input(_LANGUAGE, "setup.language", words, _one(spoken, now.language)),
    ]
    if groups:
        moderators = _input(_GROUPS, "setup.moderators", words, _several(groups, now.moderators), optional="yes")
        called = _input(_CALLED, "setup.escalate_to", words, _one(groups, now.escalate_to), optional="yes")
        blocks[3:3] = [moderators, called]
    return blocks


def plan_in(view: JSON) -> SetupPlan | None:
    """Return the plan of a form that was sent; None without a channel for cards or a policy.

    Without user groups the form does not ask for them, and what was chosen stays.
    """
    state = (view.get("state") or {}).get("values") or {}
    values = {name: fields.get(name) or {} for name, fields in state.items() if isinstance(fields, dict)}
    mod_log = word(values.get(LOG, {}), "selected_conversation")
    policies = tuple(PolicyId(one) for one in _options_in(values, _POLICIES))
    if not mod_log or not policies:
        return None
    channels = values.get(_CHANNELS, {}).get("selected_conversations") or ()
    return SetupPlan(
        mod_log=ChannelId(mod_log),
        moderators=frozenset(_options_in(values, _GROUPS)) if _GROUPS in values else None,
        policies=policies,
        channels=frozenset(ChannelId(str(channel)) for channel in channels),
        language=_option_in(values, _LANGUAGE) or "en",
        escalate_to=_option_in(values, _CALLED) if _CALLED in values else None,
    )


def _used(policies: tuple[Policy, ...], now: CommunitySettings) -> list[str]:
    if now.mod_log is None:
        return [policy.id for policy in policies if AppliesWhen.EVERYTHING in policy.applies_when]
    return [switch.policy for switch in now.policies]


def _channels(now: CommunitySettings) -> frozenset[ChannelId]:
    """Return the channels that all policies are kept to; none where they differ, or hold everywhere."""
    kept = {switch.channels for switch in now.policies}
    return kept.pop() if len(kept) == 1 else frozenset()


def _given(key: str, value: object) -> JSON:
    return {key: value} if value else {}


def _several(options: list[JSON], chosen: Iterable[str]) -> JSON:
    wanted = set(chosen)
    initial = [option for option in options if option["value"] in wanted]
    return {"type": "multi_static_select", "options": options} | _given("initial_options", initial)


def _one(options: list[JSON], chosen: str | None) -> JSON:
    initial = next((option for option in options if option["value"] == chosen), None)
    return {"type": "static_select", "options": options} | _given("initial_option", initial)


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


def _options_in(values: dict[str, JSON], name: str) -> list[str]:
    return [word(one, "value") for one in listed(values.get(name, {}).get("selected_options"), _MOST_OPTIONS)]


def _option_in(values: dict[str, JSON], name: str) -> str:
    chosen = values.get(name, {}).get("selected_option")
    return word(chosen, "value") if isinstance(chosen, dict) else ""
