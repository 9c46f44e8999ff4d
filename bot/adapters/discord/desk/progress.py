"""How far a long request is, in the private answer to it, with a button that ends it early."""

import asyncio
from typing import Any

import discord

from bot.adapters.discord.outgoing.answers import answer_text
from bot.adapters.discord.outgoing.drawing import cut
from bot.adapters.discord.outgoing.refusals import NOT_SHOWN, reason_of
from bot.domain.answer import Answer
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue

_LOG = get_logger(__name__)
_PAGE_SECONDS = 15 * 60
_APART = 1.5
"""Least seconds between two changes of the answer: Discord limits them."""


class Progress:
    """Shows answers one after another in the same place; those that come too fast are passed over.

    A person who has gone away does not end the work.
    """

    def __init__(self, interaction: discord.Interaction, catalogue: Catalogue) -> None:
        self._interaction = interaction
        self._catalogue = catalogue
        self._shown = ""
        self._next_at = 0.0
        self._is_ended = False

    async def tell(self, answer: Answer) -> bool:
        """Show how far it is, where that is new; return whether to go on."""
        text = answer_text(answer, self._catalogue)
        now = asyncio.get_running_loop().time()
        if text != self._shown and now >= self._next_at and not self._is_ended:
            self._shown, self._next_at = text, now + _APART
            try:
                await self._interaction.edit_original_response(view=self._page(text))
            except NOT_SHOWN as error:
                _LOG.info("progress_not_shown", why=reason_of(error).code)
        return not self._is_ended

    def _page(self, text: str) -> discord.ui.LayoutView:
        view = discord.ui.LayoutView(timeout=_PAGE_SECONDS)
        row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
        button: discord.ui.Button[Any] = discord.ui.Button(label=self._catalogue.say("setup.stop"))
        button.callback = self._end  # type: ignore[method-assign]  # discord.py's own way to set one
        view.add_item(discord.ui.TextDisplay(cut(text)))
        return view.add_item(row.add_item(button))

    async def _end(self, interaction: discord.Interaction) -> None:
        self._is_ended = True
        await interaction.response.defer()
