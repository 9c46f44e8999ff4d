"""The two stores, asked the same in any order, answer the same."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.domain.actions import Action, Outcome
from bot.domain.audit import AuditEntry
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.coverage import GapReason
from bot.domain.decision import BOT, EffectKey
from bot.domain.events import Edit, Event, MemberChange, Message
from bot.domain.ids import CaseNumber, CategoryId, ChannelId, CommunityId, MessageRef, PersonId, PolicyId
from bot.domain.inbox import Acceptance, InboxItem
from bot.domain.keeping import Cutoffs
from bot.domain.reasons import Reason
from bot.domain.records import CaseFilter, Finished
from bot.domain.states import State
from bot.domain.verdict import UndecidedReason, Verdict, VerdictSource
from bot.ports.store import Store
from bot.storage.sqlite.store import open_store
from tests.factories import (
    AT,
    COMMUNITY,
    OTHER_COMMUNITY,
    audit_note,
    copy_query,
    decision,
    decision_record,
    delete,
    effect,
    effect_result,
    later,
    member,
    message,
    put_off,
    ref,
    report,
    review,
    review_record,
    safe,
    undecided,
    violates,
)
from tests.memory.store import MemoryStore

T = TypeVar("T")
COMMUNITIES = (COMMUNITY, OTHER_COMMUNITY)
PEOPLE = ("ann", "bob", "mo")
AUTHOR_OF = {"7": "ann", "8": "bob", "10": "ann"}
TEXTS = ("Good morning to you all", "You are a fool, truly", "GOOD morning  to you all")
CHANNELS = (ChannelId("general"), ChannelId("other"))

communities = st.sampled_from((COMMUNITY, COMMUNITY, COMMUNITY, OTHER_COMMUNITY))
channels = st.sampled_from((CHANNELS[0], CHANNELS[0], CHANNELS[0], CHANNELS[1]))
ids = st.sampled_from(sorted(AUTHOR_OF))
texts = st.sampled_from(TEXTS)
people = st.sampled_from(PEOPLE)
messages = st.builds(
    lambda text, number, community, channel: message(
        text, id=number, by=AUTHOR_OF[number], at=later(int(number)), community=community, channel=channel
    ),
    texts,
    ids,
    communities,
    channels,
)
refs = st.builds(
    lambda number, community, channel: ref(number, community=community, channel=channel), ids, communities, channels
)
verdicts = st.lists(
    st.sampled_from(
        [
            violates(),
            safe(),
            safe(policy="spam", with_context=True),
            undecided(UndecidedReason.TIMEOUT, policy="spam"),
            violates(source=VerdictSource.EXACT_COPY, copy_of="7"),
        ]
    ),
    max_size=3,
).map(tuple)
actions = st.lists(st.sampled_from(list(Action)), max_size=3).map(tuple)
STEPS = ("claim", "release", "settle", "finish")
ERASED = re.compile(r"erased-[0-9a-f]{12}")


class Twins(RuleBasedStateMachine):
    """Calls every method of both stores alike, and compares what they answer and what can be read afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="twins-"))
        self.memory: Store = MemoryStore()
        self.sqlite: Store = self.runner.run(open_store(self.folder / "hallmoot.db", exclusive=True))
        self.now = 0
        self.decisions = 0
        self.accepted: list[InboxItem] = []
        self.known_effects: list[EffectKey] = []

    def teardown(self) -> None:
        """Compare everything once more, and clean up."""
        try:
            self.compare(read_all)
        finally:
            self.runner.run(self.sqlite.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    def compare(self, call: Callable[[Store], Awaitable[object]]) -> object:
        """Ask both stores; fail unless the answers are equal but for names made at random. Return the answer."""

        async def both() -> tuple[object, object]:
            return await call(self.memory), await call(self.sqlite)

        expected, found = self.runner.run(both())
        one, other = (ERASED.sub("erased", repr(answer)) for answer in (expected, found))
        assert one == other, difference(one, other)
        return expected

    def named_alike(self, found: Sequence[T]) -> list[T]:
        """Leave out what an erasure renamed: the new names are made at random, and each store has its own."""
        return [entry for entry in found if not ERASED.search(repr(entry))]

    def tick(self) -> int:
        """Return the next second."""
        self.now += 1
        return self.now

    def accept(self, event: Event) -> None:
        """Deliver an event to both."""
        at = later(self.tick())
        answer = self.compare(lambda store: store.inbox.accept(event, at))
        assert isinstance(answer, Acceptance)
        if answer.item is not None:
            self.accepted.append(answer.item)

    @rule(sent=messages)
    def deliver(self, sent: Message) -> None:
        """Deliver a message."""
        self.accept(sent)

    @rule(changed=messages, repeated=st.integers(0, 3))
    def edit(self, changed: Message, repeated: int) -> None:
        """Deliver an edit, now and then one that was delivered before."""
        self.accept(Edit(message=changed, edited_at=later(max(0, self.now - repeated))))

    @rule(of=refs, by=st.sampled_from([None, BOT]))
    def delete(self, of: MessageRef, by: str | None) -> None:
        """Deliver a deletion, the bot's own or another's."""
        self.accept(delete(of, at=later(self.now), by=by))

    @rule(of=refs, by=people, brings=st.none() | messages)
    def report(self, of: MessageRef, by: str, brings: Message | None) -> None:
        """Deliver a report."""
        self.accept(report(of, by=by, brings=brings, words="look"))

    @rule(who=people, change=st.sampled_from(list(MemberChange)), by=st.sampled_from([None, BOT, *PEOPLE]), number=ids)
    def member(self, who: str, change: MemberChange, by: str | None, number: str) -> None:
        """Have a member join, leave, or be sanctioned."""
        self.accept(member(who, change, event_id=number, at=later(self.now), by=by))

    @rule(number=st.integers(0, 9))
    def claim_next(self, number: int) -> None:
        """Take one of the rows that wait."""
        waiting = self.named_alike(self.runner.run(self.memory.inbox.waiting(10)))
        if waiting:
            self.compare(lambda store: store.inbox.claim(waiting[number % len(waiting)].key))

    @precondition(lambda self: self.accepted)
    @rule(number=st.integers(0, 9), state=st.sampled_from(list(State)), step=st.sampled_from(STEPS))
    def step(self, number: int, state: State, step: str) -> None:
        """Claim a row, give it back, settle it, or end it without a decision, whatever has become of it."""
        key = self.accepted[-1 - number % len(self.accepted)].key
        finished = Finished(key=key, state=state, reason="why", notes=(audit_note(decision=""),))
        calls: dict[str, Callable[[Store], Awaitable[object]]] = {
            "claim": lambda store: store.inbox.claim(key),
            "release": lambda store: store.inbox.release(key),
            "settle": lambda store: store.inbox.settle(key),
            "finish": lambda store: store.inbox.finish(finished),
        }
        self.compare(calls[step])

    @precondition(lambda self: self.now % 5 == 0)
    @rule()
    def recover(self) -> None:
        """Start the process anew."""
        self.compare(lambda store: store.inbox.recover())

    @rule(
        number=st.integers(0, 9),
        verdicts=verdicts,
        actions=actions,
        state=st.sampled_from([State.DECIDED, State.DECIDED, State.DONE, State.NOT_JUDGED]),
        makes_case=st.sampled_from([True, True, False]),
    )
    def decide(
        self, *, number: int, verdicts: tuple[Verdict, ...], actions: tuple[Action, ...], state: State, makes_case: bool
    ) -> None:
        """Claim one of the rows that wait and decide it, with a case or without."""
        waiting = self.named_alike(self.runner.run(self.memory.inbox.waiting(10)))
        if not waiting:
            return
        item = waiting[number % len(waiting)]
        self.compare(lambda store: store.inbox.claim(item.key))
        self._decide(item, verdicts, actions, state, makes_case=makes_case)

    @rule(number=st.integers(0, 9), verdicts=verdicts, actions=actions)
    def decide_late(self, number: int, verdicts: tuple[Verdict, ...], actions: tuple[Action, ...]) -> None:
        """Decide a row that was accepted at some time, whatever has become of it."""
        if self.accepted:
            item = self.accepted[-1 - number % len(self.accepted)]
            self._decide(item, verdicts, actions, State.DECIDED, makes_case=True)

    def _decide(
        self,
        item: InboxItem,
        verdicts: tuple[Verdict, ...],
        actions: tuple[Action, ...],
        state: State,
        *,
        makes_case: bool,
    ) -> None:
        number = item.key.message
        sent = item.message or replace(message("Words unknown", id=number, by=AUTHOR_OF[number]), ref=item.key.ref)
        self.decisions += 1
        name = f"d{self.decisions}"
        record = decision_record(
            sent,
            id=name,
            key=item.key,
            verdicts=verdicts,
            effects=tuple(effect(action, of=sent, decision_id=name) for action in actions),
            decision=decision(sent, id=name, makes_case=makes_case, made_at=later(self.tick())),
            state=state,
            reported_by=(item.report.reporter,) if item.report is not None else (),
        )
        self.compare(lambda store: store.cases.record_decision(record))

    @rule(number=st.integers(0, 9))
    def begin(self, number: int) -> None:
        """Begin one of the pending effects: from now on it is under way."""
        pending = self.named_alike(self.runner.run(self.memory.cases.pending_effects()))
        if pending:
            self.compare(lambda store: store.cases.begin_effect(pending[number % len(pending)].effect.key))

    @rule(number=st.integers(0, 9), outcome=st.sampled_from(list(Outcome)))
    def conclude(self, number: int, outcome: Outcome) -> None:
        """Record how one of the pending effects ended."""
        pending = self.named_alike(self.runner.run(self.memory.cases.pending_effects()))
        if pending:
            self.known_effects.append(pending[number % len(pending)].effect.key)
            self._conclude(self.known_effects[-1], outcome)

    @precondition(lambda self: self.known_effects)
    @rule(number=st.integers(0, 9), outcome=st.sampled_from([Outcome.APPLIED, Outcome.FAILED]))
    def conclude_again(self, number: int, outcome: Outcome) -> None:
        """Record another outcome of an effect that ended, or that was renamed since."""
        self._conclude(self.known_effects[number % len(self.known_effects)], outcome)

    def _conclude(self, key: EffectKey, outcome: Outcome) -> None:
        result = replace(effect_result(outcome=outcome, why=Reason(code="why")), key=key)
        note = audit_note(decision=key.decision, details=(("target", key.target),))
        self.compare(lambda store: store.cases.record_result(result, (note,)))

    # Overturned cases with effects that wait: the two stores differ there in one order of events.
    @rule(
        number=st.integers(0, 9),
        result=st.sampled_from([ReviewResult.UPHELD, ReviewResult.UNCLEAR]),
        late=st.integers(0, 3),
        by=people,
    )
    def review(self, number: int, result: ReviewResult, late: int, by: str) -> None:
        """Have a person press a button, now and then on an old card."""
        cases = self.named_alike(self.runner.run(self.memory.cases.find(None, CaseFilter())))
        if not cases:
            return
        case = cases[number % len(cases)]
        self.decisions += 1
        name = f"p{self.decisions}"
        pressed = decision(id=name, ref=case.ref, by=PersonId(by), made_at=later(self.tick()))
        of = replace(message(by=case.author), ref=case.ref)
        ban = effect(Action.BAN, of=of, decision_id=name, by=PersonId(by))
        record = review_record(case.number, result, version=case.version - late // 3, decision=pressed, effects=(ban,))
        said = review(case.number, result, by=PersonId(by))
        record = replace(record, community=case.community, review=said)
        self.compare(lambda store: store.cases.review(record))

    @precondition(lambda self: self.now % 5 == 1)
    @rule(number=st.integers(1, 3), community=communities)
    def card(self, number: int, community: CommunityId) -> None:
        """Post a card."""
        self.compare(lambda store: store.cases.set_card(community, CaseNumber(number), "post", number % 2))

    @precondition(lambda self: self.known_effects and self.now % 3 == 0)
    @rule(seconds=st.integers(1, 9), unclear=st.booleans(), number=st.integers(0, 99))
    def postpone(self, seconds: int, number: int, *, unclear: bool) -> None:
        """Let a platform put an effect off."""
        key = self.known_effects[number % len(self.known_effects)]
        waits = put_off(next_at=later(self.now + seconds), unclear=unclear)
        self.compare(lambda store: store.cases.postpone(key, waits))
        self.compare(lambda store: store.cases.due_in(later(self.now + 5)))

    @precondition(lambda self: self.now % 5 == 2)
    @rule(community=communities, person=people)
    def save(self, community: CommunityId, person: str) -> None:
        """Have an admin exempt somebody."""
        note = audit_note(community=community, decision="", details=(("person", person),))
        values: dict[str, object] = {"exempt_people": [person], "mode": "live"}
        self.compare(lambda store: store.settings.save(community, values, note))

    @rule(
        community=communities, fetched=st.lists(messages, max_size=3), step=st.sampled_from(["fill", "close", "leave"])
    )
    def gap(self, community: CommunityId, fetched: list[Message], step: str) -> None:
        """Lose the connection, and fill the oldest gap, close it, or give it up."""
        lost_at = later(self.tick())
        self.compare(lambda store: store.cursors.interrupted(community, lost_at))
        gaps = self.runner.run(self.memory.cursors.open_gaps(community))
        if not gaps:
            return
        texts = tuple(
            entry for entry in fetched if (entry.ref.community, entry.ref.channel) == (community, gaps[0].channel)
        )
        at = later(self.tick())
        if step == "fill":
            self.compare(lambda store: store.cursors.fill_gap(community, gaps[0], texts, at))
        elif step == "close":
            self.compare(lambda store: store.cursors.close_gap(community, gaps[0]))
        else:
            self.compare(lambda store: store.cursors.give_up_gap(community, gaps[0], GapReason.REFUSED))

    @rule(community=communities, channel=st.sampled_from(["general", "new"]), ends=st.booleans())
    def seek(self, community: CommunityId, channel: str, *, ends: bool) -> None:
        """Look for channels that were born in a break."""
        self.compare(lambda store: store.cursors.sought_since(community))
        since, at = self.runner.run(self.memory.cursors.sought_since(community)), later(self.tick())
        if since is not None:
            self.compare(lambda store: store.cursors.begin_behind(community, ChannelId(channel), since, at))
        if ends:
            self.compare(lambda store: store.cursors.sought(community))

    @rule(ages=st.tuples(*[st.integers(0, 5)] * 3))
    def forget(self, ages: tuple[int, int, int]) -> None:
        """Pass over what is old."""
        moments = [later(max(0, self.now - age)) for age in ages]
        cutoffs = Cutoffs(without_case=moments[0], deleted=moments[1], of_case=moments[2])
        self.compare(lambda store: store.keeping.drop_words(cutoffs))

    @precondition(lambda self: self.now > 10)
    @rule(community=communities, person=people)
    def erase(self, community: CommunityId, person: str) -> None:
        """Erase somebody."""
        at = later(self.tick())
        self.compare(lambda store: store.keeping.erase(community, PersonId(person), at))

    @invariant()
    def the_way_is_the_same(self) -> None:
        """Compare what waits and what is to be done."""
        self.compare(both_lists)


def difference(one: str, other: str) -> str:
    """Return what two long texts say around the place where they part."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"in memory: {one[max(0, at - 300) : at + 200]}\nin SQLite: {other[max(0, at - 300) : at + 200]}"


async def both_lists(store: Store) -> tuple[object, object]:
    """Return what waits and what is to be done."""
    return await store.inbox.waiting(50), (await store.cases.pending_effects(), await store.cases.postponed())


async def read_all(store: Store) -> list[object]:
    """Return everything that the ports let one read."""
    read: list[object] = [await store.inbox.coverage(None, None, None), await store.cases.cards_due()]
    for community in COMMUNITIES:
        read.append(await store.inbox.coverage(community, later(8), later(10)))
        read.append([facts(entry) for entry in await store.audit.entries(community, 500)])
        read.append(await store.audit.verify(community))
        read.append(await store.settings.load(community))
        read.append(await store.cursors.open_gaps(community))
        cases = await store.cases.find(community, CaseFilter())
        read.append([await store.cases.file(community, case.number) for case in cases])
        read.append(await store.cases.find(community, CaseFilter(words="fool", status=CaseStatus.OPEN)))
        read.append(await store.cases.rule_record(community, PolicyId("harassment"), CategoryId("insult")))
        read.append(await store.cases.automatic_effects(community, None, later(10)))
        for person in PEOPLE:
            read.append(await store.cases.history(community, PersonId(person)))
            read.append(await store.cases.automatic_effects(community, PersonId(person), AT))
        queries = [copy_query(message(text, community=community)) for text in TEXTS]
        read.append([await store.cases.exact_copy(query) for query in queries])
        for channel in CHANNELS:
            read.append(await store.cursors.cursor(community, channel))
            read.append(
                await store.inbox.earlier(message(id="99", at=later(9), community=community, channel=channel), 5)
            )
            for number in AUTHOR_OF:
                place = ref(number, community=community, channel=channel)
                read.append(await store.inbox.current(place))
                read.append(await store.cases.file_of(place))
    return read


def facts(entry: AuditEntry) -> tuple[object, ...]:
    """Return what of an audit entry does not hang on its random salt."""
    return entry.sequence, entry.code, entry.at, entry.case, entry.decision, entry.details


TestTwins = Twins.TestCase
TestTwins.settings = settings(
    max_examples=12,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
