"""Marks that tell one post from all others: for Discord's nonce, and for finding a post again after a crash."""

from hashlib import sha256

from bot.domain.decision import EffectKey

_NONCE_LENGTH = 25
_MARK_LENGTH = 10


def nonce_of(key: str) -> str:
    """Return the nonce of a post: within minutes, Discord answers a second post of the same nonce with the first."""
    return sha256(key.encode()).hexdigest()[:_NONCE_LENGTH]


def mark_of(key: str) -> str:
    """Return the short mark that a post of ours carries for good, in a button's id or its last line."""
    return sha256(key.encode()).hexdigest()[-_MARK_LENGTH:]


def effect_key(key: EffectKey) -> str:
    """Return an effect's key as one string."""
    return f"{key.decision}/{key.action}/{key.target}"
