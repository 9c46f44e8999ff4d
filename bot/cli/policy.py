"""`hallmoot policy`: look at policies, compare them, begin a new one."""

import datetime as dt
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.bootstrap.surroundings import shown_prompt
from bot.cli.shared.options import Config, Json, example
from bot.cli.shared.output import err, heading, out, print_json
from bot.cli.shared.surroundings import policies_of, settings_for
from bot.config.policy_files.golden import read_golden
from bot.config.policy_files.policies import PolicyFiles, shipped_folder
from bot.config.policy_files.policy_diff import differences, policy_values, reads_alike, text_difference
from bot.config.policy_files.policy_file import GOLDEN_NAME, POLICY_NAME, PolicyFile
from bot.config.policy_files.policy_template import new_policy
from bot.config.settings.writing import NewFile, write_new, write_over
from bot.config.text_files import is_there
from bot.domain.errors import InputError
from bot.domain.golden import GoldenRow
from bot.domain.policy import Policy

app = typer.Typer(help="Look at policies, compare them, begin a new one.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="POLICY", help="A policy's id, a policy folder, or a file.")]


@app.callback()
def _policy() -> None:
    """Look at policies, compare them, begin a new one."""


@app.command(name="list", epilog=example("hallmoot policy list", "hallmoot policy list --json"))
def list_(config: Config = None, as_json: Json = False) -> None:
    """List the policies there are: your own folders' first, then the shipped ones."""
    policies = _known(config).policies()
    if as_json:
        print_json([policy_values(policy) for policy in policies])
        return
    table = Table("policy", "title", "languages", "effort", "asked about", "rules", box=None, pad_edge=False)
    for policy in policies:
        table.add_row(
            policy.id,
            policy.title,
            " ".join(policy.languages) or "any",
            policy.effort,
            " ".join(sorted(policy.applies_when)),
            " ".join(category.id for category in policy.categories),
        )
    out().print(table)


@app.command(epilog=example("hallmoot policy show spam", "hallmoot policy show harassment --json"))
def show(policy: Name, config: Config = None, as_json: Json = False) -> None:
    """Show one policy: its settings, its rules, its golden rows in numbers, and its text."""
    file = _known(config).find(policy)
    rows = read_golden(file.golden, file.policy) if is_there(file.golden) else ()
    if as_json:
        print_json(_whole(file, rows))
        return
    _show_head(file, rows)
    out().print(_rules(file.policy, rows))
    out().print()
    out().print(Text(file.policy.text), soft_wrap=True)


@app.command(epilog=example("hallmoot policy prompt spam", 'hallmoot policy prompt spam "see you on saturday"'))
def prompt(
    policy: Name,
    text: Annotated[str, typer.Argument(help="The message that is judged.")] = "Good morning, everyone!",
    config: Config = None,
) -> None:
    """Print exactly what the model reads first, special tokens visible, and count its tokens."""
    loaded = settings_for(config=config)
    rules = policies_of(loaded.process.policy_folders).find(policy).policy
    shown = shown_prompt(loaded.process, rules, text)
    sys.stdout.write(shown.text + "\n")
    err().print(f"{shown.tokens} tokens, of which {shown.policy_tokens} are the policy's text.")


@app.command(
    epilog=example(
        "hallmoot policy new kindness", 'hallmoot policy new good-manners --title "Good manners" --language de'
    )
)
def new(
    policy: Annotated[str, typer.Argument(metavar="ID", help="Small letters, digits and hyphens, such as off-topic.")],
    folder: Annotated[Path, typer.Option(help="Folder of your policies; one is made in it for this policy.")] = Path(
        "my-policies"
    ),
    title: Annotated[str | None, typer.Option(help="What people read; without it, made of the id.")] = None,
    language: Annotated[str, typer.Option(metavar="CODE", help="Language it is written for.")] = "en",
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there already.")] = False,
) -> None:
    """Begin a policy: a policy.md to fill in and a golden.csv with two example rows. Both load as they stand."""
    if policy in (shipped := PolicyFiles([shipped_folder()])).unusable() | {each.id for each in shipped.policies()}:
        raise InputError(
            f"`{policy}` is the id of a shipped policy, and yours would take its place. Choose another id. To adapt "
            f"that one, copy its folder into yours: {shipped_folder() / policy}"
        )
    made = new_policy(
        policy,
        title=title or policy.replace("-", " ").capitalize(),
        language=language,
        date=dt.datetime.now(tz=dt.UTC).date().isoformat(),
    )
    files = (
        NewFile(path=folder / policy / POLICY_NAME, text=made.policy),
        NewFile(path=folder / policy / GOLDEN_NAME, text=made.golden),
    )
    (write_over if force else write_new)(files)
    for file in files:
        out().print(f"Written: {file.path}", soft_wrap=True)
    out().print(f"Fill in the first, then look at it: hallmoot policy show {folder / policy}", soft_wrap=True)
    out().print(f"To use it, name the folder in config.yaml: policy_folders: [{folder}]", soft_wrap=True)
    out().print(
        "Each policy in that folder is then offered beside the shipped ones; `hallmoot policy list` shows them all. A "
        "community uses those that it switches on (`/mod policies`, or `policies` in config.yaml), all where it says "
        "nothing; each begins in shadow.",
        soft_wrap=True,
    )


@app.command(
    epilog=example("hallmoot policy diff spam scams-and-phishing", "hallmoot policy diff spam harassment --json")
)
def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A policy's id, a policy folder, or a file.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The other one.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Tell what differs between two policies: settings, rules, and the text line by line."""
    known = _known(config)
    first, second = known.find(before).policy, known.find(after).policy
    settings = differences(first, second)
    lines = text_difference(first, second)
    alike = reads_alike(first, second)
    if as_json:
        print_json({"settings": settings, "text": lines, "reads_alike": alike})
        return
    for line in settings:
        out().print(Text(line), soft_wrap=True)
    for line in lines:
        out().print(Text(line, style={"+": "green", "-": "red"}.get(line[:1], "")), soft_wrap=True)
    if not settings and not lines:
        out().print("They do not differ.")
    elif not alike:
        out().print("The model reads another text: earlier verdicts and calibration do not hold for it.")


def _known(config: Path | None) -> PolicyFiles:
    return policies_of(settings_for(config=config).process.policy_folders)


def _show_head(file: PolicyFile, rows: tuple[GoldenRow, ...]) -> None:
    policy, screen = file.policy, out()
    screen.print(heading(f"{policy.title} ({policy.id})"))
    screen.print(Text(f"file         {policy.source}"), soft_wrap=True)
    screen.print(f"hash         {policy.policy_hash}")
    screen.print(f"languages    {' '.join(policy.languages) or 'any'}")
    screen.print(f"effort       {policy.effort}")
    screen.print(f"asked about  {' '.join(sorted(policy.applies_when))}")
    screen.print(f"sees before  {'nothing: the message alone tells' if policy.context_free else 'earlier messages'}")
    screen.print(f"golden rows  {_counts(rows)}")
    for change in file.changelog:
        screen.print(Text(f"changed      {change.date}: {change.change}"), soft_wrap=True)
    screen.print()


def _counts(rows: tuple[GoldenRow, ...]) -> str:
    labels = Counter(row.label for row in rows)
    parts = [f"{count} {label}" for label, count in sorted(labels.items())]
    return f"{len(rows)} ({', '.join(parts)})" if rows else "none"


def _rules(policy: Policy, rows: tuple[GoldenRow, ...]) -> Table:
    table = Table("rule", "title", "severity", "action", "people only", "text back", "rows", box=None, pad_edge=False)
    for category in policy.categories:
        near = sum(row.category == category.id for row in rows)
        table.add_row(
            category.id,
            Text(category.title),
            category.severity,
            category.action,
            _yes(category.people_only),
            _yes(category.return_text),
            str(near),
        )
    return table


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _whole(file: PolicyFile, rows: tuple[GoldenRow, ...]) -> dict[str, object]:
    return {
        **policy_values(file.policy),
        "text": file.policy.text,
        "changelog": [{"date": change.date.isoformat(), "change": change.change} for change in file.changelog],
        "golden": {"rows": len(rows), **Counter(row.label.value for row in rows)},
    }
