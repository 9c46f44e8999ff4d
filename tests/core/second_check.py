"""What becomes of a second check, told as JSON. It runs in a process that imported `tests.core.shouting` first."""

import asyncio
import json

from bot.adapters.discord.doctor.invites import needed
from bot.config.settings.communities import community_settings as configured
from bot.config.settings.schema import config_schema
from bot.domain.actions import Action, Mode
from bot.domain.answer import Listed, ModeChange, StopChange, Switch
from bot.domain.built_in import TAKEOVER_POLICY
from bot.messages.cards import card_content
from bot.messages.catalogue import catalogue
from tests.core.desk_room import ADA, MO, room, worded
from tests.core.shouting import SHOUTING
from tests.core.walking import walk
from tests.factories import COMMUNITY, community_settings, message, policy


async def _at_the_desk() -> dict[str, object]:
    """Return what an admin hears of it, and what is kept of what they say."""
    found = await room()
    before = worded(await found.desk.listed(MO, Listed.POLICIES))
    changed = worded(await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=SHOUTING)))
    kept = dict((await found.store.settings.load(COMMUNITY)) or {})
    listed = worded(await found.desk.listed(MO, Listed.POLICIES))
    status = worded(await found.desk.status(MO))
    fixed = worded(await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=SHOUTING, action=Action.FLAG)))
    await found.desk.change(MO, StopChange(switch=Switch.ON, policy=SHOUTING))
    stopped = (await found.book.of(COMMUNITY)).check_mode(SHOUTING)
    return {
        "before": before,
        "changed": changed,
        "kept": kept.get("shouting_mode"),
        "listed": listed,
        "status": status,
        "fixed": fixed,
        "stopped": stopped,
    }


async def _in_the_flow() -> dict[str, object]:
    """Return what becomes of a text in capitals where the check acts, and where it practises."""
    live = community_settings(live_checks=frozenset({SHOUTING}))
    acting, practising = walk(live, policy()), walk(community_settings(), policy())
    for found in (acting, practising):
        await found.through(message("WHY DOES NOBODY ANSWER ME", id="loud"), message("hello there", id="calm"))
    [card] = acting.cards
    return {
        "removed": [key.target for key in acting.enforcer.done if key.action is Action.DELETE],
        "practised": [key.target for key in practising.enforcer.done if key.action is Action.DELETE],
        "practice_cards": [each.rule_title for each in practising.cards],
        "asked": [question.text for question in acting.model.asked],
        "card": repr(card_content(card, catalogue("en"))),
        "permissions": sorted(needed(live, ())),
    }


async def _main() -> None:
    made = configured(COMMUNITY, {"shouting_mode": "live"}, (policy(),))
    told = {
        **await _at_the_desk(),
        **await _in_the_flow(),
        "yaml": [made.check_mode(SHOUTING), made.check_mode(TAKEOVER_POLICY.id)],
        "schema": "shouting_mode" in config_schema(),
    }
    print(json.dumps(told))  # noqa: T201 - what the test reads


def main() -> None:
    """Tell it."""
    asyncio.run(_main())
