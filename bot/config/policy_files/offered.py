"""Policies as each community can choose from them: those of the files, and those that it sent itself."""

from collections.abc import Iterable

from bot.config.policy_files.policy_file import policy_from_text
from bot.domain.errors import PolicyError
from bot.domain.golden import GoldenRow
from bot.domain.ids import CommunityId, PolicyId
from bot.domain.policy import Policy, PolicyUpload
from bot.logs import get_logger
from bot.ports.policy_source import PolicySource

_LOG = get_logger(__name__)
MOST_SENT = 50
"""Policies that one community may send: all are kept in memory, and each in use is one more question a message."""


class _CommunityPolicies(PolicySource):
    """A community's own policies, then those of the files; its own one takes the place of a file's with its id."""

    def __init__(self, own: dict[PolicyId, Policy], files: PolicySource) -> None:
        self._own = own
        self._files = files

    def policies(self) -> tuple[Policy, ...]:
        """Return every policy, in the order in which ties are settled."""
        return (*self._own.values(), *(policy for policy in self._files.policies() if policy.id not in self._own))

    def get(self, policy: PolicyId) -> Policy | None:
        """Return one policy."""
        return self._own.get(policy) or self._files.get(policy)

    def unusable(self) -> frozenset[PolicyId]:
        """Return policies that can't be used now; one that was sent is."""
        return self._files.unusable() - self._own.keys()

    def golden(self, policy: PolicyId) -> tuple[GoldenRow, ...]:
        """Return the golden rows beside a file's policy; one that was sent has none."""
        return () if policy in self._own else self._files.golden(policy)


class OfferedPolicies(PolicySource):
    """The policies of the files for everybody; `of` adds what one community sent, and nobody else sees that."""

    def __init__(self, files: PolicySource, uploads: Iterable[PolicyUpload] = ()) -> None:
        self._files = files
        self._own: dict[CommunityId, dict[PolicyId, Policy]] = {}
        for upload in uploads:
            self._take(upload)

    def of(self, community: CommunityId) -> PolicySource:
        """Return what one community can choose from."""
        own = self._own.get(community)
        return _CommunityPolicies(own, self._files) if own else self

    def communities(self) -> tuple[CommunityId, ...]:
        """Return the communities that sent policies of their own."""
        return tuple(self._own)

    def policies(self) -> tuple[Policy, ...]:
        """Return the policies of the files."""
        return self._files.policies()

    def unusable(self) -> frozenset[PolicyId]:
        """Return policies of the files that can't be used now."""
        return self._files.unusable()

    def get(self, policy: PolicyId) -> Policy | None:
        """Return one policy of the files."""
        return self._files.get(policy)

    def golden(self, policy: PolicyId) -> tuple[GoldenRow, ...]:
        """Return the golden rows beside a policy of the files."""
        return self._files.golden(policy)

    def has_room(self, community: CommunityId, policy: PolicyId) -> bool:
        """Return whether a community may send this policy: always in place of an earlier one, others up to a bound."""
        own = self._own.get(community, {})
        return policy in own or len(own) < MOST_SENT

    def with_one_more(self, community: CommunityId, policy: Policy) -> tuple[Policy, ...]:
        """Return what a community could choose from if it had sent this policy too."""
        own = {**self._own.get(community, {}), policy.id: policy}
        return _CommunityPolicies(own, self._files).policies()

    def add(self, community: CommunityId, policy: Policy) -> None:
        """Offer a policy to the community that sent it, in place of its earlier one with that id."""
        self._own[community] = {**self._own.get(community, {}), policy.id: policy}

    def _take(self, upload: PolicyUpload) -> None:
        """Offer what was kept. It was checked when it came; a later version may be stricter, and then leaves it out."""
        try:
            policy = policy_from_text(upload.text, upload.name).policy
        except PolicyError as error:
            _LOG.error("uploaded_policy_unusable", community=upload.community, policy=upload.policy, error=str(error))
            return
        self.add(upload.community, policy)
