"""`/mod` and the context menus: each command checks the person anew, answers privately, and hands on to the desk."""

import re
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.desk.asking import SWITCHES, ask, policies_of, rules_of
from bot.adapters.discord.desk.localising import CatalogueTranslator, said
from bot.adapters.discord.desk.menus import Now, report_menu, why_menu
from bot.adapters.discord.desk.policy_commands import add_policy_commands
from bot.adapters.discord.desk.settings_commands import add_settings_commands
from bot.adapters.discord.desk.setup import add_setup
from bot.adapters.discord.ids import ref_of
from bot.domain.answer import Answer, AnswerKind, StopChange, Switch
from bot.domain.built_in import built_in_policies
from bot.domain.ids import CaseNumber, CategoryId, PersonId, PolicyId
from bot.domain.people import Actor
from bot.domain.reasons import reason
from bot.logs import get_logger
from bot.ports.desk import Desk

_LOG = get_logger(__name__)
_LINK = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/channels/(\d{1,20})/(\d{1,20})/(\d{1,20})/?")
_LONGEST_TEXT = 4_000
_MOST_CASES = 2_147_483_647
Number = app_commands.Range[int, 1, _MOST_CASES]
Words = app_commands.Range[str, 1, _LONGEST_TEXT]


def add_commands(tree: app_commands.CommandTree[discord.Client], desk: Desk, now: Now) -> None:
    """Put every command and menu into the tree. `/mod` is hidden from members, so what is theirs stands beside it."""
    mod = app_commands.Group(
        name="mod",
        description=said("verb.mod"),
        default_permissions=discord.Permissions(manage_messages=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )
    _add_case_commands(mod, desk)
    _add_other_commands(mod, desk)
    add_settings_commands(mod, desk)
    add_policy_commands(mod, desk)
    add_setup(mod, desk)
    tree.add_command(mod)
    for command in _member_commands(desk):
        tree.add_command(command)
    tree.add_command(report_menu(desk, now))
    tree.add_command(why_menu(desk))


def _add_case_commands(mod: app_commands.Group, desk: Desk) -> None:
    @mod.command(name="case", description=said("verb.case"))
    @app_commands.describe(number=said("option.case"))
    async def case(interaction: discord.Interaction, number: Number) -> None:
        await ask(interaction, lambda actor: desk.case(actor, CaseNumber(number)))

    @mod.command(name="history", description=said("verb.history"))
    @app_commands.describe(member=said("option.member"))
    async def history(interaction: discord.Interaction, member: discord.User) -> None:
        await ask(interaction, lambda actor: desk.history(actor, PersonId(str(member.id))))

    @mod.command(name="explain", description=said("verb.explain"))
    @app_commands.describe(link=said("option.link"))
    async def explain(interaction: discord.Interaction, link: str) -> None:
        await ask(interaction, lambda actor: _explain(desk, actor, link))

    @mod.command(name="try", description=said("verb.try"))
    @app_commands.describe(text=said("option.text"))
    async def try_text(interaction: discord.Interaction, text: Words) -> None:
        await ask(interaction, lambda actor: desk.try_text(actor, text))


async def _explain(desk: Desk, actor: Actor, link: str) -> Answer:
    """Read a link. One of another server is the desk's to refuse: that goes on record."""
    match = _LINK.fullmatch(link.strip())
    if match is None:
        return Answer(kind=AnswerKind.REFUSED, lines=(reason("command.unknown_message"),))
    guild, channel, message = (int(number) for number in match.groups())
    return await desk.explain(actor, ref_of(guild, channel, message))


def _add_other_commands(mod: app_commands.Group, desk: Desk) -> None:
    @mod.command(name="stop", description=said("verb.stop"))
    @app_commands.describe(
        switch=said("option.switch_stop"), policy=said("option.policy"), category=said("option.category")
    )
    @app_commands.choices(switch=SWITCHES)
    @app_commands.autocomplete(policy=policies_of(desk, *built_in_policies()), category=rules_of(desk))
    async def stop(
        interaction: discord.Interaction,
        switch: str = Switch.ON.value,
        policy: str | None = None,
        category: str | None = None,
    ) -> None:
        wanted = StopChange(
            switch=Switch(switch),
            policy=PolicyId(policy) if policy else None,
            category=CategoryId(category) if category else None,
        )
        await ask(interaction, lambda actor: desk.change(actor, wanted))

    @mod.command(name="backlog", description=said("verb.backlog"))
    @app_commands.describe(forget=said("option.forget"))
    @app_commands.choices(forget=[app_commands.Choice(name=said("choice.forget"), value="yes")])
    async def backlog(interaction: discord.Interaction, forget: str | None = None) -> None:
        await ask(interaction, desk.forget_backlog if forget == "yes" else desk.backlog)

    @mod.command(name="export", description=said("verb.export"))
    async def export(interaction: discord.Interaction) -> None:
        await ask(interaction, desk.export)

    @mod.command(name="privacy", description=said("verb.privacy"))
    async def privacy(interaction: discord.Interaction) -> None:
        await ask(interaction, desk.privacy)

    @mod.command(name="mine", description=said("verb.mine"))
    async def mine(interaction: discord.Interaction) -> None:
        await ask(interaction, desk.mine)


def _member_commands(desk: Desk) -> tuple[app_commands.Command[app_commands.Group, ..., None], ...]:
    """Return what every member may use: commands of a hidden group are hidden with it."""
    servers = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)

    async def mine(interaction: discord.Interaction) -> None:
        await ask(interaction, desk.mine)

    async def privacy(interaction: discord.Interaction) -> None:
        await ask(interaction, desk.privacy)

    made = []
    for name, callback in (("mine", mine), ("privacy", privacy)):
        command: app_commands.Command[app_commands.Group, ..., None] = app_commands.Command(
            name=name, description=said(f"verb.{name}"), callback=callback, allowed_contexts=servers
        )
        made.append(command)
    return tuple(made)


async def sync_when_changed(tree: app_commands.CommandTree[discord.Client]) -> bool:
    """Hand the commands to Discord if they differ from those it has; return whether they did."""
    await tree.set_translator(CatalogueTranslator())
    if await is_current(tree):
        return False
    await tree.sync()
    _LOG.info("commands_synced", count=len(tree.get_commands()))
    return True


async def is_current(tree: app_commands.CommandTree[discord.Client]) -> bool:
    """Return whether Discord has the commands as they are here: their kinds, names, descriptions and fields.

    A changed translation alone is not seen.
    """
    there = {_shape(command.to_dict()) for command in await tree.fetch_commands()}
    here = set()
    for kind in discord.AppCommandType:
        here |= {_shape(command.to_dict(tree)) for command in tree.get_commands(type=kind)}
    return there == here


def _shape(item: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what counts of a command or field, in one order, with Discord's defaults filled in."""
    options = tuple(_shape(option) for option in item.get("options") or ())
    choices = tuple(str(choice["value"]) for choice in item.get("choices") or ())
    is_required = bool(item.get("required", False))
    kind, name, description = int(item.get("type", 1)), str(item["name"]), str(item.get("description") or "")
    return kind, name, description, is_required, choices, options
