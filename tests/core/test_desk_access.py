"""Who gets what from the desk: every request is checked anew, and every refusal is polite and on record."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import get_args

import pytest

from bot.domain.actions import Action, Mode
from bot.domain.answer import (
    Answer,
    AnswerKind,
    Change,
    ExemptChange,
    ForgedPress,
    LanguageChange,
    LimitChange,
    LimitName,
    Listed,
    ModeChange,
    ModeratorsChange,
    Options,
    PlaceChange,
    PlaceName,
    PolicyChange,
    SetupPlan,
    StopChange,
    Switch,
)
from bot.domain.audit import AuditCode
from bot.domain.case import ReviewResult
from bot.domain.events import Report
from bot.domain.ids import CaseNumber, ChannelId, PersonId, PolicyId
from bot.domain.people import Actor
from bot.ports.desk import Desk
from tests.core.desk_room import ADA, BEN, MIA, MO, RUDE, Room, live, refused, room
from tests.factories import OTHER_COMMUNITY, author, later, message, ref, report

Asked = Callable[[Desk, Actor], Awaitable[Answer | Options]]
ONE = CaseNumber(1)
PLAN = SetupPlan(
    mod_log=ChannelId("mod-log"),
    moderators=frozenset(),
    policies=(PolicyId("harassment"),),
    channels=frozenset(),
    language="en",
)


async def _why_no_setup(desk: Desk, actor: Actor) -> Answer:
    """Return the refusal; whoever may gets none, which these tables never ask for."""
    refusal = await desk.why_no_setup(actor)
    assert refusal is not None
    return refusal


OF_CASES: dict[str, Asked] = {
    "offer": lambda desk, actor: desk.offer(actor, ONE, Action.BAN),
    "offer_all": lambda desk, actor: desk.offer_all(actor, ONE, Action.BAN),
    "review": lambda desk, actor: desk.review(actor, ONE, ReviewResult.UPHELD),
    "options": lambda desk, actor: desk.options(actor, ONE),
    "act": lambda desk, actor: desk.act(actor, ONE, Action.BAN),
    "act_on_all": lambda desk, actor: desk.act_on_all(actor, ONE, Action.BAN),
}
OF_MODERATORS: dict[str, Asked] = {
    **OF_CASES,
    "more": lambda desk, actor: desk.more(actor, ONE),
    "case": lambda desk, actor: desk.case(actor, ONE),
    "open_cases": lambda desk, actor: desk.open_cases(actor),
    "history": lambda desk, actor: desk.history(actor, PersonId("ann")),
    "explain": lambda desk, actor: desk.explain(actor, ref()),
    "listed": lambda desk, actor: desk.listed(actor, Listed.POLICIES),
    "status": lambda desk, actor: desk.status(actor),
    "backlog": lambda desk, actor: desk.backlog(actor),
    "try": lambda desk, actor: desk.try_text(actor, "hello"),
    "stop": lambda desk, actor: desk.change(actor, StopChange(switch=Switch.ON)),
}
OF_ADMINS: dict[str, Asked] = {
    "mode": lambda desk, actor: desk.change(actor, ModeChange(mode=Mode.LIVE)),
    "policies": lambda desk, actor: desk.change(actor, PolicyChange(policy=PolicyId("harassment"), switch=Switch.OFF)),
    "start": lambda desk, actor: desk.change(actor, StopChange(switch=Switch.OFF)),
    "why_no_setup": _why_no_setup,
    "set_up": lambda desk, actor: desk.set_up(actor, PLAN),
    "add_policy": lambda desk, actor: desk.add_policy(actor, "rules.txt", "Be kind."),
    "dry_run": lambda desk, actor: desk.dry_run(actor, PolicyId("harassment"), 10),
    "forget_backlog": lambda desk, actor: desk.forget_backlog(actor),
    "export": lambda desk, actor: desk.export(actor),
}


OF_EVERYBODY = frozenset({"report", "mine", "privacy", "forged"})
"""What every member may ask: about themselves, or to be refused. Each has tests of its own."""
NAMED_FOR_NOBODY = frozenset({"settings", "policies"})
"""What adapters read for their own use, of the community that the platform says they are in; nothing is handed out."""
_CALLED = {"try": "try_text"} | dict.fromkeys(("mode", "policies", "start", "stop"), "change")
OF_A_CHANGE: dict[type, Change] = {
    ModeChange: ModeChange(mode=Mode.LIVE),
    PolicyChange: PolicyChange(policy=PolicyId("harassment"), switch=Switch.OFF),
    ExemptChange: ExemptChange(switch=Switch.ON, person=PersonId("ben")),
    LimitChange: LimitChange(name=LimitName.PER_COMMUNITY_HOUR, number=9),
    PlaceChange: PlaceChange(name=PlaceName.MOD_LOG, id="general"),
    ModeratorsChange: ModeratorsChange(switch=Switch.ON, role="1"),
    LanguageChange: LanguageChange(language="de"),
    StopChange: StopChange(switch=Switch.OFF),
}
"""One of each kind that only admins may make."""


def test_every_operation_of_the_desk_stands_in_these_tables() -> None:
    """A new one has to be put where its check is tested, or this fails; it may not go unchecked unnoticed."""
    operations = {name for name in dir(Desk) if not name.startswith("_")}
    asked = {_CALLED.get(name, name) for name in (*OF_MODERATORS, *OF_ADMINS)}
    assert operations == asked | OF_EVERYBODY | NAMED_FOR_NOBODY


def test_every_kind_of_change_stands_in_the_table_too() -> None:
    """A new one is for admins until somebody says otherwise."""
    assert set(OF_A_CHANGE) == set(get_args(Change))


@pytest.mark.parametrize("actor", [BEN, MO])
@pytest.mark.parametrize("change", OF_A_CHANGE.values())
async def test_no_change_of_any_kind_is_made_for_who_is_no_admin(change: Change, actor: Actor) -> None:
    """It is on record who tried, and what."""
    found = await room()
    before = await found.book.of(actor.community)
    assert refused(await found.desk.change(actor, change)) == "press.not_an_admin"
    assert await found.book.of(actor.community) == before
    [entry] = await found.refusals()
    assert (entry["by"], entry["what"]) == (actor.person, f"change:{type(change).__name__}")


@pytest.mark.parametrize("asked", OF_MODERATORS | OF_ADMINS)
async def test_rights_in_one_community_are_none_in_another(asked: str) -> None:
    """Whoever may do everything at home is a stranger next door, and is put on record there."""
    found = await with_a_case()
    found.directory.only_in(ADA.community)
    stranger = replace(ADA, community=OTHER_COMMUNITY)
    assert refused(await (OF_MODERATORS | OF_ADMINS)[asked](found.desk, stranger)).startswith("press.not_a")
    entries = await found.store.audit.entries(OTHER_COMMUNITY, 10)
    assert [entry.code for entry in entries] == [AuditCode.REFUSED_PRESS]


async def with_a_case(**changes: object) -> Room:
    """Return a room with one case, about a message of ann's."""
    found = await room()
    await found.deliver(replace(message(RUDE), **changes))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("asked", OF_MODERATORS)
async def test_a_member_without_rights_is_refused(asked: str) -> None:
    """Politely, with an entry that names who it was, and with nothing done."""
    found = await with_a_case()
    before, settings = await found.file(), await found.book.of(BEN.community)
    assert refused(await OF_MODERATORS[asked](found.desk, BEN)) == "press.not_a_moderator"
    [entry] = await found.refusals()
    assert (entry["by"], entry["why"]) == ("ben", "press.not_a_moderator")
    assert (await found.file(), await found.book.of(BEN.community)) == (before, settings)


@pytest.mark.parametrize("asked", OF_ADMINS)
async def test_a_moderator_is_refused_what_is_for_admins(asked: str) -> None:
    """Nothing changes, nothing is handed out, the model is not asked."""
    found = await with_a_case()
    settings, questions = await found.book.of(MO.community), len(found.model.asked)
    assert refused(await OF_ADMINS[asked](found.desk, MO)) == "press.not_an_admin"
    assert [entry["by"] for entry in await found.refusals()] == ["mo"]
    assert await found.book.of(MO.community) == settings
    assert (len(found.model.asked), len(await found.entries(AuditCode.EXPORTED))) == (questions, 0)


@pytest.mark.parametrize("asked", OF_CASES)
async def test_a_role_that_was_taken_away_counts_at_once(asked: str) -> None:
    """A button that was drawn while somebody was a moderator does nothing for them afterwards."""
    found = await with_a_case()
    assert Action.BAN in await allowed(found, MO)
    found.directory.revoke("mo")
    assert refused(await OF_CASES[asked](found.desk, MO)) == "press.not_a_moderator"


async def allowed(found: Room, actor: Actor) -> tuple[Action, ...]:
    """Return what somebody may do on the first case."""
    options = await found.desk.options(actor, ONE)
    assert isinstance(options, Options)
    return options.allowed


@pytest.mark.parametrize("asked", OF_CASES)
async def test_nobody_decides_a_case_about_their_own_message(asked: str) -> None:
    """Not even an admin."""
    found = await with_a_case(author=author("ada"))
    assert refused(await OF_CASES[asked](found.desk, ADA)) == "press.own_case"
    [entry] = await found.refusals()
    assert (entry["by"], entry["why"]) == ("ada", "press.own_case")
    assert (await found.file()).reviews == ()


@pytest.mark.parametrize("anonymous", [False, True])
async def test_nobody_decides_a_case_that_they_reported(*, anonymous: bool) -> None:
    """An anonymous reporter is named on no card, and is known all the same."""
    found = await with_a_case()
    await found.deliver(replace(report(by="mo"), anonymous=anonymous))
    assert refused(await found.desk.review(MO, ONE, ReviewResult.UPHELD)) == "press.own_case"


@pytest.mark.parametrize("part", ["author", "reporter"])
@pytest.mark.parametrize("asked", OF_CASES)
async def test_nobody_decides_an_incident_that_they_are_part_of(asked: str, part: str) -> None:
    """One of its messages is theirs, or was reported by them without their name, though nothing was done to anybody."""
    found = await room(live(Action.FLAG))
    for number, by in enumerate(("ann", "cat", "dan", "mo" if part == "author" else "eve"), start=1):
        await found.deliver(message(RUDE, id=str(number), by=by, at=later(number)))
    if part == "reporter":
        await found.deliver(replace(report(by="mo"), ref=ref("4"), anonymous=True))
    members = {member.ref.message for member in await found.store.cases.members(MO.community, ONE)}
    assert members > {"1", "4"}
    assert refused(await OF_CASES[asked](found.desk, MO)) == "press.own_case"
    assert (await found.desk.review(MIA, ONE, ReviewResult.UPHELD)).kind is AnswerKind.DONE


async def test_pressing_on_and_on_fills_no_records() -> None:
    """Sixty refusals of one person in an hour are on record; others' still are, and theirs again later."""
    found = await room()
    for _ in range(100):
        assert refused(await found.desk.status(BEN)) == "press.not_a_moderator"
    assert len(await found.refusals()) == 60
    await found.desk.export(MO)
    assert len(await found.refusals()) == 61
    found.clock.advance(later(3_700))
    await found.desk.status(BEN)
    assert len(await found.refusals()) == 62


async def test_nobody_decides_a_case_about_an_answer_to_their_own_words() -> None:
    """Whom a message answers is its target."""
    found = await room()
    await found.deliver(message("Please stay on topic", id="1", by="mo"))
    await found.deliver(message(RUDE, id="2", at=later(5), reply_to=message(id="1").ref.message))
    assert refused(await found.desk.act(MO, ONE, Action.BAN)) == "press.own_case"


async def test_somebody_who_is_part_of_a_case_may_still_look_at_it() -> None:
    """Looking decides nothing."""
    found = await with_a_case(author=author("mo"))
    assert (await found.desk.more(MO, ONE)).kind is AnswerKind.DONE


@pytest.mark.parametrize("asked", ["review", "options", "act", "act_on_all", "more", "case"])
async def test_a_case_of_another_community_is_an_unknown_case(asked: str) -> None:
    """A moderator of one community reaches nothing of another's, whatever number a button carries."""
    found = await with_a_case()
    stranger = replace(MO, community=OTHER_COMMUNITY)
    assert refused(await OF_MODERATORS[asked](found.desk, stranger)) == "press.unknown_case"
    entries = await found.store.audit.entries(OTHER_COMMUNITY, 10)
    assert [(entry.code, entry.case) for entry in entries] == [(AuditCode.REFUSED_PRESS, 1)]
    assert await found.refusals() == []


async def test_a_forged_press_is_refused_and_kept_short() -> None:
    """What was sent is on record, however much it was."""
    found = await room()
    press = ForgedPress(what="hallmoot:ban\n" + "x" * 10_000, case=CaseNumber(7))
    assert refused(await found.desk.forged(BEN, press)) == "press.unreadable"
    [entry] = await found.entries(AuditCode.REFUSED_PRESS)
    details = dict(entry.details or ())
    assert (entry.case, details["by"], len(details["what"])) == (7, "ben", 200)


@pytest.mark.parametrize("action", [Action.FLAG, Action.RESTORE, Action.NOTICE, Action.ESCALATE])
async def test_an_action_that_no_menu_offers_is_a_forged_press(action: Action) -> None:
    """Nothing is done."""
    found = await with_a_case()
    before = await found.file()
    assert refused(await found.desk.act(ADA, ONE, action)) == "press.unreadable"
    assert refused(await found.desk.act_on_all(ADA, ONE, action)) == "press.unreadable"
    assert await found.file() == before


async def test_a_report_is_made_in_nobody_else_s_name_and_community() -> None:
    """Who reports is who asks, whatever the report says."""
    found = await room()
    await found.deliver(message("hello there"))
    await found.desk.report(BEN, report(by="ann"))
    [made] = [event for event in found.delivered if isinstance(event, Report)]
    assert made.reporter == "ben"
    theirs = replace(report(), ref=ref(community=OTHER_COMMUNITY))
    assert refused(await found.desk.report(BEN, theirs)) == "press.unreadable"
