"""What the commands share: putting a question to the desk in the asker's name, and choices in everyday words."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

import discord
from discord import app_commands

from bot.adapters.discord.desk.interacting import actor_of, answered
from bot.adapters.discord.desk.localising import said
from bot.domain.answer import Answer, AnswerKind, Change, Listed, Switch
from bot.domain.people import Actor
from bot.domain.policy import Policy
from bot.domain.reasons import Reason
from bot.ports.desk import SettingsDesk

Ask = Callable[[Actor], Awaitable[Answer]]
Completes = Callable[[discord.Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]
Talk = discord.TextChannel | discord.ForumChannel | discord.VoiceChannel | discord.Thread
SWITCHES = [app_commands.Choice(name=said(f"switch.{switch.value}"), value=switch.value) for switch in Switch]
_MOST_CHOICES = 25
_LONGEST_CHOICE = 100


async def ask(interaction: discord.Interaction, question: Ask) -> None:
    """Put a question to the desk in the name of whoever asked, and answer them alone."""
    actor = actor_of(interaction)
    if actor is not None:
        await answered(interaction, lambda _catalogue: question(actor))


async def change(interaction: discord.Interaction, desk: SettingsDesk, listed: Listed, *changes: Change) -> None:
    """Make changes one after another; the first refusal ends it. Without any, say how things are."""

    async def made(actor: Actor) -> Answer:
        lines = list[Reason]()
        for wanted in changes:
            answer = await desk.change(actor, wanted)
            if answer.kind is not AnswerKind.DONE:
                return answer
            lines += answer.lines
        return Answer(kind=AnswerKind.DONE, lines=tuple(lines)) if changes else await desk.listed(actor, listed)

    await ask(interaction, made)


def policies_of(desk: SettingsDesk, *others: Policy) -> Completes:
    """Return what completes the name of a policy, or of one of these others, as it is typed."""

    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        actor = actor_of(interaction)
        policies = await desk.policies(actor.community) if actor is not None else ()
        return _choices(((policy.title, policy.id) for policy in (*policies, *others)), typed)

    return complete


def rules_of(desk: SettingsDesk) -> Completes:
    """Return what completes the name of a rule of the policy that was chosen before it."""

    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        actor, chosen = actor_of(interaction), str(getattr(interaction.namespace, "policy", ""))
        policies = await desk.policies(actor.community) if actor is not None else ()
        rules = (rule for policy in policies if policy.id == chosen for rule in policy.categories)
        return _choices(((rule.title, rule.id) for rule in rules), typed)

    return complete


def _choices(named: Iterable[tuple[str, str]], typed: str) -> list[app_commands.Choice[str]]:
    wanted = typed.casefold()
    found = [(title, value) for title, value in named if wanted in title.casefold() or wanted in value.casefold()]
    return [app_commands.Choice(name=title[:_LONGEST_CHOICE], value=value) for title, value in found[:_MOST_CHOICES]]
