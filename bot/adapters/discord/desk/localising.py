"""Command names' descriptions in each reader's language, from the one catalogue."""

import discord
from discord import app_commands

from bot.messages.catalogue import ENGLISH, catalogue, languages

_LONGEST = 100


def said(code: str) -> app_commands.locale_str:
    """Return a sentence of the catalogue for Discord to show in the reader's language."""
    return app_commands.locale_str(catalogue(ENGLISH).say(code, count=1)[:_LONGEST], code=code)


class CatalogueTranslator(app_commands.Translator):
    """Looks sentences up by their code; what has no translation stays English."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - discord.py hands it over by name
    ) -> str | None:
        """Return the translation, or None where it would be the English text."""
        code = string.extras.get("code")
        language = locale.value.partition("-")[0]
        if not isinstance(code, str) or language == ENGLISH or language not in languages():
            return None
        words = catalogue(language).say(code, count=1)[:_LONGEST]
        return words if words != string.message else None
