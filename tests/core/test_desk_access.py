"""Who gets what from the desk: every request is checked anew, and every refusal is polite and on record."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.domain.actions import Action, Mode
from bot.domain.answer import (
    Answer,
    AnswerKind,
    ForgedPress,
    Listed,
    ModeChange,
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
from tests.core.desk_room import ADA, BEN, MO, RUDE, Room, refused, room
from tests.factories import OTHER_COMMUNITY, author, later, message, ref, report

Asked = Callable[[Desk, Actor], Awaitable[Answer | tuple[Action, ...]]]
ONE = CaseNumber(1)
PLAN = SetupPlan(
    mod_log=ChannelId("mod-log"),
    moderators=frozenset(),
    policies=(PolicyId("harassment"),),
    channels=frozenset(),
    language="en",
)
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
    "set_up": lambda desk, actor: desk.set_up(actor, PLAN),
    "add_policy": lambda desk, actor: desk.add_policy(actor, "rules.txt", "Be kind."),
    "dry_run": lambda desk, actor: desk.dry_run(actor, PolicyId("harassment"), 10),
    "forget_backlog": lambda desk, actor: desk.forget_backlog(actor),
    "export": lambda desk, actor: desk.export(actor),
}


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
    assert isinstance(options, tuple)
    return options


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
