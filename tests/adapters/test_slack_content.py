"""Whatever form a violation takes in Slack, it reaches the inbox once, in what is judged. Over a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.events import Edit, Message, Origin
from bot.domain.inbox import Accepted
from tests.adapters.slack_stage import Kept, Stage, linked, settled
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


def _table(*cells: JSON) -> JSON:
    """Return what Slack makes of a table that somebody pastes."""
    heading = [{"type": "raw_text", "text": "name"}] * len(cells)
    return {"fallback": "[no preview available]", "blocks": [{"type": "table", "rows": [heading, list(cells)]}]}


def _plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


_LIST_TO_CHOOSE_FROM: JSON = {
    "type": "static_select",
    "action_id": "choice",
    "placeholder": _plain("choose"),
    "options": [{"text": _plain(BAD), "value": "1"}],
}

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
    "cell of a table": {"text": "look", "attachments": [_table({"type": "raw_text", "text": BAD})]},
    "laid out cell of a table": {"attachments": [_table({"type": "rich_text", "elements": [_ITEM]})]},
    "description of a video": {
        "text": "look",
        "blocks": [{"type": "video", "title": _plain("a film"), "description": _plain(BAD), "alt_text": "a film"}],
    },
    "what a clip says": {"subtype": "file_share", "files": _file(transcription={"preview": {"content": BAD}})},
    "choice in a list": {"text": "look", "blocks": [{"type": "actions", "elements": [_LIST_TO_CHOOSE_FROM]}]},
    "topic": {"text": f"set the channel topic: {BAD}", "subtype": "channel_topic", "topic": BAD},
    "purpose": {"text": f"set the channel description: {BAD}", "subtype": "group_purpose", "purpose": BAD},
    "name": {"text": "has renamed the channel", "subtype": "channel_name", "name": BAD, "old_name": "general"},
    "unknown block": {"text": "look", "blocks": [{"type": "hologram", "text": _plain(BAD)}]},
    "reminder": {"text": f"set up a reminder: {BAD}", "subtype": "reminder_add"},
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


# What nobody said, and what nobody can read


async def _down(stage: Stage) -> None:
    await stage.world.sockets.kill()
    await settled(lambda: stage.link.lines.up == 0)


async def _back(stage: Stage) -> None:
    await stage.world.sockets.start()
    await settled(lambda: stage.link.lines.up == 2)
    await stage.settled()


async def test_slacks_words_for_a_table_are_nobodys(stage: Stage) -> None:
    """The cells are the member's, in rows."""
    table = _table({"type": "raw_text", "text": "Anna"}, {"type": "rich_text", "elements": [_ITEM]})
    await stage.world.say(stage.general, stage.anna, "", attachments=[table])
    await stage.sink.until(1)
    assert _judged(stage) == [f"name | name\nAnna | {BAD}"]


async def test_an_emoji_with_a_skin_tone_stands_there_once(stage: Stage) -> None:
    """Slack spells it alike in both places; read differently, the whole text was judged twice over."""
    emoji = {"type": "emoji", "name": "+1", "unicode": "1f44d-1f3fd", "skin_tone": 3}
    blocks = _said({"type": "text", "text": "good work "}, emoji)
    await stage.world.say(stage.general, stage.anna, "good work :+1::skin-tone-3:", blocks=blocks)
    await stage.sink.until(1)
    assert _judged(stage) == ["good work :+1::skin-tone-3:"]


UNKNOWN: dict[str, tuple[JSON, str]] = {
    "block": ({"text": "look", "blocks": [{"type": "hologram", "beam": "x"}]}, "block hologram"),
    "element": ({"blocks": [{"type": "actions", "elements": [{"type": "lever"}]}]}, "element lever"),
    "leaf": ({"text": "look", "blocks": _said({"type": "scent", "odour": "x"})}, "element scent"),
    "cell": ({"text": "look", "attachments": [_table({"type": "raw_sound", "hum": 1})]}, "cell raw_sound"),
    "attachment": ({"attachments": [{"fallback": "[no preview available]"}]}, "attachment"),
    "without a type": ({"text": "look", "blocks": [{"beam": "x"}]}, "block none"),
}


@pytest.mark.parametrize("what", UNKNOWN)
async def test_what_can_not_be_read_is_counted_with_its_kind(stage: Stage, what: str) -> None:
    """Live and read up, once each; everything else of the message is judged."""
    fields, kind = UNKNOWN[what]
    extra = {name: value for name, value in fields.items() if name != "text"}
    await stage.world.say(stage.general, stage.anna, fields.get("text", ""), **extra)
    await stage.sink.until(1)
    await _down(stage)
    await _back(stage)
    coverage = await stage.sink.store.inbox.coverage(None, None, None)
    assert coverage.unread == ((kind, 1),)


async def test_a_message_of_an_unknown_kind_is_counted_and_housekeeping_is_not(stage: Stage) -> None:
    """The one that came live and the one that was missed."""
    await stage.world.say(stage.general, stage.anna, "beams", subtype="hologram_shared")
    await stage.world.say(stage.general, stage.anna, "has joined", subtype="channel_join")
    await stage.sink.until(1)
    await _down(stage)
    await stage.world.say(stage.general, stage.anna, "beams again", subtype="hologram_shared")
    await _back(stage)
    coverage = await stage.sink.store.inbox.coverage(None, None, None)
    assert coverage.unread == (("subtype hologram_shared", 2),)
    assert coverage.seen == 0
