"""Buttons that outlive the process: their ids say all there is to know, and nothing in them is trusted."""

import re
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, Protocol, Self, cast

import discord

from bot.adapters.discord.desk.button_ids import PREFIX, ButtonId

_LONGEST_LABEL = 80


class Pressed(Protocol):
    """What a press is handed to; the client carries one as `presses`."""

    @abstractmethod
    async def pressed(self, interaction: discord.Interaction, custom_id: str) -> None:
        """Answer a press."""

    @abstractmethod
    async def unanswered(self, interaction: discord.Interaction) -> None:
        """Answer a press or a form that nothing else of this process answers."""


class DeskButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(re.escape(PREFIX) + ".*", re.DOTALL)
):
    """Any button of ours, whichever process posted it, readable or not."""

    @classmethod
    def make(cls, button_id: ButtonId, label: str, style: discord.ButtonStyle) -> Self:
        """Make a button for a message."""
        return cls(discord.ui.Button(custom_id=str(button_id), label=label[:_LONGEST_LABEL], style=style))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        """Make the button that was pressed."""
        return cls(cast("discord.ui.Button[Any]", item))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Hand the press on."""
        presses = cast("Pressed", getattr(interaction.client, "presses"))  # noqa: B009 - the client is ours, its type discord.py's
        await presses.pressed(interaction, self.custom_id)


def ids_on(components: Iterable[object]) -> frozenset[str]:
    """Return the ids of everything on a message that can be pressed or chosen from."""
    found: set[str] = set()
    for component in components:
        custom_id = getattr(component, "custom_id", None)
        inner = (*getattr(component, "children", ()), getattr(component, "accessory", None))
        found |= {custom_id} if isinstance(custom_id, str) else set()
        found |= ids_on(each for each in inner if each is not None)
    return frozenset(found)
