"""`run` on Slack as it is put together: Slack's and Ollama's stand-ins, and the real everything between them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.audit import AuditCode
from bot.domain.case import CaseStatus
from bot.domain.states import State
from tests.bootstrap.slack_stage import SPAM, Running, Stage, Tokens, staged
from tests.fakes.ollama.faults import Fault, Step
from tests.fakes.slack.exchange import texts


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Yield a workspace in which nothing runs yet."""
    async with staged() as made:
        yield made


# What each action means, with the bot's token alone and with an admin's


@pytest.mark.parametrize("tokens", list(Tokens))
async def test_a_flag_is_a_card_and_nothing_else(tmp_path: Path, stage: Stage, tokens: Tokens) -> None:
    """Nobody but the moderators notices it."""
    async with stage.running(tmp_path, "flag", tokens=tokens) as run:
        post = await run.say()
        assert await run.outcomes() == {"flag": "applied"}
    assert post["ts"] in stage.general.posts
    [card] = stage.cards()
    assert "Flagged" in texts(card)
    assert stage.told(stage.anna) == []


async def test_without_an_admins_token_a_deletion_is_asked_of_people(tmp_path: Path, stage: Stage) -> None:
    """The card says so and leads to the message, the author is told nothing, and the later deletion closes it."""
    async with stage.running(tmp_path, "delete", tokens=Tokens.BOT) as run:
        post = await run.say()
        assert await run.outcomes() == {"delete": "requested", "notice": "suppressed", "flag": "applied"}
        await stage.world.until(lambda: "Under way" not in texts(stage.cards()[0]))
        [card] = stage.cards()
        await stage.world.until(lambda: "a note to the author" not in texts(stage.cards()[0]))
        [card] = stage.cards()
        assert "Your turn" in texts(card)
        assert "please do this yourselves (the bot may only delete its own messages here)" in texts(card)
        assert any(block.get("accessory", {}).get("url", "").startswith("https://") for block in card["blocks"])
        assert stage.world.called("chat.delete") == []
        await stage.world.drop(stage.general, post)
        await stage.world.until(lambda: "Message gone" in texts(stage.cards()[0]))
        assert (await run.file()).case.status is CaseStatus.CLOSED
        assert await run.audited(AuditCode.CASE_CLOSED) == [{"why": "deleted"}]
    [card] = stage.cards()
    actions = next(block for block in card["blocks"] if block["type"] == "actions")
    assert [element["text"]["text"] for element in actions["elements"]] == ["Act…", "More…"]
    assert stage.told(stage.anna) == []


async def test_with_an_admins_token_a_message_is_deleted_and_its_author_told(tmp_path: Path, stage: Stage) -> None:
    """With the rule, and the text to copy. Our own deletion closes nothing: the case waits for a moderator."""
    async with stage.running(tmp_path, "delete", tokens=Tokens.BOTH) as run:
        post = await run.say()
        assert await run.outcomes() == {"delete": "applied", "notice": "applied", "flag": "applied"}
        assert (await run.file()).case.status is CaseStatus.OPEN
    assert post["ts"] not in stage.general.posts
    [card] = stage.cards()
    assert "Removed" in texts(card)
    [told] = stage.told(stage.anna)
    assert SPAM in told
    assert "removed" in told


@pytest.mark.parametrize("tokens", list(Tokens))
async def test_an_escalation_calls_the_user_group_in_the_cards_thread(
    tmp_path: Path, stage: Stage, tokens: Tokens
) -> None:
    """Once, and the card says that it did."""
    async with stage.running(tmp_path, "escalate", tokens=tokens) as run:
        post = await run.say()
        assert await run.outcomes() == {"flag": "applied", "escalate": "applied"}
    assert post["ts"] in stage.general.posts
    [card], [call] = stage.cards(), stage.calls()
    assert "moderators called" in texts(card)
    assert call["thread_ts"] == card["ts"]
    assert f"<!subteam^{stage.group.id}>" in texts(call)


@pytest.mark.parametrize("tokens", list(Tokens))
async def test_a_warning_is_a_direct_message_and_shows_in_the_channel(
    tmp_path: Path, stage: Stage, tokens: Tokens
) -> None:
    """The direct message is of record, and there is one."""
    async with stage.running(tmp_path, "warn", tokens=tokens) as run:
        post = await run.say()
        assert (await run.outcomes())["warn"] == "applied"
    assert post["ts"] in stage.general.posts
    assert len(stage.told(stage.anna)) == 1
    assert [(place, person) for place, person, _ in stage.world.ephemerals] == [(stage.general.id, stage.anna.id)]
    [card] = stage.cards()
    assert "Warned" in texts(card)


# Refusals


@pytest.mark.parametrize(
    ("error", "on_the_card", "on_record"),
    [
        ("cant_delete_message", "does not let the admin's account delete it", "not_deletable"),
        (
            "restricted_action_read_only_channel",
            "an error",
            "platform_error (code=restricted_action_read_only_channel)",
        ),
        (
            "not_in_channel",
            "in whose name the bot removes messages is not in the channel #general",
            "admin_not_in_channel (channel=#general, name=Elrond)",
        ),
        ("restricted_action", "the workspace's settings forbid it", "restricted"),
        ("token_revoked", "Slack does not accept the admin's token any more", "admin_token_lost"),
        ("no_such_thing", "an error (no_such_thing)", "platform_error (code=no_such_thing)"),
    ],
)
async def test_a_refused_deletion_is_left_to_people(
    tmp_path: Path, stage: Stage, error: str, on_the_card: str, on_record: str
) -> None:
    """The card says why, and so does the audit log; the author is told nothing."""
    stage.world.fail("chat.delete", error)
    async with stage.running(tmp_path, "delete", tokens=Tokens.BOTH) as run:
        await run.say()
        deletion = next(entry for entry in await run.audited(AuditCode.EFFECT) if entry["action"] == "delete")
        assert (deletion["outcome"], deletion["why"]) == ("requested", on_record)
        await stage.world.until(lambda: any("Your turn" in texts(card) for card in stage.cards()))
    [card] = [card for card in stage.cards() if "Your turn" in texts(card)]
    assert on_the_card in texts(card)
    assert stage.told(stage.anna) == []


async def test_a_scope_that_was_withdrawn_is_named(tmp_path: Path, stage: Stage) -> None:
    """Slack says which one is missing."""
    async with stage.running(tmp_path, "delete", tokens=Tokens.BOTH) as run:
        token = stage.world.tokens[f"xoxp-{stage.elrond.id}"]
        token.scopes = frozenset({"users:read"})
        await run.say()
        deletion = next(entry for entry in await run.audited(AuditCode.EFFECT) if entry["action"] == "delete")
        assert deletion["why"] == "missing_permission (permission=chat:write)"
    assert "chat:write" in texts(stage.cards()[0])


async def test_an_outsiders_message_is_left_to_people(tmp_path: Path, stage: Stage) -> None:
    """Slack Connect: nobody of this workspace can delete it."""
    sauron = stage.world.user(stage.team, "Sauron", home="T9999")
    async with stage.running(tmp_path, "delete", tokens=Tokens.BOTH) as run:
        await run.say(by=sauron)
        deletion = next(entry for entry in await run.audited(AuditCode.EFFECT) if entry["action"] == "delete")
        assert (deletion["outcome"], deletion["why"]) == ("requested", "outsider")
    assert "the author belongs to another organisation" in texts(stage.cards()[0])


async def test_an_author_who_takes_no_messages_shows_on_the_card(tmp_path: Path, stage: Stage) -> None:
    """The warning reached nobody."""
    stage.anna.takes_messages = False
    async with stage.running(tmp_path, "warn", tokens=Tokens.BOT) as run:
        await run.say()
        warning = next(entry for entry in await run.audited(AuditCode.EFFECT) if entry["action"] == "warn")
        assert (warning["outcome"], warning["why"]) == ("refused", "direct_messages_closed")
    assert "the member takes no direct messages" in texts(stage.cards()[0])


async def test_a_card_that_can_not_be_posted_waits_and_follows(tmp_path: Path, stage: Stage) -> None:
    """The bot was taken out of the moderators' channel. Invited again it posts the card by itself, and once."""
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOT) as run:
        stage.log.members.discard(stage.team.bot.id)
        await stage.world.say(stage.general, stage.anna, SPAM)
        assert await _waiting_for(run) == {("flag", "not_in_channel")}
        assert stage.cards() == []
        stage.log.members.add(stage.team.bot.id)
        event = {"type": "member_joined_channel", "user": stage.team.bot.id, "channel": stage.log.id}
        await stage.world.emit(stage.team, event)
        await stage.world.until(lambda: len(stage.cards()) == 1)
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOT):
        pass
    assert len(stage.cards()) == 1


async def test_one_error_of_slacks_server_and_the_card_follows_by_itself(tmp_path: Path, stage: Stage) -> None:
    """Nobody restarts anything, and nothing else happens that would be a sign of life."""
    stage.world.fail("chat.postMessage", status=500)
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOT) as run:
        await stage.world.say(stage.general, stage.anna, SPAM)
        assert await _waiting_for(run) == {("flag", "platform_down")}
        await stage.world.until(lambda: len(stage.cards()) == 1)


async def _waiting_for(run: Running) -> set[tuple[str, str]]:
    """Wait until something is put off; return what, and why."""
    cases, community = run.run.store.cases, run.stage.community
    async with asyncio.timeout(15):
        while not (waiting := await cases.postponed(community)):  # noqa: ASYNC110 - the run's own records
            await asyncio.sleep(0.01)
    return {(each.effect.action.value, each.put_off.why.code) for each in waiting if each.put_off is not None}


# Events


async def test_each_kind_of_message_is_judged_once(tmp_path: Path, stage: Stage) -> None:
    """However it was posted, and however often Slack delivers it; housekeeping is not judged at all."""
    world, general, anna = stage.world, stage.general, stage.anna
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOT) as run:
        first = await run.say("a plain message in the channel")
        kinds = [
            await run.say("a file comes along", subtype="file_share", files=[{"id": "F1", "name": "plan.txt"}]),
            await run.say("is thinking about lunch", subtype="me_message"),
            await run.say("a reply in the thread", thread=first),
            await run.say("a reply for everybody", thread=first, subtype="thread_broadcast"),
        ]
        await world.edit(general, first, "the plain message, changed by its author")
        await stage.world.say(general, anna, "Anna has joined the channel", subtype="channel_join")
        await world.unfurl(general, kinds[0], {"title": "What the link shows", "text": "a page about lunch"})
        envelope = await world.tell_posted(general, kinds[1])
        assert envelope is not None
        await world.sockets.repeat(envelope)
        await run.say("the last one", by=stage.elrond)
        await world.until(lambda: not world.sockets.pending)
        assert await run.ended(first) is State.DONE
    expected = [
        "a plain message in the channel",
        "is thinking about lunch",
        "a reply in the thread",
        "a reply for everybody",
        "the plain message, changed by its author",
        "the last one",
    ]
    assert {text: _asked(stage, text) for text in expected} == dict.fromkeys(expected, 1)
    assert _asked(stage, "Anna has joined") == 0
    assert _asked(stage, "What the link shows") == 1


async def test_a_message_that_its_author_deletes_is_not_judged(tmp_path: Path, stage: Stage) -> None:
    """It is gone before the model has had its turn."""
    stage.ollama.faults.slow_seconds = 1.0
    stage.ollama.faults.on(Fault.SLOW)
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOT) as run:
        post = await stage.world.say(stage.general, stage.anna, SPAM)
        await stage.ollama.reached.wait()
        await stage.world.drop(stage.general, post)
        assert await run.ended(post) is State.WITHDRAWN
    assert stage.cards() == []


async def test_a_reaction_reports_and_makes_a_case(tmp_path: Path, stage: Stage) -> None:
    """A red flag, for all to see: the message is judged anew, and people are asked even where no rule is broken."""
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOT) as run:
        post = await run.say("see you at the repair cafe")
        assert stage.cards() == []
        await stage.world.react(stage.general, post, stage.elrond, "triangular_flag_on_post")
        await stage.world.until(lambda: len(stage.cards()) == 1)
    assert "reported by a member" in texts(stage.cards()[0])


async def test_a_stolen_accounts_posts_are_removed_and_the_time_out_is_left_out(tmp_path: Path, stage: Stage) -> None:
    """The same text in three channels within a minute. Slack times nobody out, and the card says so."""
    places = [stage.general, *(stage.world.channel(stage.team, name) for name in ("random", "help"))]
    async with stage.running(tmp_path, "flag", tokens=Tokens.BOTH) as run:
        posts = [await stage.world.say(place, stage.anna, "claim your prize at prizes.example now") for place in places]
        for post, place in zip(posts, places, strict=True):
            await run.ended(post, place)
        await stage.world.until(lambda: len(stage.cards()) == 1)
        await stage.world.until(lambda: not any(place.posts for place in places))
    card = texts(stage.cards()[0])
    assert "3 messages removed" in card
    assert "a time-out for 1 hour (this platform does not offer that)" in card


def _asked(stage: Stage, text: str) -> int:
    """Return how often the model was asked to weigh a message with this text."""
    return sum(1 for request in stage.ollama.generates if request.step is Step.WEIGH and text in request.prompt)
