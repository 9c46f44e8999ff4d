"""Built-in checks are a list: a second one is seen wherever the first is, without another file being touched."""

import json
import re
import subprocess
import sys
from pathlib import Path

from bot.core.raids.checks import CHECKS
from bot.domain.built_in import BUILT_IN

ROOT = Path(__file__).parent.parent.parent
_MAY_NAME_IT = {
    "bot/bench/measures/hostile.py",
    "bot/core/raids/checks.py",
    "bot/core/raids/takeover.py",
    "bot/domain/built_in.py",
    "bot/domain/ids.py",
    "bot/domain/reasons.py",
    "bot/messages/sentences/notices.py",
    "bot/messages/sentences/reasons.py",
}
"""The check itself, the two lists that it stands in, its words, and what measures it on hostile texts."""


def test_a_made_up_second_check_is_seen_wherever_the_first_is() -> None:
    """In modes, lists, settings, status, cards and permissions; it acts, and practises, as the first does."""
    ended = subprocess.run(
        [sys.executable, "-c", "import tests.core.shouting; from tests.core import second_check; second_check.main()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])  # what is above it is the log
    assert "Shouting: practises, everywhere" in told["before"]
    assert "Shouting" in told["changed"].splitlines()[0]
    assert told["kept"] == "live"
    assert "Shouting: in earnest, everywhere" in told["listed"]
    assert "Account takeover: practises, everywhere" in told["listed"]
    assert re.search(r"In earnest: .*Shouting", told["status"])
    assert "Shouting" in told["fixed"]
    assert told["stopped"] == "shadow"
    assert told["yaml"] == ["live", "shadow"]
    assert told["schema"]
    assert [target.rpartition("/")[2] for target in told["removed"]] == ["loud"]
    assert (told["practised"], told["practice_cards"]) == ([], ["Shouting"])
    assert "Shouting" in told["card"]
    assert "manage_messages" in told["permissions"]


def test_what_asks_for_built_in_rules_names_none_of_them() -> None:
    """Adapters, the desk, the settings and the cards go through the list."""
    named = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "bot").rglob("*.py")
        if re.search("takeover", path.read_text("utf-8"), re.IGNORECASE)
    }
    assert named == _MAY_NAME_IT


def test_each_built_in_rule_has_somebody_who_looks_for_it() -> None:
    """The two lists name the same checks."""
    assert [make().rule.id for make in CHECKS] == [check.policy.id for check in BUILT_IN]
