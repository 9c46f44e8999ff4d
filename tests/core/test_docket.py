"""Who is next: quotas, risk, age, fairness, and never an idle slot."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.waiting.docket import Docket, Risk, Turn, Waiting
from bot.domain.ids import CommunityId
from bot.domain.inbox import InboxKey, Kind
from tests.factories import CHANNEL, COMMUNITY


def _waiting(
    name: str,
    *lanes: str,
    risk: Risk = Risk.ORDINARY,
    since: float = 0.0,
    community: CommunityId = COMMUNITY,
    backlog: bool = False,
) -> Waiting:
    key = InboxKey(community=community, channel=CHANNEL, message=name, kind=Kind.MESSAGE, discriminator="r")  # type: ignore[arg-type]
    return Waiting(
        key=key, community=community, risk=risk, since=since, lanes=frozenset(lanes or ("a",)), backlog=backlog
    )


def _docket(*entries: Waiting, slots: int = 1, share: float = 0.2) -> Docket:
    docket = Docket(slots=slots, backlog_share=share)
    for entry in entries:
        docket.add(entry, 0.0)
    return docket


def _drain(docket: Docket, now: float = 1.0) -> list[str]:
    """Return the names in the order in which a single slot takes them."""
    names = []
    while (turn := docket.next(now)) is not None:
        names.append(turn.waiting.key.message)
        docket.done(turn)
    return [str(name) for name in names]


def test_the_riskiest_go_first_and_then_the_oldest() -> None:
    """A report overtakes everything."""
    entries = (
        _waiting("old", since=1.0),
        _waiting("new", since=2.0),
        _waiting("link", since=3.0, risk=Risk.HIGH),
        _waiting("reported", since=4.0, risk=Risk.REPORTED),
    )
    assert _drain(_docket(*entries), now=5.0) == ["reported", "link", "old", "new"]


def test_once_the_oldest_is_two_minutes_late_the_newest_go_first() -> None:
    """What is late already does not make the rest late."""

    def docket() -> Docket:
        return _docket(*(_waiting(str(second), since=float(second)) for second in (0, 60, 119)))

    assert _drain(docket(), now=120.0) == ["0", "60", "119"]
    assert _drain(docket(), now=120.5) == ["119", "60", "0"]


def test_communities_take_turns() -> None:
    """A busy community does not hold up a quiet one."""
    busy, quiet = CommunityId("console:busy"), CommunityId("console:quiet")
    entries = [_waiting(f"busy{number}", since=float(number), community=busy) for number in range(3)]
    docket = _docket(*entries, _waiting("quiet", since=9.0, community=quiet))
    assert _drain(docket, now=10.0) == ["busy0", "quiet", "busy1", "busy2"]


def test_lanes_share_the_slots_and_the_longest_gets_what_is_left_over() -> None:
    """Four slots over three lanes: two for the longest, one for each other."""
    entries = [_waiting(f"a{number}", "a") for number in range(5)]
    entries += [_waiting(f"b{number}", "b") for number in range(4)]
    entries += [_waiting(f"c{number}", "c") for number in range(4)]
    docket = _docket(*entries, slots=4)
    assert docket.quotas(1.0) == {"a": 2, "b": 1, "c": 1}
    turns = [docket.next(1.0) for _ in range(4)]
    assert sorted(turn.lane for turn in turns if turn is not None) == ["a", "a", "b", "c"]


def test_one_lane_may_have_all_slots() -> None:
    """A slot never idles while anything waits."""
    docket = _docket(*(_waiting(str(number)) for number in range(3)), slots=3)
    assert all(docket.next(1.0) is not None for _ in range(3))
    assert docket.next(1.0) is None


def test_a_message_goes_through_each_of_its_lanes_once() -> None:
    """It leaves the docket with the last."""
    docket = _docket(_waiting("one", "a", "b"), slots=2)
    first, second = docket.next(1.0), docket.next(1.0)
    assert isinstance(first, Turn)
    assert isinstance(second, Turn)
    assert {first.lane, second.lane} == {"a", "b"}
    assert len(docket) == 0


def test_a_withdrawn_message_is_not_taken_any_more() -> None:
    """Whichever lanes it still had."""
    gone = _waiting("gone", "a", "b", since=0.0)
    docket = _docket(gone, _waiting("stays", "a", since=1.0))
    docket.remove(gone.key)
    assert (_drain(docket), docket.lanes()) == (["stays"], ())


def test_the_backlog_gets_a_fifth_of_the_turns_while_others_wait() -> None:
    """And every turn when nothing else waits."""
    live = [_waiting(f"live{number}", since=float(number)) for number in range(20)]
    late = [_waiting(f"late{number}", since=float(number), backlog=True) for number in range(20)]
    order = _drain(_docket(*live, *late), now=25.0)
    assert sum(name.startswith("late") for name in order[:20]) == 4
    assert order[0] == "live0"
    assert len(order) == 40


@given(
    st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from(list(Risk)), st.floats(0, 500), st.booleans()),
        max_size=40,
    ),
    st.integers(1, 6),
)
def test_no_slot_idles_while_anything_waits_and_nothing_is_taken_twice(
    given_entries: list[tuple[str, Risk, float, bool]], slots: int
) -> None:
    """For any mix of lanes, risks, ages and backlog."""
    docket = Docket(slots=slots, backlog_share=0.2)
    for number, (lane, risk, since, backlog) in enumerate(given_entries):
        docket.add(_waiting(str(number), lane, risk=risk, since=since, backlog=backlog), 0.0)
    taken = []
    while len(docket):
        turns = []
        while docket.free and len(docket):
            turn = docket.next(500.0)
            assert turn is not None
            turns.append(turn)
        taken += [turn.waiting.key.message for turn in turns]
        for turn in turns:
            docket.done(turn)
    assert sorted(taken) == sorted(str(number) for number in range(len(given_entries)))


def test_an_urgent_message_passes_lanes_with_a_quota() -> None:
    """Its lane is the shortest of five, and there is one slot: it is next all the same."""
    entries = [_waiting(f"{lane}{number}", lane) for lane in "abcd" for number in range(9)]
    docket = _docket(*entries, _waiting("urgent", "e", risk=Risk.HIGH), slots=1)
    turn = docket.next(1.0)
    assert turn is not None
    assert turn.waiting.key.message == "urgent"


def test_an_urgent_lane_takes_no_more_than_one_slot_from_the_others() -> None:
    """Its further messages wait until a slot is theirs by quota."""
    urgent = [_waiting(f"urgent{number}", "b", risk=Risk.HIGH) for number in range(5)]
    docket = _docket(*(_waiting(f"a{number}", "a") for number in range(9)), *urgent, slots=2)
    turns = [docket.next(1.0), docket.next(1.0)]
    assert sorted(turn.lane for turn in turns if turn is not None) == ["a", "b"]


def test_a_short_lane_is_served_although_long_ones_never_end() -> None:
    """After half a minute without a turn it goes first."""
    docket = _docket(_waiting("short", "b", since=0.0), *(_waiting(f"a{number}", "a") for number in range(99)))
    seen = []
    for second in range(50):
        turn = docket.next(float(second))
        assert turn is not None
        seen.append(turn.lane)
        docket.done(turn)
        if turn.lane == "a":
            docket.add(_waiting(f"more{second}", "a", since=float(second)), float(second))
    assert seen.index("b") == 31


def test_hours_without_a_backlog_earn_it_no_turns() -> None:
    """A thousand live turns later the backlog still gets one in five."""
    docket = _docket()
    for number in range(1_000):
        docket.add(_waiting(f"before{number}"), 0.0)
        _drain(docket)
    for number in range(20):
        docket.add(_waiting(f"live{number}", since=float(number)), 0.0)
        docket.add(_waiting(f"late{number}", since=float(number), backlog=True), 0.0)
    order = _drain(docket, now=25.0)
    assert sum(name.startswith("late") for name in order[:20]) == 4


def test_what_piled_up_becomes_a_backlog_and_what_is_recent_stays_live() -> None:
    """The order within each kind stays."""
    docket = _docket(*(_waiting(f"{second}", since=float(second)) for second in (0, 50, 100, 150)))
    assert docket.shelve(90.0) == 2
    assert docket.backlog == 2
    assert _drain(docket, now=100.0) == ["100", "150", "0", "50"]
    assert docket.backlog == 0


def test_lanes_that_turned_out_to_need_no_model_are_left() -> None:
    """A message waits on in the others alone."""
    one = _waiting("one", "a", "b", "c")
    docket = _docket(one, slots=3)
    docket.keep(one.key, frozenset("b"))
    assert docket.lanes() == ("b",)
    assert _drain(docket) == ["one"]


def test_the_text_of_an_edited_message_is_forgotten_by_its_place() -> None:
    """A report of the same message stays."""
    text = _waiting("one")
    reported = _waiting("one", risk=Risk.REPORTED)
    reported.key = InboxKey(
        community=COMMUNITY,
        channel=CHANNEL,
        message=text.key.message,
        kind=Kind.REPORT,
        discriminator="rita",
    )
    docket = _docket(text, reported)
    assert docket.forget(text.key.ref) == text.key
    assert docket.forget(text.key.ref) is None
    assert (len(docket), text.key in docket, reported.key in docket) == (1, False, True)


def test_what_is_upcoming_is_what_comes() -> None:
    """Looking ahead changes nothing."""
    docket = _docket(*(_waiting(str(number), lane, since=float(number)) for number, lane in enumerate("abcabc")))
    while len(docket):
        ahead = docket.upcoming(1.0)
        turn = docket.next(1.0)
        assert ahead == turn
        assert turn is not None
        docket.done(turn)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "next", "done", "remove", "keep", "shelve"]),
        st.integers(0, 12),
        st.sets(st.sampled_from("abcd"), min_size=1),
        st.sampled_from(list(Risk)),
        st.booleans(),
    ),
    max_size=120,
)


@given(_STEPS, st.integers(1, 4))
def test_whatever_happens_the_counts_stay_true(steps: list[tuple[str, int, set[str], Risk, bool]], slots: int) -> None:
    """Adding, taking, removing, narrowing and shelving in any order."""
    docket = Docket(slots=slots, backlog_share=0.2)
    at_work: list[Turn] = []
    for now, (step, number, lanes, risk, backlog) in enumerate(steps):
        entry = _waiting(str(number), *lanes, risk=risk, since=float(number), backlog=backlog)
        if step == "add":
            docket.add(entry, float(now))
        elif step == "next" and (turn := docket.next(float(now))) is not None:
            at_work.append(turn)
        elif step == "done" and at_work:
            docket.done(at_work.pop())
        elif step == "remove":
            docket.remove(entry.key)
        elif step == "keep":
            docket.keep(entry.key, frozenset(lanes))
        elif step == "shelve":
            docket.shelve(float(number))
        assert docket.free == slots - len(at_work)
        assert docket.backlog == sum(waiting.backlog for waiting in docket)
        assert len(docket) == len({waiting.key for waiting in docket})
        assert (docket.upcoming(float(now)) is None) == (len(docket) == 0)
        assert sum(docket.quotas(float(now)).values()) in (0, slots)
