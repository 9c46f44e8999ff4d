"""`hallmoot cases`: what is on record."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from bot.adapters.console.cards import draw_card, harmless, terminal_catalogue
from bot.bootstrap.stores import reading
from bot.bootstrap.surroundings import policies_of
from bot.cli.options import Community, Config, Database, Json, example
from bot.cli.output import out, print_json
from bot.cli.surroundings import settings_for
from bot.core.cards import card_of
from bot.core.desk.answers import RuleNames
from bot.domain.case import Case, CaseFile, CaseStatus
from bot.domain.errors import InputError
from bot.domain.ids import CaseNumber, CategoryId, CommunityId, PersonId, PolicyId
from bot.domain.missed import Missed
from bot.domain.records import CaseFilter
from bot.messages.more import more_content
from bot.ports.store import Store

app = typer.Typer(help="Look at cases: what was found, what was done, and why.", no_args_is_help=True)
_DATE_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@app.command(name="list", epilog=example("hallmoot cases list --status open", "hallmoot cases list --json"))
def list_(
    status: Annotated[CaseStatus | None, typer.Option(case_sensitive=False, help="Only cases that stand so.")] = None,
    policy: Annotated[str | None, typer.Option(help="Only cases under this policy.")] = None,
    category: Annotated[str | None, typer.Option(help="Only cases under this rule.")] = None,
    author: Annotated[str | None, typer.Option(help="Only cases of this member, by id.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=_DATE_FORMATS, help="Only later ones (UTC).")] = None,
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
        since=since.replace(tzinfo=UTC) if since else None,
        limit=limit,
    )
    loaded = settings_for(config=config, db=db)
    found = asyncio.run(_find(loaded.process.storage.path, community, wanted))
    if as_json:
        print_json([case_dict(case) for case in found])
    else:
        show_list(found)


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
    asyncio.run(_show(loaded.process.storage.path, loaded.process.policy_folders, community, number, as_json=as_json))


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
    loaded = settings_for(config=config, db=db)
    found = asyncio.run(_find(loaded.process.storage.path, community, CaseFilter(words=" ".join(words), limit=limit)))
    if as_json:
        print_json([case_dict(case) for case in found])
    else:
        show_list(found)


@app.command(epilog=example("hallmoot cases missed", "hallmoot cases missed --since 2026-11-01 --json"))
def missed(
    since: Annotated[datetime | None, typer.Option(formats=_DATE_FORMATS, help="Only later ones (UTC).")] = None,
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
        place = CommunityId(community) if community else None
        return await store.inbox.missed(place, since.replace(tzinfo=UTC) if since else None, limit)


async def _find(path: str, community: str | None, wanted: CaseFilter) -> tuple[Case, ...]:
    async with reading(path) as store:
        return await store.cases.find(CommunityId(community) if community else None, wanted)


async def _show(path: str, folders: tuple[str, ...], community: str | None, number: int, *, as_json: bool) -> None:
    async with reading(path) as store:
        file = await _file(store, community, number)
        if as_json:
            print_json(file_dict(file))
            return
        words = terminal_catalogue("en")
        policies = policies_of(folders)
        card = await card_of(file, store, policies)
        screen = out()
        screen.print(draw_card(card, words))
        names = RuleNames(policies).of_record(file)
        for line in more_content(file, words, history=card.history, names=names).lines():
            screen.print(harmless(line))


async def _file(store: Store, community: str | None, number: int) -> CaseFile:
    found = [
        file
        for name in ([CommunityId(community)] if community else await store.audit.communities())
        if (file := await store.cases.file(name, CaseNumber(number))) is not None
    ]
    if not found:
        where = f" in {community}" if community else ""
        raise InputError(f"There is no case {number}{where}. `hallmoot cases list` shows those that there are.")
    if len(found) > 1:
        names = ", ".join(file.case.community for file in found)
        raise InputError(f"Several communities have a case {number}: {names}. Say which one with --community.")
    return found[0]


def show_list(cases: tuple[Case, ...]) -> None:
    """Print cases as a table."""
    if not cases:
        out().print("No cases.")
        return
    words = terminal_catalogue("en")
    several = len({case.community for case in cases}) > 1
    table = Table()
    for heading in (*(("Community",) if several else ()), "Case", "When", "Who", "Rule", "Action", "Stands"):
        table.add_column(heading)
    for case in cases:
        table.add_row(
            *((case.community,) if several else ()),
            str(case.number),
            case.opened_at.strftime("%Y-%m-%d %H:%M"),
            harmless(case.author_name),
            case.category or case.policy or "",
            case.action or "",
            words.say(f"status.{case.status.value.lower()}"),
        )
    out().print(table)


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
