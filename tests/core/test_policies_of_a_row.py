"""One answer to which policies a row is put to: a policy that a community sent is no other to the row that waited."""

from dataclasses import replace

import pytest

from bot.config.policy_files.offered import OfferedPolicies
from bot.domain.errors import StorageError
from bot.domain.events import Message
from bot.domain.inbox import InboxItem, InboxKey
from bot.domain.policy import Policy
from bot.domain.states import State
from bot.ports.inbox import Inbox
from tests.clocks import SimulatedClock, settle
from tests.core.run import Run, at_work, run_of
from tests.core.walking import ListedPolicies
from tests.factories import COMMUNITY, OTHER_COMMUNITY, category, message, policy, using
from tests.memory.inbox import MemoryInbox
from tests.memory.store import MemoryStore

SHIPPED = policy()
SENT = policy(text="# Our own\n\nCategories: insult.\n", policy_hash="d" * 64)
ADDED = policy("house", category("shouting"), policy_hash="e" * 64)


def _offered(*sent: Policy) -> OfferedPolicies:
    """Return what is offered where the demo community sent policies of its own."""
    offered = OfferedPolicies(ListedPolicies(SHIPPED, policy("spam", category("scam"))))
    for each in sent:
        offered.add(COMMUNITY, each)
    return offered


def _many(count: int, *, start: int = 0) -> list[Message]:
    return [
        message(f"message number {number}", id=str(number), by=f"member-{number}")
        for number in range(start, start + count)
    ]


async def _states(run: Run, messages: list[Message]) -> list[State]:
    items = [await run.store.inbox.current(each.ref) for each in messages]
    return [item.state for item in items if item is not None]


def _asked(run: Run) -> list[tuple[str, str]]:
    """Return the policy's text and the message's of each question about a member's message, in order."""
    return [(question.policy.policy_hash, question.text) for question in run.model.asked if question.ref is not None]


@pytest.mark.parametrize(
    "sent", [(SENT,), (ADDED,), (SENT, ADDED)], ids=["in a shipped one's place", "beside it", "both"]
)
async def test_what_waited_at_a_restart_is_judged_under_the_policies_that_the_community_sent(
    sent: tuple[Policy, ...],
) -> None:
    """Each row ends, and each question is put once: not anew at each start."""
    store, settings = MemoryStore(), using("harassment", "spam", "house")
    before = run_of(settings, store=store, offered=_offered(*sent))
    await before.running.begin()
    await before.deliver(*_many(3))
    after = run_of(settings, store=store, offered=_offered(*sent))
    async with at_work(after):
        await after.clock.advance(30)
        assert await _states(after, _many(3)) == [State.DONE] * 3
        assert after.pipeline.idle
    policies = _offered(*sent).of(COMMUNITY).policies()
    assert sorted(_asked(after)) == sorted((each.policy_hash, text.own_text) for each in policies for text in _many(3))


async def test_what_waited_in_an_outage_is_judged_under_the_policies_that_the_community_sent() -> None:
    """Those that were open when the model went away as well."""
    run = run_of(using("harassment", "spam"), offered=_offered(SENT), slots=2)
    async with at_work(run):
        await run.deliver(*_many(6))
        run.model.go_away()
        await run.clock.advance(3)
        assert await _states(run, _many(6)) == [State.WAITING] * 6
        run.model.away = None
        await run.clock.advance(60)
        assert await _states(run, _many(6)) == [State.DONE] * 6
        assert run.pipeline.idle


async def test_a_policy_of_one_community_is_no_other_communitys() -> None:
    """Both wait at a restart, and each is asked about its own."""
    store, settings = MemoryStore(), using("harassment")
    communities = (COMMUNITY, OTHER_COMMUNITY)
    before = run_of(settings, store=store, offered=_offered(SENT))
    await before.running.begin()
    sent = [message(f"said in {place}", id="1", community=place) for place in communities]
    await before.deliver(*sent)
    after = run_of(settings, store=store, offered=_offered(SENT))
    async with at_work(after):
        await after.clock.advance(20)
        assert await _states(after, sent) == [State.DONE] * 2
    assert sorted(_asked(after)) == sorted(
        [(SENT.policy_hash, sent[0].own_text), (SHIPPED.policy_hash, sent[1].own_text)]
    )


@pytest.mark.parametrize("opened", [0, 2], ids=["none open", "some open"])
async def test_a_policy_that_is_sent_while_messages_wait_is_asked_about_each_of_them(opened: int) -> None:
    """They came in under other lanes; the later text is the one that counts, and what has an answer keeps it."""
    offered = _offered()
    run = run_of(using("harassment", "spam"), offered=offered, slots=opened or 1)
    async with at_work(run):
        if not opened:
            run.model.go_away()
            await run.clock.advance(20)
        await run.deliver(*_many(8))
        offered.add(COMMUNITY, SENT)
        run.model.away = None
        await run.clock.advance(60)
        assert await _states(run, _many(8)) == [State.DONE] * 8
        assert run.pipeline.idle
    last, both = _many(8)[-1].own_text, sorted([SENT.policy_hash, SHIPPED.policy_hash])
    assert sorted(policy_hash for policy_hash, text in _asked(run) if text == last) == both


class _Unreadable(MemoryInbox):
    """Rows can't be looked up as often as it was told to."""

    def __init__(self, inner: Inbox, failures: int) -> None:
        assert isinstance(inner, MemoryInbox)
        super().__init__(inner._records)
        self.failures = failures

    async def item(self, key: InboxKey) -> InboxItem | None:
        """Fail, or look it up."""
        if self.failures:
            self.failures -= 1
            raise StorageError("The disk does not answer.")
        return await super().item(key)


async def test_a_message_in_no_lane_waits_again_when_it_can_not_be_looked_up() -> None:
    """It rests, and is judged later: nothing is dropped on the way."""
    store, offered = MemoryStore(), _offered()
    unreadable = _Unreadable(store.inbox, 0)
    store._inbox = unreadable
    run = run_of(using("harassment"), offered=offered, store=store)
    async with at_work(run):
        await run.deliver(*_many(3))
        offered.add(COMMUNITY, SENT)
        unreadable.failures = 1
        await run.clock.advance(20)
        assert unreadable.failures == 0
        assert State.WAITING in await _states(run, _many(3))
        await run.clock.advance(120)
        assert await _states(run, _many(3)) == [State.DONE] * 3
        assert run.pipeline.idle


async def test_a_policy_that_is_taken_out_while_messages_wait_leaves_none_behind() -> None:
    """Nothing is left to ask: each ends as what no policy applies to."""
    run = run_of(using("harassment"), offered=_offered())
    async with at_work(run):
        await run.deliver(*_many(5))
        run.settings.settings = replace(run.settings.settings, policies=())
        await run.clock.advance(30)
        states = await _states(run, _many(5))
        assert set(states) <= {State.DONE, State.SCREENED_OUT}
        assert State.SCREENED_OUT in states
        assert run.pipeline.idle


async def test_a_row_that_is_judged_by_nobody_waits_again_within_a_minute() -> None:
    """Claimed, and then forgotten: as if a fault had dropped it on the way."""
    run = run_of(using("harassment"), offered=_offered())
    async with at_work(run):
        await run.deliver(*_many(1))
        await run.clock.advance(5)
        lost = message("dropped on its way", id="lost")
        received = await run.flow.receive(lost)
        assert received.waiting is not None
        assert await run.store.inbox.claim(received.waiting.key) is not None
        await run.clock.advance(130)
        assert await _states(run, [lost]) == [State.DONE]
        assert run.pipeline.idle


async def test_what_is_really_being_judged_is_not_taken_for_lost() -> None:
    """A question that takes ten minutes is put once."""
    clock = SimulatedClock()
    run = run_of(using("harassment"), offered=_offered(), clock=clock, slots=2)
    run.model.seconds = 600.0
    async with at_work(run):
        await run.deliver(*_many(4))
        await run.clock.advance(590)
        assert len(_asked(run)) == 2
        run.model.seconds = 1.0
        await run.clock.advance(60)
        await settle()
        assert await _states(run, _many(4)) == [State.DONE] * 4
    assert len(_asked(run)) == 4
