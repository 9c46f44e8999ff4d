"""How far a long request is, in the private answer to it, with a button that ends it early."""

from typing import Any

import discord

from bot.adapters.discord.answers import answer_text
from bot.adapters.discord.drawing import cut
from bot.domain.answer import Answer
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue

_LOG = get_logger(__name__)
_PAGE_SECONDS = 15 * 60


class Progress:
    """Shows answers one after another in the same place. A person who has gone away does not end the work."""

    def __init__(self, interaction: discord.Interaction, catalogue: Catalogue) -> None:
        self._interaction = interaction
        self._catalogue = catalogue
        self._shown = ""
        self._is_ended = False

    async def tell(self, answer: Answer) -> bool:
        """Show how far it is, where that is new; return whether to go on."""
        text = answer_text(answer, self._catalogue)
        if text != self._shown and not self._is_ended:
            self._shown = text
            try:
                await self._interaction.edit_original_response(view=self._page(text))
            except discord.HTTPException as error:
                _LOG.info("progress_not_shown", code=error.code)
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
