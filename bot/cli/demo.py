"""`hallmoot demo`: a shipped conversation, put to the shipped policies."""

import asyncio
import shlex
from importlib import resources
from pathlib import Path
from typing import Any

import typer

from bot.adapters.console.cards import case_table, terminal_catalogue
from bot.adapters.exports.json_lines import read
from bot.adapters.exports.rows import BrokenRow
from bot.bootstrap.recordings import Recording, demo_policies, recording
from bot.bootstrap.stores import new_store
from bot.cli.shared.guard import CHECK_FOUND, DONE
from bot.cli.shared.judged_by import is_partly_judged, tell_judge
from bot.cli.shared.options import Config, Json, Model, Ollama, example
from bot.cli.shared.output import command_name, heading, out, print_json
from bot.cli.shared.reading_progress import judging_progress
from bot.cli.shared.surroundings import settings_for
from bot.cli.shared.tallies import coverage_dict, show_coverage, show_verdicts
from bot.core.recordings.playback import play
from bot.domain.card import Card
from bot.domain.coverage import Coverage
from bot.domain.errors import InputError, ModelStayedAway
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.domain.settings import ProcessSettings

EPILOG = example("hallmoot demo", "hallmoot demo --ollama http://127.0.0.1:11434 --model gpt-oss-safeguard:20b")
COMMUNITY = CommunityId("console:demo")
DATABASE = "demo.db"


def demo(config: Config = None, ollama: Ollama = None, model: Model = None, as_json: Json = False) -> None:
    """Put a shipped conversation to the shipped policies, and show what comes of it.

    Where an Ollama answers, it is the real model. Without one the demo goes on, and says what it could not judge. A
    model that goes away meanwhile is waited for. Exit status: 1 when it stayed away, or failed on single messages.
    """
    loaded = settings_for(config=config, ollama=ollama, model=model)
    raise typer.Exit(asyncio.run(_demo(loaded.process, as_json=as_json)))


async def _demo(settings: ProcessSettings, *, as_json: bool) -> int:
    """Play the conversation, show what came of it, and return the exit status."""
    events = shipped_conversation()
    usual = Path(settings.storage.path).with_name(DATABASE)
    async with new_store(usual) as (store, database), recording(settings, demo_policies(), store, {}) as parts:
        await parts.watch.start()
        lost = await _play(parts, events)
        coverage = await store.inbox.coverage(COMMUNITY, None, None)
        cards = tuple(parts.mod_log.cards.values())
        if as_json:
            print_json(_as_json(parts, cards, coverage))
        else:
            _tell_model(parts, coverage)
            _show(cards, coverage, database)
    had_a_model = parts.watch.last_identity is not None
    return CHECK_FOUND if lost or (had_a_model and is_partly_judged(coverage)) else DONE


async def _play(parts: Recording, events: tuple[Event, ...]) -> bool:
    """Take the events to their ends; return whether that ended early, since a model stayed away that had answered."""
    with judging_progress(len(events)) as shown:
        parts.watch.tell = shown.waiting
        try:
            await play(parts.flow, parts.clock, events, shown.advance)
        except ModelStayedAway:
            return True
    return False


def shipped_conversation() -> tuple[Event, ...]:
    """Return the demo's events. Raises InputError when the installed file is damaged."""
    file = resources.files("bot.adapters.console") / "conversation.jsonl"
    events: list[Event] = []
    for row in read(file.read_text("utf-8").splitlines(), "conversation.jsonl", COMMUNITY):
        if isinstance(row, BrokenRow):
            raise InputError(f"{row.place}: {row.fault}. Install Hallmoot anew.")
        events.append(row)
    return tuple(events)


def _tell_model(parts: Recording, coverage: Coverage) -> None:
    tell_judge(parts.watch.last_identity, parts.watch.why_away, coverage)
    if parts.watch.last_identity is None:
        out().print(
            "The demo goes on without one: texts equal to or like a known example are flagged, saying which; "
            "everything else is counted as not judged.",
            soft_wrap=True,
        )
    out().print()


def _show(cards: tuple[Card, ...], coverage: Coverage, database: Path) -> None:
    words = terminal_catalogue("en")
    screen = out()
    screen.print(heading(f"Cases: {len(cards)}"))
    screen.print(case_table(cards, words))
    show_verdicts(coverage)
    screen.print()
    show_coverage(coverage)
    screen.print(f"\nEverything is on record in {database}. Go on from here:", soft_wrap=True)
    hallmoot = command_name()
    for command in (
        f"cases show 1 --db {shlex.quote(str(database))}",
        'judge --policy spam "selling followers, cheap, message me"',
        "policy show spam",
        "doctor",
    ):
        screen.print(f"  {hallmoot} {command}", soft_wrap=True)


def _as_json(parts: Recording, cards: tuple[Card, ...], coverage: Coverage) -> dict[str, Any]:
    identity = parts.watch.last_identity
    return {
        "model": identity.model if identity is not None else None,
        "why_no_model": parts.watch.why_away,
        "cases": [
            {
                "case": card.case.number,
                "author": card.case.author_name,
                "message": card.message.judged_text if card.message is not None else None,
                "policy": card.case.policy,
                "category": card.case.category,
                "action": card.case.action,
                "mode": card.decision.mode,
                "rationale": card.case.rationale,
                "steps": [step.code for step in card.decision.steps],
            }
            for card in cards
        ],
        "coverage": coverage_dict(coverage),
    }
