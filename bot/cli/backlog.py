"""`hallmoot backlog`: what waits for the model, and letting go of it."""

import asyncio
import getpass
from contextlib import suppress

import typer

from bot.bootstrap.stores import beside, reading
from bot.cli.shared.options import Community, Config, Database, Json, example
from bot.cli.shared.output import out, print_json
from bot.cli.shared.surroundings import settings_for
from bot.core.recordings.clocks import SystemClock
from bot.core.waiting.forgetting import forget_backlog
from bot.domain.ids import CommunityId

app = typer.Typer(help="See what waits for the model, or let go of it.", no_args_is_help=True)


@app.command(epilog=example("hallmoot backlog show", "hallmoot backlog show --json"))
def show(config: Config = None, db: Database = None, as_json: Json = False) -> None:
    """Show how many messages wait for the model in each community."""
    loaded = settings_for(config=config, db=db)
    counts = asyncio.run(_counts(loaded.process.storage.path))
    if as_json:
        print_json(counts)
        return
    for community, count in counts.items():
        out().print(f"{community}: {count} waiting")
    if not counts:
        out().print("Nothing waits.")


@app.command(epilog=example("hallmoot backlog forget --community discord:123"))
def forget(community: Community = None, config: Config = None, db: Database = None, as_json: Json = False) -> None:
    """End what waits without a judgement: each message is on record as forgotten. Reports go on waiting."""
    loaded = settings_for(config=config, db=db)
    count = asyncio.run(_forget(loaded.process.storage.path, community))
    if as_json:
        print_json({"forgotten": count})
    else:
        out().print(f"{count} messages are on record as not judged: forgotten.")


async def _counts(path: str) -> dict[str, int]:
    async with reading(path) as store:
        return {str(community): count for community, count in await store.inbox.unjudged_counts()}


async def _forget(path: str, community: str | None) -> int:
    async with beside(path) as store:
        only = CommunityId(community) if community else None
        return len(await forget_backlog(store.inbox, SystemClock(), by=_who(), community=only))


def _who() -> str:
    """Return who runs this, as the operating system names them."""
    with suppress(OSError, KeyError, ImportError):
        return f"command line: {getpass.getuser()}"
    return "command line"
