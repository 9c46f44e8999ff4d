"""What is set up here, listed for whoever moderates."""

import pytest

from bot.domain.actions import Action, Mode
from bot.domain.answer import Listed, ModeChange, ModeratorsChange, PlaceChange, PlaceName, Switch
from bot.domain.ids import TAKEOVER
from tests.core.desk_room import ADA, MO, live, room, worded
from tests.factories import category, policy

SPAM = policy("spam", category("ad"))
POLICIES = Listed.POLICIES


async def test_rules_are_listed_with_where_they_hold_and_which_of_them_act() -> None:
    """And those that are offered and not in use."""
    settings = live(Action.DELETE)
    settings["policies"] = {**dict(settings["policies"]), "spam": {"channels": ["general"]}}  # type: ignore[call-overload]
    found = await room(settings, policy(), SPAM, policy("hate", category("slur")))
    assert worded(await found.desk.listed(MO, Listed.POLICIES)) == (
        "Rules in use\n"
        "Harassment: in earnest Insult, all else practises; everywhere\n"
        "Insult does this on its own: removing the message\n"
        "Spam: practises, in general\n"
        "Account takeover: practises, everywhere\n"
        "Not in use: Hate"
    )


async def test_a_check_that_acts_says_all_that_it_does() -> None:
    """A time-out removes the message too, whichever rule asks for it."""
    listed = worded(await (await room({**live(Action.TIMEOUT), "takeover_mode": "live"})).desk.listed(MO, POLICIES))
    assert "Insult does this on its own: removing the message, a time-out\n" in listed
    assert "Account takeover does this on its own: removing the message, a time-out" in listed
    found = await room()
    told = worded(await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=TAKEOVER)))
    assert "It can do this on its own: removing the message, a time-out." in told


async def test_places_that_were_set_are_told_as_they_hold() -> None:
    """Not only that it is done: a wrong role is seen at once."""
    found = await room()
    told = worded(await found.desk.change(ADA, PlaceChange(name=PlaceName.ESCALATE_TO, id="leads")))
    assert "Called when a case needs a person: leads" in told
    told = worded(await found.desk.change(ADA, ModeratorsChange(switch=Switch.ON, role="mods")))
    assert told.startswith("Their members decide cases: mods\nCalled when a case needs a person: leads\n")


async def test_while_all_is_stopped_the_list_says_so() -> None:
    """What is in earnest does nothing then."""
    found = await room({**live(), "stopped": True})
    assert "All automatic actions are stopped." in worded(await found.desk.listed(MO, Listed.POLICIES))
    bare = await room({"policies": {}}, policy())
    assert worded(await bare.desk.listed(MO, Listed.POLICIES)) == (
        "No rules are in use yet.\nAccount takeover: practises, everywhere\nNot in use: Harassment"
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"judge_mod_log": True}, "Everybody and everything is checked."),
        ({"moderator_channels": ["admins"]}, "Channels of the moderators, which are not checked: admins, mod-log"),
        (
            {"exempt_roles": ["helpers"], "exempt_people": ["zoe", "amy"], "exempt_channels": ["bots"]},
            (
                "Roles that are not checked: helpers\nChannels that are not checked: bots\n"
                "Channels of the moderators, which are not checked: mod-log\nMembers who are not checked: amy, zoe"
            ),
        ),
    ],
)
async def test_exemptions_are_listed_by_kind(settings: dict[str, object], said: str) -> None:
    """So that a platform can show each by its name."""
    found = await room({**live(), **settings})
    assert worded(await found.desk.listed(MO, Listed.EXEMPTIONS)) == said


async def test_limits_and_places_are_listed_with_what_is_not_chosen() -> None:
    """A newcomer learns who decides cases, and that nobody is called."""
    found = await room({**live(), "limits": {"per_author_minute": 3}, "escalate_to": "on-call"})
    assert "At most 3 automatic actions a minute" in worded(await found.desk.listed(MO, Listed.LIMITS))
    assert worded(await found.desk.listed(MO, Listed.PLACES)) == (
        "Cards go to mod-log.\n"
        "No role is named for moderators: whoever has the platform's permissions to moderate decides cases.\n"
        "Called when a case needs a person: on-call\n"
        "No role for quarantine is chosen, so nobody can be put there."
    )
