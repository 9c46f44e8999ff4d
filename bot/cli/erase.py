"""`hallmoot erase`: take a person out of the records of a community."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap.stores import beside
from bot.cli.communities import on_record
from bot.cli.shared.asking import make_sure
from bot.cli.shared.options import Config, Database, Json, example
from bot.cli.shared.output import out, print_json
from bot.cli.shared.surroundings import settings_for
from bot.domain.audit import AuditCode, AuditNote
from bot.domain.ids import CommunityId, PersonId
from bot.domain.keeping import ErasureReceipt

EPILOG = example("hallmoot erase --community discord:123 --author 456 --yes")


def erase(
    community: Annotated[str, typer.Option("--community", metavar="ID", help="The community, such as discord:123.")],
    author: Annotated[str, typer.Option("--author", metavar="ID", help="The person's id on the platform.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether it is meant.")] = False,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Erase a person from every table, for good; what was decided stays without them.

    Backups made before are erased too, when they are put back. The audit log still verifies afterwards.
    """
    if not yes:
        make_sure(f"Erase {author} from all records of {community}? This can't be undone.")
    database = Path(settings_for(config=config, db=db).process.storage.path)
    receipt = asyncio.run(_erase(database, CommunityId(community), PersonId(author)))
    if as_json:
        print_json(_as_json(receipt))
    else:
        _show(receipt)


async def _erase(database: Path, community: CommunityId, author: PersonId) -> ErasureReceipt:
    async with beside(str(database)) as store:
        await on_record(store, community)
        receipt = await store.keeping.erase(community, author, datetime.now(UTC))
        counted = tuple((kind, str(number)) for kind, number in receipt.counts)
        note = AuditNote(community=community, code=AuditCode.ERASED, at=receipt.erased_at, details=counted)
        await store.audit.append((note,))
        return receipt


def _show(receipt: ErasureReceipt) -> None:
    screen = out()
    if not receipt.total:
        screen.print("Nothing about this person was on record. A backup that knows them will not bring them back.")
        return
    screen.print(f"Erased on {receipt.erased_at:%Y-%m-%d %H:%M} UTC. Rows changed: {receipt.total}")
    for table, number in receipt.counts:
        if number:
            screen.print(f"  {table.replace('_', ' ')}: {number}")
    if receipt.cases:
        numbers = ", ".join(str(number) for number in receipt.cases)
        screen.print(f"Cards of these cases may still show their words: {numbers}. Remove them on the platform.")


def _as_json(receipt: ErasureReceipt) -> dict[str, object]:
    return {
        "community": receipt.community,
        "erased_at": receipt.erased_at.isoformat(),
        "rows": dict(receipt.counts),
        "total": receipt.total,
        "cases": list(receipt.cases),
    }
