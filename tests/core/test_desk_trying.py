"""Trying a text or a rule: the model is asked, and nothing at all is recorded or done."""

from datetime import timedelta

import pytest

from bot.domain.actions import Mode
from bot.domain.answer import Answer, AnswerKind
from bot.domain.audit import AuditCode
from bot.domain.errors import ModelUnreachable
from bot.domain.ids import ChannelId, PolicyId
from bot.domain.records import CaseFilter
from bot.domain.verdict import UndecidedReason
from bot.inference.scripted import SAFE, violates
from bot.inference.scripted import Answer as ScriptAnswer
from tests.core.desk_room import ADA, MO, RUDE, Room, refused, room, said, worded
from tests.factories import COMMUNITY, author, category, later, message, policy

RULES = PolicyId("harassment")


async def records(found: Room) -> tuple[object, ...]:
    """Return everything that is on record and was done."""
    store = found.store
    return (
        await store.inbox.coverage(None, None, None),
        await store.cases.find(None, CaseFilter()),
        await store.cases.pending_effects(),
        await store.audit.entries(COMMUNITY, 100),
        await store.settings.load(COMMUNITY),
        dict(found.mod_log.cards),
        dict(found.enforcer.done),
        dict(found.notifier.told),
    )


async def test_trying_a_text_leaves_no_record() -> None:
    """It is answered with what the rules say of it, and why."""
    found = await room()
    before = await records(found)
    answer = await found.desk.try_text(MO, RUDE)
    assert worded(answer) == (
        "Harassment: breaks “Insult”\nWhy: The script says so.\n"
        "This was only a try: nothing was saved, and nothing was done."
    )
    assert await records(found) == before
    [question] = found.model.asked
    assert (question.text, question.ref, question.revision) == (RUDE, None, None)


async def test_trying_asks_only_the_policies_in_use() -> None:
    """A policy that is not in use here says nothing."""
    found = await room({"policies": {"spam": {}}}, policy(), policy("spam", category("ad")))
    assert said(await found.desk.try_text(MO, "hello")) == ("more.rule_kept", "try.note")
    assert [question.policy.id for question in found.model.asked] == ["spam"]


async def test_a_try_that_can_not_be_answered_says_why() -> None:
    """Nothing to read, no rules, no model, a text that is too long."""
    found = await room()
    assert said(await found.desk.try_text(MO, " \n")) == ("try.empty",)
    assert worded(await found.desk.try_text(MO, "x" * 20_000)).startswith(
        "Harassment: could not be judged, the message is too long for the model"
    )
    found.model.fail(ModelUnreachable("nobody answers"))
    assert said(await found.desk.try_text(MO, "hello")) == ("command.no_model",)
    bare = await room({"policies": {}})
    assert said(await bare.desk.try_text(MO, "hello")) == ("policies.none",)


async def with_a_past(found: Room, *texts: str, every: float = 3600.0) -> None:
    """Let these have been written, one every so many seconds, the last one now."""
    last = len(texts) - 1
    found.history.messages = [
        message(text, id=str(number), at=later((number - last) * every)) for number, text in enumerate(texts)
    ]


async def test_a_dry_run_counts_the_cards_that_the_latest_messages_would_make() -> None:
    """Two of twelve messages in eleven hours are about four cards a day. Nothing is recorded."""
    found = await room()
    await with_a_past(found, *["hello"] * 5, RUDE, *["hello again"] * 5, RUDE)
    before = await records(found)
    answer = await found.desk.dry_run(ADA, RULES, 100)
    assert worded(answer).splitlines()[0] == ("Of the last 12 messages, 2 would have got a card: about 4 a day.")
    assert await records(found) == before
    assert len(found.model.asked) == 12


async def test_a_dry_run_takes_the_newest_messages_first() -> None:
    """As many as were asked for."""
    found = await room()
    await with_a_past(found, RUDE, RUDE, "one", "two", "three")
    assert "Of the last 3 messages, 0 would have got a card: about 0 a day." in worded(
        await found.desk.dry_run(ADA, RULES, 3)
    )
    assert [question.text for question in found.model.asked] == ["three", "two", "one"]


async def test_a_dry_run_tells_how_far_it_is_and_can_be_ended() -> None:
    """What was tried by then is the answer."""
    found, told = await room(), list[str]()
    await with_a_past(found, "one", "two", RUDE, "three")

    async def tell(answer: Answer) -> bool:
        told.append(worded(answer))
        return len(told) < 3

    answer = await found.desk.dry_run(ADA, RULES, 100, tell)
    assert told[1:] == [
        "Trying it on the last 4 messages: 1 of 4. So many would have got a card: 0.",
        "Trying it on the last 4 messages: 2 of 4. So many would have got a card: 1.",
    ]
    assert worded(answer).startswith("Of the last 2 messages, 1 would have got a card")


async def test_a_dry_run_works_for_a_policy_that_is_not_in_use() -> None:
    """That is what it is for. It stays out of use."""
    found = await room({"policies": {}})
    await with_a_past(found, RUDE)
    answer = await found.desk.dry_run(ADA, RULES, 10)
    assert "Of the last message, 1 would have got a card" in worded(answer)
    assert (await found.book.of(COMMUNITY)).policies == ()


async def test_a_dry_run_leaves_out_what_would_not_be_judged() -> None:
    """Bots are counted among the messages and not asked about; a channel that can't be read is passed over."""
    found = await room({"policies": {"harassment": {"except_channels": ["quiet"]}}})
    found.history.messages = [
        message(RUDE, id="1", by=author("beep", is_bot=True)),
        message(RUDE, id="2", channel="quiet"),
        message(RUDE, id="3"),
    ]
    found.history.closed = {ChannelId("hidden")}
    answer = await found.desk.dry_run(ADA, RULES, 10)
    assert "Of the last 3 messages, 1 would have got a card" in worded(answer)
    assert len(found.model.asked) == 1


async def test_a_dry_run_gives_the_model_the_context_that_a_real_run_would() -> None:
    """Earlier messages of the same channel, no more than the settings say."""
    found = await room({"context_messages": 2}, policy())
    await with_a_past(found, "one", "two", "three", "four")
    await found.desk.dry_run(ADA, RULES, 1)
    [question] = found.model.asked
    assert [line.text for line in question.context] == ["two", "three"]


async def test_a_message_that_only_people_can_settle_makes_a_card() -> None:
    """Without evidence, too long: these are shown to people."""
    script: dict[str, ScriptAnswer | UndecidedReason] = {
        "a": SAFE,
        "b": UndecidedReason.NO_EVIDENCE,
        "c": UndecidedReason.UNREADABLE,
        "d": violates("insult"),
    }
    found = await room(script=lambda asked: script[asked.text])
    await with_a_past(found, "a", "b", "c", "d")
    assert "Of the last 4 messages, 2 would" in worded(await found.desk.dry_run(ADA, RULES, 10))


async def test_a_dry_run_without_a_model_or_a_policy_says_so() -> None:
    """Also when the model goes away in the middle."""
    found = await room()
    assert refused(await found.desk.dry_run(ADA, PolicyId("nope"), 10)) == "command.unknown_policy"
    found.model.fail(ModelUnreachable("nobody answers"))
    answer: Answer = await found.desk.dry_run(ADA, RULES, 10)
    assert (answer.kind, said(answer)) == (AnswerKind.FAILED, ("command.no_model",))
    going = await room(script=lambda _asked: UndecidedReason.DIED)
    await with_a_past(going, "hello")
    assert said(await going.desk.dry_run(ADA, RULES, 10)) == ("command.no_model",)


@pytest.mark.parametrize("wanted", [-5, 0, 1])
async def test_a_dry_run_tries_at_least_one_message(wanted: int) -> None:
    """Whatever number was typed."""
    found = await room()
    await with_a_past(found, "hello", "again")
    await found.desk.dry_run(ADA, RULES, wanted)
    assert len(found.model.asked) == 1


async def test_a_dry_run_leaves_the_modes_alone() -> None:
    """And no audit entry but those that were there."""
    found = await room()
    await with_a_past(found, RUDE)
    await found.desk.dry_run(ADA, RULES, 10)
    settings = await found.book.of(COMMUNITY)
    assert (settings.mode, settings.new_member_for) == (Mode.LIVE, timedelta(days=7))
    assert len(await found.entries(AuditCode.SETTINGS_CHANGED)) == 1
