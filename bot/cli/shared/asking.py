"""Asking whether something is meant, before what can't be taken back."""

import typer

from bot.domain.errors import InputError


def make_sure(question: str) -> None:
    """Ask a question on standard error. Raises InputError unless the answer is yes."""
    try:
        meant = typer.confirm(question, err=True)
    except typer.Abort as error:
        typer.echo(err=True)
        raise InputError("Nobody answered, so nothing was changed. --yes asks nothing.") from error
    if not meant:
        raise InputError("Nothing was changed.")
