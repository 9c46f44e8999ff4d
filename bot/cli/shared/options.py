"""Options that several commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file. Without it ./config.yaml is read where there is one."),
]
Ollama = Annotated[str | None, typer.Option("--ollama", metavar="URL", help="Address of Ollama.")]
Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help="Model to ask, as Ollama names it.")]
Database = Annotated[Path | None, typer.Option("--db", metavar="FILE", help="Database to use.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Community = Annotated[
    str | None, typer.Option("--community", metavar="ID", help="Only this community, such as discord:123.")
]


def example(*lines: str) -> str:
    """Return the part of a help text that shows how a command is typed."""
    return "Example:\n\n" + "\n\n".join(lines)
