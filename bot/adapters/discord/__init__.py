"""Discord: the only package that names discord.py. `platform.connect` builds everything that stands here."""
