"""What `hallmoot init` writes: a short config.yaml with what was asked for, and each secret in a file of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from bot.config.settings.checks import ollama_address
from bot.config.settings.load import CONFIG_NAME, OLLAMA_HOST
from bot.config.settings.models import ConfigFile, DiscordEntry, SlackEntry
from bot.config.settings.schema import SCHEMA_FILE
from bot.config.settings.secrets import DISCORD_TOKEN, Secrets
from bot.config.settings.validation import checked
from bot.config.settings.writing import OWNER_ONLY, NewFile
from bot.config.text_files import is_there
from bot.config.yaml_text import Document, parse
from bot.domain.address import is_this_machine
from bot.domain.errors import ConfigError
from bot.logs import redact

FOLDER = "secrets"
SLACK_TOKENS = tuple(f"HALLMOOT_SLACK_{kind}_TOKEN" for kind in ("BOT", "APP", "ADMIN"))
_KINDS = {
    DISCORD_TOKEN: "a Discord bot's token",
    "HALLMOOT_SLACK_BOT_TOKEN": "Slack's bot token (xoxb-…)",
    "HALLMOOT_SLACK_APP_TOKEN": "Slack's app-level token (xapp-…)",
    "HALLMOOT_SLACK_ADMIN_TOKEN": "a Slack user's token (xoxp-…)",
}
_BEGINNINGS = {
    "xoxb-": _KINDS["HALLMOOT_SLACK_BOT_TOKEN"],
    "xoxe.xoxb-": _KINDS["HALLMOOT_SLACK_BOT_TOKEN"],
    "xapp-": _KINDS["HALLMOOT_SLACK_APP_TOKEN"],
    "xoxp-": _KINDS["HALLMOOT_SLACK_ADMIN_TOKEN"],
    "xoxe.xoxp-": _KINDS["HALLMOOT_SLACK_ADMIN_TOKEN"],
    "xox": "a token of Slack's that Hallmoot has no use for",
}
OPTIONAL = frozenset({"HALLMOOT_SLACK_ADMIN_TOKEN"})
"""Secrets that a platform does without."""
_POINTER = f"# yaml-language-server: $schema={SCHEMA_FILE.as_posix()}\n"
"""Tells editors where to find the schema, in a checkout."""
_HEAD = """\
# Settings of Hallmoot. Only what differs from the defaults needs to stand here; config.example.yaml explains every key.
# Check them with `hallmoot doctor`. Passwords and tokens never stand here.
"""


class Chat(StrEnum):
    """The platform that is asked for; NONE: try it out without one."""

    DISCORD = "discord"
    SLACK = "slack"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was answered. `secrets` are tokens under the names of the variables that could hold them instead."""

    platform: Chat
    model: str
    ollama: str
    allow_remote: bool
    db: str
    language: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def default_answers() -> Answers:
    """Return what holds when nothing is answered: the defaults of the settings themselves."""
    file = ConfigFile()
    return Answers(
        platform=Chat.NONE,
        model=file.ollama.model,
        ollama=file.ollama.urls[0],
        allow_remote=file.ollama.allow_remote,
        db=file.storage.path,
        language=file.language,
    )


def wanted_secrets(platform: Chat) -> tuple[str, ...]:
    """Return the secrets that a platform can have, the needed ones first."""
    return {Chat.DISCORD: (DISCORD_TOKEN,), Chat.SLACK: SLACK_TOKENS, Chat.NONE: ()}[platform]


def answer_fault(key: tuple[str, ...], value: str) -> str:
    """Return what is wrong with one answer as the value of one key of the settings; nothing where it can be used."""
    data: object = value
    for part in reversed(key):
        data = {part: data}
    _, faults = checked(ConfigFile, Document(source="answers", data=data, lines={}))
    return faults[0].removeprefix(f"answers: {'.'.join(key)}: ") if faults else ""


def secret_fault(variable: str, value: str) -> str:
    """Return what is wrong with one token, which is never told; nothing where it can be one, or is left out."""
    kind = kind_of_token(value.strip())
    if kind and kind != _KINDS.get(variable):
        return f"That is {kind}, which is another one."
    if variable in SLACK_TOKENS and value.strip() and not kind:
        return f"That is not {_KINDS[variable]}."
    given = {variable: value.strip()}
    faults = _secret_faults(Chat.DISCORD, given) if variable == DISCORD_TOKEN else _readable(variable, given)
    return faults[0].partition(": ")[2] if faults else ""


def _readable(variable: str, given: Mapping[str, str]) -> list[str]:
    """Return a fault of a token that holds what none does; which kind it is was looked at already."""
    return [fault for fault in _secret_faults(Chat.SLACK, given) if fault.startswith(f"{variable}: ")]


def kind_of_token(text: str) -> str:
    """Return which kind of token a text is, nothing for any other text: one may be pasted where a name is asked for."""
    for beginning, kind in _BEGINNINGS.items():
        if text.startswith(beginning):
            return kind
    return _KINDS[DISCORD_TOKEN] if redact(text) != text else ""


def usual_address(environment: Mapping[str, str]) -> str:
    """Return where Ollama is looked for if nobody says: where its own variable points, else the default."""
    written = environment.get(OLLAMA_HOST, "").split(",")[0].strip()
    try:
        return str(ollama_address(written)) if written else default_answers().ollama
    except ValueError:
        return default_answers().ollama


def first_files(answers: Answers, folder: Path) -> tuple[NewFile, ...]:
    """Return config.yaml and the secret files. Raises ConfigError with every answer that can't be used."""
    given = {name: value.strip() for name, value in answers.secrets.items() if value.strip()}
    text = config_text(answers, frozenset(given))
    document = replace(parse(text, "answers"), lines={})
    _, faults = checked(ConfigFile, document)
    secret_faults = _secret_faults(answers.platform, given)
    if faults or secret_faults:
        raise ConfigError((*faults, *secret_faults))
    secrets = (
        NewFile(path=folder / FOLDER / file_name(name), text=f"{value}\n", mode=OWNER_ONLY)
        for name, value in given.items()
    )
    pointer = _POINTER if is_there(folder / SCHEMA_FILE) else ""
    return (*secrets, NewFile(path=folder / CONFIG_NAME, text=pointer + text))


def file_name(variable: str) -> str:
    """Return the name of a secret's file: HALLMOOT_DISCORD_TOKEN becomes discord-token."""
    return variable.removeprefix("HALLMOOT_").lower().replace("_", "-")


def config_text(answers: Answers, secrets: frozenset[str]) -> str:
    """Return a config.yaml. A secret that was not given has its key switched off, with where else it may come from."""
    return "\n".join((_HEAD, *_model_lines(answers), *_record_lines(answers), *_platform_lines(answers, secrets)))


def _model_lines(answers: Answers) -> list[str]:
    remote = ["  # Messages leave this machine, and Ollama has no password.", "  allow_remote: true"]
    return [
        "ollama:",
        *(remote if answers.allow_remote else []),
        "  # Where Ollama answers.",
        f"  urls: [{_quoted(answers.ollama)}]",
        "  # Its name in Ollama; `ollama pull` and this name fetch it.",
        f"  model: {_quoted(answers.model)}",
        "",
    ]


def _record_lines(answers: Answers) -> list[str]:
    return [
        "storage:",
        "  # The database, one file. A relative path counts from the folder of this file.",
        f"  path: {_quoted(answers.db)}",
        "",
        "# The language of cards and notices where a community has not chosen its own.",
        f"language: {_quoted(answers.language)}",
        "",
    ]


def _platform_lines(answers: Answers, secrets: frozenset[str]) -> list[str]:
    if answers.platform is Chat.DISCORD:
        return ["discord:", *_secret_lines("  ", DISCORD_TOKEN, "token_file", secrets), ""]
    if answers.platform is Chat.SLACK:
        return ["slack:", *_slack_lines(secrets), ""]
    return ["# Neither Discord nor Slack is used yet. `hallmoot demo` and `hallmoot judge` need neither.", ""]


def _slack_lines(secrets: frozenset[str]) -> list[str]:
    if not secrets:
        return [f"  # Set {SLACK_TOKENS[0]} and {SLACK_TOKENS[1]}. Files can hold them too: see config.example.yaml."]
    lines = ["  workspaces:", "    main:"]
    for variable in SLACK_TOKENS:
        key = variable.removeprefix("HALLMOOT_SLACK_").lower() + "_file"
        lines += _secret_lines("      ", variable, key, secrets)
    return lines


def _secret_lines(indent: str, variable: str, key: str, secrets: frozenset[str]) -> list[str]:
    path = f"{FOLDER}/{file_name(variable)}"
    if variable in secrets:
        return [f"{indent}{key}: {_quoted(path)}"]
    return [
        f"{indent}# Set {variable}, or put the token into this file and take the # away:",
        f"{indent}#{key}: {path}",
    ]


def _secret_faults(platform: Chat, given: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the tokens, looked at as if the variables held them."""
    empty = Document(source="answers", data={}, lines={})
    secrets = Secrets(empty, given, Path())
    if platform is Chat.DISCORD:
        secrets.discord(DiscordEntry())
    if platform is Chat.SLACK and given:
        secrets.slack(SlackEntry())
    return secrets.faults


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back, whatever it holds: JSON, with what can't be printed spelled out."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)


def beyond_this_machine(address: str) -> bool:
    """Return whether this is the address of another machine. ValueError when it is no address."""
    return not is_this_machine(str(ollama_address(address)))
