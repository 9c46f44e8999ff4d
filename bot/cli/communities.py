"""Communities that commands are given by name."""

from bot.domain.errors import InputError
from bot.domain.ids import CommunityId
from bot.ports.store import Store


async def on_record(store: Store, community: str) -> CommunityId:
    """Return a community that has records or settings; InputError, with those that have, for any other."""
    known = {*await store.audit.communities(), *await store.settings.communities()}
    if community not in known:
        names = ", ".join(sorted(known)) or "none"
        raise InputError(f"There are no records of {community}. Communities on record: {names}.")
    return CommunityId(community)
