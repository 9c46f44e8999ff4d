"""The two stores side by side once more, over what adapters note beside the inbox: deliveries, spans, channels."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.coverage import Gap, GapReason
from bot.domain.ids import ChannelId, CommunityId
from bot.ports.store import Store
from bot.storage.sqlite.store import open_store
from tests.factories import later, message
from tests.memory.store import MemoryStore

_COMMUNITIES = st.sampled_from([CommunityId("slack:T1"), CommunityId("slack:T2")])
_CHANNELS = st.sampled_from([ChannelId("C1"), ChannelId("C2")])
_IDS = st.sampled_from(["7", "8", "10"])
_REASONS = st.sampled_from(list(GapReason))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), _COMMUNITIES, _IDS, _IDS),
        st.tuples(st.just("note"), _COMMUNITIES, _IDS, _IDS),
        st.tuples(st.just("leave"), _COMMUNITIES, _CHANNELS, _IDS, _IDS, _REASONS),
        st.tuples(st.just("make_up"), _COMMUNITIES, st.none() | _CHANNELS, _REASONS),
        st.tuples(st.just("unwatched"), _COMMUNITIES, st.lists(st.sampled_from(["attic", "cellar"]))),
        st.tuples(st.just("forget"), st.integers(0, 5)),
    ),
    max_size=30,
)


async def _carry_out(store: Store, now: int, step: tuple[object, ...]) -> object:
    """Do one step at this second and return what it answered."""
    answer: object = None
    match step:
        case ("accept", str(community), str(number), str(delivery)):
            sent = message(id=number, community=community)
            answer = (await store.inbox.accept(sent, later(now), delivery)).accepted
        case ("note", str(community), str(delivery), _):
            answer = await store.deliveries.note(CommunityId(community), delivery, later(now))
        case ("leave", str(community), str(channel), str(after), str(before), GapReason() as reason):
            gap = Gap(channel=ChannelId(channel), after=after, before=before, reason=reason)
            await store.cursors.leave_out(CommunityId(community), gap, later(now))
        case ("make_up", str(community), channel, GapReason() as reason):
            place = ChannelId(channel) if isinstance(channel, str) else None
            await store.cursors.made_up_for(CommunityId(community), place, reason)
        case ("unwatched", str(community), list(names)):
            await store.cursors.set_unwatched(CommunityId(community), tuple(map(str, names)))
        case ("forget", int(age)):
            answer = await store.deliveries.forget(later(now - age))
    return answer


async def _answers(store: Store, steps: list[tuple[object, ...]]) -> list[object]:
    """Carry the steps out, a second apart, and return every answer and what coverage says after each."""
    found: list[object] = []
    try:
        for now, step in enumerate(steps):
            found.append(await _carry_out(store, now, step))
            for community in (None, CommunityId("slack:T1")):
                coverage = await store.inbox.coverage(community, later(now - 3), None)
                found.append((coverage.gaps, coverage.unwatched))
    finally:
        await store.close()
    return found


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_both_stores_answer_alike(steps: list[tuple[object, ...]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is delivered, left out, made up for and forgotten, in whichever order."""

    async def both() -> tuple[list[object], list[object]]:
        sqlite = await open_store(tmp_path_factory.mktemp("twins") / "hallmoot.db", exclusive=True)
        return await _answers(MemoryStore(), steps), await _answers(sqlite, steps)

    in_memory, in_sqlite = asyncio.run(both())
    assert in_memory == in_sqlite
