"""`hallmoot doctor`: finds what is wrong before users do."""

import asyncio
import re
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import typer
from rich.text import Text

from bot.bootstrap.stores import database_findings
from bot.bootstrap.surroundings import check_policy_lengths, classifier, data_folder, policies_of
from bot.cli.shared.doctor_model import explanation_finding, foreign_window_finding
from bot.cli.shared.guard import CHECK_FOUND
from bot.cli.shared.options import Config, Database, Json, Model, Ollama, example
from bot.cli.shared.output import out, print_json
from bot.cli.shared.surroundings import settings_for
from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.load import Loaded
from bot.config.text_files import is_folder
from bot.domain.errors import ConfigError, HallmootError, ModelError, PolicyError, StorageError
from bot.domain.finding import Finding, Grade
from bot.domain.question import ModelHealth, Question
from bot.domain.reasons import Reason
from bot.domain.settings import ProcessSettings
from bot.domain.verdict import Label
from bot.messages.catalogue import Family, catalogue
from bot.ports.classifier import Classifier

EPILOG = example("hallmoot doctor", "hallmoot doctor --ollama http://127.0.0.1:11434 --json")
LOGPROBS_SINCE = (0, 12, 11)
"""The first Ollama that tells log probabilities, without which no verdict can be weighed."""
_MEND = "Mend the file; `hallmoot policy show PATH` checks one by itself."
_FIRST_THE_RECORDS = "Mend the records first: they say what is set up there."
_FREE_BYTES = 1_000_000_000
_GPU_WHOLE = 0.99
_SAMPLES = (
    "Good morning, everyone! Is the workshop open?",
    "You won a prize, send your password to claim it",
)
_MARKS = {Grade.FINE: ("ok  ", "green"), Grade.ADVICE: ("note", "yellow"), Grade.FAULT: ("FAIL", "bold red")}


def doctor(
    discord: Annotated[bool, typer.Option("--discord", help="Expect Discord to be set up.")] = False,
    slack: Annotated[bool, typer.Option("--slack", help="Expect Slack to be set up.")] = False,
    config: Config = None,
    ollama: Ollama = None,
    model: Model = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Check settings, policies, records, the model and the platforms, and say what to do about each fault.

    Whatever has a token is looked at; nothing is changed there. Exit status 1 when something will not work.
    """
    try:
        loaded = settings_for(config=config, ollama=ollama, model=model, db=db)
    except ConfigError as error:
        findings = [_fault("settings", fault, "Mend it and run this again.") for fault in error.faults]
    else:
        expected = tuple(name for name, wanted in (("Discord", discord), ("Slack", slack)) if wanted)
        findings = asyncio.run(_findings(loaded, expected, quiet=as_json))
    if as_json:
        print_json([{"check": f.check, "grade": f.grade, "found": f.found, "remedy": f.remedy} for f in findings])
    elif any(finding.check == "settings" and finding.grade is Grade.FAULT for finding in findings):
        for finding in findings:
            _tell(finding)
    faults = sum(finding.grade is Grade.FAULT for finding in findings)
    if not as_json:
        out().print(
            f"\n{faults} of {len(findings)} checks found something that will not work."
            if faults
            else "\nNothing is wrong."
        )
    raise typer.Exit(CHECK_FOUND if faults else 0)


async def _findings(loaded: Loaded, expected: tuple[str, ...], *, quiet: bool) -> list[Finding]:
    found = []
    async for finding in _checks(loaded, expected):
        found.append(finding)
        if not quiet:
            _tell(finding)
    return found


async def _checks(loaded: Loaded, expected: tuple[str, ...]) -> AsyncIterator[Finding]:
    settings = loaded.process
    for finding in _settings(loaded):
        yield finding
    try:
        policies = policies_of(settings.policy_folders)
        loaded.communities(policies.policies(), policies.unusable())
    except (PolicyError, ConfigError) as error:
        yield _fault("policies", str(error), _MEND)
        return
    for finding in _policies(settings, policies):
        yield finding
    async for finding in database_findings(settings):
        yield finding
    yield _disk(settings)
    async for finding in _model(settings, policies):
        yield finding
    async for finding in _platforms(loaded, expected):
        yield finding


async def _platforms(loaded: Loaded, expected: tuple[str, ...]) -> AsyncIterator[Finding]:
    from bot.bootstrap.running import platform_findings  # noqa: PLC0415 - it brings both platforms' clients

    settings = loaded.process
    has_token = {"Discord": settings.discord.token is not None, "Slack": bool(settings.slack.workspaces)}
    for name in expected:
        if not has_token[name]:
            remedy = f"docs/{name.lower()}.md shows how to get one; `hallmoot init` asks for it."
            yield _fault(name, f"no token of {name} is set", remedy)
    if not any(has_token.values()):
        found = "no token of Discord or Slack is set, so `hallmoot run` has nothing to moderate"
        yield Finding(check="platforms", grade=Grade.ADVICE, found=found, remedy="`hallmoot init` asks for one.")
    try:
        async for finding in platform_findings(loaded):
            yield finding
    except StorageError as error:
        # What is wrong with the records was told already; the platforms are looked at by what is set up in them.
        yield Finding(check="platforms", grade=Grade.ADVICE, found=f"not looked at: {error}", remedy=_FIRST_THE_RECORDS)


def _settings(loaded: Loaded) -> Iterator[Finding]:
    where = str(loaded.path) if loaded.path is not None else "no config.yaml here, so the defaults hold"
    yield Finding(check="settings", grade=Grade.FINE, found=where)
    for remark in loaded.remarks:
        yield Finding(check="settings", grade=Grade.ADVICE, found=remark, remedy="Correct or remove it.")


def _policies(settings: ProcessSettings, policies: PolicyFiles) -> Iterator[Finding]:
    for broken in policies.broken.values():
        yield _fault("policies", f"{broken.id} can't be used, and nothing is judged by it: {broken}", _MEND)
    for policy in policies.policies():
        try:
            policies.golden(policy.id)
        except PolicyError as error:
            yield _fault("policies", f"the golden rows of {policy.id} can't be used: {error}", _MEND)
    number = len(policies.policies())
    too_long = check_policy_lengths(settings, policies.policies())
    for text in too_long:
        yield _fault("policies", text, "Shorten the policy or raise ollama.num_ctx.")
    if not too_long:
        yield Finding(check="policies", grade=Grade.FINE, found=f"{number} loaded, all fit the context window")


def _disk(settings: ProcessSettings) -> Finding:
    folder = data_folder(settings)
    while not is_folder(folder):
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:.1f} GB free where the records go ({folder})"
    if free < _FREE_BYTES:
        return Finding(check="disk", grade=Grade.ADVICE, found=said, remedy="Make room before it runs full.")
    return Finding(check="disk", grade=Grade.FINE, found=said)


async def _model(settings: ProcessSettings, policies: PolicyFiles) -> AsyncIterator[Finding]:
    try:
        model = classifier(settings)
    except HallmootError as error:
        yield _fault("model", str(error), "Mend the setting and run this again.")
        return
    try:
        for finding in _addresses(await model.health_of_each()):
            yield finding
        health = await model.health()
        for finding in _placement(health, settings, policies):
            yield finding
        yield await explanation_finding(model, policies.policies()[0])
        async for finding in _speed(model, policies):
            yield finding
    except ModelError as error:
        yield _fault("model", str(error), "Until then messages wait, and nothing is judged.")
    finally:
        await model.close()


def _addresses(each: tuple[tuple[str, ModelHealth | ModelError], ...]) -> Iterator[Finding]:
    """Say of each of several addresses, in the order that they are used in, whether it could be."""
    if len(each) == 1:
        return
    working = [found for _, found in each if isinstance(found, ModelHealth)]
    for number, (address, found) in enumerate(each, start=1):
        check = f"address {number}"
        if not isinstance(found, ModelHealth):
            remedy = (
                "The next one is used as long as this one does not work." if working else "No other one works either."
            )
            yield Finding(check=check, grade=Grade.ADVICE, found=str(found), remedy=remedy)
        elif found.identity.digest != working[0].identity.digest:
            yield Finding(
                check=check,
                grade=Grade.ADVICE,
                found=f"{address} has other weights under the name {found.identity.model}",
                remedy="It may judge differently. Fetch the same ones on both machines with `ollama pull`.",
            )
        else:
            used = "in use" if found is working[0] else "in reserve"
            yield Finding(check=check, grade=Grade.FINE, found=f"{address} answers ({found.identity.server}), {used}")


def _placement(health: ModelHealth, settings: ProcessSettings, policies: PolicyFiles) -> Iterator[Finding]:
    identity = health.identity
    yield Finding(check="model", grade=Grade.FINE, found=f"{identity.model} answers ({identity.server})")
    version = tuple(int(number) for number in re.findall(r"\d+", identity.server)[:3])
    if version and version < LOGPROBS_SINCE:
        wanted = ".".join(map(str, LOGPROBS_SINCE))
        yield _fault(
            "model", f"{identity.server} does not tell log probabilities", f"Update Ollama to {wanted} or later."
        )
    foreign = foreign_window_finding(health, settings.ollama.num_ctx)
    if foreign is not None:
        yield foreign
    if health.gpu_share is not None and health.gpu_share < _GPU_WHOLE:
        yield Finding(
            check="graphics card",
            grade=Grade.ADVICE,
            found=f"only {health.gpu_share:.0%} of the model is on the graphics card",
            remedy="It works, slowly. Free memory on the card, or ask a smaller context window (ollama.num_ctx).",
        )
    if settings.ollama.slots < len(policies.policies()):
        yield Finding(
            check="slots",
            grade=Grade.ADVICE,
            found=f"{_slots(settings.ollama.slots)} for {len(policies.policies())} policies",
            remedy="With OLLAMA_NUM_PARALLEL at the number of policies in use, and ollama.slots the same, each policy "
            "stays in the model's cache. Only if the card's memory allows it.",
        )


def _slots(number: int) -> str:
    return "1 slot" if number == 1 else f"{number} slots"


async def _speed(model: Classifier, policies: PolicyFiles) -> AsyncIterator[Finding]:
    policy = policies.policies()[0]
    await model.warm(policy)
    times = []
    for text in _SAMPLES:
        begun = time.monotonic()
        verdict = await model.judge(Question(policy=policy, text=text))
        times.append(time.monotonic() - begun)
        if verdict.label is Label.UNDECIDED and verdict.reason is not None:
            why = catalogue("en").reason(Reason(code=verdict.reason), Family.UNDECIDED)
            said = f"{why}. {verdict.fault}" if verdict.fault else why
            yield _fault("verdict", f"a sample message could not be judged: {said}", "See the log of Ollama for more.")
            return
    slowest = max(times)
    yield Finding(
        check="verdict",
        grade=Grade.FINE,
        found=f"{min(times):.2f} to {slowest:.2f} seconds for a verdict under {policy.id}, "
        f"about {60 / slowest:.0f} a minute in each slot",
    )


def _fault(check: str, found: str, remedy: str) -> Finding:
    return Finding(check=check, grade=Grade.FAULT, found=found, remedy=remedy)


def _tell(finding: Finding) -> None:
    mark, style = _MARKS[finding.grade]
    line = Text(mark, style=style)
    line.append(f" {finding.check}: {finding.found}", style="")
    out().print(line, soft_wrap=True)
    if finding.remedy:
        out().print(f"     {finding.remedy}", soft_wrap=True)
