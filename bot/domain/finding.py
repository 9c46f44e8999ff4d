"""What a check-up found, with its remedy."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a check went. ADVICE: it works, and could work better. FAULT: something will not work."""

    FINE = "fine"
    ADVICE = "advice"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's result. `remedy` says what to do, and is empty when the check went fine."""

    check: str
    grade: Grade
    found: str
    remedy: str = ""
