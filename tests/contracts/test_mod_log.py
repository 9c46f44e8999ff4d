"""What every mod log promises."""

from dataclasses import replace

import pytest

from bot.domain.card import Card
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.errors import PlatformBusy, PlatformRefused
from bot.domain.notice import Announcement, AnnouncementCode
from bot.domain.reasons import reason
from tests import factories
from tests.contracts.scene import Scene


async def card_in(scene: Scene, text: str = "you fool") -> Card:
    """Return the card of case 1 about a message in the scene."""
    return factories.card(await scene.say(text))


async def test_a_card_is_posted_with_its_case_rule_and_quote(scene: Scene) -> None:
    """A moderator sees what it is about without leaving the channel."""
    card_id = await scene.mod_log.post("case/1", await card_in(scene))
    assert card_id
    [text] = scene.cards()
    assert "1" in text
    assert "fool" in text


async def test_an_update_changes_the_card_and_adds_none(scene: Scene) -> None:
    """One case, one card."""
    card = await card_in(scene)
    card_id = await scene.mod_log.post("case/1", card)
    before = scene.cards()
    review = factories.review(result=ReviewResult.UPHELD, by_name="Elrond")
    decided = replace(card, case=replace(card.case, status=CaseStatus.UPHELD, version=2), reviews=(review,))
    await scene.mod_log.update(card_id, decided)
    [after] = scene.cards()
    assert after != before[0]
    assert "Elrond" in after


async def test_a_card_is_found_by_its_key_alone(scene: Scene) -> None:
    """After a crash nothing else is known."""
    card = await card_in(scene)
    card_id = await scene.mod_log.post("case/1", card)
    assert await scene.mod_log.find(scene.community, "case/1") == card_id
    assert await scene.mod_log.find(scene.community, "case/2") is None


async def test_a_card_whose_answer_was_lost_is_found(scene: Scene) -> None:
    """The platform has it although the caller got an error."""
    card = await card_in(scene)
    scene.lose_next_answer()
    with pytest.raises(PlatformBusy):
        await scene.mod_log.post("case/1", card)
    assert await scene.mod_log.find(scene.community, "case/1") is not None
    assert len(scene.cards()) == 1


async def test_updating_a_deleted_card_is_refused(scene: Scene) -> None:
    """The caller decides whether to post it anew."""
    card = await card_in(scene)
    card_id = await scene.mod_log.post("case/1", card)
    scene.drop_cards()
    with pytest.raises(PlatformRefused):
        await scene.mod_log.update(card_id, card)


async def test_without_rights_posting_is_refused_with_a_remedy(scene: Scene) -> None:
    """The error says what to do."""
    card = await card_in(scene)
    scene.break_next()
    with pytest.raises(PlatformBusy, match="mod log"):
        await scene.mod_log.post("case/1", card)


async def test_what_a_member_writes_stays_text(scene: Scene) -> None:
    """No mention, markup or link of a member's making comes alive on a card."""
    written = ("@everyone", "**bold**", "<@1>", "https://evil.example", "[click](")
    card = await card_in(scene, "@everyone **bold** <@1> https://evil.example [click](https://evil.example)")
    await scene.mod_log.post("case/1", card)
    [text] = scene.cards()
    assert "everyone" in text
    assert scene.alive(text, written) == []


async def test_an_announcement_is_said_once(scene: Scene) -> None:
    """However often it is asked for."""
    news = Announcement(community=scene.community, key="outage/1", reason=reason(AnnouncementCode.STOPPED, count=3))
    await scene.mod_log.announce(news)
    await scene.mod_log.announce(news)
    assert len(scene.cards()) == 1
