"""A scene: one platform's community with people in it, and its ports, as the contract suites see it."""

from abc import ABC, abstractmethod

from bot.domain.events import Message
from bot.domain.ids import CommunityId, MessageRef, PersonId
from bot.ports.directory import Directory
from bot.ports.enforcer import Enforcer
from bot.ports.history import History
from bot.ports.mod_log import ModLog
from bot.ports.notifier import Notifier


class Scene(ABC):
    """One community with a bot that may do everything usual."""

    community: CommunityId
    enforcer: Enforcer
    mod_log: ModLog
    history: History
    directory: Directory
    notifier: Notifier

    @abstractmethod
    async def say(self, text: str) -> Message:
        """Post as an ordinary member, and return the message as the history has it."""

    @abstractmethod
    async def remove(self, ref: MessageRef) -> None:
        """Let the author take a message away."""

    @abstractmethod
    def is_there(self, ref: MessageRef) -> bool:
        """Return whether a message still stands."""

    @abstractmethod
    async def withdraw_rights(self) -> None:
        """Leave the bot with no more than reading."""

    @abstractmethod
    def break_next(self) -> None:
        """Let the platform fail at the next call that changes something."""

    @abstractmethod
    def lose_next_answer(self) -> None:
        """Let the platform carry out the next post and lose its answer."""

    @abstractmethod
    def cards(self) -> list[str]:
        """Return the texts of the bot's posts in the mod log, oldest first."""

    @abstractmethod
    def alive(self, text: str, written: tuple[str, ...]) -> list[str]:
        """Return which of these the platform would show as more than plain characters in a post's text."""

    @abstractmethod
    def drop_cards(self) -> None:
        """Delete every post of the mod log."""

    @abstractmethod
    def told(self, who: PersonId) -> list[str]:
        """Return the bot's direct messages to somebody."""

    @abstractmethod
    def refuse_direct_messages(self, who: PersonId) -> None:
        """Let somebody take no direct messages."""

    @abstractmethod
    def new_member(self) -> PersonId:
        """Return an ordinary member."""

    @abstractmethod
    async def new_moderator(self) -> PersonId:
        """Return somebody who may delete messages and is no admin."""

    @abstractmethod
    async def new_admin(self) -> PersonId:
        """Return somebody who may change the community."""

    @abstractmethod
    def demote(self, who: PersonId) -> None:
        """Take somebody's rights away."""
