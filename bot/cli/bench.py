"""`hallmoot bench`: how fast the bot itself is, part by part, against the marks it has to reach."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bot import logs
from bot.bench.parts import Measure, Options, Part
from bot.cli.shared.guard import CHECK_FOUND
from bot.cli.shared.options import Json, Model, example
from bot.cli.shared.output import err, out, print_json
from bot.cli.shared.surroundings import QUIET
from bot.config.text_files import absolute, current_folder, is_folder
from bot.domain.errors import InputError

EPILOG = example(
    "hallmoot bench cache",
    "hallmoot bench cache --json --seed 2",
    "hallmoot bench cache --real",
    "hallmoot bench cache --scale 0.1 --ollama http://127.0.0.1:11434",
)
NAMES = "intake, guilds, slack, cpu, verdict, latency, cache, idle, waiting, copies, raid, hostile, start"
"""Every part. Spelled out, so that nobody who reads the help waits for both platforms' clients."""


def bench(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Which parts: {NAMES}. Without any: all.")] = None,
    ollama: Annotated[
        str | None, typer.Option("--ollama", metavar="URL", help="Run the part `cache` on this Ollama.")
    ] = None,
    llama_server: Annotated[
        str | None, typer.Option("--llama-server", metavar="URL", help="Run the part `cache` on this llama.cpp server.")
    ] = None,
    real: Annotated[
        bool, typer.Option("--real", help="Run the part `cache` on llama.cpp's own server, with a tiny model.")
    ] = False,
    model: Model = None,
    seed: Annotated[int, typer.Option("--seed", help="Makes the same messages again.")] = 1,
    scale: Annotated[
        float, typer.Option("--scale", min=0.001, max=10, help="Do less (0.1) or more (2) of everything.")
    ] = 1.0,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where databases are made: on the disk that is to be measured.")
    ] = Path(),
    as_json: Json = False,
) -> None:
    """Measure the bot itself: what a message costs beside the model, and whether the model is kept at work.

    Exit status: 0 all marks are met, 1 one is not.
    """
    from bot.bench.registry import chosen  # noqa: PLC0415 - see NAMES
    from bot.bootstrap.benchmarks import PARTS  # noqa: PLC0415 - the same

    logs.configure(level=QUIET)
    place = absolute(current_folder(), str(folder))
    if not is_folder(place):
        raise InputError(f"{place}: there is no such folder to make databases in. Name another one with --folder.")
    options = Options(
        seed=seed,
        folder=place,
        scale=scale,
        ollama=ollama,
        model=model,
        llama_server=llama_server,
        real=real,
    )
    results: list[tuple[Part, tuple[Measure, ...]]] = []
    for part in chosen(parts or [], PARTS):
        if not as_json:
            err().print(f"{part.title} ...")
        results.append((part, asyncio.run(part.run(options))))
    if as_json:
        print_json([_as_dict(part, measures) for part, measures in results])
    else:
        out().print(_table(results))
    if any(measure.holds is False for _, measures in results for measure in measures):
        raise typer.Exit(CHECK_FOUND)


def _table(results: list[tuple[Part, tuple[Measure, ...]]]) -> Table:
    table = Table(show_lines=False)
    for name, side in (("Part", "left"), ("What", "left"), ("Measured", "right"), ("Mark", "right"), ("", "left")):
        table.add_column(name, justify="right" if side == "right" else "left")
    for part, measures in results:
        for number, measure in enumerate(measures):
            table.add_row(
                part.name if number == 0 else "",
                measure.what,
                f"{_number(measure.value)} {measure.unit}".strip(),
                _mark(measure),
                {True: "holds", False: "MISSED", None: ""}[measure.holds],
            )
        table.add_section()
    return table


def _mark(measure: Measure) -> str:
    if measure.mark is None:
        return ""
    return f"{'≥' if measure.mark.at_least else '≤'} {_number(measure.mark.limit)} {measure.unit}".strip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _as_dict(part: Part, measures: tuple[Measure, ...]) -> dict[str, Any]:
    return {
        "part": part.name,
        "title": part.title,
        "measures": [
            {
                "what": measure.what,
                "value": measure.value,
                "unit": measure.unit,
                "mark": measure.mark.limit if measure.mark is not None else None,
                "at_least": measure.mark.at_least if measure.mark is not None else None,
                "holds": measure.holds,
            }
            for measure in measures
        ],
    }
