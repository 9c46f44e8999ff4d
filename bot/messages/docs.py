"""Write docs/messages.md from the catalogue: `python -m bot.messages.docs [--check]`.

Exit status 1 with `--check` where the page is not current; nothing is written then.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from bot.messages.catalogue import languages
from bot.messages.entry import Audience, Entry
from bot.messages.sentences import SENTENCES

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"
_HEADINGS = {
    Audience.MEMBER: ("Any member may see", "In direct messages, in answers to a member's own commands, in reports."),
    Audience.MODERATOR: ("Moderators see", "On cards, behind their buttons, in the moderators' channel."),
    Audience.ADMIN: ("Only admins see", "While setting up, and in answers to commands that change settings."),
}


def page() -> str:
    """Return the page: every sentence in English, by who sees it."""
    others = ", ".join(language for language in languages() if language != "en")
    parts = [
        "# Every sentence people read\n",
        "Made from the catalogue by `python -m bot.messages.docs`; do not edit it by hand.\n",
        f"This is the English text. Other languages: {others}; [translating.md](translating.md) says how to add one.",
        "`{words}` in braces are values. What members or the model wrote is escaped before it stands there.\n",
    ]
    parts += [_section(audience) for audience in Audience]
    return "\n".join(parts)


def main(arguments: Sequence[str]) -> int:
    """Write the page, or only check it; return the exit status."""
    if list(arguments) == ["--check"]:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def _section(audience: Audience) -> str:
    title, about = _HEADINGS[audience]
    rows = [_row(code, entry) for code, entry in SENTENCES.items() if entry.seen_by is audience]
    return "\n".join(
        [f"## {title}\n", f"{about} {len(rows)} sentences.\n", "| code | sentence |", "|---|---|", *rows, ""]
    )


def _row(code: str, entry: Entry) -> str:
    plural = f"<br>{entry.plural}" if entry.plural is not None else ""
    note = f"<br>*{entry.note}*" if entry.note else ""
    return f"| `{code}` | {entry.english}{plural}{note} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
