"""Whatever form a violation takes in Slack, it reaches the inbox once, in what is judged. Over a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.events import Edit, Message, Origin
from bot.domain.inbox import Accepted
from tests.adapters.slack_stage import Kept, Stage, linked
from tests.fakes.slack import World
from tests.fakes.slack.things import JSON

BAD = "you are a fool"
"""Stands in one place of each message, and nowhere else."""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Return a running stand-in."""
    async with World().running() as running:
        yield running


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    """Return a linked adapter over a real inbox."""
    async with linked(world, world.team("Rivendell"), sink=Kept(world)) as made:
        await made.up()
        yield made


def _kept(stage: Stage) -> Kept:
    assert isinstance(stage.sink, Kept)
    return stage.sink


def _judged(stage: Stage) -> list[str]:
    """Return the judged texts of all that came in anew: what the model would read."""
    seen = zip(stage.sink.events, _kept(stage).seen, strict=True)
    fresh = [event for event, answer in seen if answer.accepted in (Accepted.NEW, Accepted.REOPENED)]
    found = [event.message if isinstance(event, Edit) else event for event in fresh]
    return [message.judged_text for message in found if isinstance(message, Message)]


def _file(**fields: Any) -> list[JSON]:
    return [{"id": "F1", "name": "a.png", "title": "a", "mimetype": "image/png", "size": 3} | fields]


def _said(*elements: JSON, kind: str = "rich_text_section") -> list[JSON]:
    return [{"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}]


_BAD_TEXT: JSON = {"type": "text", "text": BAD}
_ITEM: JSON = {"type": "rich_text_section", "elements": [_BAD_TEXT]}
_LIST: JSON = {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [_ITEM]}]}

FORMS: dict[str, JSON] = {
    "plain": {"text": BAD},
    "me_message": {"text": BAD, "subtype": "me_message"},
    "escaped": {"text": "you &amp; I: you are a fool"},
    "label of a link": {"text": f"<https://x.example|{BAD}>"},
    "file's title": {"subtype": "file_share", "files": _file(title=BAD)},
    "file's name": {"subtype": "file_share", "files": _file(title="holiday", name=f"{BAD}.png")},
    "file's alternative text": {"subtype": "file_share", "files": _file(alt_txt=BAD)},
    "second file": {"subtype": "file_share", "files": [*_file(), *_file(title=BAD)]},
    "snippet": {"subtype": "file_share", "files": _file(mimetype="text/plain", preview=BAD)},
    "words with a file": {"subtype": "file_share", "text": BAD, "files": _file()},
    "blocks alone": {"text": "good morning", "blocks": _said(_BAD_TEXT)},
    "quotation": {"blocks": _said(_BAD_TEXT, kind="rich_text_quote")},
    "code": {"blocks": _said(_BAD_TEXT, kind="rich_text_preformatted")},
    "list": {"blocks": [_LIST]},
    "picture's alternative text": {
        "text": "look",
        "blocks": [{"type": "image", "image_url": "https://x.example/a.png", "alt_text": BAD}],
    },
    "attachment sent through an app": {"text": "look", "attachments": [{"text": BAD, "fallback": "x"}]},
    "field of an attachment": {"attachments": [{"fields": [{"title": "note", "value": BAD}], "fallback": "x"}]},
    "shared message alone": {"text": "", "attachments": [{"is_share": True, "text": BAD, "fallback": "x"}]},
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.replace(" ", "-"))
async def test_a_violation_in_this_form_alone_is_judged_once(stage: Stage, form: str) -> None:
    """The event comes, comes again, and the channel is read again."""
    fields = dict(FORMS[form])
    post = await stage.world.say(stage.general, stage.anna, fields.pop("text", ""), heard="no", **fields)
    envelope = await stage.world.tell_posted(stage.general, post)
    assert envelope is not None
    await stage.world.until(envelope.acked.done)
    await stage.world.sockets.repeat(envelope)
    await stage.world.sockets.kill()
    await stage.world.sockets.start()
    await stage.up()
    assert [BAD in text for text in _judged(stage)] == [True]


@pytest.mark.parametrize("subtype", [None, "thread_broadcast"])
async def test_a_violation_in_a_reply_is_judged_once(stage: Stage, subtype: str | None) -> None:
    """In the thread alone, or sent to the channel too."""
    parent = await stage.world.say(stage.general, stage.anna, "parent")
    await stage.world.say(stage.general, stage.anna, BAD, thread=parent, subtype=subtype)
    await stage.sink.until(2)
    await stage.world.sockets.kill()
    await stage.world.sockets.start()
    await stage.up()
    assert sorted(_judged(stage)) == ["parent", BAD]


async def test_a_violation_that_an_edit_brings_is_judged(stage: Stage) -> None:
    """And the harmless text before it was, too."""
    post = await stage.world.say(stage.general, stage.anna, "good morning")
    await stage.world.edit(stage.general, post, BAD)
    await stage.sink.until(2)
    assert _judged(stage) == ["good morning", BAD]


async def test_a_file_that_an_edit_takes_away_is_judged_without_it(stage: Stage) -> None:
    """What is left is another text."""
    post = await stage.world.say(stage.general, stage.anna, BAD, subtype="file_share", files=_file(title="a plan"))
    await stage.world.edit(stage.general, post, BAD, files=[])
    await stage.sink.until(2)
    assert _judged(stage) == [f"{BAD}\na plan\na.png", BAD]


async def test_a_preview_that_slack_adds_is_no_edit(stage: Stage) -> None:
    """The words are the same, so nothing is judged anew; the page's words are not the author's."""
    post = await stage.world.say(stage.general, stage.anna, "see <https://x.example>")
    await stage.world.unfurl(stage.general, post, {"from_url": "https://x.example", "title": BAD, "fallback": "x"})
    await stage.sink.until(2)
    assert _judged(stage) == ["see https://x.example"]
    assert [answer.accepted for answer in _kept(stage).seen] == [Accepted.NEW, Accepted.UNCHANGED]


async def test_a_bare_link_is_judged_anew_with_what_it_shows_as_background(stage: Stage) -> None:
    """A message that is nothing but a link says too little by itself; the page's words still convict nobody."""
    post = await stage.world.say(stage.general, stage.anna, "<https://x.example>")
    await stage.world.unfurl(stage.general, post, {"from_url": "https://x.example", "title": BAD, "fallback": "x"})
    await stage.sink.until(2)
    assert _judged(stage) == ["https://x.example", "https://x.example"]
    [edit] = [event for event in stage.sink.events if isinstance(event, Edit)]
    assert [part.origin for part in edit.message.parts if BAD in part.text] == [Origin.BACKGROUND]


async def test_whoever_writes_from_another_organisation_is_judged_like_anybody(stage: Stage) -> None:
    """In a shared channel; an admin over there moderates nothing here."""
    world = stage.world
    outsider = world.user(stage.team, "Saruman", home="T9", is_admin=True)
    stage.general.members.add(outsider.id)
    event = {"type": "user_change", "user": outsider.payload(), "event_ts": world.next_ts()}
    await world.emit(stage.team, event)
    await world.until(lambda: not world.sockets.pending)
    await world.say(stage.general, outsider, BAD)
    [message] = [event for event in await stage.sink.until(1) if isinstance(event, Message)]
    assert message.own_text == BAD
    assert (message.author.name, message.author.is_bot, message.author.is_moderator) == ("Saruman", False, False)


async def test_a_program_is_told_from_people(stage: Stage) -> None:
    """It comes in, so that coverage counts it, as what it is."""
    event = {"type": "message", "subtype": "bot_message", "bot_id": "B77", "username": "Poll", "text": BAD}
    place = {"channel": stage.general.id, "channel_type": "channel", "ts": stage.world.next_ts()}
    await stage.world.emit(stage.team, event | place | {"event_ts": place["ts"]}, "message.channels")
    [message] = [event for event in await stage.sink.until(1) if isinstance(event, Message)]
    assert (message.author.is_bot, message.author.name, message.own_text) == (True, "Poll", BAD)
