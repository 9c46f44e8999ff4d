"""Where the core asks what a community has decided: the file's word first, then what was saved, then the defaults."""

from collections.abc import Mapping
from dataclasses import replace

from bot.config.faults import limited
from bot.config.settings.communities import community_settings
from bot.domain.errors import ConfigError
from bot.domain.ids import CommunityId
from bot.domain.policy import Policy
from bot.domain.settings import CommunitySettings
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource, StoredSettings

_Sources = tuple[dict[str, object] | None, tuple[Policy, ...]]


class LayeredSettings(SettingsSource):
    """Settings of communities, from the file's entries and from what commands saved.

    What was saved is checked and built anew only when it, or the policies to choose from, have changed.
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
        self._built: dict[CommunityId, tuple[_Sources, CommunitySettings]] = {}

    def names(self, community: CommunityId) -> bool:
        """Return whether the file names this community."""
        return community in self._named

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return the settings that hold now. Raises ConfigError when what was saved can't be used any more.

        A stop by a command holds even where the file names the community: whoever presses it may not reach the file.
        """
        raw = await self._stored.load(community)
        named = self._named.get(community)
        if named is not None:
            return replace(named, stopped=True) if raw is not None and raw.get("stopped") is True else named
        sources = (raw, self._policies.of(community).policies())
        known = self._built.get(community)
        if known is not None and known[0] == sources:
            return known[1]
        unusable = self._policies.of(community).unusable()
        made = community_settings(community, raw, sources[1], language=self._language, unusable=unusable)
        self._built[community] = (sources, made)
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
