"""The message shortcut: members report a message, anonymously if they like; moderators see what happened to it too."""

import asyncio
import json
from collections import OrderedDict

from bot.adapters.slack.api import JSON
from bot.adapters.slack.desk.counter import Asker, Counter
from bot.adapters.slack.desk.presses import choices
from bot.adapters.slack.incoming.files import listed, word
from bot.adapters.slack.incoming.translate import message_of, moment, ref_of
from bot.adapters.slack.outgoing.answers import form, modal
from bot.adapters.slack.outgoing.cards import UNDECIDED
from bot.adapters.slack.outgoing.drawing import plain, section
from bot.adapters.slack.workspace import Workspace
from bot.domain.events import Message, Report
from bot.domain.ids import ChannelId, MessageId, MessageRef
from bot.domain.people import Permission
from bot.logs import get_logger
from bot.messages.cards import ButtonCode

_log = get_logger(__name__)
CALLBACK = "report_message"
_REMEMBERED = 500
_WORDS, _ANONYMOUS = "words", "anonymous"
_LONGEST_WORDS = 1_000
_ANSWER_WITHIN = 2.5
"""Seconds for a submitted form; Slack waits three."""


class Reports:
    """Takes reports in. A form is answered when the report is on record, and not before."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._shown: OrderedDict[MessageRef, Message] = OrderedDict()

    def shortcut(self, workspace: Workspace, body: JSON) -> None:
        """Open the form for the message that the shortcut was used on."""
        asker = self._counter.asker(workspace, body)
        self._counter.work(asker, self._open(asker, body))

    async def _open(self, asker: Asker, body: JSON) -> None:
        title = asker.words.say("report.title")
        opened = await self._counter.open_modal(asker, title)
        ref = self._remember(asker.workspace, body)
        if opened is None:
            return
        if ref is None:
            blocks = [section(asker.words.say("report.gone"))]
            await self._counter.change_modal(asker, opened, modal(title, blocks, asker.words))
            return
        if await self._counter.directory.may(asker.actor, Permission.MODERATE, ref.channel):
            await self._counter.answer_in_modal(asker, opened, title, lambda: self._moderating(asker, ref))
            return
        await self._counter.change_modal(asker, opened, _form(asker, ref, []))

    async def _moderating(self, asker: Asker, ref: MessageRef) -> JSON:
        """Return the moderation dialog: what happened to the message, and what can be done about it.

        A message without a case can be reported: that makes one.
        """
        desk, words = self._counter.desk, asker.words
        answer = await desk.explain(asker.actor, ref)
        shown = self._counter.blocks(asker, answer)
        if answer.record is None:
            return _form(asker, ref, shown)
        case = answer.record.case
        reviews = (ButtonCode.RIGHT, ButtonCode.WRONG) if case.status in UNDECIDED else ()
        dialog = choices(await desk.options(asker.actor, case.number), case.number, asker, self._counter, *reviews)
        return modal(words.say("slack.case", case=case.number), [*dialog, *shown], words)

    def _remember(self, workspace: Workspace, body: JSON) -> MessageRef | None:
        """Keep the message as Slack handed it along: the bot may not be in its channel."""
        channel, message = body.get("channel"), body.get("message")
        if not isinstance(channel, dict) or not isinstance(message, dict):
            return None
        reported = message_of(message, word(channel, "id"), workspace.place)
        if reported is None:
            return None
        self._shown[reported.ref] = reported
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)
        return reported.ref

    async def submitted(self, workspace: Workspace, body: JSON) -> JSON:
        """Record the report and thank for it; a failure stays in the form, to be sent again."""
        asker = self._counter.asker(workspace, body)
        report = self._report(asker, body)
        if report is None:
            return _to_be_sent_again(asker)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                answer = await self._counter.desk.report(asker.actor, report)
        except Exception as error:  # noqa: BLE001 - the person is told to try again, and the log has the cause
            _log.error("report_failed", community=workspace.community, error=repr(error))
            return _to_be_sent_again(asker)
        view = modal(asker.words.say("report.title"), self._counter.blocks(asker, answer), asker.words)
        return {"response_action": "update", "view": view}

    def _report(self, asker: Asker, body: JSON) -> Report | None:
        view = body.get("view")
        ref = _ref_in(asker.workspace, view) if isinstance(view, dict) else None
        if ref is None or not isinstance(view, dict):
            return None
        values = (view.get("state") or {}).get("values") or {}
        words = (values.get(_WORDS) or {}).get(_WORDS) or {}
        chosen = listed(((values.get(_ANONYMOUS) or {}).get(_ANONYMOUS) or {}).get("selected_options"))
        return Report(
            ref=ref,
            reporter=asker.actor.person,
            reported_at=self._counter.clock.now(),
            words=word(words, "value").strip()[:_LONGEST_WORDS],
            message=self._shown.get(ref),
            anonymous=bool(chosen),
        )


def _to_be_sent_again(asker: Asker) -> JSON:
    return {"response_action": "errors", "errors": {_WORDS: asker.words.say("press.failed")}}


def _ref_in(workspace: Workspace, view: JSON) -> MessageRef | None:
    try:
        private = json.loads(word(view, "private_metadata"))
    except ValueError:
        return None
    if not isinstance(private, dict) or moment(private.get("ts")) is None:
        return None
    return ref_of(workspace.place, ChannelId(word(private, "channel")), MessageId(word(private, "ts")))


def _form(asker: Asker, ref: MessageRef, above: list[JSON]) -> JSON:
    private = json.dumps({"channel": ref.channel, "ts": ref.message})
    return form(asker.words.say("report.title"), [*above, *_fields(asker)], asker.words, CALLBACK, private)


def _fields(asker: Asker) -> list[JSON]:
    words = asker.words
    text: JSON = {"type": "plain_text_input", "action_id": _WORDS, "multiline": True, "max_length": _LONGEST_WORDS}
    option = {"text": plain(words.say("report.anonymous"), 75), "value": "yes"}
    box: JSON = {"type": "checkboxes", "action_id": _ANONYMOUS, "options": [option]}
    return [
        {
            "type": "input",
            "block_id": _WORDS,
            "optional": True,
            "label": plain(words.say("report.words")),
            "element": text,
        },
        {
            "type": "input",
            "block_id": _ANONYMOUS,
            "optional": True,
            "label": plain(words.say("slack.your_name")),
            "element": box,
        },
    ]
