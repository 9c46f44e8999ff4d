"""What is not judged, and which policies the rest is put to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.intake.screening import has_link, screen
from bot.domain.events import Attachment, Message, Origin, Part, PartKind
from bot.domain.ids import ChannelId, MessageId, PersonId
from bot.domain.policy import AppliesWhen, Policy
from bot.domain.reasons import ScreenReason
from bot.domain.settings import CommunitySettings
from tests.factories import AT, author, community_settings, message, policy, using


def _reason(judged: Message, settings: CommunitySettings | None = None, *, reported: bool = False) -> object:
    return screen(judged, settings or community_settings(), (policy(),), reported=reported).reason


def _asked(judged: Message, *policies: Policy, reported: bool = False) -> list[str]:
    settings = using(*(entry.id for entry in policies))
    return [entry.id for entry in screen(judged, settings, policies, reported=reported).policies]


def test_an_ordinary_message_is_put_to_the_policies_in_use() -> None:
    """Policies are asked in their order."""
    assert _asked(message(), policy("spam"), policy("harassment")) == ["spam", "harassment"]


def test_a_policy_that_the_community_does_not_use_is_not_asked() -> None:
    """Being shipped is not being used."""
    found = screen(message(), using("spam"), (policy("harassment"),), reported=False)
    assert found.reason is ScreenReason.NO_POLICY_APPLIES


def test_programs_are_not_judged() -> None:
    """A member's own app counts as the member: the adapter says so."""
    assert _reason(message(by=author("beep", is_bot=True))) is ScreenReason.BOT


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"exempt_roles": frozenset({"trusted"})}, ScreenReason.EXEMPT_ROLE),
        ({"exempt_people": frozenset({PersonId("ann")})}, ScreenReason.EXEMPT_PERSON),
        ({"exempt_channels": frozenset({ChannelId("general")})}, ScreenReason.EXEMPT_CHANNEL),
    ],
)
def test_exemptions_say_which_one_it_was(settings: dict[str, frozenset[str]], why: ScreenReason) -> None:
    """Coverage tells a role from a channel from a person."""
    judged = message(by=author("ann", roles=frozenset({"trusted"})))
    assert _reason(judged, replace(community_settings(), **settings)) is why  # type: ignore[arg-type]


def test_a_program_that_speaks_for_people_is_judged_where_the_settings_name_it() -> None:
    """By any of its ids; and exemptions hold for what it says as for anybody."""
    bridged = message(by=author("hook", is_bot=True), programs=frozenset({"app-1", "hook"}))
    named = replace(community_settings(), programs_for_people=frozenset({"app-1"}))
    assert _reason(bridged) is ScreenReason.BOT
    assert _reason(bridged, replace(named, programs_for_people=frozenset({"another"}))) is ScreenReason.BOT
    assert _reason(bridged, named) is None
    quiet = replace(named, exempt_channels=frozenset({ChannelId("general")}))
    assert _reason(bridged, quiet) is ScreenReason.EXEMPT_CHANNEL


def test_a_thread_inherits_its_channels_exemption() -> None:
    """The parent's settings hold in a thread."""
    settings = replace(community_settings(), exempt_channels=frozenset({ChannelId("general")}))
    judged = message(channel="thread-1", parent=ChannelId("general"))
    assert _reason(judged, settings) is ScreenReason.EXEMPT_CHANNEL


MODERATORS = replace(community_settings(), moderator_channels=frozenset({ChannelId("admins")}))


@pytest.mark.parametrize(
    ("where", "parent"), [("mod-log", None), ("a-thread", "mod-log"), ("admins", None), ("another", "admins")]
)
def test_what_moderators_say_among_themselves_is_not_judged(where: str, parent: str | None) -> None:
    """They quote what they talk about: in the mod log, in their other channels, and in the threads of these."""
    said = message(channel=where, parent=ChannelId(parent) if parent else None)
    assert _reason(said, MODERATORS) is ScreenReason.MODERATORS_CHANNEL
    assert _reason(said, MODERATORS, reported=True) is None
    assert _reason(message(channel="general"), MODERATORS) is None


def test_the_mod_log_is_judged_where_an_admin_says_so() -> None:
    """And no other channel of theirs with it; without a mod log nothing is left out."""
    judged = replace(MODERATORS, judge_mod_log=True)
    assert _reason(message(channel="mod-log"), judged) is None
    assert _reason(message(channel="a-thread", parent=ChannelId("mod-log")), judged) is None
    assert _reason(message(channel="admins"), judged) is ScreenReason.MODERATORS_CHANNEL
    assert _reason(message(channel="mod-log"), replace(community_settings(), mod_log=None)) is None


def test_a_report_overrides_an_exemption() -> None:
    """Moderators who are asked to look will look."""
    settings = replace(community_settings(), exempt_people=frozenset({PersonId("ann")}))
    assert _reason(message(), settings, reported=True) is None


def test_a_message_of_files_alone_counts_as_seen_and_unjudged() -> None:
    """It is told from an empty message."""
    bare = message("", attachments=(Attachment(name=""),))
    assert _reason(bare) is ScreenReason.ATTACHMENT_ONLY
    assert _reason(message("  ")) is ScreenReason.NOTHING_TO_READ


def test_a_message_of_nothing_but_unread_pieces_is_not_called_empty() -> None:
    """Where there is a word to read besides, that is judged."""
    bare = message("", attachments=(Attachment(name="a.png"),), unread=("component 99",))
    assert _reason(bare) is ScreenReason.UNREAD
    assert _reason(message("hello", unread=("component 99",))) is None


def test_a_bare_forward_is_judged_by_what_it_forwards() -> None:
    """Forwarding is how known scams get past word lists."""
    forward = Part(kind=PartKind.FORWARD, text="free nitro", origin=Origin.BACKGROUND)
    judged = message(parts=(forward,))
    assert _reason(judged) is None
    assert judged.judged_text == "free nitro"
    assert judged.background == ()


def test_a_comment_on_a_forward_is_judged_alone() -> None:
    """Another's words must not convict whoever warns of them."""
    forward = Part(kind=PartKind.FORWARD, text="free nitro", origin=Origin.BACKGROUND)
    judged = message(parts=(Part(kind=PartKind.TEXT, text="careful, scam"), forward))
    assert judged.judged_text == "careful, scam"
    assert [part.text for part in judged.background] == ["free nitro"]


@pytest.mark.parametrize(
    ("when", "judged", "applies"),
    [
        (AppliesWhen.LINKS, message("see https://a.example/x"), True),
        (AppliesWhen.LINKS, message("no address here. really"), False),
        (AppliesWhen.REPLIES_AND_MENTIONS, message(reply_to=MessageId("9")), True),
        (AppliesWhen.REPLIES_AND_MENTIONS, message(addresses=2), True),
        (AppliesWhen.REPLIES_AND_MENTIONS, message(), False),
        (AppliesWhen.NEW_MEMBERS, message(by=author(joined_at=AT - timedelta(days=1))), True),
        (AppliesWhen.NEW_MEMBERS, message(by=author(joined_at=AT - timedelta(days=400))), False),
        (AppliesWhen.NEW_MEMBERS, message(), False),
        (AppliesWhen.REPORTED, message(), False),
    ],
)
def test_a_policy_is_asked_only_when_it_applies(when: AppliesWhen, judged: Message, *, applies: bool) -> None:
    """One row for each way of `applies_when`."""
    rule = policy("one", applies_when=frozenset({when}))
    assert bool(_asked(judged, rule)) is applies


def test_a_report_brings_in_the_policies_for_reports() -> None:
    """They are asked at no other time."""
    rule = policy("one", applies_when=frozenset({AppliesWhen.REPORTED}))
    assert _asked(message(), rule, reported=True) == ["one"]


def test_a_switch_can_limit_a_policy_to_channels() -> None:
    """`channels` limits, `except_channels` leaves out."""
    only = using("harassment")
    switch = replace(only.policies[0], channels=frozenset({ChannelId("market")}))
    limited = replace(only, policies=(switch,))
    assert _reason(message(), limited) is ScreenReason.NO_POLICY_APPLIES
    assert _reason(message(channel="market"), limited) is None
    left_out = replace(only, policies=(replace(only.policies[0], except_channels=frozenset({ChannelId("general")})),))
    assert _reason(message(), left_out) is ScreenReason.NO_POLICY_APPLIES


@pytest.mark.parametrize(
    "text", ["www.a.example", "a.example/b", "join chat.example", "HTTPS://A.EXAMPLE", "..a-.example!", "_-a--.example"]
)
def test_an_address_counts_with_or_without_its_scheme(text: str) -> None:
    """People click on both."""
    assert has_link(text)


@pytest.mark.parametrize("text", ["well...no", "3.5 mm", "e.g. this", "v1.2.3", "..."])
def test_dots_alone_are_no_address(text: str) -> None:
    """Version numbers and ellipses stay cheap."""
    assert not has_link(text)
