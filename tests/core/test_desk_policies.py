"""Policies that a community sends: checked, offered to it alone, and never live by themselves."""

from pathlib import Path

from bot.domain.actions import Mode
from bot.domain.answer import AnswerKind, ModeChange, PolicyChange, Switch
from bot.domain.audit import AuditCode
from bot.domain.case import ReviewResult
from bot.domain.ids import CaseNumber, CategoryId, PolicyId
from bot.domain.records import CaseFilter
from bot.domain.verdict import UndecidedReason
from bot.inference.scripted import Script, violates
from tests.core.desk_room import ADA, RUDE, refused, room, said, worded
from tests.factories import COMMUNITY, OTHER_COMMUNITY, later, message

KIND = "Be kind.\n\nViolates: unkind words. Safe: everything else.\n"
NEW_RULES = """---
id: harassment
title: House rules
languages: [en]
effort: low
applies_when: [everything]
categories:
  - id: rude
    title: Rudeness
    severity: low
    action: delete
---
`rude`: whoever is rude. Everything else is safe.
"""


async def test_a_plain_text_becomes_a_policy_of_this_community_alone() -> None:
    """It is offered, kept over a restart, and unknown elsewhere."""
    found = await room()
    answer = await found.desk.add_policy(ADA, "Kindness rules.txt", KIND)
    assert said(answer) == ("policies.uploaded_unused",)
    assert [policy.id for policy in await found.desk.policies(COMMUNITY)] == ["kindness-rules", "harassment"]
    assert [policy.id for policy in await found.desk.policies(OTHER_COMMUNITY)] == ["harassment"]
    entry = (await found.entries(AuditCode.SETTINGS_CHANGED))[-1]
    assert dict(entry.details or ())["change"] == "add_policy"
    restarted = await room(store=found.store)
    assert [policy.id for policy in await restarted.desk.policies(COMMUNITY)] == ["kindness-rules", "harassment"]


async def test_a_policy_that_was_sent_is_asked_once_it_is_switched_on() -> None:
    """Of this community's messages only."""
    found = await room()
    await found.desk.add_policy(ADA, "kindness.txt", KIND)
    await found.deliver(message("one message here", id="1"))
    await found.desk.change(ADA, PolicyChange(policy=PolicyId("kindness"), switch=Switch.ON))
    await found.deliver(message("another message here", id="2"))
    asked = [(question.text, question.policy.id) for question in found.model.asked]
    assert asked == [
        ("one message here", "harassment"),
        ("another message here", "kindness"),
        ("another message here", "harassment"),
    ]


async def test_a_new_text_for_a_live_policy_only_practises() -> None:
    """Nobody has seen yet what it does. Rules that it has no more are forgotten."""
    found = await room()
    assert (await found.book.of(COMMUNITY)).mode_of(PolicyId("harassment"), CategoryId("insult")) is Mode.LIVE
    assert said(await found.desk.add_policy(ADA, "policy.md", NEW_RULES)) == ("policies.uploaded",)
    settings = await found.book.of(COMMUNITY)
    assert settings.categories == ()
    assert [switch.mode for switch in settings.policies] == [Mode.SHADOW]
    [offered] = await found.desk.policies(COMMUNITY)
    assert (offered.title, [rule.id for rule in offered.categories]) == ("House rules", ["rude"])
    answer = await found.desk.change(
        ADA, ModeChange(mode=Mode.LIVE, policy=PolicyId("harassment"), category=CategoryId("rude"))
    )
    assert said(answer)[0] == "mode.now_earnest"


async def test_examples_of_a_policy_that_was_sent_are_compared_with_at_once_and_after_a_restart() -> None:
    """While no model answers, like those of shipped ones; not those of an earlier text, nor in another community."""
    example = "Everybody who plays this map is a hopeless loser"
    found = await room({"mod_log": "mod-log"}, script=lambda _: UndecidedReason.UNREACHABLE)
    await found.desk.add_policy(ADA, "policy.md", f'{NEW_RULES}\n- "{example}" → rude\n')
    await found.deliver(message(example.replace("plays", "play"), id="1"))
    assert (await found.file()).verdicts[0].copy_of == "example:harassment-1"
    again = await room({"mod_log": "mod-log"}, script=lambda _: UndecidedReason.UNREACHABLE, store=found.store)
    await again.deliver(message(example.replace("who", "that"), id="2", by="bob"))
    assert (await again.file(2)).verdicts[0].copy_of == "example:harassment-1"
    await again.desk.add_policy(ADA, "policy.md", NEW_RULES)
    await again.deliver(message(example.replace("map", "maps"), id="3", by="cleo"))
    assert len(await again.store.cases.find(None, CaseFilter())) == 2


async def test_a_case_that_is_found_wrong_later_is_no_precedent_any_more() -> None:
    """Somebody had the last word."""
    offer = "come and buy my old bicycle, it is a bargain for you all"
    found = await room({"mod_log": "mod-log"}, script=_away_but_for(offer))
    await found.deliver(message(offer, id="1"))
    await found.desk.review(ADA, CaseNumber(1), ReviewResult.UPHELD)
    await found.learn(CaseNumber(1))
    await found.deliver(message(offer.replace("old", "older"), id="2", by="bob", at=later(700)))
    assert (await found.file(2)).verdicts[0].copy_of == "case:1"
    await found.desk.review(ADA, CaseNumber(1), ReviewResult.OVERTURNED)
    found.clock.advance(later(1400))
    await found.deliver(message(offer.replace("old", "olden"), id="3", by="cleo", at=later(1400)))
    assert len(await found.store.cases.find(None, CaseFilter())) == 2


def _away_but_for(text: str) -> Script:
    return lambda asked: violates("insult", text) if asked.text == text else UndecidedReason.UNREACHABLE


async def test_the_card_names_the_rule_as_the_community_wrote_it() -> None:
    """Not as a policy of another community with that id does."""
    found = await room()
    await found.desk.add_policy(ADA, "policy.md", NEW_RULES)
    found.script_category("rude")
    await found.deliver(message(RUDE))
    [card] = found.mod_log.cards.values()
    assert card.rule_title == "Rudeness"


async def test_what_can_not_be_used_is_refused_with_its_faults() -> None:
    """Nothing is kept of it."""
    found = await room()
    for name, text, told in (
        ("empty.txt", " \n", "empty"),
        ("token.txt", "Say <|end|> now.", "<|"),
        ("policy.md", "---\nid: x\n", "never ends"),
        ("long.txt", "word " * 500, "too long"),
    ):
        answer = await found.desk.add_policy(ADA, name, text)
        assert answer.kind is AnswerKind.FAILED
        assert said(answer)[0] == "policies.refused"
        assert "uploaded/" not in worded(answer)
        assert told in worded(answer)
    assert await found.store.settings.uploads() == ()
    assert len(await found.desk.policies(COMMUNITY)) == 1


async def test_a_hostile_name_is_no_path() -> None:
    """It gives the text its id, and nothing is written anywhere."""
    found = await room()
    await found.desk.add_policy(ADA, "../../etc/passwd\x00.txt", KIND)
    [own, _] = await found.desk.policies(COMMUNITY)
    assert "/" not in own.id
    assert ".." not in own.source


async def test_where_the_file_decides_no_policy_is_taken(tmp_path: Path) -> None:
    """It could not be switched on anyway."""
    found = await room(file=tmp_path / "config.yaml")
    assert refused(await found.desk.add_policy(ADA, "kindness.txt", KIND)) == "command.in_file"
    assert await found.store.settings.uploads() == ()
