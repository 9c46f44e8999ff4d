"""`hallmoot demo`: a shipped conversation, put to the shipped policies."""

import asyncio
import shlex
from importlib import resources
from pathlib import Path
from typing import Any

from bot.adapters.console.cards import case_table, terminal_catalogue
from bot.adapters.exports.json_lines import read
from bot.adapters.exports.rows import BrokenRow
from bot.bootstrap.recordings import Recording, demo_policies, recording
from bot.bootstrap.stores import fresh_store
from bot.cli.options import Config, Json, Model, Ollama, example
from bot.cli.output import command_name, heading, out, print_json, progress
from bot.cli.surroundings import settings_for
from bot.cli.tallies import coverage_dict, verdict_table
from bot.core.playback import play
from bot.domain.card import Card
from bot.domain.coverage import Coverage
from bot.domain.errors import InputError
from bot.domain.events import Event
from bot.domain.ids import CommunityId
from bot.domain.settings import ProcessSettings
from bot.messages.coverage import coverage_lines

EPILOG = example("hallmoot demo", "hallmoot demo --ollama http://127.0.0.1:11434 --model gpt-oss-safeguard:20b")
COMMUNITY = CommunityId("console:demo")
DATABASE = "demo.db"


def demo(config: Config = None, ollama: Ollama = None, model: Model = None, as_json: Json = False) -> None:
    """Put a shipped conversation to the shipped policies, and show what comes of it.

    Where an Ollama answers, it is the real model. Without one the demo goes on, and says what it could not judge.
    """
    loaded = settings_for(config=config, ollama=ollama, model=model)
    asyncio.run(_demo(loaded.process, as_json=as_json))


async def _demo(settings: ProcessSettings, *, as_json: bool) -> None:
    events = shipped_conversation()
    database = Path(settings.storage.path).with_name(DATABASE)
    async with fresh_store(database) as store, recording(settings, demo_policies(), store, {}) as parts:
        await parts.watch.probe()
        if not as_json:
            _tell_model(parts)
        with progress("Judging", len(events)) as advance:
            await play(parts.moderator, parts.clock, events, advance)
        coverage = await store.inbox.coverage(COMMUNITY, None, None)
        cards = tuple(parts.mod_log.cards.values())
        if as_json:
            print_json(_as_json(parts, cards, coverage))
        else:
            _show(cards, coverage, database)


def shipped_conversation() -> tuple[Event, ...]:
    """Return the demo's events. Raises InputError when the installed file is damaged."""
    file = resources.files("bot.adapters.console") / "conversation.jsonl"
    events: list[Event] = []
    for row in read(file.read_text("utf-8").splitlines(), "conversation.jsonl", COMMUNITY):
        if isinstance(row, BrokenRow):
            raise InputError(f"{row.place}: {row.fault}. Install Hallmoot anew.")
        events.append(row)
    return tuple(events)


def _tell_model(parts: Recording) -> None:
    identity = parts.watch.identity
    if identity is not None:
        out().print(f"Judged by {identity.model} ({identity.server}, digest {identity.digest[:19]}).\n")
        return
    out().print(heading("No model answered, so nothing here is a model's judgement."))
    out().print(parts.watch.why_away, soft_wrap=True)
    out().print(
        "The demo goes on without one: texts equal to or like a known example are flagged, saying which; "
        "everything else is counted as not judged.\n"
    )


def _show(cards: tuple[Card, ...], coverage: Coverage, database: Path) -> None:
    words = terminal_catalogue("en")
    screen = out()
    screen.print(heading(f"Cases: {len(cards)}"))
    screen.print(case_table(cards, words))
    screen.print(heading("\nVerdicts, one for each policy that a message was put to"))
    screen.print(verdict_table(coverage))
    screen.print(heading("\nCoverage"))
    for line in coverage_lines(coverage, words):
        screen.print(f"  {line}")
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
    identity = parts.watch.identity
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
