"""The settings of communities, as commands change them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from bot.config.policy_files.offered import MOST_SENT, OfferedPolicies
from bot.config.policy_files.policy_file import policy_from_text
from bot.config.settings.changes import Values, changed, practising, set_up
from bot.config.settings.communities import community_settings
from bot.config.settings.sources import LayeredSettings
from bot.domain.answer import Change, SetupPlan, StopChange
from bot.domain.audit import AuditNote
from bot.domain.errors import ConfigError, PolicyError
from bot.domain.ids import CommunityId
from bot.domain.policy import Policy, PolicyUpload
from bot.domain.settings import CommunitySettings
from bot.ports.settings import StoredSettings
from bot.ports.settings_book import SettingsBook

LengthCheck = Callable[[tuple[Policy, ...]], tuple[str, ...]]
"""Returns a sentence for each policy that leaves the model no room for a message."""


class StoredBook(SettingsBook):
    """Writes changes into the stored settings; `layered` says what holds.

    `file` is the YAML file that was read, None without one. Changes of one community are made one after the other.
    """

    def __init__(
        self,
        layered: LayeredSettings,
        stored: StoredSettings,
        policies: OfferedPolicies,
        *,
        file: Path | None,
        too_long: LengthCheck,
    ) -> None:
        self._layered = layered
        self._stored = stored
        self._policies = policies
        self._file = file
        self._too_long = too_long
        self._turns: defaultdict[CommunityId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, community: CommunityId) -> CommunitySettings:
        """Return the settings that hold now."""
        return await self._layered.of(community)

    def file_of(self, community: CommunityId) -> str | None:
        """Return the YAML file's name where it names the community."""
        return str(self._file or "config.yaml") if self._layered.names(community) else None

    def policies(self, community: CommunityId) -> tuple[Policy, ...]:
        """Return the policies that the community can choose from."""
        return self._policies.of(community).policies()

    async def change(self, community: CommunityId, change: Change, note: AuditNote) -> CommunitySettings:
        """Make a change and return what holds now."""
        if not isinstance(change, StopChange) or change.policy is not None:
            self._refuse_named(community)
        policies = self.policies(community)
        return await self._rewrite(community, lambda raw: changed(raw, change, policies), note)

    async def set_up(self, community: CommunityId, plan: SetupPlan, note: AuditNote) -> CommunitySettings:
        """Save what a setup collected and return what holds now."""
        self._refuse_named(community)
        policies = self.policies(community)
        return await self._rewrite(community, lambda raw: set_up(raw, plan, policies), note)

    async def add_policy(self, community: CommunityId, name: str, text: str, note: AuditNote) -> Policy:
        """Check a policy file, keep it and offer it to this community."""
        self._refuse_named(community)
        policy = policy_from_text(text, name).policy
        if not self._policies.has_room(community, policy.id):
            raise PolicyError(
                f"{MOST_SENT} policies were added here already. Send one under the id of another instead."
            )
        faults = self._too_long((policy,))
        if faults:
            raise PolicyError("\n".join(faults))
        # The settings go first: a new text must never find its rule live, whatever happens in between.
        offered = self._policies.with_one_more(community, policy)
        await self._rewrite(community, lambda raw: practising(raw, policy), note, offered)
        upload = PolicyUpload(community=community, policy=policy.id, name=name, text=text)
        await self._stored.save_upload(upload, note)
        self._policies.add(community, policy)
        return policy

    def _refuse_named(self, community: CommunityId) -> None:
        file = self.file_of(community)
        if file is not None:
            raise ConfigError((f"{file} names {community}. Change its settings there.",))

    async def _rewrite(
        self,
        community: CommunityId,
        rewritten: Callable[[Values | None], Values],
        note: AuditNote,
        policies: tuple[Policy, ...] | None = None,
    ) -> CommunitySettings:
        async with self._turns[community]:
            before = await self._stored.load(community)
            after = rewritten(before)
            known = self.policies(community) if policies is None else policies
            community_settings(community, after, known, unusable=self._policies.of(community).unusable())
            if after != (before or {}):
                await self._stored.save(community, after, note)
        return await self._layered.of(community)
