"""The model that judges one message under one policy."""

from abc import abstractmethod
from typing import Protocol

from bot.domain.policy import Policy
from bot.domain.question import ModelHealth, Question
from bot.domain.verdict import Verdict


class Classifier(Protocol):
    """Answers questions. It chooses only among the policy's own labels."""

    @abstractmethod
    async def judge(self, question: Question) -> Verdict:
        """Return the verdict. Whatever is no valid answer is UNDECIDED with its reason; no ModelError is raised."""

    @abstractmethod
    async def warm(self, policy: Policy) -> bool:
        """Load the model and the policy's prefix, so that the next question is cheap. Raises ModelError.

        Returns whether the model had to be loaded: then no other prefix is at hand any more.
        """

    @abstractmethod
    async def health(self) -> ModelHealth:
        """Return what answers and how well it is placed. Raises the ModelError that fits when none does."""

    @abstractmethod
    def prompt_hash(self, policy: Policy) -> str:
        """Return the SHA-256 of the rendered prefix and the category ids: what verdicts and lanes belong to."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""
