"""Presses on cards and in the Act… dialog. What a button carries is never trusted: the desk checks everything anew."""

from bot.adapters.slack.api import JSON
from bot.adapters.slack.desk.counter import Asker, Counter
from bot.adapters.slack.incoming.files import listed, word
from bot.adapters.slack.outgoing.answers import modal, worded
from bot.adapters.slack.outgoing.cards import CARD_ACTION, MANAGE_MEMBERS, OPEN_MESSAGE, members_button
from bot.adapters.slack.outgoing.drawing import button, confirm, plain, section, sections
from bot.adapters.slack.workspace import Workspace
from bot.domain.actions import Action
from bot.domain.answer import Answer, AnswerKind, ForgedPress, How, Options
from bot.domain.card import WaveMessage
from bot.domain.case import ReviewResult
from bot.domain.decision import message_target
from bot.domain.ids import CaseNumber
from bot.messages.cards import ButtonCode
from bot.messages.catalogue import Catalogue
from bot.messages.many import wave_line

ACT_ACTION = "act:"
"""Begins the action id of every button in the Act… dialog; the rest is the action."""
_UNCLEAR = "unclear"
_RESULTS = {ButtonCode.RIGHT: ReviewResult.UPHELD, ButtonCode.WRONG: ReviewResult.OVERTURNED}
_REVIEWS = {code.value: result for code, result in _RESULTS.items()} | {_UNCLEAR: ReviewResult.UNCLEAR}
"""What in the dialog is a review; everything else there is an action."""
_LINKS = frozenset({OPEN_MESSAGE, MANAGE_MEMBERS})
"""Buttons that open a page: Slack tells of their press too, and nothing is to be done."""
_MOST_CASES = 2**31 - 1
PICK = "pick"
"""The menu of a wave's messages, as block and as action."""
_CHANGED = {
    ReviewResult.UPHELD: (ButtonCode.RIGHT.value, "menu.change_to_right"),
    ReviewResult.OVERTURNED: (ButtonCode.WRONG.value, "menu.change_to_wrong"),
}
_OFFERED = frozenset({Action.DELETE, Action.WARN, Action.LIFT})
_MOST_OPTIONS = 100
_LONGEST_OPTION = 75
_LABELS = {Action.LIFT: "menu.undo"}
_QUESTIONS = {Action.DELETE: "confirm.delete", Action.BAN: "confirm.ask_to_ban", Action.LIFT: "confirm.undo"}
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
            answer = await desk.act(asker.actor, case, Action(chosen), left_out(opened))
            shown = self._counter.modal(asker, title, answer)
            if chosen == Action.BAN and answer.kind is AnswerKind.DONE:
                elements = [members_button(asker.words, asker.workspace)]
                shown["blocks"].append({"type": "actions", "elements": elements})
            return shown

        held = await self._counter.hold(asker, opened, title)
        await self._counter.answer_in_modal(asker, held, title, show)


def choices(
    options: Options | Answer, case: CaseNumber, asker: Asker, counter: Counter, *codes: ButtonCode
) -> list[JSON]:
    """Return the dialog behind Act…: what this person may do, that it can't be told, and what is not possible and why.

    `codes` are buttons of a card that stand in it as well, where there is no card at hand.
    """
    if isinstance(options, Answer):
        return counter.blocks(asker, options)
    words = asker.words
    chosen = [_review(code.value, f"button.{code.value}", case, words) for code in codes]
    labels = ((action, _label(action, options, asker.workspace)) for action in options.allowed)
    chosen += [_choice(action, label, case, asker, options) for action, label in labels if label is not None]
    chosen += [_review(*_CHANGED[word], case, words) for word in options.corrections]
    chosen.append(_review(_UNCLEAR, "menu.unclear", case, words))
    question = words.say("menu.what" if options.allowed else "menu.none_allowed")
    why = sections(tuple(worded(line, words, asker.workspace.people) for line in options.refused))
    return [section(question), *_menu_of(options, words), {"type": "actions", "elements": chosen}, *why]


def _menu_of(options: Options, words: Catalogue) -> list[JSON]:
    """Return a menu of a wave's messages, all of them chosen, where something can be done to them."""
    if len(options.wave) <= 1 or Action.DELETE not in options.allowed:
        return []
    offered = [_option(each, words) for each in options.wave[:_MOST_OPTIONS]]
    menu = {"type": "multi_static_select", "action_id": PICK, "options": offered, "initial_options": offered}
    rest = len(options.wave) - len(offered)
    more = [section(words.say("pick.rest", count=rest))] if rest else []
    return [section(words.say("pick.which")) | {"block_id": PICK, "accessory": menu}, *more]


def _option(message: WaveMessage, words: Catalogue) -> JSON:
    text = plain(wave_line(message, words, _LONGEST_OPTION), _LONGEST_OPTION)
    return {"text": text, "value": message_target(message.ref)}


def left_out(view: JSON) -> How:
    """Return which messages a press leaves out: those of the menu that are not chosen in it."""
    menus = [block["accessory"] for block in listed(view.get("blocks")) if block.get("block_id") == PICK]
    offered = {word(option, "value") for menu in menus for option in listed(menu.get("options"), _MOST_OPTIONS)}
    state = (view.get("state") or {}).get("values") or {}
    picked = (state.get(PICK) or {}).get(PICK)
    if not isinstance(picked, dict):
        return How()
    chosen = {word(option, "value") for option in listed(picked.get("selected_options"), _MOST_OPTIONS)}
    return How(leave_out=frozenset(offered - chosen))


def _review(code: str, label: str, case: CaseNumber, words: Catalogue) -> JSON:
    return button(words.say(label), f"{ACT_ACTION}{code}", str(case))


def _label(action: Action, options: Options, workspace: Workspace) -> str | None:
    """Return what a button says. What Slack lets no app do, or not this one, is called what it is: asking for it."""
    if action is Action.BAN:
        return "menu.ask_to_ban"
    if action is Action.DELETE:
        return options.removal if workspace.admin is not None else "menu.ask_to_remove"
    return _LABELS.get(action, f"menu.{action.value}") if action in _OFFERED else None


def _choice(action: Action, label: str, case: CaseNumber, asker: Asker, options: Options) -> JSON:
    words = asker.words
    question = _QUESTIONS.get(action) if label != "menu.ask_to_remove" else None
    if question == "confirm.delete" and options.wave:
        question = "confirm.delete_chosen"
    values = {"name": words.say("slack.author"), "count": options.standing}
    asked = confirm(words.say(question, **values), words) if question else None
    style = "danger" if asked else ""
    return button(words.say(label), f"{ACT_ACTION}{action.value}", str(case), style=style, confirm=asked)
