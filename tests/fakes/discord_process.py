"""One process on Discord for tests: the real core and database, a scripted model, and the stand-in behind a rig."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.core.acting.closing import Closing
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.deciding.casework import Casework
from bot.core.intake.intake import Intake
from bot.core.intake.screening import Screening
from bot.core.judging.briefing import Briefing
from bot.core.judging.copies import Copies
from bot.core.judging.judging import Judging
from bot.core.judging.model_watch import ModelWatch
from bot.core.main_flow import MainFlow, Parts, Patience
from bot.domain.actions import Mode
from bot.domain.events import Event
from bot.domain.ids import ChannelId
from bot.domain.states import State
from bot.inference.scripted import Script, ScriptedClassifier, by_text, violates
from bot.ports.store import Store
from bot.storage.sqlite.store import open_store
from tests import factories
from tests.core.walking import EqualTexts, GivenSettings, ListedPolicies, watching
from tests.fakes.discord import Post
from tests.fakes.discord_rig import Rig

RUDE = "you are a complete fool and everybody knows it"
RUDELY = by_text({RUDE: violates("insult", "complete fool")})


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[Store]:
    """Yield a database."""
    store = await open_store(folder / "records.db", exclusive=True)
    try:
        yield store
    finally:
        await store.close()


class Process:
    """One process: it receives, judges and carries out, until it is over."""

    def __init__(self, rig: Rig, store: Store, mode: Mode = Mode.LIVE, script: Script = RUDELY) -> None:
        self.rig = rig
        self.store = store
        self.model = ScriptedClassifier(script)
        rules = ListedPolicies(factories.policy())
        watch = ModelWatch(self.model, rig.clock, probe_every=0.0)
        settings = factories.community_settings(
            community=rig.community, mod_log=ChannelId(str(rig.log.id)), mode=mode, language="en", context_messages=0
        )
        source, intake = GivenSettings(settings), Intake(store.inbox, rig.clock)
        rechecking = Rechecking(rig.platform.history, store, source, rig.clock, intake.accept)
        casework = Casework(store.cases, rig.clock)
        enforcing = Enforcing(rig.platform.ports, store, rules, rig.clock, rechecking)
        raids = watching(store, casework, enforcing, source, rules, rig.clock)
        self.flow = MainFlow(
            Parts(
                inbox=store.inbox,
                intake=intake,
                briefing=Briefing(store.inbox, Copies(store.cases, EqualTexts(), self.model), watch),
                judging=Judging(self.model, slots=2),
                casework=casework,
                enforcing=enforcing,
                closing=Closing(store.cases, enforcing, rig.clock),
                history=rig.platform.history,
                screening=Screening(source, rules),
                settings=source,
                watch=watch,
                raids=raids.door,
            ),
            patience=Patience.ENDS,
        )

    async def take(self, *events: Event) -> None:
        """Take events through the flow."""
        for event in events:
            received = await self.flow.receive(event)
            if received.waiting is not None:
                await self.flow.moderate(received.waiting.key)

    async def state(self, post: Post) -> State:
        """Return where a message stands."""
        item = await self.store.inbox.current(self.rig.ref(post))
        assert item is not None
        return item.state
