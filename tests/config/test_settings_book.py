"""The book of settings: changes are checked with everything else, made one after the other, and written with a note."""

import asyncio
from pathlib import Path

import pytest

from bot.config.policy_files.offered import OfferedPolicies
from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.communities import community_settings
from bot.config.settings.settings_book import StoredBook
from bot.config.settings.sources import LayeredSettings
from bot.domain.actions import Mode
from bot.domain.answer import ExemptChange, ModeChange, PlaceChange, PlaceName, StopChange, Switch
from bot.domain.audit import AuditCode
from bot.domain.errors import ConfigError, PolicyError
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import PolicyUpload
from tests.factories import audit_note
from tests.memory.store import MemoryStore

FILES = PolicyFiles([Path(__file__).parents[1] / "data" / "policies"])
CLUB, WORK = CommunityId("discord:123"), CommunityId("slack:T1")
ADVERTS = PolicyId("adverts")
NOTE = audit_note(AuditCode.SETTINGS_CHANGED, community=CLUB, decision="")


def book(store: MemoryStore, *, file: Path | None = None, policies: OfferedPolicies | None = None) -> StoredBook:
    """Return a book; `file` is one that names the club."""
    offered = policies or OfferedPolicies(FILES)
    named = {CLUB: community_settings(CLUB, {}, FILES.policies())} if file is not None else {}
    layered = LayeredSettings(named, store.settings, offered, language="en")
    return StoredBook(layered, store.settings, offered, file=file, too_long=lambda _policies: ())


async def test_changes_at_the_same_time_do_not_lose_one_another() -> None:
    """Each is made on what the one before it left."""
    store = MemoryStore()
    made = book(store)
    changes = [ExemptChange(switch=Switch.ON, role=str(number)) for number in range(20)]
    await asyncio.gather(*(made.change(CLUB, change, NOTE) for change in changes))
    assert (await made.of(CLUB)).exempt_roles == {str(number) for number in range(20)}


async def test_a_change_that_a_platform_can_not_follow_is_told_and_not_saved() -> None:
    """Slack has no roles to put anybody under quarantine with: the fault says what to do."""
    store = MemoryStore()
    made = book(store)
    with pytest.raises(ConfigError, match="Slack has no roles"):
        await made.change(WORK, PlaceChange(name=PlaceName.QUARANTINE_ROLE, id="T2"), NOTE)
    with pytest.raises(ConfigError, match="not an id"):
        await made.change(WORK, ExemptChange(switch=Switch.ON, role="not a role"), NOTE)
    assert await store.settings.load(WORK) is None


async def test_where_the_file_names_a_community_the_book_holds_its_own_line() -> None:
    """Whoever forgets to ask before is refused all the same; only a stop of everything goes through."""
    store = MemoryStore()
    made = book(store, file=Path("/etc/hallmoot/config.yaml"))
    assert made.file_of(CLUB) == "/etc/hallmoot/config.yaml"
    assert made.file_of(WORK) is None
    for change in (ModeChange(mode=Mode.LIVE), StopChange(switch=Switch.ON, policy=ADVERTS)):
        with pytest.raises(ConfigError, match=r"config\.yaml names discord:123"):
            await made.change(CLUB, change, NOTE)
    with pytest.raises(ConfigError):
        await made.add_policy(CLUB, "x.txt", "Be kind.", NOTE)
    assert (await made.change(CLUB, StopChange(switch=Switch.ON), NOTE)).stopped is True


async def test_an_upload_that_a_later_version_refuses_is_left_out_at_the_start() -> None:
    """The others are offered; it is in the log."""
    store = MemoryStore()
    bad = PolicyUpload(community=CLUB, policy=PolicyId("bad"), name="bad.txt", text="<|start|>")
    good = PolicyUpload(community=CLUB, policy=PolicyId("good"), name="good.txt", text="Be kind.")
    for upload in (bad, good):
        await store.settings.save_upload(upload, NOTE)
    offered = OfferedPolicies(FILES, await store.settings.uploads())
    assert [policy.id for policy in offered.of(CLUB).policies()] == ["good", "adverts", "kindness"]
    assert [policy.id for policy in offered.of(WORK).policies()] == ["adverts", "kindness"]


async def test_what_is_offered_has_its_own_text_and_no_golden_rows_of_a_namesake() -> None:
    """A policy that was sent takes the place of a file's, with all that belongs to it."""
    store = MemoryStore()
    made = book(store, policies=(offered := OfferedPolicies(FILES)))
    assert offered.golden(ADVERTS) != ()
    policy = await made.add_policy(CLUB, "adverts.txt", "No adverts at all.", NOTE)
    assert policy.id == ADVERTS
    own = offered.of(CLUB)
    assert own.get(ADVERTS) == policy
    assert own.golden(ADVERTS) == ()
    theirs = offered.of(WORK).get(ADVERTS)
    assert theirs is not None
    assert theirs.text != policy.text


async def test_a_policy_that_the_model_has_no_room_for_is_refused() -> None:
    """Nothing is kept of it."""
    store = MemoryStore()
    offered = OfferedPolicies(FILES)
    layered = LayeredSettings({}, store.settings, offered, language="en")
    made = StoredBook(layered, store.settings, offered, file=None, too_long=lambda _policies: ("far too long",))
    with pytest.raises(PolicyError, match="far too long"):
        await made.add_policy(CLUB, "x.txt", "Be kind.", NOTE)
    assert await store.settings.uploads() == ()


async def test_a_community_may_send_fifty_policies() -> None:
    """All are kept in memory, for as long as the bot runs; a new text for one of them is always welcome."""
    made = book(MemoryStore())
    for number in range(50):
        await made.add_policy(CLUB, f"rule-{number}.txt", "Be kind.", NOTE)
    with pytest.raises(PolicyError, match="50 policies were added here already"):
        await made.add_policy(CLUB, "one-more.txt", "Be kind.", NOTE)
    assert (await made.add_policy(CLUB, "rule-7.txt", "Be kinder.", NOTE)).text == "Be kinder."
    assert (await made.add_policy(WORK, "one-more.txt", "Be kind.", NOTE)).id == "one-more"
