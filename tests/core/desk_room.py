"""A desk over the real core: the in-memory store, the console platform, a scripted model and a scripted directory."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.adapters.console.mod_log import ConsoleModLog
from bot.adapters.console.platform import console_platform
from bot.config.policy_files.offered import OfferedPolicies
from bot.config.settings.communities import community_settings
from bot.config.settings.settings_book import StoredBook
from bot.config.settings.sources import LayeredSettings
from bot.core.acting.announcing import Announcing, still_holds
from bot.core.acting.closing import Closing
from bot.core.acting.enforcing import Enforcing
from bot.core.acting.rechecking import Rechecking
from bot.core.acting.speaker import Speaker
from bot.core.deciding.casework import Casework
from bot.core.deciding.stop_switch import StopSwitch
from bot.core.desk.desk import CoreDesk
from bot.core.desk.parts import DeskParts
from bot.core.intake.intake import Intake
from bot.core.intake.screening import Screening
from bot.core.judging.briefing import Briefing
from bot.core.judging.copies import Copies
from bot.core.judging.judging import Judging
from bot.core.judging.model_watch import ModelWatch
from bot.core.judging.precedents import of_case, uploaded
from bot.core.main_flow import MainFlow, Parts, Patience
from bot.core.raids.door import RaidParts
from bot.core.recordings.clocks import RecordedClock
from bot.core.waiting.forgetting import forget_backlog
from bot.domain.actions import Action, Outcome
from bot.domain.answer import Answer, AnswerKind, Options
from bot.domain.audit import AuditCode, AuditEntry
from bot.domain.case import Case, CaseFile
from bot.domain.events import Event, Message
from bot.domain.ids import CaseNumber, CommunityId, PersonId, PolicyId
from bot.domain.inbox import key_of
from bot.domain.people import Actor, Permission
from bot.domain.policy import Policy
from bot.domain.records import Finished
from bot.domain.settings import StorageSettings
from bot.domain.states import State
from bot.inference.scripted import SAFE, Script, ScriptedClassifier, violates
from bot.messages.catalogue import catalogue
from bot.messages.sentences import SENTENCES
from bot.ports.desk import Desk
from bot.ports.near_copies import NearCopies
from bot.ports.platform import Platform
from bot.ports.policy_source import PolicySource
from bot.ports.store import Store
from bot.storage.comparing.near_copies import IndexedNearCopies
from tests.core.desk_stage import ChoosyEnforcer, CurtNotifier, InterruptedStore, ToldHistory
from tests.core.walking import ListedPolicies, watching
from tests.factories import AT, COMMUNITY, audit_note, category, policy
from tests.fakes.directory import ScriptedDirectory

RUDE = "you are a complete fool and everybody knows it"
MODERATOR_RIGHTS = (Permission.MODERATE, Permission.DELETE, Permission.TIMEOUT, Permission.BAN)
MO = Actor(community=COMMUNITY, person=PersonId("mo"), name="Mo")
MIA = Actor(community=COMMUNITY, person=PersonId("mia"), name="Mia")
ADA = Actor(community=COMMUNITY, person=PersonId("ada"), name="Ada")
BEN = Actor(community=COMMUNITY, person=PersonId("ben"), name="Ben")
"""Two moderators, an admin, and a member without rights."""
STORAGE = StorageSettings(
    path="",
    keep_text_without_case=timedelta(days=1),
    keep_text_deleted=timedelta(hours=1),
    keep_text_of_case=timedelta(days=90),
)


def live(action: Action = Action.DELETE) -> dict[str, object]:
    """Return stored settings in which the one rule acts in earnest."""
    rule = {"mode": "live", "action": action.value}
    policies = {"harassment": {"mode": "live", "categories": {"insult": rule}}}
    return {"mode": "live", "mod_log": "mod-log", "policies": policies}


class Room:
    """The desk and everything around it that tests look at."""

    desk: Desk

    def __init__(
        self,
        *,
        platform: Platform,
        flow: MainFlow,
        store: Store,
        book: StoredBook,
        clock: RecordedClock,
        model: ScriptedClassifier,
        rude: dict[str, str],
    ) -> None:
        assert isinstance(platform.directory, ScriptedDirectory)
        assert isinstance(platform.history, ToldHistory)
        assert isinstance(platform.enforcer, ChoosyEnforcer)
        assert isinstance(platform.mod_log, ConsoleModLog)
        assert isinstance(platform.notifier, CurtNotifier)
        self.platform = platform
        self.directory, self.history, self.enforcer = platform.directory, platform.history, platform.enforcer
        self.mod_log, self.notifier = platform.mod_log, platform.notifier
        self.flow, self.store, self.book, self.clock, self.model = flow, store, book, clock, model
        self.rude = rude
        self.delivered: list[Event] = []
        self.leaves_waiting: set[str] = set()
        self.upheld: list[Case] = []
        self.alive: list[CommunityId] = []
        speaker = Speaker(self.mod_log, clock)
        self.announcing = Announcing(speaker, store.facts, still_holds(book))

    def open(self, core: Parts, raids: RaidParts, policies: PolicySource, near_copies: NearCopies) -> None:
        """Put the desk up, and let those work at it who may."""
        self.incidents, self.enforcing, self.near_copies = raids.incidents, core.enforcing, near_copies
        self.policies = policies
        self.desk = CoreDesk(
            DeskParts(
                platform=self.platform,
                store=self.store,
                enforcing=core.enforcing,
                book=self.book,
                policies=policies,
                judging=core.judging,
                watch=core.watch,
                storage=STORAGE,
                clock=self.clock,
                deliver=self.deliver,
                upheld=self.note_upheld,
                uploaded=lambda community: near_copies.add(community, uploaded(policies, community)),
                overturned=raids.incidents.overturned,
                stop_switch=StopSwitch(self.store.cases, core.casework.limits, self.clock),
                forget=self.forget,
                alive=self.alive.append,
                announce=self.announcing.say,
                slots=2,
            )
        )
        self.directory.grant("mo", *MODERATOR_RIGHTS)
        self.directory.grant("mia", *MODERATOR_RIGHTS)
        self.directory.grant("ada", *Permission)

    async def forget(self, community: CommunityId, by: PersonId) -> int:
        """Let go of what waits."""
        return len(await forget_backlog(self.store.inbox, self.clock, by=by, community=community))

    def model_says_violates(self, *texts: str) -> None:
        """Let the model find an insult in these texts too."""
        self.rude.update(dict.fromkeys(texts, "insult"))

    def script_category(self, category: str) -> None:
        """Let what is rude break this rule instead."""
        self.rude.update(dict.fromkeys(self.rude, category))

    def notifier_refuses(self, why: str) -> None:
        """Let no direct message through from now on."""
        self.notifier.why = why

    def hit(self, people: Sequence[PersonId]) -> None:
        """Put it on record that the first case hit these people too, as an incident's effects do."""
        assert isinstance(self.store, InterruptedStore)
        self.store.interrupted.crowd = tuple(people)

    def before_next_review(self, happens: Callable[[], Awaitable[object]]) -> None:
        """Let something happen after the next press has read its case and before it is written."""
        assert isinstance(self.store, InterruptedStore)
        self.store.interrupted.happens = happens

    async def end_unjudged(self, judged: Message, why: str) -> None:
        """End a waiting message without a judgement."""
        await self.store.inbox.finish(Finished(key=key_of(judged), state=State.NOT_JUDGED, reason=why))

    async def deliver(self, event: Event) -> None:
        """Take an event through the whole flow at once."""
        self.delivered.append(event)
        received = await self.flow.receive(event)
        if received.waiting is not None and received.waiting.key.message not in self.leaves_waiting:
            await self.flow.moderate(received.waiting.key)

    async def note_upheld(self, case: Case) -> None:
        """Remember it, and let it mean what it means in a run."""
        self.upheld.append(case)
        await self.incidents.upheld(case)

    async def learn(self, number: CaseNumber) -> None:
        """Compare with a case from now on, as a run does with one that was found right."""
        precedent = await of_case((await self.file(number)).case, self.store.cases)
        assert precedent is not None
        await self.near_copies.add(COMMUNITY, (precedent,))

    async def file(self, number: int = 1) -> CaseFile:
        """Return a case that has to be there."""
        file = await self.store.cases.file(COMMUNITY, CaseNumber(number))
        assert file is not None
        return file

    async def outcomes(self, number: int = 1, *, by: Actor | None = None) -> dict[Action, Outcome]:
        """Return how the effects of a case ended: those of one person, or the bot's own."""
        whose = by.person if by is not None else "hallmoot"
        effects = (await self.file(number)).effects
        return {
            stored.effect.action: stored.result.outcome
            for stored in effects
            if stored.effect.by == whose and stored.result is not None
        }

    async def entries(self, *codes: AuditCode) -> list[AuditEntry]:
        """Return the audit entries of these kinds, after checking that the chain holds."""
        assert (await self.store.audit.verify(COMMUNITY)).faults == ()
        return [entry for entry in await self.store.audit.entries(COMMUNITY, 1000) if entry.code in codes]

    async def refusals(self) -> list[dict[str, str]]:
        """Return what is on record about refused presses."""
        return [dict(entry.details or ()) for entry in await self.entries(AuditCode.REFUSED_PRESS)]


def said(answer: Answer | Options) -> tuple[str, ...]:
    """Return the codes of an answer's lines, after checking that each is a sentence that gets all of its values."""
    assert isinstance(answer, Answer)
    words = catalogue("en")
    for line in answer.lines:
        assert line.code in SENTENCES, line
        lacking = set(SENTENCES[line.code].values) - {name for name, _ in line.values}
        assert lacking == set(), (line, lacking)
        assert "{" not in words.line(line)
    return tuple(line.code for line in answer.lines)


def worded(answer: Answer) -> str:
    """Return an answer's lines in English."""
    said(answer)
    return "\n".join(catalogue("en").line(line) for line in answer.lines)


def refused(answer: Answer | Options) -> str:
    """Return the one line of a refusal."""
    assert isinstance(answer, Answer)
    assert answer.kind is AnswerKind.REFUSED
    [code] = said(answer)
    return code


async def room(
    settings: Mapping[str, object] | None = None,
    *policies: Policy,
    script: Script | None = None,
    file: Path | None = None,
    store: Store | None = None,
    clock: RecordedClock | None = None,
    broken: frozenset[PolicyId] = frozenset(),
) -> Room:
    """Return a desk for the community. `settings` are those of the YAML file where `file` is given."""
    kept, clock = store or InterruptedStore(), clock or RecordedClock(AT)
    given = dict(live() if settings is None else settings)
    files = ListedPolicies(*(policies or (policy("harassment", category(context_free=True)),)))
    files.broken = broken
    offered = OfferedPolicies(files, await kept.settings.uploads())
    named = {COMMUNITY: community_settings(COMMUNITY, given, files.policies())} if file is not None else {}
    if file is None:
        await kept.settings.save(COMMUNITY, given, audit_note(AuditCode.SETTINGS_CHANGED, decision=""))
    layered = LayeredSettings(named, kept.settings, offered, language="en")
    console = console_platform(kept.inbox)
    platform = replace(
        console,
        directory=ScriptedDirectory(),
        history=ToldHistory(kept.inbox),
        enforcer=ChoosyEnforcer(),
        notifier=CurtNotifier(),
    )
    rude = dict.fromkeys((RUDE,), "insult")
    model = ScriptedClassifier(
        script or (lambda asked: violates(rude[asked.text], asked.text) if asked.text in rude else SAFE)
    )
    near_copies = IndexedNearCopies()
    await near_copies.add(COMMUNITY, uploaded(offered, COMMUNITY))
    watch, judging = ModelWatch(model, clock, probe_every=0.0), Judging(model, slots=2)
    intake = Intake(kept.inbox, clock)
    rechecking = Rechecking(platform.history, kept, layered, clock, intake.accept)
    enforcing = Enforcing(platform, kept, offered, clock, rechecking)
    casework = Casework(kept.cases, clock)
    raids = watching(kept, casework, enforcing, layered, offered, clock)
    core = Parts(
        inbox=kept.inbox,
        intake=intake,
        briefing=Briefing(kept.inbox, Copies(kept.cases, near_copies, model), watch),
        judging=judging,
        casework=casework,
        enforcing=enforcing,
        closing=Closing(kept.cases, enforcing, clock),
        history=platform.history,
        screening=Screening(layered, offered),
        settings=layered,
        watch=watch,
        raids=raids.door,
    )
    made = Room(
        platform=platform,
        flow=MainFlow(core, patience=Patience.ENDS),
        store=kept,
        book=StoredBook(layered, kept.settings, offered, file=file, too_long=too_long),
        clock=clock,
        model=model,
        rude=rude,
    )
    made.open(core, raids, offered, near_copies)
    return made


def too_long(policies: tuple[Policy, ...]) -> tuple[str, ...]:
    """Find a policy of more than 2,000 characters too long."""
    return tuple(f"{policy.id} is too long." for policy in policies if len(policy.text) > 2000)
