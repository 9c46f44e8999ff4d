"""What both stores keep of the policies that communities send."""

from bot.domain.audit import AuditCode
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import PolicyUpload
from bot.ports.store import Store
from tests.factories import COMMUNITY, OTHER_COMMUNITY, audit_note


def upload(text: str, *, policy: str = "kindness", community: CommunityId = COMMUNITY) -> PolicyUpload:
    """Return a policy that a community sent."""
    return PolicyUpload(community=community, policy=PolicyId(policy), name="rules.txt", text=text)


async def test_what_a_community_sent_is_kept_with_an_audit_entry(store: Store) -> None:
    """As it was sent, whatever it holds."""
    sent = upload("Be kind.\r\n\u202e \u200b 'quoted'; \"rules\"\n")
    await store.settings.save_upload(sent, audit_note(AuditCode.SETTINGS_CHANGED, decision=""))
    assert await store.settings.uploads() == (sent,)
    assert [entry.code for entry in await store.audit.entries(COMMUNITY, 10)] == [AuditCode.SETTINGS_CHANGED]


async def test_a_later_text_takes_the_place_of_an_earlier_one_of_the_same_community(store: Store) -> None:
    """Another community's policy of that id stays."""
    note = audit_note(AuditCode.SETTINGS_CHANGED, decision="")
    theirs = upload("Theirs.", community=OTHER_COMMUNITY)
    for sent in (upload("First."), theirs, upload("Second."), upload("Other.", policy="calm")):
        await store.settings.save_upload(sent, note)
    assert await store.settings.uploads() == (upload("Other.", policy="calm"), upload("Second."), theirs)
