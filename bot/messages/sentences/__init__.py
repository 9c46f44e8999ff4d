"""The English sentences by code; each module owns the prefixes of its codes.

`bot.messages.catalogue` says how to add one.
"""

from bot.messages.entry import Entry
from bot.messages.sentences import cards, commands, coverage, notices, platforms, presses, reasons, setup, slack

_MODULES = (cards, reasons, presses, commands, setup, notices, coverage, platforms, slack)


def _merged() -> dict[str, Entry]:
    merged: dict[str, Entry] = {}
    for module in _MODULES:
        twice = merged.keys() & module.SENTENCES.keys()
        if twice:
            raise ValueError(f"two sentences share a code: {sorted(twice)}")
        merged |= module.SENTENCES
    return merged


SENTENCES = _merged()
"""Every sentence there is, in the order of the modules."""
