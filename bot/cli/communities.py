"""Communities that commands are given by name."""

from bot.domain.errors import InputError
from bot.domain.ids import CommunityId
from bot.ports.store import Store


async def on_record(store: Store, community: str) -> CommunityId:
    """Return a community that has records or settings; InputError, with those that have, for any other."""
    named = CommunityId(community)
    waiting = [place for place, _ in await store.inbox.waiting_counts()]
    known = {*await store.audit.communities(), *await store.settings.communities(), *waiting}
    if named not in known and not (await store.inbox.coverage(named, None, None)).seen:
        names = ", ".join(sorted(known)) or "none"
        raise InputError(f"There are no records of {community}. Communities on record: {names}.")
    return named


async def asked_for(store: Store, community: str | None) -> CommunityId | None:
    """Return the community that a command is to keep to, None for all. InputError for one without records."""
    return None if community is None else await on_record(store, community)


async def names_of(store: Store, community: str | None) -> tuple[CommunityId, ...]:
    """Return the communities that a command is about: the one that was named, or all that have records."""
    one = await asked_for(store, community)
    return await store.audit.communities() if one is None else (one,)
