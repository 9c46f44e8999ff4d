"""`hallmoot backlog`: what waits for the model, and letting go of it."""

import asyncio
import getpass
from contextlib import suppress
from typing import Annotated

import typer

from bot.bootstrap.stores import beside, reading
from bot.cli.communities import asked_for
from bot.cli.shared.asking import make_sure
from bot.cli.shared.options import Community, Config, Database, Json, example
from bot.cli.shared.output import out, print_json
from bot.cli.shared.surroundings import settings_for
from bot.core.recordings.clocks import SystemClock
from bot.core.waiting.forgetting import forget_backlog

app = typer.Typer(help="See what waits for the model, or let go of it.", no_args_is_help=True)


@app.command(epilog=example("hallmoot backlog show", "hallmoot backlog show --json"))
def show(community: Community = None, config: Config = None, db: Database = None, as_json: Json = False) -> None:
    """Show how many messages wait for the model in each community."""
    loaded = settings_for(config=config, db=db)
    counts = asyncio.run(_counts(loaded.process.storage.path, community))
    if as_json:
        print_json(counts)
        return
    for place, count in counts.items():
        out().print(f"{place}: {count} waiting")
    if not counts:
        out().print("Nothing waits.")


@app.command(epilog=example("hallmoot backlog forget --community discord:123", "hallmoot backlog forget --yes"))
def forget(
    community: Community = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether it is meant.")] = False,
    config: Config = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """End what waits without a judgement: each message is on record as forgotten. Reports go on waiting.

    Without --community this is meant for every community.
    """
    loaded = settings_for(config=config, db=db)
    path = loaded.process.storage.path
    counts = asyncio.run(_counts(path, community))
    if counts and not yes:
        told = ", ".join(f"{place}: {count}" for place, count in counts.items())
        make_sure(f"Let go of what waits ({told})? These messages will never be judged.")
    count = asyncio.run(_forget(path, community)) if counts else 0
    if as_json:
        print_json({"forgotten": count})
    else:
        out().print(_forgotten(count))


def _forgotten(count: int) -> str:
    if not count:
        return "Nothing waits."
    return f"{count} {'message is' if count == 1 else 'messages are'} on record as not judged: forgotten."


async def _counts(path: str, community: str | None) -> dict[str, int]:
    async with reading(path) as store:
        only = await asked_for(store, community)
        counts = await store.inbox.unjudged_counts()
        return {str(place): count for place, count in counts if only in (None, place)}


async def _forget(path: str, community: str | None) -> int:
    async with beside(path) as store:
        only = await asked_for(store, community)
        return len(await forget_backlog(store.inbox, SystemClock(), by=_who(), community=only))


def _who() -> str:
    """Return who runs this, as the operating system names them."""
    with suppress(OSError, KeyError, ImportError):
        return f"command line: {getpass.getuser()}"
    return "command line"
