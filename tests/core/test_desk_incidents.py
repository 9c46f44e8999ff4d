"""An incident on the desk: one press reaches every message and every author of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.core.acting.recovery import Recovery
from bot.domain.actions import Action, Mode, Outcome
from bot.domain.answer import AnswerKind, ModeChange, StopChange, Switch
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.events import Message
from bot.domain.ids import CaseNumber, ChannelId, PersonId
from bot.domain.incident import IncidentState
from bot.domain.records import CaseFilter, ReviewRecord
from bot.inference.scripted import SAFE, violates
from tests.core.desk_room import ADA, MO, RUDE, Room, live, room, said, worded
from tests.factories import AT, COMMUNITY, author, category, later, message, policy
from tests.memory.store import MemoryStore

ONE = CaseNumber(1)
OFFER = "You can all get a free prize if you click on my name, number {} in line"
SHADOW: dict[str, object] = {"mod_log": "mod-log"}


def raid(count: int, *, accounts: int = 100, start: int = 0) -> list[Message]:
    """Return variants of one text by so many accounts that joined long ago, a second apart."""
    return [
        message(
            OFFER.format(number),
            id=f"m{number}",
            by=author(f"raider-{number % accounts}", joined_at=AT - timedelta(days=100)),
            at=later(number),
        )
        for number in range(start, start + count)
    ]


async def objecting(settings: dict[str, object], store: MemoryStore | None = None) -> Room:
    """Return a room whose model objects to free prizes."""
    return await room(
        settings,
        script=lambda asked: violates("insult", "free prize") if "free prize" in asked.text else SAFE,
        store=store,
    )


async def raided(settings: dict[str, object], messages: Iterable[Message], store: MemoryStore | None = None) -> Room:
    """Return a room after a raid that came in faster than the model answers."""
    found, waiting = await objecting(settings, store), []
    for each in messages:
        found.clock.advance(each.sent_at)
        waiting.append((await found.flow.receive(each)).waiting)
    for item in waiting:
        if item is not None:
            await found.flow.moderate(item.key)
    return found


async def trickled(settings: dict[str, object], messages: Iterable[Message], store: MemoryStore | None = None) -> Room:
    """Return a room after a raid each message of which was judged before the next: the second has its own card."""
    found = await objecting(settings, store)
    for each in messages:
        found.clock.advance(each.sent_at)
        await found.deliver(each)
    return found


def removed(found: Room) -> list[str]:
    """Return the ids of the messages that were removed."""
    return sorted(key.target.rpartition("/")[2] for key in found.enforcer.done if key.action is Action.DELETE)


def hit(found: Room, action: Action) -> list[str]:
    """Return the people whom an action hit, once for each time, in order."""
    return sorted(
        key.target.removeprefix("person:") for call in found.enforcer.calls for key in call if key.action is action
    )


class DiedError(BaseException):
    """The process ended here."""


async def test_right_removes_every_copy_the_earlier_ones_too() -> None:
    """Until then only the two that the model judged are gone; later ones go as they come, and none goes twice."""
    found = await trickled(live(), raid(6))
    assert removed(found) == ["m0", "m1"]
    assert said(await found.desk.review(MO, ONE, ReviewResult.UPHELD)) == ("press.noted_right",)
    assert removed(found) == ["m0", "m1", "m2", "m3", "m4", "m5"]
    [late] = raid(1, start=6)
    found.clock.advance(late.sent_at)
    await found.deliver(late)
    assert "m6" in removed(found)
    assert hit(found, Action.DELETE) == sorted(set(hit(found, Action.DELETE)))


async def test_right_reaches_a_raid_of_hours_ago_and_one_before_a_restart() -> None:
    """Nobody remembers its messages any more, but the record does."""
    found = await raided(live(), raid(4))
    found.clock.advance(later(3 * 3600))
    await found.deliver(message("good evening everybody, how was your day?", id="x", at=later(3 * 3600)))
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert removed(found) == ["m0", "m1", "m2", "m3"]
    store = MemoryStore()
    await raided(live(), raid(4), store)
    again = await raided(live(), (), store)
    again.clock.advance(later(7200))
    await again.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert removed(again) == ["m2", "m3"]


async def test_in_shadow_right_is_a_word_on_the_rule_alone() -> None:
    """Nothing happens to anybody's message; the record says what would have."""
    found = await raided(SHADOW, raid(5))
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert found.enforcer.done == {}
    file = await found.file()
    simulated = {
        stored.effect.key.target
        for stored in file.effects
        if stored.effect.action is Action.DELETE and stored.result and stored.result.outcome is Outcome.SIMULATED
    }
    assert len(simulated) == 5


async def test_right_lets_go_what_a_limit_had_held_back() -> None:
    """Limits are for what nobody looked at."""
    fresh = [
        message(OFFER.format(n), id=f"m{n}", by=author(f"new-{n}", joined_at=AT - timedelta(hours=2)), at=later(n))
        for n in range(12)
    ]
    found = await raided({**live(), "limits": {"per_incident": 6}}, fresh)
    assert len(removed(found)) < 12
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert len(removed(found)) == 12
    assert len(hit(found, Action.DELETE)) == 12


async def test_a_crash_after_the_word_leaves_nobody_behind() -> None:
    """What the process could not do any more is made up for once the platform is connected again."""
    store = MemoryStore()
    found = await raided(live(), raid(5), store)
    case = (await found.file()).case
    word = ReviewRecord(
        community=COMMUNITY,
        case=ONE,
        expected_version=case.version,
        review=None,
        status=CaseStatus.UPHELD,
        decision=None,
        effects=(),
        notes=(),
    )
    assert await store.cases.review(word) is not None
    again = await raided(live(), (), store)
    again.clock.advance(later(60))
    await again.incidents.take_up(COMMUNITY)
    await again.incidents.take_up(COMMUNITY)
    assert hit(again, Action.DELETE) == sorted(f"message:general/m{n}" for n in (2, 3, 4))


async def test_wrong_takes_back_what_was_done_to_everybody_and_judges_who_comes_later() -> None:
    """The incident is over, on record too."""
    fresh = [
        message(OFFER.format(n), id=f"m{n}", by=author(f"new-{n}", joined_at=AT - timedelta(hours=2)), at=later(n))
        for n in range(5)
    ]
    found = await raided(live(Action.TIMEOUT), fresh)
    assert hit(found, Action.TIMEOUT) == [f"new-{n}" for n in range(5)]
    await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)
    assert hit(found, Action.LIFT) == [f"new-{n}" for n in range(5)]
    [incident] = await found.store.incidents.of_case(COMMUNITY, ONE)
    assert incident.state is IncidentState.DISSOLVED
    asked = len(found.model.asked)
    [late] = raid(1, start=6)
    found.clock.advance(late.sent_at)
    await found.deliver(late)
    assert len(found.model.asked) == asked + 1
    assert (await found.file(2)).case.ref == late.ref


async def test_one_press_bans_every_author_once_in_one_call() -> None:
    """Seven messages of five accounts, the second of which has a card of its own; twice pressed is once banned."""
    found = await trickled(SHADOW, raid(7, accounts=5))
    card = (await found.desk.case(ADA, ONE)).card
    assert card is not None
    assert (card.copies, card.authors) == (6, 5)
    assert worded(await found.desk.act_on_all(ADA, ONE, Action.BAN)) == "5 of 5 done."
    everybody = [f"raider-{n}" for n in range(5)]
    assert hit(found, Action.BAN) == everybody
    assert [len(call) for call in found.enforcer.calls if call[0].action is Action.BAN] == [5]
    assert worded(await found.desk.act_on_all(ADA, ONE, Action.BAN)) == "5 of 5 done."
    assert hit(found, Action.BAN) == everybody


async def test_remove_takes_every_message_of_the_case_also_while_the_rule_practises() -> None:
    """What a person presses is real. Only where they may remove messages themselves; nobody is written to."""
    posts = raid(5)
    posts[3] = replace(posts[3], ref=replace(posts[3].ref, channel=ChannelId("staff")))
    found = await raided(SHADOW, posts)
    found.directory.close("staff", "mo")
    answer = await found.desk.act(MO, ONE, Action.DELETE)
    assert worded(answer) == "4 of 5 done.\nThis one failed: raider-3"
    assert removed(found) == ["m0", "m1", "m2", "m4"]
    assert found.notifier.told == {}
    assert worded(await found.desk.act(ADA, ONE, Action.DELETE)) == "5 of 5 done."
    assert removed(found) == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_kill_in_the_middle_of_the_batches_bans_everybody_and_nobody_twice() -> None:
    """All batches were on record before the first was carried out."""
    found = await room(SHADOW)
    await found.deliver(message(RUDE))
    found.hit([PersonId(f"raider-{number}") for number in range(449)])

    async def die() -> None:
        if len(found.enforcer.calls) == 1:
            raise DiedError

    found.enforcer.before_apply = die
    try:
        await found.desk.act_on_all(ADA, ONE, Action.BAN)
    except DiedError:
        found.enforcer.before_apply = None
    assert len(hit(found, Action.BAN)) == 200
    recovery = Recovery(found.store.inbox, found.store.cases, found.enforcing, found.clock)
    await recovery.begin()
    await recovery.take_up(COMMUNITY)
    assert len(hit(found, Action.BAN)) == len(set(hit(found, Action.BAN))) == 450


async def test_undoing_takes_back_every_ban_and_lists_who_was_missed() -> None:
    """In batches, as it was done."""
    found = await room(SHADOW)
    await found.deliver(message(RUDE))
    crowd = [PersonId(f"raider-{number}") for number in range(249)]
    found.hit(crowd)
    await found.desk.act_on_all(ADA, ONE, Action.BAN)
    found.enforcer.spared = {crowd[3]}
    answer = await found.desk.act(ADA, ONE, Action.LIFT)
    assert answer.kind is AnswerKind.DONE
    assert worded(answer) == "249 of 250 done.\nThis one failed: raider-3"
    assert len(set(hit(found, Action.LIFT))) == 250
    file = await found.file()
    lifting = [decision.id for decision in file.decisions if decision.action is Action.LIFT]
    sizes = [sum(stored.effect.key.decision == made for stored in file.effects) for made in lifting]
    assert sizes == [200, 50]


async def test_nothing_joins_a_wave_that_was_found_wrong() -> None:
    """The next message of its kind has a card of its own, after a restart as well."""
    texts = ("free prize for the first of you", "who wants a free prize, friends?", "the free prize waits for you all")
    posts = [
        message(text, id=f"w{n}", by=author(f"new-{n}", joined_at=later(-600)), at=later(n))
        for n, text in enumerate((*texts, "one more free prize, come here now", "my very own free prize is here"))
    ]
    store = MemoryStore()
    found = await trickled(SHADOW, posts[:4], store)
    assert (await found.file(3)).copies == 2
    await found.desk.review(MO, CaseNumber(3), ReviewResult.OVERTURNED)
    await found.deliver(posts[4])
    assert (await found.file(3)).copies == 2
    assert (await found.file(4)).case.ref == posts[4].ref
    again = await objecting(SHADOW, store)
    again.clock.advance(later(30))
    await again.incidents.load()
    late = message("a last free prize for everyone", id="w9", by=author("x", joined_at=later(-500)), at=later(30))
    await again.deliver(late)
    assert (await again.file(3)).copies == 2


async def test_a_stop_during_a_raid_ends_its_removals_and_counts_those_of_the_last_day() -> None:
    """What was removed is counted by the removal and not by the case; who comes later is put to people."""
    fresh = [
        message(OFFER.format(n), id=f"m{n}", by=author(f"new-{n}", joined_at=AT - timedelta(hours=2)), at=later(n))
        for n in range(8)
    ]
    found = await raided(live(), fresh)
    assert len(removed(found)) == 8
    answer = await found.desk.change(MO, StopChange(switch=Switch.ON))
    assert worded(answer).splitlines()[1:] == [
        "In the last 24 hours the bot acted 8 times, in these cases:",
        "Case 1 · Removed · Insult · open",
    ]
    [late] = raid(1, start=9)
    found.clock.advance(late.sent_at)
    await found.deliver(late)
    assert len(removed(found)) == 8


async def test_a_stop_ends_the_removal_of_a_raid_after_the_call_that_is_under_way() -> None:
    """A hundred messages at most: the others are withdrawn before anything is asked for."""
    found = await raided({**live(), "limits": {"per_incident": 1000}}, raid(300))
    assert len(removed(found)) == 4
    found.enforcer.before_apply = lambda: found.desk.change(ADA, StopChange(switch=Switch.ON))
    await found.desk.review(MO, ONE, ReviewResult.UPHELD)
    assert len(removed(found)) == 104
    assert len(await found.store.cases.pending_effects()) == 0


async def test_a_stop_of_a_rule_lists_what_that_rule_did_however_old_the_case() -> None:
    """A raid that goes on for two days acts today; another rule's acts are not in the list."""
    rule = policy("harassment", category("insult", context_free=True), category("threat", context_free=True))
    found = await room(
        {"mod_log": "mod-log"},
        rule,
        script=lambda asked: violates("insult" if "prize" in asked.text else "threat", asked.text),
    )
    await found.desk.change(ADA, ModeChange(mode=Mode.LIVE, policy=rule.id))
    await found.deliver(message("my free prize is for you alone, my dear", id="old", by="ann"))
    for hours, text in ((30, "the very last free prize of this year"), (31, "I will find you and your family")):
        at = later(hours * 3600)
        found.clock.advance(at)
        await found.deliver(message(text, id=str(hours), by=f"member-{hours}", at=at))
    stop = StopChange(switch=Switch.ON, policy=rule.id, category=rule.categories[0].id)
    lines = worded(await found.desk.change(MO, stop)).splitlines()
    assert lines[1:] == ["In the last 24 hours the bot acted once, in this case:", "Case 2 · Removed · Insult · open"]


async def test_what_was_found_wrong_before_a_third_came_leads_nobody() -> None:
    """The third message like it is judged, and not flagged because of the first."""
    found = await trickled(SHADOW, raid(2))
    await found.desk.review(MO, ONE, ReviewResult.OVERTURNED)
    await found.desk.review(MO, CaseNumber(2), ReviewResult.OVERTURNED)
    asked = len(found.model.asked)
    for each in raid(2, start=2):
        await found.deliver(each)
    assert len(found.model.asked) == asked + 2
    assert [case.number for case in await found.store.cases.find(COMMUNITY, CaseFilter())] == [4, 3, 2, 1]
