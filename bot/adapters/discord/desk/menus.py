"""Context menus of a message: "Report to moderators" for everybody, "Why?" for moderators."""

from collections.abc import Callable
from datetime import datetime

import discord
from discord import app_commands

from bot.adapters.discord.desk.interacting import actor_of, answered
from bot.adapters.discord.desk.localising import said
from bot.adapters.discord.ids import ref_of
from bot.adapters.discord.incoming.translate import report_of
from bot.adapters.discord.outgoing.drawing import speaking
from bot.domain.answer import Answer, AnswerKind
from bot.domain.people import Actor
from bot.domain.reasons import reason
from bot.messages.catalogue import Catalogue
from bot.ports.desk import Desk, MemberDesk

_LONGEST_WORDS = 1_000
_MOST_TITLE = 45
Now = Callable[[], datetime]


class ReportForm(discord.ui.Modal):
    """Asks for words that nobody has to give. The message came with the menu: it is readable in any case."""

    def __init__(self, desk: MemberDesk, message: discord.Message, catalogue: Catalogue, now: Now) -> None:
        super().__init__(title=catalogue.say("report.title")[:_MOST_TITLE], timeout=15 * 60)
        self._desk = desk
        self._message = message
        self._now = now
        self._words: discord.ui.TextInput[ReportForm] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, required=False, max_length=_LONGEST_WORDS
        )
        label = catalogue.say("report.words")[:_MOST_TITLE]
        hint = catalogue.say("report.words_hint")[:100]
        self.add_item(discord.ui.Label(text=label, description=hint, component=self._words))

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        """Hand the report in."""
        actor = actor_of(interaction)
        if actor is not None:
            await answered(interaction, lambda _catalogue: self._report(actor))

    async def _report(self, actor: Actor) -> Answer:
        report = report_of(self._message, int(actor.person), self._words.value, self._now())
        if report is None:
            return Answer(kind=AnswerKind.REFUSED, lines=(reason("try.empty"),))
        return await self._desk.report(actor, report)


def report_menu(desk: MemberDesk, now: Now) -> app_commands.ContextMenu:
    """Return the menu that every member sees."""

    async def report(interaction: discord.Interaction, message: discord.Message) -> None:
        # A form has to be the first answer, so nothing may be asked before it.
        await interaction.response.send_modal(ReportForm(desk, message, speaking(str(interaction.locale)), now))

    return app_commands.ContextMenu(name=said("report.menu"), callback=report, allowed_contexts=_servers())


def why_menu(desk: Desk) -> app_commands.ContextMenu:
    """Return the menu that explains what happened to a message; checked again when it is used."""

    async def why(interaction: discord.Interaction, message: discord.Message) -> None:
        actor = actor_of(interaction)
        if actor is not None and interaction.guild_id is not None:
            ref = ref_of(interaction.guild_id, message.channel.id, message.id)
            await answered(interaction, lambda _catalogue: desk.explain(actor, ref))

    menu = app_commands.ContextMenu(name=said("why.menu"), callback=why, allowed_contexts=_servers())
    menu.default_permissions = discord.Permissions(manage_messages=True)
    return menu


def _servers() -> app_commands.AppCommandContext:
    return app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
