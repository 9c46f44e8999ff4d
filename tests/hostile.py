"""Hostile input for property tests: any JSON under keys that a reader looks at."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
unhurried = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
"""The first text that hypothesis draws takes a while, on two busy cores above all."""


def row_over(*keys: str) -> st.SearchStrategy[dict[str, object]]:
    """Return objects with any JSON under any of these keys."""
    return st.dictionaries(st.sampled_from(keys), ANY_JSON)
