"""`hallmoot init`: a few questions, then config.yaml and the secrets."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import example
from bot.cli.output import err, out
from bot.config.faults import nearest, shown
from bot.config.init import OPTIONAL, Answers, Chat, beyond_this_machine, default_answers, first_files, wanted_secrets
from bot.config.writing import write_new, write_over
from bot.domain.errors import InputError

EPILOG = example("hallmoot init", "hallmoot init --yes --platform discord --language de")
_QUESTIONS = {
    "HALLMOOT_DISCORD_TOKEN": "The bot's token, from Discord's Developer Portal",
    "HALLMOOT_SLACK_BOT_TOKEN": "The bot token, xoxb-…",
    "HALLMOOT_SLACK_APP_TOKEN": "The app-level token, xapp-…",
    "HALLMOOT_SLACK_ADMIN_TOKEN": "The token of an owner or admin, xoxp-… (only for deleting; may stay empty)",
}


def init(
    platform: Annotated[Chat | None, typer.Option(help="Where the community is.")] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="Model to ask, as Ollama names it.")] = None,
    ollama: Annotated[str | None, typer.Option(metavar="URL", help="Address of Ollama.")] = None,
    db: Annotated[str | None, typer.Option(metavar="FILE", help="Database to use.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Language of cards and notices.")] = None,
    folder: Annotated[Path, typer.Option(help="Where to write config.yaml and secrets/.")] = Path(),
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Take an Ollama that is not on this machine.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take the options given and the defaults.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there already.")] = False,
) -> None:
    """Ask a few questions, then write config.yaml, and each token into a file that only you can read.

    Tokens are never taken from the command line, where others could see them: answer the question, or set a variable.
    """
    said = Said(platform=platform, model=model, ollama=ollama, db=db, language=language, allow_remote=allow_remote)
    answers = said.with_defaults() if yes else said.asked_for_the_rest()
    files = first_files(answers, folder)
    (write_over if force else write_new)(files)
    for file in files:
        out().print(f"Written: {file.path}", soft_wrap=True)
    _tell_what_next(answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the options say; None is nothing."""

    platform: Chat | None
    model: str | None
    ollama: str | None
    db: str | None
    language: str | None
    allow_remote: bool

    def with_defaults(self) -> Answers:
        """Return the answers with defaults for all that no option says."""
        given = default_answers()
        return Answers(
            platform=self.platform or given.platform,
            model=self.model or given.model,
            ollama=self.ollama or given.ollama,
            allow_remote=self.allow_remote,
            db=self.db or given.db,
            language=self.language or given.language,
        )

    def asked_for_the_rest(self) -> Answers:
        """Ask for all that no option says. Raises InputError when the answers end early."""
        given = default_answers()
        try:
            platform = self.platform or _platform(given.platform)
            ollama = self.ollama or _address(given.ollama)
            return Answers(
                platform=platform,
                ollama=ollama,
                allow_remote=self.allow_remote or _allowed(ollama),
                model=self.model or _word("Which model shall judge?", given.model),
                db=self.db or _word("Where shall records be kept?", given.db),
                language=self.language or _word("Which language shall cards and notices have?", given.language),
                secrets={name: _secret(name) for name in wanted_secrets(platform)},
            )
        except typer.Abort as error:
            raise InputError("Stopped before the last answer; nothing was written. --yes asks nothing.") from error


def _platform(default: Chat) -> Chat:
    names = [chat.value for chat in Chat]
    while True:
        word = _word(f"Where is your community? ({', '.join(names)})", default.value).strip().lower()
        if word in names:
            return Chat(word)
        err().print(f"`{shown(word)}` is not known here. {nearest(word, names)}")


def _address(default: str) -> str:
    while True:
        word = _word("Where does Ollama answer?", default)
        try:
            beyond_this_machine(word)
        except ValueError as error:
            err().print(str(error))
        else:
            return word


def _allowed(ollama: str) -> bool:
    try:
        remote = beyond_this_machine(ollama)
    except ValueError as error:
        raise InputError(f"--ollama: {error}") from error
    question = "That is not this machine: messages will travel to it, and Ollama has no password. Do you mean it?"
    if remote and not typer.confirm(question):
        raise InputError("Nothing was written. Run Ollama on this machine, or reach it by a tunnel.")
    return remote


def _word(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default))


def _secret(name: str) -> str:
    return str(
        typer.prompt(
            f"{_QUESTIONS[name]} (empty: later)", default="", hide_input=sys.stdin.isatty(), show_default=False
        )
    )


def _tell_what_next(answers: Answers) -> None:
    screen = out()
    for name in wanted_secrets(answers.platform):
        if not answers.secrets.get(name, "").strip() and name not in OPTIONAL:
            screen.print(f"Still to do: set the variable {name}, or put the token into the file named in config.yaml.")
    screen.print(f"Fetch the model once: ollama pull {answers.model}")
    screen.print("Then check it all: hallmoot doctor")
    if answers.platform is Chat.NONE:
        screen.print("And see it work: hallmoot demo")
