"""A policy: a written rule set with its categories, as the loader hands it over."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.ids import CategoryId, CommunityId, PolicyId


class Severity(StrEnum):
    """How bad a violation is, mildest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return its place in the order, 0 for the mildest."""
        return list(Severity).index(self)


class Effort(StrEnum):
    """How long the model may reason; the word stands in the prompt's system message."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AppliesWhen(StrEnum):
    """Which messages a policy is asked about; a policy with several applies when any of them holds."""

    EVERYTHING = "everything"
    NEW_MEMBERS = "new_members"
    LINKS = "links"
    REPLIES_AND_MENTIONS = "replies_and_mentions"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One rule of a policy.

    `people_only` means that a violation is always handed to people, with nothing automatic. `context_free` means that
    it can be judged without earlier messages. `return_text` says whether the author may get a removed text back.
    """

    id: CategoryId
    title: str
    severity: Severity
    action: Action
    people_only: bool
    context_free: bool
    return_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUpload:
    """A policy file that a community sent: its id, what the file was called, and all that stands in it."""

    community: CommunityId
    policy: PolicyId
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A written rule set. `text` is the body alone; `policy_hash` is the SHA-256 of the whole file in hex."""

    id: PolicyId
    title: str
    languages: tuple[str, ...]
    effort: Effort
    applies_when: frozenset[AppliesWhen]
    categories: tuple[Category, ...]
    text: str
    policy_hash: str
    source: str

    @property
    def context_free(self) -> bool:
        """Return whether every category can be judged without earlier messages."""
        return all(category.context_free for category in self.categories)

    def category(self, category_id: CategoryId) -> Category:
        """Return the category of that id; KeyError when the policy has none such."""
        for category in self.categories:
            if category.id == category_id:
                return category
        raise KeyError(category_id)

    def log_context(self) -> dict[str, str]:
        """Return the values that a log line names this policy by."""
        return {"policy": self.id, "policy_hash": self.policy_hash[:12]}
