"""`hallmoot cases`: what is on record."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from bot.adapters.console.cards import draw_card, harmless, terminal_catalogue
from bot.bootstrap.stores import reading
from bot.cli.communities import asked_for, names_of
from bot.cli.shared.moments import Since
from bot.cli.shared.options import Community, Config, Database, Json, example
from bot.cli.shared.output import err, out, print_json
from bot.cli.shared.surroundings import policies_of, settings_for
from bot.config.policy_files.offered import OfferedPolicies
from bot.config.policy_files.policies import PolicyFiles
from bot.core.acting.cards import card_of
from bot.core.desk.answers import RuleNames
from bot.domain.case import Case, CaseFile, CaseStatus
from bot.domain.errors import InputError, PolicyError
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, PersonId, PolicyId
from bot.domain.missed import Missed
from bot.domain.records import CaseFilter
from bot.domain.settings import ProcessSettings
from bot.messages.more import more_content
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store

_LONGEST, _WIDEST = 120, 40
"""How much of a message a list shows: in characters, and in columns of the terminal."""

app = typer.Typer(help="Look at cases: what was found, what was done, and why.", no_args_is_help=True)


@app.command(name="list", epilog=example("hallmoot cases list --status open", "hallmoot cases list --json"))
def list_(
    status: Annotated[CaseStatus | None, typer.Option(case_sensitive=False, help="Only cases that stand so.")] = None,
    policy: Annotated[str | None, typer.Option(help="Only cases under this policy.")] = None,
    category: Annotated[str | None, typer.Option(help="Only cases under this rule.")] = None,
    author: Annotated[str | None, typer.Option(help="Only cases of this member, by id.")] = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show so many at most, the newest first.")] = 50,
    community: Community = None,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """List cases, the newest first."""
    wanted = CaseFilter(
        status=status,
        policy=PolicyId(policy) if policy else None,
        category=CategoryId(category) if category else None,
        author=PersonId(author) if author else None,
        since=since,
        limit=limit,
    )
    _list(settings_for(config=config, db=db).process, community, wanted, as_json=as_json)


@app.command(epilog=example("hallmoot cases show 12", "hallmoot cases show 12 --community discord:123 --json"))
def show(
    number: Annotated[int, typer.Argument(min=1, help="The case's number.")],
    community: Community = None,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Show one case: the card, the reasoning, every step and effect."""
    loaded = settings_for(config=config, db=db)
    asyncio.run(_show(loaded.process, community, number, as_json=as_json))


@app.command(epilog=example("hallmoot cases search keycaps", 'hallmoot cases search "15% off" --json'))
def search(
    words: Annotated[list[str], typer.Argument(help="Words that all stand in the message, the rationale or a note.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show so many at most, the newest first.")] = 50,
    community: Community = None,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Search cases by words, in all text that retention keeps."""
    wanted = CaseFilter(words=" ".join(words), limit=limit)
    _list(settings_for(config=config, db=db).process, community, wanted, as_json=as_json)


@app.command(epilog=example("hallmoot cases missed", "hallmoot cases missed --since 2026-11-01 --json"))
def missed(
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show so many at most, the latest first.")] = 50,
    community: Community = None,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """List messages that were found to keep the rules and that a moderator removed all the same.

    Each is a suggestion: perhaps a rule was broken and missed. Texts are kept as long as any without a case.
    """
    loaded = settings_for(config=config, db=db)
    found = asyncio.run(_missed(loaded.process.storage.path, community, since, limit))
    if as_json:
        print_json([missed_dict(entry) for entry in found])
    else:
        show_missed(found)


async def _missed(path: str, community: str | None, since: datetime | None, limit: int) -> tuple[Missed, ...]:
    async with reading(path) as store:
        return await store.inbox.missed(await asked_for(store, community), since, limit)


def _list(settings: ProcessSettings, community: str | None, wanted: CaseFilter, *, as_json: bool) -> None:
    found = asyncio.run(_find(settings, community, wanted))
    if as_json:
        print_json([{**case_dict(one.case), "rule": one.rule, "text": one.text} for one in found])
    else:
        show_list(tuple(one.case for one in found), {(one.case.community, one.case.number): one for one in found})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A case in a list: its rule's title, and what was said, None once that is not kept any more."""

    case: Case
    rule: str
    text: str | None


async def _find(settings: ProcessSettings, community: str | None, wanted: CaseFilter) -> tuple[Listed, ...]:
    async with reading(settings.storage.path) as store:
        policies = OfferedPolicies(_policies(settings), await store.settings.uploads())
        names = RuleNames(policies)
        listed = []
        for case in await store.cases.find(await asked_for(store, community), wanted):
            file = await store.cases.file(case.community, case.number)
            text = file.message.judged_text if file is not None and file.message is not None else None
            rule = names.rule(case.community, case.policy, case.category)
            listed.append(Listed(case=case, rule=rule, text=text))
        return tuple(listed)


def _policies(settings: ProcessSettings) -> PolicySource:
    """Return the policies, for their titles; none where they can't be read, which is no reason to hide records."""
    try:
        return policies_of(settings.policy_folders)
    except PolicyError as error:
        err().print(Text(f"{error}\nSo rules are shown by their ids."), soft_wrap=True)
        return PolicyFiles([])


async def _show(settings: ProcessSettings, community: str | None, number: int, *, as_json: bool) -> None:
    async with reading(settings.storage.path) as store:
        file = await _file(store, community, number)
        if as_json:
            print_json(file_dict(file))
            return
        words = terminal_catalogue("en")
        policies = OfferedPolicies(_policies(settings), await store.settings.uploads())
        card = await card_of(file, store, policies)
        screen = out()
        screen.print(draw_card(card, words))
        names = RuleNames(policies).of_record(file)
        for line in more_content(file, words, history=card.history, names=names).lines():
            screen.print(harmless(line))


async def _file(store: Store, community: str | None, number: int) -> CaseFile:
    found = [
        file
        for name in await names_of(store, community)
        if (file := await store.cases.file(name, CaseNumber(number))) is not None
    ]
    if not found:
        where = f" in {community}" if community else ""
        raise InputError(f"There is no case {number}{where}. `hallmoot cases list` shows those that there are.")
    if len(found) > 1:
        names = ", ".join(file.case.community for file in found)
        raise InputError(f"Several communities have a case {number}: {names}. Say which one with --community.")
    return found[0]


def show_list(cases: tuple[Case, ...], listed: Mapping[tuple[CommunityId, CaseNumber], Listed] | None = None) -> None:
    """Print cases as a table; with what was said and the rules' titles, where these are given."""
    if not cases:
        out().print("No cases.")
        return
    words = terminal_catalogue("en")
    several = len({case.community for case in cases}) > 1
    table = Table()
    said = ("Message",) if listed else ()
    for heading in (*(("Community",) if several else ()), "Case", "When", "Who", *said, "Rule", "Action", "Stands"):
        table.add_column(heading, max_width=_WIDEST if heading == "Message" else None, overflow="fold")
    for case in cases:
        one = listed.get((case.community, case.number)) if listed else None
        table.add_row(
            *((case.community,) if several else ()),
            str(case.number),
            case.opened_at.strftime("%Y-%m-%d %H:%M"),
            harmless(case.author_name),
            *((_beginning(one.text if one else None),) if listed else ()),
            _rule(case, one),
            case.action or "",
            words.say(f"status.{case.status.value.lower()}"),
        )
    out().print(table)


def _beginning(text: str | None) -> Text:
    if text is None:
        return Text("(not kept any more)", style="italic")
    line = " ".join(harmless(text).split())
    return Text(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")


def _rule(case: Case, one: Listed | None) -> str:
    own = case.category or case.policy or ""
    return own if one is None or one.rule == own else f"{own} {one.rule}".strip()


def show_missed(found: tuple[Missed, ...]) -> None:
    """Print suggestions as a table."""
    if not found:
        out().print("Nothing that was found to keep the rules was removed by a moderator.")
        return
    table = Table()
    for heading in ("Community", "Removed", "Channel", "Author", "By", "Text"):
        table.add_column(heading)
    for entry in found:
        text = entry.message.judged_text if entry.message is not None else "(not kept any more)"
        where = (entry.ref.community, entry.at.strftime("%Y-%m-%d %H:%M"), entry.ref.channel, entry.author)
        table.add_row(*where, entry.by or "", harmless(text))
    out().print(table)


def missed_dict(entry: Missed) -> dict[str, Any]:
    """Return a suggestion as JSON shows it."""
    return {
        "community": entry.ref.community,
        "channel": entry.ref.channel,
        "message": entry.ref.message,
        "author": entry.author,
        "removed_by": entry.by,
        "removed_at": entry.at.isoformat(),
        "text": entry.message.judged_text if entry.message is not None else None,
        "suggested": "missed",
    }


def case_dict(case: Case) -> dict[str, Any]:
    """Return a case as JSON shows it."""
    return {
        "community": case.community,
        "case": case.number,
        "status": case.status,
        "opened_at": case.opened_at.isoformat(),
        "channel": case.ref.channel,
        "message": case.ref.message,
        "author": case.author,
        "author_name": case.author_name,
        "policy": case.policy,
        "category": case.category,
        "severity": case.severity,
        "action": case.action,
        "rationale": case.rationale,
    }


def file_dict(file: CaseFile) -> dict[str, Any]:
    """Return a case with everything on record about it, as JSON shows it; without the model's reasoning."""
    return {
        **case_dict(file.case),
        "text": file.message.judged_text if file.message is not None else None,
        "verdicts": [
            {
                "policy": verdict.policy,
                "label": verdict.label,
                "reason": verdict.reason,
                "category": verdict.category,
                "source": verdict.source,
                "copy_of": verdict.copy_of or None,
                "evidence": [item.quote for item in verdict.evidence],
            }
            for verdict in file.verdicts
        ],
        "decisions": [
            {
                "action": decision.action,
                "wanted": decision.wanted,
                "mode": decision.mode,
                "by": decision.by,
                "at": decision.made_at.isoformat(),
                "steps": [{"code": step.code, **dict(step.values)} for step in decision.steps],
            }
            for decision in file.decisions
        ],
        "effects": [
            {
                "action": stored.effect.action,
                "target": stored.effect.key.target,
                "outcome": stored.result.outcome if stored.result is not None else None,
                "why": stored.result.why.code if stored.result is not None and stored.result.why is not None else None,
            }
            for stored in file.effects
        ],
        "reviews": [
            {"result": review.result, "by": review.by_name, "at": review.at.isoformat(), "note": review.note}
            for review in file.reviews
        ],
    }
