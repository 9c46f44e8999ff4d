"""Stolen accounts: the same post in three channels within a minute."""

import asyncio
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.raids.addresses import MOST, addresses
from bot.core.raids.takeover import post_of, sighting
from bot.domain.actions import Action, Outcome
from bot.domain.built_in import TAKEOVER_POLICY
from bot.domain.card import Gathering
from bot.domain.case import CaseFile
from bot.domain.events import Attachment, Author, Message
from bot.domain.ids import TAKEOVER, CaseNumber, ChannelId, MessageRef
from bot.domain.reasons import StepCode
from bot.domain.records import CaseFilter
from bot.domain.settings import CommunitySettings
from bot.domain.states import State
from bot.domain.texts.text import MAX_CHARACTERS
from bot.domain.verdict import VerdictSource
from bot.inference.scripted import ScriptedClassifier, by_text, violates
from tests.core.walking import Walk, walk
from tests.factories import COMMUNITY, author, community_settings, delete, later, message, policy
from tests.memory.store import MemoryStore

SCAM = "I am giving away my old laptop for free, write to me"


def posts(
    count: int = 3, *, text: str = SCAM, by: str | Author = "ann", apart: float = 10, channels: int = 99
) -> list[Message]:
    """Return posts of one author, each in another channel."""
    return [
        message(text, id=f"p{number}", by=by, at=later(number * apart), channel=f"channel-{number % channels}")
        for number in range(count)
    ]


def with_files(*names: str, sizes: int = 1000) -> list[Message]:
    """Return three posts with these files and no text."""
    files = tuple(Attachment(name=name, size=sizes) for name in names)
    return [replace(each, attachments=files) for each in posts(text="")]


def seen(messages: list[Message]) -> StepCode | None:
    """Return what is seen with the last of these."""
    *before, newest = [post_of(each) for each in messages]
    found = sighting(newest, tuple(before))
    return found.code if found is not None else None


def live(**changes: object) -> CommunitySettings:
    """Return a community whose check acts."""
    return community_settings(live_checks=frozenset({TAKEOVER}), **changes)


EXEMPTING = (live(exempt_roles=frozenset({"trusted"})), live(exempt_people=frozenset({"ann"})))


def removed(found: Walk) -> list[str]:
    """Return the ids of the messages that were removed."""
    return sorted(key.target.rpartition("/")[2] for key in found.enforcer.done if key.action is Action.DELETE)


def actions(found: Walk) -> set[Action]:
    """Return what was done."""
    return {key.action for key in found.enforcer.done}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (posts(), StepCode.TAKEOVER_TEXT),
        (posts(2), None),
        (posts(channels=2), None),
        (posts(apart=30), StepCode.TAKEOVER_TEXT),
        (posts(apart=30.1), None),
        (posts(text="good morning"), None),
        (posts(text="x" * 20), StepCode.TAKEOVER_TEXT),
        (posts(text="x" * 19), None),
        (with_files("1.png", "2.png", "3.png", "4.png"), StepCode.TAKEOVER_FILES),
        (with_files(), None),
    ],
)
def test_the_same_post_in_three_channels_within_a_minute(messages: list[Message], code: StepCode | None) -> None:
    """Two channels are not three, and sixty seconds are the limit; what everybody says counts from 20 characters."""
    assert seen(messages) == code


def saying(*texts: str, **changes: object) -> list[Message]:
    """Return three posts with these texts, each in another channel."""
    return [
        replace(each, parts=message(text).parts, **changes)  # type: ignore[arg-type]
        for each, text in zip(posts(), texts, strict=True)
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ("look https://bad.example/a", "www.bad.example/a is great", "HTTPS://BAD.EXAMPLE/a/"),
        ("https://bad.example", "(see https://bad.example/)", "https://www.bad.example!"),
        ("a https://bad.example/a?utm_source=x", "https://bad.example/a?fbclid=7&gclid=8", "https://bad.example/a#top"),
        ("https://bad.example/win?id=7&utm_medium=a", "https://bad.example/win?utm_id=b&id=7", "bad.example/win?id=7"),
        ("https://x@bad.example:443/a", "http://bad.example:80/a", "https://bad.example/./b/../a"),
        ("https://bad.example/%61", "**https://bad.example/a**", "<https://bad.example/a>"),
        ("https://youtu.be/dQw4?si=Ab1", "https://youtu.be/dQw4?si=Cd2", "https://youtu.be/dQw4"),
    ],
)
def test_the_same_address_is_seen_whatever_stands_around_it(texts: tuple[str, str, str]) -> None:
    """What only tells where somebody came from makes no other page of it."""
    assert seen(saying(*texts)) is StepCode.TAKEOVER_LINK


@pytest.mark.parametrize(
    "texts",
    [
        ("https://docs.example/install", "https://docs.example/upgrade", "https://docs.example/faq"),
        ("https://yt.example/watch?v=a", "https://yt.example/watch?v=b", "https://yt.example/watch?v=c"),
        ("https://gif.example/view/cat-1", "https://gif.example/view/cat-2", "https://gif.example/view/dog"),
        ("https://bad.example/a", "https://bad.example/a", "https://good.example/a"),
        ("see notes.txt/a", "see notes.txt/b", "see notes.txt/c"),
    ],
)
def test_several_pages_of_one_site_are_no_sign(texts: tuple[str, str, str]) -> None:
    """Whoever helps in three places links to what helps there; videos and pictures come from few hosts."""
    assert seen(saying(*texts)) is None


def test_links_to_messages_of_the_platform_itself_are_no_sign() -> None:
    """A helper points to the same earlier answer; a link elsewhere beside it still counts."""
    ours = "https://chat.example/channels/1/2/3"
    assert (
        seen(saying(*(f"look here: {ours} ({word})" for word in "abc"), url="https://chat.example/channels/1/9/9"))
        is None
    )
    strange = [f"{ours} and {word} https://bad.example/a" for word in "abc"]
    assert seen(saying(*strange, url="https://chat.example/channels/1/9/9")) is StepCode.TAKEOVER_LINK
    assert seen(saying(*(f"{ours} ({word})" for word in "abc"))) is StepCode.TAKEOVER_LINK


def in_threads(messages: list[Message], *parents: str) -> list[Message]:
    """Return the posts in threads of these channels."""
    return [replace(each, parent=ChannelId(parent)) for each, parent in zip(messages, parents, strict=True)]


def test_threads_of_one_channel_are_one_place() -> None:
    """A helper gives the same answer in three help threads; an account that was taken over goes round the channels."""
    answer = "This is answered here: https://docs.example/install, please read it first"
    for each in (posts(text=answer), saying(*(f"{word}: https://docs.example/a" for word in "abc"))):
        assert seen(in_threads(each, "help", "help", "help")) is None
        assert seen(in_threads(each, "help", "help", "trade")) is None
        assert seen(in_threads(each, "help", "offers", "trade")) is not None
        beside = [replace(each[0], ref=replace(each[0].ref, channel=ChannelId("help"))), *each[1:]]
        assert seen([beside[0], *in_threads(beside[1:], "help", "trade")]) is None
    files = with_files("1.png", "2.png")
    assert seen(in_threads(files, "help", "help", "help")) is None


async def test_a_helper_in_three_help_threads_keeps_posts_and_voice() -> None:
    """The check is live, and nothing happens; the same from one channel to the next removes all."""
    answer = "This is answered here: https://docs.example/install, please read it first"
    helping, taken = walk(live(), policy()), walk(live(), policy())
    await helping.through(*in_threads(posts(text=answer), "help", "help", "help"))
    assert (helping.cards, actions(helping)) == ((), set())
    await taken.through(*in_threads(posts(text=answer), "help", "chat", "trade"))
    assert removed(taken) == ["p0", "p1", "p2"]


@pytest.mark.parametrize("around", ["{}", "..{}", "-{}", "see.here..{}", "({}", "a b..-{}"])
def test_a_bare_host_is_found_whatever_stands_before_it(around: str) -> None:
    """Dots and dashes put before it hide nothing."""
    first = post_of(message(around.format("shop.bad.example/") + "a"))
    assert first.addresses == {"shop.bad.example/a"}


@given(st.text(max_size=40), st.text(alphabet="htps:/w.a-%6?&=#@[]()*_~é ", max_size=60))
def test_an_address_is_read_from_any_text(before: str, text: str) -> None:
    """Whatever is written: no failure, no address with white space in it, and the same address from what was read."""
    for address in addresses(f"{before}{text}"):
        assert address == "".join(address.split())
        assert addresses(f"https://{address}") == {address}


def test_hostile_addresses_cost_little() -> None:
    """Long, many, nested: a second of the processor's time is many times what they take."""
    began = time.process_time()
    for text in ("http://" * 2_000, "a.bc/" * 3_000, "http://a.bc/" + "../" * 5_000, "http://a.bc?" + "a=b&" * 4_000):
        assert len(addresses(text[:MAX_CHARACTERS])) <= MOST
    assert time.process_time() - began < 1.0


def renamed(*sizes: int) -> list[Message]:
    """Return three posts with files of these sizes, whose names are other ones each time."""
    return [
        replace(
            each,
            attachments=tuple(Attachment(name=f"{number}-{size}.png", size=size) for size in rolled(sizes, number)),
        )
        for number, each in enumerate(posts(text=""))
    ]


def rolled(sizes: tuple[int, ...], by: int) -> tuple[int, ...]:
    """Return the sizes in another order."""
    return sizes[by % len(sizes) :] + sizes[: by % len(sizes)]


@pytest.mark.parametrize(
    ("sizes", "code"),
    [
        ((81_234, 90_001), StepCode.TAKEOVER_FILES),
        ((81_234, 90_001, 7, 7), StepCode.TAKEOVER_FILES),
        ((81_234,), None),
        ((0, 0), None),
        ((81_234, 0), None),
    ],
)
def test_files_with_other_names_are_the_same_by_their_sizes_from_two_on(
    sizes: tuple[int, ...], code: StepCode | None
) -> None:
    """One picture may be as large as another by chance, and of some sizes nothing is known."""
    assert seen(renamed(*sizes)) is code


def test_files_of_other_sizes_are_other_files() -> None:
    """Every pasted picture is called image.png."""
    pictures = [
        replace(each, attachments=(Attachment(name="image.png", size=number),))
        for number, each in enumerate(posts(text=""))
    ]
    assert seen(pictures) is None


async def test_live_it_removes_all_posts_and_times_the_account_out_without_a_model() -> None:
    """One case, one notice, and a rationale without counts: the card has those of now."""
    found = walk(live(), policy())
    await found.through(*posts(5))
    assert removed(found) == ["p0", "p1", "p2", "p3", "p4"]
    assert Action.TIMEOUT in actions(found)
    assert len(found.notifier.told) == 1
    [card] = found.cards
    assert (card.copies, card.kind, card.rule_title) == (5, Gathering.ACCOUNT, "Account takeover")
    assert card.verdict is not None
    assert card.verdict.source is VerdictSource.CHECK
    assert card.case.rationale == (
        "The same text was posted in several channels within a minute: the account may have been taken over."
    )
    assert len(found.model.asked) == 1
    for each in posts(5):
        item = await found.store.inbox.current(each.ref)
        assert item is not None
        assert item.state is State.DONE


class UnhurriedStore(MemoryStore):
    """A store that lets others go on while it looks a case up, as a database does."""

    def __init__(self) -> None:
        super().__init__()
        look = self.cases.file_of

        async def file_of(ref: MessageRef) -> CaseFile | None:
            found = await look(ref)
            await asyncio.sleep(0)
            return found

        self.cases.file_of = file_of  # type: ignore[method-assign]


async def test_posts_that_come_faster_than_a_case_is_written_share_one() -> None:
    """A program posts everywhere within a moment: one card, one notice, and each post is removed once."""
    found = walk(live(), policy(), store=UnhurriedStore())
    waiting = []
    for each in posts(5, apart=0):
        found.clock.advance(each.sent_at)
        received = await found.flow.receive(each)
        assert received.waiting is not None
        waiting.append(received.waiting.key)
    await asyncio.gather(*(found.flow.moderate(key) for key in waiting[2:]))
    [card] = found.cards
    assert (card.copies, len(card.channels), len(found.notifier.told)) == (5, 5, 1)
    assert removed(found) == ["p0", "p1", "p2", "p3", "p4"]


async def test_in_shadow_it_only_tells_and_the_policies_are_asked_as_well() -> None:
    """That is the default."""
    found = walk(community_settings(), policy())
    await found.through(*posts())
    assert actions(found) == set()
    checked, judged = await found.store.cases.judgements(posts()[2].ref)
    assert (checked.verdicts[0].policy, judged.verdicts[0].policy) == (TAKEOVER_POLICY.id, "harassment")
    [card] = found.cards
    outcomes = {stored.effect.action: stored.result.outcome for stored in card.effects if stored.result is not None}
    assert outcomes[Action.TIMEOUT] is Outcome.SIMULATED


async def test_in_shadow_a_policy_that_is_live_still_acts() -> None:
    """The check weakens nothing."""
    model = ScriptedClassifier(by_text({SCAM: violates("insult", "for free")}))
    found = walk(community_settings(), policy(), model=model)
    await found.through(*posts())
    assert removed(found) == ["p0", "p1", "p2"]


@pytest.mark.parametrize(
    "settings", [live(exempt_roles=frozenset({"trusted"})), live(exempt_people=frozenset({"ann"}))]
)
async def test_exemptions_do_not_hold(settings: CommunitySettings) -> None:
    """A stolen account has its owner's roles."""
    found = walk(settings, policy())
    await found.through(*posts(by=author("ann", roles=frozenset({"trusted"}))))
    assert removed(found) == ["p0", "p1", "p2"]


async def test_moderators_are_only_flagged() -> None:
    """The bot does not sanction those whom it works for; their colleagues are told."""
    found = walk(live(), policy())
    await found.through(*posts(by=author("mo", is_moderator=True)))
    assert actions(found) == set()
    assert found.cards[0].decision.action is Action.FLAG


async def test_programs_are_left_out() -> None:
    """They announce things everywhere."""
    found = walk(live(), policy())
    await found.through(*posts(by=author("bot", is_bot=True)))
    assert found.cards == ()


async def test_the_stop_switch_holds_the_check_back_too() -> None:
    """It is put to people, with what was held back."""
    found = walk(live(stopped=True), policy())
    await found.through(*posts())
    assert actions(found) == {Action.ESCALATE}
    [card] = found.cards
    held_back = {
        stored.effect.action for stored in card.effects if stored.result and stored.result.outcome is Outcome.SUPPRESSED
    }
    assert held_back == {Action.DELETE, Action.TIMEOUT, Action.NOTICE}


async def test_a_post_that_was_deleted_is_not_counted() -> None:
    """Somebody who corrects a mistake is no thief."""
    first, second, third = posts()
    found = walk(live(), policy())
    await found.through(first, second, delete(second.ref, at=later(15)), third)
    assert found.cards == ()


async def test_two_accounts_are_two_cases() -> None:
    """Each is somebody's own account."""
    found = walk(live(), policy())
    other = [
        replace(each, ref=replace(each.ref, channel=ChannelId(f"o{number}")), author=author("bob"))
        for number, each in enumerate(posts(text="Something else that is sent around a lot today"))
    ]
    await found.through(*posts(), *other)
    cases = await found.store.cases.find(COMMUNITY, CaseFilter())
    assert {(case.author, case.policy) for case in cases} == {("ann", TAKEOVER_POLICY.id), ("bob", TAKEOVER_POLICY.id)}


async def test_a_restart_in_between_loses_nothing() -> None:
    """The last minute is looked through again."""
    store = MemoryStore()
    first, second, third = posts()
    await walk(live(), policy(), store=store).through(first, second)
    after = walk(live(), policy(), store=store)
    after.clock.advance(third.sent_at)
    await after.checks.load()
    await after.through(third)
    assert removed(after) == ["p0", "p1", "p2"]
    assert len(await store.cases.members(COMMUNITY, CaseNumber(1))) == 3


async def test_what_a_crash_interrupted_is_seen_again() -> None:
    """The third post was delivered, and nothing was done about it yet."""
    store = MemoryStore()
    before = walk(live(), policy(), store=store)
    await before.through(*posts(2))
    await before.flow.receive(posts()[2])
    after = walk(live(), policy(), store=store)
    after.clock.advance(later(30))
    await after.checks.load()
    [waiting] = await store.inbox.waiting(10)
    await after.flow.moderate(waiting.key)
    assert removed(after) == ["p0", "p1", "p2"]


async def test_a_raiders_stray_posts_get_no_card_of_their_own_while_the_check_practises() -> None:
    """Their other posts with the same link belong to a raid that has its card; a live check acts on them too."""
    offer = "Everybody here gets a present tonight, see https://bad.example/a and tell your friends"
    raiders = [
        message(offer, id=f"r{number}", by=f"raider-{number % 3}", at=later(number), channel=f"c{number}")
        for number in range(6)
    ]
    stray = message("Never seen the like: https://bad.example/a", id="s", by="raider-0", at=later(9), channel="else")
    model = ScriptedClassifier(by_text({each.judged_text: violates("insult", "present") for each in raiders}))
    found, acting = walk(community_settings(), policy(), model=model), walk(live(), policy(), model=model)
    for walked in (found, acting):
        await walked.through(*raiders, stray)
    cases = await found.store.cases.find(COMMUNITY, CaseFilter())
    assert [case.author for case in cases if case.policy == TAKEOVER_POLICY.id] == []
    cases = await acting.store.cases.find(COMMUNITY, CaseFilter())
    assert [case.author for case in cases if case.policy == TAKEOVER_POLICY.id] == ["raider-0"]
