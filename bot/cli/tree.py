"""The tree of commands: their names, and what each is for.

A command's own file, and all that it needs, is imported once that command is asked for: nobody waits for discord.py to
read the version.
"""

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

import bot
from bot import __version__
from bot.cli.shared.guard import Interrupted, ended_at_once_by_ctrl_c

SUMMARIES = {
    "init": "Ask a few questions, then write config.yaml, and each token into a file that only you can read.",
    "doctor": "Check settings, policies, records, the model and the platforms, and say what to do about each fault.",
    "demo": "Put a shipped conversation to the shipped policies, and show what comes of it.",
    "run": "Moderate every platform that has a token, until Ctrl-C or a signal to end.",
    "judge": "Put one text to one policy. Nothing is recorded.",
    "replay": "Put a chat export to the policies: what would have been flagged and removed, and what was not judged.",
    "eval": "Measure a policy on labelled rows: precision, recall and F1 with their intervals, confusion, cost.",
    "export": "Write cases to a file, each with its text where retention keeps it. The audit log notes it.",
    "erase": "Erase a person from every table, for good; what was decided stays without them.",
    "backup": "Copy all records while the bot runs, and check the copy; or put a copy back, with the bot stopped.",
    "stats": "Show coverage, verdicts, and cases by rule and by day.",
    "bench": "Measure the bot itself: what a message costs beside the model, and whether the model is kept at work.",
    "policy": "Look at policies, compare them, begin a new one.",
    "cases": "Look at cases: what was found, what was done, and why.",
    "audit": "Read and check the record of who did what.",
    "backlog": "See what waits for the model, or let go of it.",
}
"""Every command, in the order in which help lists them, with the first lines of its own help; a test compares them."""


def shipped() -> Path:
    """Return the folder with the guides, examples and policies: inside an installed package, or the checkout."""
    package = Path(bot.__file__).parent
    return inside if (inside := package / "_shipped").is_dir() else package.parent


def loaded(name: str) -> Any:
    """Return a command or group as its file declares it."""
    module = importlib.import_module(f"bot.cli.{name}")
    group = getattr(module, "app", None)
    if group is not None:
        command: Any = get_group(group)
    else:
        alone = typer.Typer(add_completion=False)
        function = getattr(module, name, None) or getattr(module, f"{name}_")
        alone.command(name=name, epilog=getattr(module, "EPILOG", None))(function)
        command = get_command(alone)
    command.name = name
    _unwrap(command)
    return command


def _unwrap(command: Any) -> None:
    """Let each paragraph of the help flow: it would be broken where our source is, whatever the terminal's width."""
    paragraphs = (command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for inner in getattr(command, "commands", {}).values():
        _unwrap(inner)


class _Listed(TyperCommand):
    """A command as the list of commands shows it; it becomes the real one as soon as it is asked for anything."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the arguments as the command itself does."""
        with ended_at_once_by_ctrl_c():
            return loaded(self.name or "").make_context(info_name, args, parent, **extra)


class _Tree(TyperGroup):
    """Knows every command by name, without having read it."""

    def __init__(self, **given: Any) -> None:
        listed = {name: _Listed(name=name, callback=None, help=summary) for name, summary in SUMMARIES.items()}
        super().__init__(**{**given, "commands": listed})

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the arguments."""
        with ended_at_once_by_ctrl_c():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run what was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as pressed:
            raise Interrupted from pressed


app = typer.Typer(
    cls=_Tree,
    name="hallmoot",
    help="Moderate a community under its own written policies, with a model on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"What help and messages name as docs/…, examples/… or policies/… is in {shipped()}",
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"hallmoot {__version__}\n")
        raise typer.Exit


@app.callback()
def _hallmoot(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version
