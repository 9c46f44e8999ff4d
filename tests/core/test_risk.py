"""What makes a message urgent."""

from dataclasses import replace

import pytest

from bot.core.waiting.queue import Risk
from bot.core.waiting.risk import Signs, risk_of

PLAIN = Signs(reported=False, new_member=False, has_link=False, addressed=0, upheld=0)


def test_a_message_without_any_sign_is_ordinary() -> None:
    """And so is a plain reply."""
    assert risk_of(PLAIN) is Risk.ORDINARY
    assert risk_of(replace(PLAIN, addressed=1)) is Risk.ORDINARY
    assert risk_of(replace(PLAIN, addressed=2)) is Risk.ORDINARY


@pytest.mark.parametrize(
    "sign",
    [
        replace(PLAIN, new_member=True),
        replace(PLAIN, has_link=True),
        replace(PLAIN, addressed=3),
        replace(PLAIN, upheld=1),
    ],
)
def test_any_one_sign_makes_it_urgent(sign: Signs) -> None:
    """A new member, a link, many addressed, an upheld case."""
    assert risk_of(sign) is Risk.HIGH


def test_a_report_goes_before_everything() -> None:
    """With or without other signs."""
    assert risk_of(replace(PLAIN, reported=True)) is Risk.REPORTED
    assert risk_of(replace(PLAIN, reported=True, has_link=True)) is Risk.REPORTED
