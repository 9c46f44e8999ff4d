"""Letters that readers take for a Latin one, in lower case: case is folded first, so capitals count by their look too.

Digits and signs that stand for letters are left alone: 4 is a number more often than an A.
"""

_CYRILLIC = dict(zip("авекмнорстухіјѕԁԛԝѵһӏ", "abekmhopctyxijsdqwvhl", strict=True))
_GREEK = dict(zip("αβγεηικμνορτυχω", "abyenikmvoptuxw", strict=True))
_LATIN = dict(zip("ıȷɑɡɩʟᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢ", "ijagilacdejkmoptuvwz", strict=True))

LOOK_ALIKES = str.maketrans(_CYRILLIC | _GREEK | _LATIN)
"""For `str.translate`."""
