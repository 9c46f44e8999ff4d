"""Which texts say the same as another: a few edits and disguises do, a negation, a quotation or another link do not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bench.stand_ins.raids import RAID_TEXTS, raid, variant
from bot.domain.ids import CommunityId
from bot.storage.comparing.likeness import shape_of
from bot.storage.comparing.recent_texts import MOST_KEPT, IndexedRecentTexts
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("this is a good place to meet other people", "this is not a good place to meet other people"),
        ("you will find good people on this server", "you won't find good people on this server"),
        ("everybody there was friendly and welcome", "everybody there was friendly and unwelcome"),
        ("das ist echt gut so wie es hier ist, finde ich", "das ist nicht gut so wie es hier ist, finde ich"),
        ("das ist mein Haus und da wohnen alle", "das ist kein Haus und da wohnen alle"),
        ("ich habe sie auf dem Server oft gesehen", "ich habe nie auf dem Server oft gesehen"),
        ("alle wollen mit euch zusammen spielen", "alle wollen ohne euch zusammen spielen"),
        ("es una buena idea que vengas al servidor", "no es una buena idea que vengas al servidor"),
        ("siempre hay alguien que lo sabe por aquí", "siempre hay nadie que lo sabe por aquí"),
        ("lo quiero para mi casa y mi familia hoy", "no quiero para mi casa y mi familia hoy"),
        ("vamos todos con amigos al otro servidor", "vamos todos sin amigos al otro servidor"),
        ("je veux de vous sur mon serveur demain", "je ne veux pas de vous sur mon serveur demain"),
        ("j'ai que des amis dans ce serveur ici", "je n'ai que des amis dans ce serveur ici"),
        ("c'est une bonne idée de venir nous voir", "c'est jamais une bonne idée de venir nous voir"),
        ("eu quero que venham para este servidor", "eu não quero que venham para este servidor"),
        ("это хорошая идея прийти сюда сегодня", "это не хорошая идея прийти сюда сегодня"),
    ],
)
def test_a_negation_is_no_copy_in_the_languages_of_the_rules(one: str, other: str) -> None:
    """English, German, Spanish, French, Portuguese; Russian besides. In either direction."""
    assert recent(one).like(COMMUNITY, other) == ()
    assert recent(other).like(COMMUNITY, one) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("leave this and come over to our server", "leave this and come over no our server"),
        ("log off for ever, you make me sick today", "log off for ever, you make ne sick today"),
        ("free premium for all in this server now", "free premium for all sin this server now"),
        ("everyone in this server gets a present", "everyone inthis server gets a present"),
        ("there is no reason to stay in this place", "there is noq reason to stay in this place"),
        ("he gives them away to all of you tonight", "\u043d\u0435 gives them away to all of you tonight"),
    ],
)
def test_what_is_a_negation_in_another_language_alone_is_a_slip(one: str, other: str) -> None:
    """So is a lost space, and so are look-alike letters that happen to spell a word."""
    assert len(recent(one).like(COMMUNITY, other)) == 1
    assert len(recent(other).like(COMMUNITY, one)) == 1


LONG = (
    "Everybody receives premium features during tonight's celebration, reserve yours before midnight arrives",
    "Diese Moderatoren sind gemeine Verbrecher, kommt lieber schnell auf unseren freundlichen Server herüber",
    "Quienes publican mensajes en este servidor son completamente miserables y deberían desaparecer pronto",
)


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text and a variant: up to three long words changed by a letter, look-alikes, invisibles, random case."""
    text = draw(st.sampled_from(LONG))
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 6 and word.isalpha()]
    for place in draw(st.sets(st.sampled_from(long), max_size=3)):
        at, letter = draw(st.integers(1, 5)), draw(st.sampled_from("bdgjkqwxz"))
        end = at + draw(st.integers(0, 1))
        words[place] = words[place][:at] + draw(st.sampled_from(["", letter])) + words[place][end:]
    chars = [char.upper() if draw(st.booleans()) else char for char in " ".join(words)]
    for place in draw(st.sets(st.integers(0, len(chars) - 1), max_size=3)):
        chars[place] = {"a": "\u0430", "e": "\u0435", "o": "\u03bf", "i": "\u0456"}.get(chars[place], chars[place])
    for place in draw(st.lists(st.integers(0, len(chars) - 1), max_size=3)):
        chars.insert(place, draw(st.sampled_from("\u200b\u2060\ufeff\u00ad\u200d")))
    return text, "".join(chars)


@given(pair=disguised())
def test_edits_look_alikes_and_invisible_characters_do_not_break_the_join(pair: tuple[str, str]) -> None:
    """Whichever they are, and in either order."""
    text, variant_of_it = pair
    assert len(recent(text).like(COMMUNITY, variant_of_it)) == 1
    assert len(recent(variant_of_it).like(COMMUNITY, text)) == 1


@given(
    pair=disguised(),
    word=st.sampled_from(
        ["not", "never", "nobody", "without", "nicht", "keine", "ohne", "nie", "no", "nunca", "nadie", "pas", "jamais"]
    ),
    place=st.integers(0, 9),
)
def test_a_negation_more_breaks_the_join_wherever_it_stands(pair: tuple[str, str], word: str, place: int) -> None:
    """However the rest is disguised."""
    words = pair[1].split(" ")
    words.insert(place, word)
    assert recent(pair[0]).like(COMMUNITY, " ".join(words)) == ()


@given(
    pair=disguised(),
    form=st.sampled_from(['he wrote "{}" to me', "> {}", "„{}“ sagt sie", "« {} »", "\u201c{}\u201d"]),
)
def test_a_quotation_breaks_the_join(pair: tuple[str, str], form: str) -> None:
    """In the quotation marks of any of the languages, or as a quoted line."""
    assert recent(pair[0]).like(COMMUNITY, form.format(pair[1])) == ()


@given(pair=disguised(), host=st.sampled_from(["evil.example", "one.example.org", "0ne.example", "on.example"]))
def test_another_host_breaks_the_join(pair: tuple[str, str], host: str) -> None:
    """However like the other it looks; the same one keeps it."""
    text = pair[0] + " https://one.example/a"
    assert len(recent(text).like(COMMUNITY, pair[1] + " https://one.example/b")) == 1
    assert recent(text).like(COMMUNITY, f"{pair[1]} https://{host}/a") == ()
    assert recent(text).like(COMMUNITY, pair[1]) == ()


@given(one=st.text(max_size=19), other=st.text(max_size=19))
def test_short_texts_join_only_when_they_are_equal_to_a_reader(one: str, other: str) -> None:
    """Whatever they hold; a changed letter is a large part of them."""
    joined = bool(recent(one).like(COMMUNITY, other))
    shapes = shape_of(one), shape_of(other)
    assert joined == (shapes[0].text == shapes[1].text and not shapes[1].quotes)


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
    made = raid(seed=seed, begin=AT, variants=1_000)
    search, strays = IndexedRecentTexts(), []
    for each in made.messages:
        found = search.like(CommunityId(each.community), each.judged_text)
        assert not (found and each.ref in made.ordinary)
        if not found and each.ref not in made.ordinary:
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


def test_a_flood_of_texts_fills_no_memory_and_takes_no_other_community_s_place() -> None:
    """The oldest of the same community are forgotten; everything about them is."""
    flooded = recent(OFFER)
    flooded.put(ref("theirs", community=OTHER_COMMUNITY), OFFER, AT)
    for number in range(MOST_KEPT):
        flooded.put(ref(f"flood-{number}"), f"short {number}", later(number / 100))
    assert flooded.like(COMMUNITY, OFFER) == ()
    assert [like.ref.message for like in flooded.like(OTHER_COMMUNITY, OFFER)] == ["theirs"]
    assert len(flooded._kept) == MOST_KEPT + 1
    flooded.forget(later(10_000))
    assert (flooded._kept, flooded._marked, flooded._equal, flooded._slots_in) == ({}, {}, {}, {})
