"""What `hallmoot policy new` begins with."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.config.policy_files.golden import read_golden
from bot.config.policy_files.policy_file import read_policy
from bot.config.policy_files.policy_template import new_policy
from bot.domain.actions import Action
from bot.domain.errors import InputError
from bot.domain.verdict import Label

NAMES = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,3}", fullmatch=True)
TITLES = st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=40)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, title=TITLES)
@example(name="null", title="true")
@example(name="404", title="1.10")
def test_a_new_policy_loads_as_it_stands(tmp_path: Path, name: str, title: str) -> None:
    """Whatever it is called, with a rule that only flags and one golden row of each label."""
    made = new_policy(name, title=title, language="de", date="2026-11-23")
    (tmp_path / "policy.md").write_text(made.policy, encoding="utf-8")
    (tmp_path / "golden.csv").write_text(made.golden, encoding="utf-8")
    file = read_policy(tmp_path)
    assert (file.policy.id, file.policy.title, file.policy.languages) == (name, title, ("de",))
    assert [category.action for category in file.policy.categories] == [Action.FLAG]
    rows = read_golden(file.golden, file.policy)
    assert [row.label for row in rows] == [Label.VIOLATES, Label.SAFE]


@pytest.mark.parametrize(
    ("name", "title", "language"),
    [
        ("Bad Name", "T", "en"),
        ("../up", "T", "en"),
        ("a" * 65, "T", "en"),
        ("ok", "two\nlines", "en"),
        ("ok", "T", "e]"),
    ],
)
def test_what_can_not_be_a_policy_is_told(name: str, title: str, language: str) -> None:
    """Nothing is made that would not load, or that would be written elsewhere."""
    with pytest.raises(InputError):
        new_policy(name, title=title, language=language, date="2026-11-23")
