"""`hallmoot`: every subcommand, found in the file of its name."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bot import __version__
from bot.cli import (
    audit,
    backlog,
    backup,
    bench,
    cases,
    demo,
    doctor,
    erase,
    export,
    init,
    judge,
    policy,
    replay,
    stats,
)
from bot.cli import eval as eval_
from bot.cli import run as run_
from bot.cli.guard import guard_the_background, guarded

app = typer.Typer(
    name="hallmoot",
    help="Moderate a community under its own written policies, with a model on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
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


_COMMANDS = (
    init.init,
    doctor.doctor,
    demo.demo,
    run_.run,
    judge.judge,
    replay.replay,
    eval_.eval_,
    export.export,
    erase.erase,
    backup.backup,
    stats.stats,
    bench.bench,
)

for command in _COMMANDS:
    epilog = getattr(sys.modules[command.__module__], "EPILOG", None)
    app.command(name=command.__name__.rstrip("_"), epilog=epilog)(command)
_GROUPS = ((policy.app, "policy"), (cases.app, "cases"), (audit.app, "audit"), (backlog.app, "backlog"))
for group, name in _GROUPS:
    app.add_typer(group, name=name)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; nothing but a message ever reaches the user."""
    return guarded(lambda: app(args=list(arguments), prog_name="hallmoot"))


def main() -> None:
    """Run the command line that the process was started with; the process ends with the command's exit status."""
    guard_the_background()
    sys.exit(run(sys.argv[1:]))
