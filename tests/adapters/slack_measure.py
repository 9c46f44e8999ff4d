"""How fast Slack's events are acknowledged under load: `python -m tests.adapters.slack_measure [EVENTS] [SECONDS]`.

Events of one workspace go over real sockets to the real slack-bolt, and each is committed to a SQLite inbox before it
is acknowledged; no model is there. Stand-in and bot share the process, so the figures are worse than in earnest.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bot.adapters.slack.platform import Receivers, connect
from bot.adapters.slack.sockets import SocketSettings
from bot.core.clocks import SystemClock
from bot.core.intake import Intake
from bot.ports.store import Store
from bot.storage.sqlite.store import open_store
from tests.fakes.slack_rig import Rig, calling, rigged, slack_settings


async def measure(events: int, seconds: float) -> list[float]:
    """Send events evenly over some seconds; return how long each took to be acknowledged, in seconds, sorted."""
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "measure.db", exclusive=True)
        intake = Intake(store.inbox, SystemClock())
        try:
            async with rigged() as rig:
                return await _measure(rig, intake, store, events, seconds)
        finally:
            await store.close()


async def _measure(rig: Rig, intake: Intake, store: Store, events: int, seconds: float) -> list[float]:
    platform = await connect(
        slack_settings(rig.world, rig.team, None),
        rig.settings_of,
        SystemClock(),
        calling=calling(rig.world),
        sockets=SocketSettings(),
    )
    receivers = Receivers(
        deliver=intake.accept,
        record=rig.record,
        deliveries=store.deliveries,
        cursors=store.cursors,
        inbox=store.inbox,
    )
    running = asyncio.create_task(platform.run(receivers, rig.desk))
    try:
        await rig.world.until(lambda: len(rig.world.sockets.of(rig.team.app)) == 2)
        started = time.monotonic()
        for number in range(events):
            await asyncio.sleep(max(0.0, started + number * seconds / events - time.monotonic()))
            await rig.world.say(rig.general, rig.anna, f"message number {number}")
        await rig.world.until(lambda: not rig.world.sockets.pending, 60)
        return sorted(rig.world.sockets.latencies)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def main(arguments: list[str]) -> None:
    """Measure and print."""
    events = int(arguments[0]) if arguments else 10_000
    seconds = float(arguments[1]) if len(arguments) > 1 else 60.0
    times = asyncio.run(measure(events, seconds))
    cuts = statistics.quantiles(times, n=100)
    middle, high, longest = (round(value * 1000) for value in (cuts[49], cuts[98], times[-1]))
    sys.stdout.write(f"{len(times)} of {events} events in {seconds:.0f} s: ")
    sys.stdout.write(f"p50 {middle} ms, p99 {high} ms, longest {longest} ms\n")


if __name__ == "__main__":
    main(sys.argv[1:])
