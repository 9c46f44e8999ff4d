"""Answering an interaction: at once that it is being worked on, then what there is to say, to one person alone."""

from collections.abc import Awaitable, Callable

import discord

from bot.adapters.discord.ids import community_of
from bot.adapters.discord.outgoing.answers import answer_view, file_of, text_view
from bot.adapters.discord.outgoing.drawing import speaking
from bot.adapters.discord.outgoing.refusals import NOT_SHOWN, reason_of
from bot.domain.answer import Answer
from bot.domain.ids import PersonId
from bot.domain.people import Actor
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue

_LOG = get_logger(__name__)
View = discord.ui.LayoutView


def actor_of(interaction: discord.Interaction) -> Actor | None:
    """Return who pressed, as Discord names them; None outside of servers."""
    if interaction.guild_id is None:
        return None
    user = interaction.user
    return Actor(community=community_of(interaction.guild_id), person=PersonId(str(user.id)), name=user.display_name)


async def answered(interaction: discord.Interaction, ask: Callable[[Catalogue], Awaitable[View | Answer]]) -> None:
    """Answer privately with what `ask` returns; whatever goes wrong is logged, and the person is told politely."""
    catalogue = speaking(str(interaction.locale))
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except NOT_SHOWN as error:
        _LOG.warning("interaction_lost", why=reason_of(error).code)
        return
    except discord.InteractionResponded:
        return
    try:
        result = await ask(catalogue)
        await _send(interaction, result, catalogue)
    except Exception as error:  # noqa: BLE001 - whatever it is, the person who pressed is told, and the log has it
        _LOG.error("interaction_failed", error=repr(error))
        await _send(interaction, text_view(catalogue.say("press.failed")), catalogue)


async def _send(interaction: discord.Interaction, result: View | Answer, catalogue: Catalogue) -> None:
    view = await answer_view(result, catalogue, interaction.client) if isinstance(result, Answer) else result
    try:
        await interaction.edit_original_response(view=view)
        if isinstance(result, Answer) and result.download is not None:
            # A laid-out message shows no loose files, so the file gets a message of its own.
            await interaction.followup.send(file=file_of(result.download), ephemeral=True)
    except NOT_SHOWN as error:
        _LOG.warning("answer_lost", why=reason_of(error).code)
