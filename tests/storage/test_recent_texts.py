"""Which texts say the same as another: a few edits and disguises do, a negation, a quotation or another link do not."""

import random

import pytest

from bot.bench.raids import RAID_TEXTS, raid, variant
from bot.domain.ids import CommunityId
from bot.storage.recent_texts import IndexedRecentTexts
from tests.factories import AT, COMMUNITY, OTHER_COMMUNITY, later, message, ref

OFFER = "Free premium for everyone in this server, claim yours today before it ends"


def recent(*texts: str) -> IndexedRecentTexts:
    """Return the search with these texts in it."""
    made = IndexedRecentTexts()
    for number, text in enumerate(texts):
        made.put(ref(str(number)), text, AT)
    return made


@pytest.mark.parametrize(
    "text",
    [
        OFFER,
        OFFER.upper(),
        OFFER.replace("e", "\u0435").replace("o", "\u03bf"),
        "\u200b".join(OFFER),
        OFFER.replace("server", "serbver").replace("today", "tody"),
        "F" + OFFER,
    ],
)
def test_a_disguise_is_seen_through(text: str) -> None:
    """Case, look-alike letters, invisible characters, slips of the hand."""
    assert [like.ref.message for like in recent(OFFER).like(COMMUNITY, text)] == ["0"]


@pytest.mark.parametrize(
    "text",
    [
        "Never claim this: " + OFFER,
        OFFER.replace("everyone", "nobody"),
        OFFER.replace("Free premium for", "No free premium for"),
        OFFER.replace("claim yours", "don't claim yours"),
        f'"{OFFER}" is what he wrote',
        f"> {OFFER}",
        f"“{OFFER}”",
        OFFER.replace("premium", "lunches"),
        OFFER + " and then come over to our place for some cake",
    ],
)
def test_what_says_another_thing_is_no_copy(text: str) -> None:
    """Nor is what merely repeats the words of others."""
    assert recent(OFFER).like(COMMUNITY, text) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("you are not welcome in this place any more", "you are now welcome in this place any more"),
        ("I was happy about everything in this server", "I wasnt happy about everything in this server"),
        ("I would ever buy anything from that shop again", "I would never buy anything from that shop again"),
        ("das ist ein guter Grund um hier zu bleiben", "das ist kein guter Grund um hier zu bleiben"),
        ("I love all of you people in this server", "I hate all of you people in this server"),
    ],
)
def test_a_single_letter_may_turn_a_text_around(one: str, other: str) -> None:
    """Then it is no slip of the hand."""
    assert recent(one).like(COMMUNITY, other) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hot singles want to meet you tonight in town", "not singles want to meet you tonight in town"),
        ("this simple trading bot earns money for you", "this simple trading not earns money for you"),
        ("come to our server where people are nice", "come to our server where people are nie"),
    ],
)
def test_a_slip_that_happens_to_make_a_negation_is_a_slip(one: str, other: str) -> None:
    """No opposite differs from its word in so little of the sense."""
    assert len(recent(one).like(COMMUNITY, other)) == 1


def test_the_hosts_of_links_have_to_be_the_same() -> None:
    """Another address is another offer."""
    text = "see all the pictures of that night at https://one.example/pictures and tell me"
    assert len(recent(text).like(COMMUNITY, text.replace("pictures and", "picture and"))) == 1
    assert recent(text).like(COMMUNITY, text.replace("one.example", "two.example")) == ()


def test_short_texts_have_to_be_equal() -> None:
    """Under 20 characters, but for look-alikes and case."""
    assert len(recent("join my server").like(COMMUNITY, "JOIN my serv\u0435r")) == 1
    assert recent("join my server").like(COMMUNITY, "join my servers") == ()


def test_another_community_is_not_searched() -> None:
    """Every search is scoped."""
    assert recent(OFFER).like(OTHER_COMMUNITY, OFFER) == ()


def test_the_fewest_edits_come_first() -> None:
    """And are counted."""
    found = recent(OFFER.replace("server", "servers"), OFFER.replace("a", "u")).like(COMMUNITY, OFFER)
    assert [(like.ref.message, like.edits) for like in found] == [("0", 1), ("1", 2)]
    assert recent().edits(OFFER, OFFER + "!!") == 2
    assert recent().edits(OFFER, "something else altogether, really") is None


def test_what_is_old_is_forgotten() -> None:
    """By the time it was put, and a text that is put again counts anew."""
    made = IndexedRecentTexts()
    made.put(ref("1"), OFFER, AT)
    made.put(ref("2"), OFFER + "!", later(60))
    made.forget(later(30))
    assert [like.ref.message for like in made.like(COMMUNITY, OFFER)] == ["2"]
    made.put(ref("2"), "another text that has nothing to do with it", later(61))
    assert made.like(COMMUNITY, OFFER) == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_variants_of_five_texts_are_told_apart_from_what_quotes_and_negates_them(seed: int) -> None:
    """Nearly every variant is like an earlier one; no ordinary message is like anything."""
    given = raid(seed=seed, begin=AT, variants=1_000)
    search, strays = IndexedRecentTexts(), []
    for each in given.messages:
        found = search.like(CommunityId(each.community), each.judged_text)
        assert not (found and each.ref in given.ordinary)
        if not found and each.ref not in given.ordinary:
            strays.append(each)
        search.put(each.ref, each.judged_text, each.sent_at)
    assert len(strays) <= 5 + 5


def test_the_same_seed_makes_the_same_raid() -> None:
    """And variants differ from their text."""
    assert raid(seed=4, begin=AT, variants=50) == raid(seed=4, begin=AT, variants=50)
    assert raid(seed=4, begin=AT, variants=50) != raid(seed=5, begin=AT, variants=50)
    dice = random.Random(4)  # noqa: S311 - the same every time
    assert all(variant(dice, text) != text for text in RAID_TEXTS)
    assert message().ref not in raid(seed=4, begin=AT, variants=50).ordinary
