"""Where the core asks what a community has decided: the file's word first, then what was saved, then the defaults."""

from collections.abc import Mapping

from bot.config.communities import community_settings
from bot.config.faults import limited
from bot.domain.errors import ConfigError
from bot.domain.ids import CommunityId
from bot.domain.settings import CommunitySettings
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource, StoredSettings


class LayeredSettings(SettingsSource):
    """Settings of communities, from the file's entries and from what commands saved.

    What was saved is checked and built anew only when it has changed.
    """

    def __init__(
        self,
        named: Mapping[CommunityId, CommunitySettings],
        stored: StoredSettings,
        policies: PolicySource,
        *,
        language: str,
    ) -> None:
        self._named = named
        self._stored = stored
        self._policies = policies
        self._language = language
        self._built: dict[CommunityId, tuple[dict[str, object] | None, CommunitySettings]] = {}

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return the settings that hold now. Raises ConfigError when what was saved can't be used any more."""
        if community in self._named:
            return self._named[community]
        raw = await self._stored.load(community)
        known = self._built.get(community)
        if known is not None and known[0] == raw:
            return known[1]
        made = community_settings(community, raw, self._policies.policies(), language=self._language)
        self._built[community] = (raw, made)
        return made

    async def check(self) -> None:
        """Raise ConfigError with every fault in what was saved: a policy may have gone since."""
        faults: list[str] = []
        for community in await self._stored.communities():
            try:
                await self.of(community)
            except ConfigError as error:
                faults.extend(error.faults)
        if faults:
            raise ConfigError(limited(faults))
