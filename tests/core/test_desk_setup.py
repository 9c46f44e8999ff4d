"""The guided setup: saved, measured against the traffic, and first cases from recent messages."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.core.desk.rules.measuring import share_within_a_minute
from bot.core.desk.rules.recent import complete_part
from bot.core.desk.status import pace_name
from bot.core.recordings.clocks import RecordedClock
from bot.domain.actions import Mode
from bot.domain.answer import Answer, AnswerKind, SetupPlan
from bot.domain.audit import AuditCode
from bot.domain.errors import ModelUnreachable
from bot.domain.events import Message
from bot.domain.ids import CategoryId, ChannelId, PolicyId
from bot.domain.notice import AnnouncementCode
from bot.domain.policy import AppliesWhen
from tests.core.desk_room import ADA, MO, RUDE, refused, room, said, worded
from tests.factories import AT, COMMUNITY, category, later, message, policy

RULES = PolicyId("harassment")
PLAN = SetupPlan(
    mod_log=ChannelId("cards"),
    moderators=frozenset({"helpers"}),
    policies=(RULES,),
    channels=frozenset(),
    language="de",
)


def past(*texts: str, every: float = 60.0) -> list[Message]:
    """Return messages written one every so many seconds, the last one now."""
    last = len(texts) - 1
    return [message(text, id=str(number), at=later((number - last) * every)) for number, text in enumerate(texts)]


async def test_a_setup_saves_what_was_chosen_and_everything_practises() -> None:
    """With an audit entry."""
    found = await room({}, policy(), policy("spam", category("ad")))
    assert (await found.desk.set_up(ADA, PLAN)).kind is AnswerKind.DONE
    settings = await found.book.of(COMMUNITY)
    assert (settings.mod_log, settings.moderators, settings.language) == ("cards", frozenset({"helpers"}), "de")
    assert [(switch.policy, switch.mode, switch.channels) for switch in settings.policies] == [
        (RULES, Mode.SHADOW, frozenset())
    ]
    details = dict((await found.entries(AuditCode.SETTINGS_CHANGED))[-1].details or ())
    assert (details["by"], details["change"], details["policies"]) == ("ada", "set_up", "harassment")


async def test_first_cases_come_from_recent_messages() -> None:
    """By the way of every other message: each is in coverage, and those that break a rule have cards."""
    found = await room({})
    found.history.messages = past("hello", RUDE, "good bye")
    answer = await found.desk.set_up(ADA, PLAN)
    assert said(answer) == ("setup.measured", "setup.recent_done", "setup.next")
    assert "Done. 1 case is waiting for you in cards." in worded(answer)
    assert len(found.mod_log.cards) == 1
    assert (await found.store.inbox.coverage(COMMUNITY, None, None)).judged == 3
    assert found.enforcer.done == {}


async def test_only_the_chosen_channels_are_read() -> None:
    """Elsewhere the rules do not hold."""
    found = await room({})
    found.history.messages = [message(RUDE, id="1"), message(RUDE, id="2", channel="offtopic")]
    await found.desk.set_up(ADA, replace(PLAN, channels=frozenset({ChannelId("offtopic")})))
    assert [event.ref.channel for event in found.delivered if isinstance(event, Message)] == ["offtopic"]


async def test_a_channel_that_can_not_be_read_does_not_end_a_setup() -> None:
    """The others are read."""
    found = await room({})
    found.history.messages = past("hello")
    found.history.closed = {ChannelId("hidden")}
    assert "setup.recent_none" in said(await found.desk.set_up(ADA, PLAN))


async def test_whoever_waits_sees_how_far_it_is() -> None:
    """Saved first, then the speed, then each of the messages, and the cases so far; a copy is not counted twice."""
    found, told = await room({}), list[str]()
    found.history.messages = past("hello", RUDE, "good bye")
    found.leaves_waiting = {"1", "2"}

    async def tell(answer: Answer) -> bool:
        told.append(worded(answer))
        waiting = await found.store.inbox.waiting(10)
        if len(told) > 2 and waiting:
            await found.flow.moderate(waiting[0].key)
        return True

    answer = await found.desk.set_up(ADA, PLAN, tell)
    assert told[0].startswith("Saved.")
    steps = [text.splitlines()[-1] for text in told[1:]]
    assert steps == [
        "Reading the latest 3 messages, as a start: 1 of 3. Cases so far: 0.",
        "Reading the latest 3 messages, as a start: 1 of 3. Cases so far: 0.",
        "Reading the latest 3 messages, as a start: 2 of 3. Cases so far: 1.",
    ]
    assert all(text.startswith("One message takes") for text in told[1:])
    assert said(answer)[1] == "setup.recent_done"


async def test_a_setup_that_is_ended_early_keeps_what_is_saved_and_leaves_the_rest_alone() -> None:
    """Messages that were not handed in are not judged; those that were are."""
    found = await room({})
    found.history.messages = past(*(f"hello number {number}" for number in range(40)))
    found.leaves_waiting = {str(number) for number in range(40)}

    async def tell(answer: Answer) -> bool:
        return "setup.reading" not in said(answer)

    answer = await found.desk.set_up(ADA, PLAN, tell)
    assert "Only 16 of 40 recent messages are read" in worded(answer)
    assert len(found.delivered) == 16
    assert (await found.book.of(COMMUNITY)).mod_log == "cards"


async def test_a_setup_that_is_ended_before_the_measurement_is_saved_all_the_same() -> None:
    """And says what was left out."""
    found = await room({})
    found.history.messages = past("hello")

    async def tell(_answer: Answer) -> bool:
        return False

    assert said(await found.desk.set_up(ADA, PLAN, tell)) == ("setup.unmeasured", "setup.next")
    assert (await found.book.of(COMMUNITY)).mod_log == "cards"
    assert (found.delivered, found.model.asked) == ([], [])


async def test_after_nine_minutes_a_setup_ends_and_the_rest_follows() -> None:
    """First cases shall stand within ten; everything that was chosen is handed in by then."""

    class Clock(RecordedClock):
        passed = 0.0

        def monotonic(self) -> float:
            return self.passed

        async def sleep(self, seconds: float) -> None:
            self.passed += seconds

    clock = Clock(AT)
    found = await room({}, clock=clock)
    found.history.messages = past(*(f"hello number {number}" for number in range(30)))
    found.leaves_waiting = {str(number) for number in range(1, 30)}
    answer = await found.desk.set_up(ADA, PLAN)
    assert clock.passed == 9 * 60
    assert said(answer) == ("setup.measured", "setup.recent_late", "setup.next")
    assert "1 of 30 recent messages were read so far." in worded(answer)
    assert len(found.delivered) == 30


async def test_a_setup_without_any_recent_message_says_that_cards_come_later() -> None:
    """A new server has none."""
    found = await room({})
    assert "setup.recent_nothing" in said(await found.desk.set_up(ADA, PLAN))


async def test_messages_that_are_too_old_to_be_judged_are_left_alone() -> None:
    """They would only count as not judged."""
    found = await room({})
    found.history.messages = past("long ago", "hello", every=2 * 86_400)
    await found.desk.set_up(ADA, PLAN)
    assert [event.ref.message for event in found.delivered if isinstance(event, Message)] == ["1"]


async def test_the_model_s_pace_is_measured_and_remembered() -> None:
    """For the status; the texts are the latest, and the first answer of each policy is not counted."""
    found = await room({})
    found.history.messages = past("one", "two", "three", "four")
    await found.desk.set_up(ADA, PLAN)
    measured = [question.text for question in found.model.asked if question.ref is None]
    assert measured == ["four", "three", "two"]
    kept = await found.store.facts.load(pace_name(COMMUNITY))
    assert kept is not None
    assert isinstance(kept["seconds"], float)
    assert "status_of.model_answers" in said(await found.desk.status(ADA))


async def test_policies_that_are_rarely_asked_do_not_count_for_the_pace() -> None:
    """While others are asked about every message."""
    rare = policy("spam", category("ad"), applies_when=frozenset({AppliesWhen.LINKS}))
    found = await room({}, policy(), rare)
    await found.desk.set_up(ADA, replace(PLAN, policies=(RULES, PolicyId("spam"))))
    measured = [question.policy.id for question in found.model.asked if question.ref is None]
    assert measured == ["harassment"] * 3


async def test_a_setup_without_a_model_is_saved_and_says_so() -> None:
    """Messages wait for it."""
    found = await room({})
    found.history.messages = past("hello")
    found.model.fail(ModelUnreachable("nobody answers"))
    answer = await found.desk.set_up(ADA, PLAN)
    assert said(answer) == ("status_of.model_away", "setup.recent_waits", "setup.next")
    assert (await found.book.of(COMMUNITY)).mod_log == "cards"


async def test_a_second_setup_keeps_what_went_live_meanwhile() -> None:
    """For the policies that are chosen again."""
    found = await room(None, policy(), policy("spam", category("ad")))
    await found.desk.set_up(ADA, replace(PLAN, policies=(PolicyId("spam"), RULES)))
    settings = await found.book.of(COMMUNITY)
    assert settings.mode_of(RULES, CategoryId("insult")) is Mode.LIVE
    assert [(switch.policy, switch.mode) for switch in settings.policies] == [
        ("spam", Mode.SHADOW),
        (RULES, Mode.LIVE),
    ]
    assert found.mod_log.announcements == {}


async def test_the_mod_log_hears_that_all_is_set_up() -> None:
    """Once for each setup, while everything practises."""
    found = await room({})
    await found.desk.set_up(ADA, PLAN)
    [said_there] = found.mod_log.announcements.values()
    assert (said_there.community, said_there.reason.code) == (COMMUNITY, AnnouncementCode.SETUP_DONE)


async def test_a_setup_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """An unknown policy, an impossible language, a community that the file names."""
    found = await room({})
    nope = replace(PLAN, policies=(PolicyId("nope"),))
    assert refused(await found.desk.set_up(ADA, nope)) == "command.unknown_policy"
    bad = replace(PLAN, language="??")
    assert refused(await found.desk.set_up(ADA, bad)) == "command.not_accepted"
    assert await found.store.settings.load(COMMUNITY) == {}
    named = await room(file=tmp_path / "config.yaml")
    assert refused(await named.desk.set_up(ADA, PLAN)) == "command.in_file"
    assert found.delivered == named.delivered == []


def test_traffic_is_told_from_where_the_busiest_channel_begins() -> None:
    """Three were read of each: the busy channel's are of the last minute, the quiet one's of a whole day."""
    busy = [message(id=f"b{number}", channel="busy", at=later(86_400 - number)) for number in (2, 1, 0)]
    quiet = [message(id=f"q{number}", channel="quiet", at=later(number)) for number in (0, 86_399)]
    every = tuple(sorted((*busy, *quiet), key=lambda each: each.sent_at))
    assert [each.ref.message for each in complete_part(every, 3)] == ["b2", "b1", "q86399", "b0"]
    assert complete_part(every, 4) == every
    assert complete_part((), 3) == ()


def test_the_share_judged_within_a_minute_follows_the_queue() -> None:
    """Ten messages at once, 20 seconds each: three of one slot's are done within a minute, six of two slots'."""
    assert share_within_a_minute([AT] * 10, 20.0, 1) == 30
    assert share_within_a_minute([AT] * 10, 20.0, 2) == 60
    assert share_within_a_minute([later(20 * number) for number in range(10)], 20.0, 1) == 100
    assert share_within_a_minute([], 59.0, 1) == 100
    assert share_within_a_minute([], 61.0, 1) == 0


@given(
    sent=st.lists(st.floats(min_value=0, max_value=1e6), max_size=50),
    seconds=st.floats(min_value=0.01, max_value=1e4),
    slots=st.integers(min_value=1, max_value=8),
)
def test_more_slots_never_judge_fewer_messages_in_time(sent: list[float], seconds: float, slots: int) -> None:
    """And the share is always one of 100."""
    moments = [later(moment) for moment in sent]
    share = share_within_a_minute(moments, seconds, slots)
    assert 0 <= share <= share_within_a_minute(moments, seconds, slots + 1) <= 100


async def test_who_may_not_set_up_hears_it_before_anything_is_asked(tmp_path: Path) -> None:
    """No admin, or a community that the YAML file names; an admin hears nothing."""
    found = await room({})
    assert await found.desk.why_no_setup(ADA) is None
    refusal = await found.desk.why_no_setup(MO)
    assert refusal is not None
    assert refused(refusal) == "press.not_an_admin"
    named = await room({}, file=tmp_path / "hallmoot.yaml")
    refusal = await named.desk.why_no_setup(ADA)
    assert refusal is not None
    assert refused(refusal) == "command.in_file"
