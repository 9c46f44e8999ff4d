"""Names of the people whom a card mentions by their numbers."""

from collections.abc import Callable

import discord

from bot.adapters.discord.places import Places
from bot.adapters.discord.refusals import FAILURES
from bot.domain.card import Card
from bot.domain.decision import BOT
from bot.domain.ids import PersonId


async def names_on(card: Card, client: discord.Client) -> Callable[[PersonId], str]:
    """Return what names whoever acted by a button: as this server knows them, by their number where it does not."""
    places, known = Places(client), dict[PersonId, str]()
    guild = places.guild(card.case.community)
    for person in {stored.effect.by for stored in card.effects} - {BOT}:
        try:
            member = await places.member(guild, person) if guild is not None else None
        except FAILURES:
            member = None
        if member is not None:
            known[person] = member.display_name
    return lambda person: known.get(person, person)
