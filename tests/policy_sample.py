"""A small policy folder that keeps to every rule of the pack, for the tests to break one rule at a time."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.policy_checks import HEADER

FRONT: Final = """\
id: sample
title: A sample
languages: [en, de]
effort: low
applies_when: [everything]
categories:
  - id: SA1
    title: The first rule
    severity: low
    action: flag
    people_only: false
    context_free: true
    return_text: true
  - id: SA2
    title: The second rule
    severity: high
    action: escalate
    people_only: true
    context_free: false
    return_text: false
changelog:
  - date: 2026-11-23
    change: First version.
"""

FILLER: Final = "- Neither the size of the pebble nor its colour plays a part in this.\n"
BODY: Final = f"""\
## INSTRUCTIONS
- Decide whether the message breaks a rule of this sample.
- Read the message once and then once more, slowly.

## DEFINITIONS
- A pebble is a small round stone that lies on the beach of a lake.

## VIOLATES
- **SA1**: throws pebbles at the ducks.
- **SA2**: throws pebbles at the boats.
{FILLER * 20}
## SAFE
- Collects pebbles, paints them, or skips them over quiet water.

## EXAMPLES
- "watch me hit the third duck from the left" → SA1
- "who painted the tiny lighthouse on this one" → SAFE
- "the ferry windows make such a nice sound" → SA2
- "seven skips, new record for the village" → SAFE
"""

POLICY: Final = f"---\n{FRONT}---\n\n{BODY}"


def sample_rows() -> list[dict[str, str]]:
    """Give 64 rows: half of them violating, near the border and for testing; both categories in every combination."""
    return [_row(number) for number in range(64)]


def _row(number: int) -> dict[str, str]:
    return {
        "id": f"sample-{number + 1:03}",
        "text": f"pebble report {number}, sent from the jetty",
        "context": json.dumps(["throw it", "it is allowed"]) if number < 4 else "",
        "label": ("VIOLATES", "SAFE")[number % 2],
        "category": ("SA1", "SA2")[number // 2 % 2],
        "language": "de" if number in {40, 41} else "en",
        "tags": " ".join(_tags(number)),
        "split": ("write", "test")[number // 4 % 2],
        "note": "A sentence on why.",
    }


def _tags(number: int) -> list[str]:
    tags = ["border", f"pair:stone-{number // 2}"] if number < 16 else []
    tags += ["border"] if 16 <= number < 32 else []
    tags += ["hostile-context"] if number < 4 else []
    return tags + (["steering"] if 16 <= number < 28 else [])


def write_sample(folder: Path, policy_text: str, rows: Sequence[dict[str, str]]) -> Path:
    """Write `policy.md` and `golden.csv` into `folder / "sample"`, and give that folder."""
    path = folder / "sample"
    path.mkdir()
    (path / "policy.md").write_text(policy_text, encoding="utf-8", newline="\n")
    (path / "golden.csv").write_text(golden_text(rows), encoding="utf-8", newline="\n")
    return path


def golden_text(rows: Sequence[dict[str, str]]) -> str:
    """Give the rows as the text of a golden.csv, header first."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
