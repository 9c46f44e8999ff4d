"""`hallmoot replay`: a chat export, put to the policies as if it happened now."""

import asyncio
import itertools
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.adapters.exports.csv_rows import Columns
from bot.adapters.exports.detect import Format
from bot.adapters.exports.export import Export
from bot.adapters.exports.rows import PlacedRows, ReadRow
from bot.adapters.exports.selection import Selection, selected
from bot.bootstrap.recordings import Replaying, replaying
from bot.bootstrap.stores import writing
from bot.bootstrap.surroundings import classifier
from bot.cli.shared.guard import CHECK_FOUND, DONE, INTERRUPTED, UNUSABLE
from bot.cli.shared.interrupts import CtrlC, stopped_by_ctrl_c
from bot.cli.shared.judged_by import is_partly_judged
from bot.cli.shared.kept_replay import begin, check_new, check_same, described
from bot.cli.shared.moments import Since, Until
from bot.cli.shared.options import Config, Json, Model, Ollama, example
from bot.cli.shared.output import err
from bot.cli.shared.reading_progress import judging_progress, reading_progress
from bot.cli.shared.replay_summary import Ending, Entries, show_ending, show_unjudged
from bot.cli.shared.surroundings import policies_of, settings_for
from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.load import Loaded
from bot.domain.actions import Mode
from bot.domain.coverage import Coverage
from bot.domain.errors import InputError, ModelError
from bot.domain.events import Event
from bot.domain.ids import ChannelId, CommunityId
from bot.domain.settings import CommunitySettings, PolicySwitch
from bot.lab.replaying import Replay
from bot.ports.store import Store

EPILOG = example(
    "hallmoot replay examples/exports/slack --policy spam --sample 30",
    "hallmoot replay examples/exports/conversation.csv --policy spam --policy harassment --sample 20 --json",
    "hallmoot replay examples/exports/discord --policy spam --channel workshop --save replay.db",
    "hallmoot replay examples/exports/discord --policy spam --channel workshop --save replay.db --resume",
)
_COLUMN = "Column of a CSV file; guessed where it is not named."

Column = Annotated[str, typer.Option(metavar="NAME", help=_COLUMN)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    loaded: Loaded
    policies: PolicyFiles
    export: Export
    selection: Selection
    named: bool
    save: Path | None
    resume: bool
    wait: timedelta


def replay(
    file: Annotated[Path, typer.Argument(help="A chat export: a file, a zip file or a folder.", show_default=False)],
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", "-p", metavar="PATH", help="Judge by this policy (may be repeated); else by all."),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="What the file is; seen from it if left out.")
    ] = None,
    save: Annotated[Path | None, typer.Option(metavar="DB", help="Keep the records in this new database.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the replay that --save names.")] = False,
    wait: Annotated[
        int, typer.Option(min=0, metavar="MINUTES", help="How long to wait for a model that goes away meanwhile.")
    ] = 10,
    since: Since = None,
    until: Until = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Only this channel, by id or name (may be repeated).")
    ] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many messages, drawn by chance.")] = None,
    seed: Annotated[int, typer.Option(help="Draws another sample.")] = 0,
    text_column: Column = "",
    author_column: Column = "",
    time_column: Column = "",
    id_column: Column = "",
    channel_column: Column = "",
    community: Annotated[
        str | None, typer.Option(metavar="ID", help="Judge by this community's settings, such as discord:123.")
    ] = None,
    config: Config = None,
    ollama: Ollama = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Put a chat export to the policies: what would have been flagged and removed, and what was not judged.

    Reads DiscordChatExporter's JSON, a Slack export (zip or folder), JSON lines and CSV. Nothing is sent anywhere, and
    files and links are never fetched. A model that goes away is waited for. Ctrl-C ends it with what was done; with
    --save it can go on later by --resume.

    Exit status: 0 all was judged, or is on a card where its own text keeps the model from an answer; 1 a part, since
    the model stayed away or failed on single messages; 2 nothing, for want of a model or of a file that can be read;
    130 stopped by Ctrl-C.
    """
    if resume and save is None:
        raise InputError("--resume needs --save: it goes on with the replay that was kept there.")
    loaded = settings_for(config=config, ollama=ollama, model=model)
    columns = Columns(text=text_column, author=author_column, time=time_column, id=id_column, channel=channel_column)
    own = CommunityId(community) if community else None
    job = _Job(
        loaded=loaded,
        policies=_policies(loaded, policy or []),
        export=Export(path=file, now=datetime.now(UTC), community=own, format=format_, columns=columns),
        selection=Selection(since=since, until=until, channels=frozenset(channel or []), sample=sample, seed=seed),
        named=bool(policy),
        save=save,
        resume=resume,
        wait=timedelta(minutes=wait),
    )
    raise typer.Exit(asyncio.run(_replay(job, as_json=as_json)))


def _policies(loaded: Loaded, named: list[str]) -> PolicyFiles:
    """Return the policies to judge by: those named, or all there are."""
    known = policies_of(loaded.process.policy_folders)
    return PolicyFiles([known.find(name).path for name in named]) if named else known


def _communities(job: _Job) -> dict[CommunityId, CommunitySettings]:
    """Return the settings of the communities that the file of settings names; policies that were named are asked."""
    known = PolicyFiles.with_shipped(job.loaded.process.policy_folders)
    everywhere = frozenset[ChannelId]()
    switches = tuple(
        PolicySwitch(policy=policy.id, mode=Mode.SHADOW, channels=everywhere, except_channels=everywhere)
        for policy in job.policies.policies()
    )
    made = job.loaded.communities(known.policies(), known.unusable())
    if not job.named:
        return made
    return {
        name: replace(own, policies=tuple(own.switch(switch.policy) or switch for switch in switches))
        for name, own in made.items()
    }


async def _replay(job: _Job, *, as_json: bool) -> int:
    """Replay the file, show what came of it, and return the exit status."""
    if job.save is not None and job.resume:
        check_same(job.save, described(job.export, job.selection, job.policies.policies()))
    elif job.save is not None:
        check_new(job.save)
    asked = classifier(job.loaded.process)
    try:
        await asked.health()
    except ModelError as error:
        return _without_a_model(job, error, as_json=as_json)
    finally:
        await asked.close()
    communities, entries = _communities(job), Entries()
    settings = job.loaded.process
    async with _records(job) as store, replaying(settings, job.policies, store, communities, wait=job.wait) as flow:
        await flow.watch.start()
        replay_ = await _run(job, flow, entries)
        ending = Ending(
            stopped=replay_.stopped,
            lost=replay_.lost,
            progress=replay_.progress,
            entries=entries,
            saved=job.save,
            model=flow.watch.last_identity,
            why_no_model=flow.watch.why_away,
        )
        coverage = await store.inbox.coverage(None, None, None)
        await show_ending(ending, coverage, store, as_json=as_json)
    return _status(ending, coverage)


def _status(ending: Ending, coverage: Coverage) -> int:
    if ending.stopped and ending.lost is None:
        return INTERRUPTED
    if not coverage.seen and ending.entries.holds_nothing:
        err().print("Nothing in there could be read as a message.")
        return UNUSABLE
    if ending.lost is None and not is_partly_judged(coverage):
        return DONE
    return CHECK_FOUND if coverage.judged else UNUSABLE


def _without_a_model(job: _Job, error: ModelError, *, as_json: bool) -> int:
    """Say what is in the file all the same: whether it can be read is worth knowing. Nothing is recorded."""
    entries = Entries()
    with reading_progress(lambda: job.export.meter.share) as advance:
        for _ in _events(job, entries, CtrlC(), advance):
            pass
    show_unjudged(entries, error, as_json=as_json)
    return UNUSABLE


async def _run(job: _Job, flow: Replaying, entries: Entries) -> Replay:
    await flow.recover()
    replay_ = flow.replay(lambda progress: shown.advance(progress.done, judged=progress.answered > 0))
    with stopped_by_ctrl_c(replay_.stop) as ctrl_c, judging_progress(_total(job, ctrl_c)) as shown:
        flow.watch.tell = shown.waiting
        await replay_.run(_events(job, entries, ctrl_c))
    return replay_


def _total(job: _Job, ctrl_c: CtrlC) -> int:
    """Return how many events are to be replayed, where there is a terminal to show it on: the file is read for it."""
    if not sys.stderr.isatty():
        return 0
    with reading_progress(lambda: job.export.meter.share) as advance:
        return sum(1 for _ in _events(job, Entries(), ctrl_c, advance))


def _events(
    job: _Job, entries: Entries, ctrl_c: CtrlC, after_each: Callable[[], None] = lambda: None
) -> Iterator[Event]:
    """Yield what is to be replayed. Much may be read between two events, so Ctrl-C is looked at for each row."""

    def rows() -> PlacedRows:
        for row in itertools.takewhile(lambda _: not ctrl_c.pressed, job.export.rows()):
            after_each()
            yield row

    try:
        for row in selected(rows, job.export.channels, job.selection):
            entries.add(row)
            if isinstance(row, ReadRow):
                yield row.event
    except InputError:
        if not ctrl_c.pressed:  # what was to be found may stand in the part that was not read
            raise


@asynccontextmanager
async def _records(job: _Job) -> AsyncIterator[Store]:
    """Open the database to keep, or one that goes away at the end: memory would not hold a long conversation."""
    if job.save is None:
        with tempfile.TemporaryDirectory(prefix="hallmoot-") as folder:
            async with writing(Path(folder, "replay.db")) as store:
                yield store
        return
    if not job.resume:
        begin(job.save, described(job.export, job.selection, job.policies.policies()))
    async with writing(job.save) as store:
        yield store
