"""Presses on cards and in the Act… dialog. What a button carries is never trusted: the desk checks everything anew."""

from bot.adapters.slack.answers import modal
from bot.adapters.slack.api import JSON
from bot.adapters.slack.cards import CARD_ACTION, MANAGE_MEMBERS, OPEN_MESSAGE, members_button
from bot.adapters.slack.counter import Asker, Counter
from bot.adapters.slack.drawing import button, confirm, section
from bot.adapters.slack.files import listed, word
from bot.adapters.slack.workspace import Workspace
from bot.domain.actions import Action
from bot.domain.answer import Answer, AnswerKind, ForgedPress
from bot.domain.case import ReviewResult
from bot.domain.ids import CaseNumber
from bot.messages.cards import ButtonCode
from bot.messages.catalogue import Catalogue

ACT_ACTION = "act:"
"""Begins the action id of every button in the Act… dialog; the rest is the action."""
_UNCLEAR = "unclear"
_RESULTS = {ButtonCode.RIGHT: ReviewResult.UPHELD, ButtonCode.WRONG: ReviewResult.OVERTURNED}
_REVIEWS = {code.value: result for code, result in _RESULTS.items()} | {_UNCLEAR: ReviewResult.UNCLEAR}
"""What in the dialog is a review; everything else there is an action."""
_LINKS = frozenset({OPEN_MESSAGE, MANAGE_MEMBERS})
"""Buttons that open a page: Slack tells of their press too, and nothing is to be done."""
_MOST_CASES = 2**31 - 1
_LABELS = {Action.LIFT: "menu.undo"}
_QUESTIONS = {Action.DELETE: "confirm.delete", Action.BAN: "confirm.ban", Action.LIFT: "confirm.undo"}
"""What destroys is asked about once more."""


def case_of(action: JSON) -> CaseNumber | None:
    """Return the case that a button names; None for anything that is no number of a case."""
    value = word(action, "value")
    number = int(value) if value.isascii() and value.isdecimal() and len(value) <= len(str(_MOST_CASES)) else 0
    return CaseNumber(number) if 0 < number <= _MOST_CASES else None


class Presses:
    """Puts each press to the desk."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def pressed(self, workspace: Workspace, body: JSON) -> None:
        """Answer a press in the background; links and choices within a form need no answer."""
        actions = listed(body.get("actions"))
        action_id = word(actions[0], "action_id") if actions else ""
        if not actions or action_id in _LINKS or "type" not in actions[0] or actions[0]["type"] != "button":
            return
        asker = self._counter.asker(workspace, body)
        view = body.get("view")
        opened = view if isinstance(view, dict) and view.get("id") else None
        self._counter.work(asker, self._press(asker, actions[0], action_id, opened))

    async def _press(self, asker: Asker, action: JSON, action_id: str, opened: JSON | None) -> None:
        case = case_of(action)
        if case is not None and opened is None and action_id.startswith(CARD_ACTION):
            code = action_id.removeprefix(CARD_ACTION)
            if code in list(ButtonCode):
                await self._on_card(asker, case, ButtonCode(code))
                return
        if case is not None and opened is not None and action_id.startswith(ACT_ACTION):
            chosen = action_id.removeprefix(ACT_ACTION)
            if chosen in _REVIEWS or chosen in list(Action):
                await self._in_dialog(asker, case, chosen, opened)
                return
        await self._forged(asker, ForgedPress(what=action_id[:100], case=case), opened)

    async def _forged(self, asker: Asker, forged: ForgedPress, opened: JSON | None) -> None:
        """Refuse what no card of ours offers: where it was pressed."""
        answer = await self._counter.desk.forged(asker.actor, forged)
        if opened is None:
            await self._counter.respond(asker, self._counter.blocks(asker, answer))
            return
        title = asker.words.say("report.title")
        await self._counter.change_modal(asker, opened, self._counter.modal(asker, title, answer))

    async def _on_card(self, asker: Asker, case: CaseNumber, code: ButtonCode) -> None:
        desk = self._counter.desk
        if code in _RESULTS:
            await self._counter.answer(asker, lambda: desk.review(asker.actor, case, _RESULTS[code]))
            return
        title = asker.words.say("slack.case", case=case)
        opened = await self._counter.open_modal(asker, title)
        if opened is None:
            return

        async def show() -> JSON:
            if code is ButtonCode.MORE:
                return self._counter.modal(asker, title, await desk.more(asker.actor, case))
            blocks = choices(await desk.options(asker.actor, case), case, asker, self._counter)
            return modal(title, blocks, asker.words)

        await self._counter.answer_in_modal(asker, opened, title, show)

    async def _in_dialog(self, asker: Asker, case: CaseNumber, chosen: str, opened: JSON) -> None:
        desk, title = self._counter.desk, asker.words.say("slack.case", case=case)

        async def show() -> JSON:
            if chosen in _REVIEWS:
                return self._counter.modal(asker, title, await desk.review(asker.actor, case, _REVIEWS[chosen]))
            answer = await desk.act(asker.actor, case, Action(chosen))
            shown = self._counter.modal(asker, title, answer)
            if chosen == Action.BAN and answer.kind is AnswerKind.DONE:
                elements = [members_button(asker.words, asker.workspace)]
                shown["blocks"].append({"type": "actions", "elements": elements})
            return shown

        held = await self._counter.hold(asker, opened, title)
        await self._counter.answer_in_modal(asker, held, title, show)


def choices(
    allowed: tuple[Action, ...] | Answer, case: CaseNumber, asker: Asker, counter: Counter, *codes: ButtonCode
) -> list[JSON]:
    """Return the dialog behind Act…: what this person may do and that it can't be told; a refusal where they may not.

    `codes` are buttons of a card that stand in it as well, where there is no card at hand.
    """
    if isinstance(allowed, Answer):
        return counter.blocks(asker, allowed)
    words = asker.words
    chosen = [_review(code.value, f"button.{code.value}", case, words) for code in codes]
    chosen += [_choice(action, case, words) for action in allowed if _label(action) is not None]
    chosen.append(_review(_UNCLEAR, "menu.unclear", case, words))
    question = words.say("menu.what" if allowed else "menu.none_allowed")
    return [section(question), {"type": "actions", "elements": chosen}]


def _review(code: str, label: str, case: CaseNumber, words: Catalogue) -> JSON:
    return button(words.say(label), f"{ACT_ACTION}{code}", str(case))


def _label(action: Action) -> str | None:
    offered = {Action.DELETE, Action.WARN, Action.BAN, Action.LIFT}
    return _LABELS.get(action, f"menu.{action.value}") if action in offered else None


def _choice(action: Action, case: CaseNumber, words: Catalogue) -> JSON:
    question = _QUESTIONS.get(action)
    asked = confirm(words.say(question, name=words.say("slack.author")), words) if question else None
    style = "danger" if asked else ""
    label = words.say(_label(action) or "menu.what")
    return button(label, f"{ACT_ACTION}{action.value}", str(case), style=style, confirm=asked)
