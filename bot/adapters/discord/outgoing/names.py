"""Names of the people whom a card mentions by their numbers."""

from collections.abc import Callable

import discord

from bot.adapters.discord.outgoing.places import Places
from bot.adapters.discord.outgoing.refusals import FAILURES
from bot.domain.card import Card
from bot.domain.decision import BOT
from bot.domain.ids import PersonId

_MOST_REPORTERS = 10
"""Reporters whose names are looked up; a card shows a few."""


async def names_on(card: Card, client: discord.Client) -> Callable[[PersonId], str]:
    """Return what names whoever acted by a button or reported: as this server knows them, else by their number."""
    places, known = Places(client), dict[PersonId, str]()
    guild = places.guild(card.case.community)
    acted = {stored.effect.by for stored in card.effects} - {BOT}
    reported = [report.by for report in card.reports if report.by is not None]
    for person in acted.union(reported[:_MOST_REPORTERS], card.case.reported_by[:_MOST_REPORTERS]):
        try:
            member = await places.member(guild, person) if guild is not None else None
        except FAILURES:
            member = None
        if member is not None:
            known[person] = member.display_name
    return lambda person: known.get(person, person)
