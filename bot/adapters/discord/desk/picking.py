"""Choosing among the messages of a wave: all are chosen at first, and single ones can be left out."""

import discord

from bot.adapters.discord.desk.interacting import View, answered
from bot.domain.actions import Action
from bot.domain.answer import Answer, How, Options
from bot.domain.card import WaveMessage
from bot.domain.decision import message_target
from bot.domain.ids import CaseNumber
from bot.domain.people import Actor
from bot.messages.catalogue import Catalogue
from bot.messages.readable import plain_line
from bot.ports.desk import CaseDesk

PICKED = frozenset({Action.DELETE, Action.BAN})
"""What can be done to the chosen ones: remove the messages, ban who wrote them."""
_PAGE_SECONDS = 15 * 60
_MOST_OPTIONS = 25
_LONGEST_OPTION = 100


class WavePage(View):
    """A menu of the messages, and a button for each thing that may be done to the chosen ones."""

    def __init__(self, desk: CaseDesk, actor: Actor, case: CaseNumber, options: Options, catalogue: Catalogue) -> None:
        super().__init__(timeout=_PAGE_SECONDS)
        self._desk = desk
        self._actor = actor
        self._case = case
        self._offered = options.wave[:_MOST_OPTIONS]
        menu = [_option(each, catalogue) for each in self._offered]
        self.chosen: discord.ui.Select[WavePage] = discord.ui.Select(
            placeholder=catalogue.say("menu.pick"), options=menu, min_values=1, max_values=max(1, len(menu))
        )
        self.chosen.callback = _acknowledge  # type: ignore[method-assign]  # what is chosen is read at the press
        row: discord.ui.ActionRow[WavePage] = discord.ui.ActionRow()
        self.add_item(discord.ui.TextDisplay(catalogue.say("pick.which")))
        left = len(options.wave) - len(self._offered)
        if left:
            self.add_item(discord.ui.TextDisplay(catalogue.say("pick.rest", count=left)))
        self.add_item(row.add_item(self.chosen))
        self._add_buttons(options, catalogue)

    def _add_buttons(self, options: Options, catalogue: Catalogue) -> None:
        row: discord.ui.ActionRow[WavePage] = discord.ui.ActionRow()
        if Action.DELETE in options.allowed:
            remove: discord.ui.Button[WavePage] = discord.ui.Button(label=catalogue.say("menu.pick_remove"))
            remove.callback = self._remove  # type: ignore[method-assign]  # discord.py's own way to set one
            row.add_item(remove)
        if Action.BAN in options.allowed:
            ban: discord.ui.Button[WavePage] = discord.ui.Button(
                label=catalogue.say("menu.pick_ban"), style=discord.ButtonStyle.danger
            )
            ban.callback = self._ban  # type: ignore[method-assign]  # as above
            row.add_item(ban)
        self.add_item(row)

    async def _remove(self, interaction: discord.Interaction) -> None:
        self.stop()
        await answered(interaction, lambda _: self._desk.act(self._actor, self._case, Action.DELETE, self._how()))

    async def _ban(self, interaction: discord.Interaction) -> None:
        self.stop()
        await answered(interaction, lambda _: self._banned())

    async def _banned(self) -> Answer:
        return await self._desk.act_on_all(self._actor, self._case, Action.BAN, self._how())

    def _how(self) -> How:
        """Return which messages are left out: those on offer that are not chosen. Untouched, a menu has chosen all."""
        offered = {_target(each) for each in self._offered}
        return How(leave_out=frozenset(offered - set(self.chosen.values or offered)))


def _option(message: WaveMessage, catalogue: Catalogue) -> discord.SelectOption:
    text = message.text if message.text is not None else catalogue.say("card.text_gone")
    return discord.SelectOption(
        label=plain_line(message.author_name or message.author, _LONGEST_OPTION) or "—",
        description=plain_line(text, _LONGEST_OPTION) or None,
        value=_target(message),
        default=True,
    )


def _target(message: WaveMessage) -> str:
    return message_target(message.ref)


async def _acknowledge(interaction: discord.Interaction) -> None:
    await interaction.response.defer()
