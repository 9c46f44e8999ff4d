"""`hallmoot init`: a few questions, then config.yaml and the secrets."""

import importlib
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.shared.options import example
from bot.cli.shared.output import err, out
from bot.config.faults import nearest, shown
from bot.config.settings.init import (
    OPTIONAL,
    Answers,
    Chat,
    answer_fault,
    beyond_this_machine,
    default_answers,
    first_files,
    kind_of_token,
    secret_fault,
    usual_address,
    wanted_secrets,
)
from bot.config.settings.load import CONFIG_NAME
from bot.config.settings.writing import refuse_present, write_new, write_over
from bot.domain.errors import InputError
from bot.messages.catalogue import ENGLISH, catalogue, languages

EPILOG = example("hallmoot init", "hallmoot init --yes --platform discord --language de")
_KEYS = {
    "model": ("ollama", "model"),
    "ollama": ("ollama", "urls"),
    "db": ("storage", "path"),
    "language": ("language",),
}
"""The key of the settings that each answer becomes the value of."""
_NOT_HERE = "It belongs to a later question, where it is typed unseen. Clear the screen, and answer this one."
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
    if not force:
        refuse_present((folder / CONFIG_NAME,))
    said = Said(platform=platform, model=model, ollama=ollama, db=db, language=language, allow_remote=allow_remote)
    said.check()
    try:
        answers = said.with_defaults() if yes else said.asked_for_the_rest()
    finally:
        forget_what_was_typed_ahead()
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

    def check(self) -> None:
        """Raise InputError for an option that can't be used, before anything is asked."""
        given = {"model": self.model, "ollama": self.ollama, "db": self.db, "language": self.language}
        for name, value in given.items():
            fault = _fault(_KEYS[name], value) if value is not None else ""
            if fault:
                raise InputError(f"--{name}: {fault}")

    def with_defaults(self) -> Answers:
        """Return the answers with defaults for all that no option says."""
        given = default_answers()
        return Answers(
            platform=self.platform or given.platform,
            model=self.model or given.model,
            ollama=self.ollama or usual_address(os.environ),
            allow_remote=self.allow_remote,
            db=self.db or given.db,
            language=self.language or given.language,
        )

    def asked_for_the_rest(self) -> Answers:
        """Ask for all that no option says, until each answer can be used. Raises InputError when they end early."""
        given = default_answers()
        try:
            platform = self.platform or _platform(given.platform)
            ollama = self.ollama or _word("Where does Ollama answer?", usual_address(os.environ), _KEYS["ollama"])
            return Answers(
                platform=platform,
                ollama=ollama,
                allow_remote=self.allow_remote or _allowed(ollama),
                model=self.model or _word("Which model shall judge?", given.model, _KEYS["model"]),
                db=self.db or _word("Where shall records be kept?", given.db, _KEYS["db"]),
                language=self.language
                or _word("Which language shall cards and notices have?", given.language, _KEYS["language"]),
                secrets={name: _secret(name) for name in wanted_secrets(platform)},
            )
        except typer.Abort as error:
            raise InputError("Stopped before the last answer; nothing was written. --yes asks nothing.") from error


def _platform(default: Chat) -> Chat:
    names = [chat.value for chat in Chat]
    while True:
        word = _word(f"Where is your community? ({', '.join(names)})", default.value).lower()
        if word in names:
            return Chat(word)
        err().print(f"`{shown(word)}` is not known here. {nearest(word, names)}")


def _allowed(ollama: str) -> bool:
    try:
        remote = beyond_this_machine(ollama)
    except ValueError as error:
        raise InputError(f"--ollama: {error}") from error
    question = "That is not this machine: messages will travel to it, and Ollama has no password. Do you mean it?"
    if remote and not typer.confirm(question):
        raise InputError("Nothing was written. Run Ollama on this machine, or reach it by a tunnel.")
    return remote


def _word(question: str, default: str, key: tuple[str, ...] = ()) -> str:
    """Return an answer that can be the value of this key of the settings."""
    while True:
        word = str(typer.prompt(question, default=default)).strip()
        fault = _fault(key, word)
        if not fault:
            return word
        err().print(fault, soft_wrap=True)


def _fault(key: tuple[str, ...], word: str) -> str:
    kind = kind_of_token(word)
    if kind:
        return f"That is {kind}, and it can be read on your screen now. {_NOT_HERE}"
    if key == _KEYS["ollama"]:
        return _address_fault(word)
    return answer_fault(key, word) if key else ""


def _address_fault(word: str) -> str:
    try:
        beyond_this_machine(word)
    except ValueError as error:
        return str(error)
    return ""


def _secret(name: str) -> str:
    """Return a token, or nothing for later. It is typed unseen, and asked for until it can be one."""
    while True:
        said = typer.prompt(
            f"{_QUESTIONS[name]} (empty: later)", default="", hide_input=sys.stdin.isatty(), show_default=False
        )
        fault = secret_fault(name, str(said))
        if not fault:
            return str(said)
        err().print(fault, soft_wrap=True)


def forget_what_was_typed_ahead() -> None:
    """Drop lines that were pasted beyond the questions: the shell would take a token for a command, and remember it."""
    if not sys.stdin.isatty():
        return
    try:
        import termios  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        _forget_on_windows()
        return
    with suppress(OSError, termios.error):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _forget_on_windows() -> None:
    msvcrt: Any = importlib.import_module("msvcrt")
    while msvcrt.kbhit():
        msvcrt.getwch()


def _tell_what_next(answers: Answers) -> None:
    screen = out()
    for name in wanted_secrets(answers.platform):
        if not answers.secrets.get(name, "").strip() and name not in OPTIONAL:
            screen.print(f"Still to do: set the variable {name}, or put the token into the file named in config.yaml.")
    if catalogue(answers.language).language == ENGLISH and not answers.language.startswith(ENGLISH):
        spoken = ", ".join(languages())
        screen.print(
            f"Cards and notices will be in English: there are sentences in {spoken}, not yet in {answers.language}."
        )
    screen.print(f"Fetch the model once: ollama pull {answers.model}")
    screen.print("Then check it all: hallmoot doctor")
    if answers.platform is Chat.NONE:
        screen.print("And see it work: hallmoot demo")
