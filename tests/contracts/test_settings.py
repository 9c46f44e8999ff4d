"""What every record of community settings does."""

from bot.domain.audit import AuditCode
from bot.ports.store import Store
from tests.factories import COMMUNITY, OTHER_COMMUNITY, audit_note


async def test_settings_are_replaced_whole_with_their_note(store: Store) -> None:
    """What was saved last is read, keys unknown to this version too, and the chain says who changed it."""
    await store.settings.save(COMMUNITY, {"mode": "live", "future": [1, None]}, audit_note(AuditCode.SETTINGS_CHANGED))
    await store.settings.save(COMMUNITY, {"mode": "shadow", "later": {"a": "\ud800"}}, audit_note())
    assert await store.settings.load(COMMUNITY) == {"mode": "shadow", "later": {"a": "\ud800"}}
    assert [entry.code for entry in await store.audit.entries(COMMUNITY, 10)] == [
        AuditCode.SETTINGS_CHANGED,
        AuditCode.DECIDED,
    ]


async def test_nothing_saved_is_none(store: Store) -> None:
    """A community without settings of its own has none, and an empty set is one."""
    assert await store.settings.load(COMMUNITY) is None
    await store.settings.save(OTHER_COMMUNITY, {}, audit_note())
    assert await store.settings.load(OTHER_COMMUNITY) == {}
    assert await store.settings.communities() == (OTHER_COMMUNITY,)


async def test_what_was_read_can_be_changed_without_changing_the_record(store: Store) -> None:
    """The caller gets a copy, and gives one."""
    values: dict[str, object] = {"roles": ["a"]}
    await store.settings.save(COMMUNITY, values, audit_note())
    values["roles"] = []
    read = await store.settings.load(COMMUNITY)
    assert read == {"roles": ["a"]}
    read.clear()
    assert await store.settings.load(COMMUNITY) == {"roles": ["a"]}
