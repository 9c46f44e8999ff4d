"""Presses on cards. Answered within three seconds first, then put to the desk, which checks everything anew."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import cast

import discord

from bot.adapters.discord.desk.button_ids import ButtonId, Verb, read
from bot.adapters.discord.desk.buttons import DeskButton, Pressed, ids_on
from bot.adapters.discord.desk.interacting import View, actor_of, answered
from bot.adapters.discord.desk.picking import PICKED, WavePage
from bot.adapters.discord.outgoing.answers import text_view
from bot.adapters.discord.outgoing.drawing import lines
from bot.domain.actions import Action
from bot.domain.answer import Answer, ForgedPress, How, Options
from bot.domain.card import Card
from bot.domain.case import ReviewResult
from bot.domain.ids import CaseNumber
from bot.domain.people import Actor
from bot.logs import get_logger
from bot.messages.catalogue import Catalogue, Said
from bot.messages.sentences import SENTENCES
from bot.ports.desk import CaseDesk

_LOG = get_logger(__name__)
_RESULTS = {
    Verb.RIGHT: ReviewResult.UPHELD,
    Verb.WRONG: ReviewResult.OVERTURNED,
    Verb.UNCLEAR: ReviewResult.UNCLEAR,
}
_VERBS = {ReviewResult.UPHELD: Verb.RIGHT, ReviewResult.OVERTURNED: Verb.WRONG}
_CHANGED = {ReviewResult.UPHELD: "menu.change_to_right", ReviewResult.OVERTURNED: "menu.change_to_wrong"}
"""What a decided case may be changed to by whoever decided it."""
HEAVY = frozenset({Action.KICK, Action.BAN, Action.LOCKDOWN, Action.LIFT})
"""Actions that are asked about once more."""
_LABELS = {Action.LIFT: "menu.undo"}
_QUESTIONS = {Action.LIFT: "confirm.undo"}
LOCKDOWN_MINUTES = 30
_ROW = 5
_WAITS = 1.5
"""Seconds after which nothing else is going to answer. Discord itself gives up after three."""
_OF_A_PAGE = re.compile(r"[0-9a-f]{32}")
"""What discord.py names the parts of a page or form that lives as long as its process."""


class Presses(Pressed):
    """Puts each press to the desk."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    async def pressed(self, interaction: discord.Interaction, custom_id: str) -> None:
        """Answer a press."""
        actor, button = actor_of(interaction), read(custom_id)
        if actor is None:
            return
        await answered(interaction, lambda catalogue: self._answer(actor, button, custom_id, catalogue))

    async def unanswered(self, interaction: discord.Interaction) -> None:
        """Answer for a page or form whose process is gone; anything else was never one of ours."""
        if interaction.type not in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            return
        custom_id = str(cast("Mapping[str, object]", interaction.data or {}).get("custom_id", ""))
        if interaction.message is None or custom_id in ids_on(interaction.message.components):
            await asyncio.sleep(_WAITS)
        if interaction.response.is_done():
            return
        if _OF_A_PAGE.fullmatch(custom_id):
            await answered(interaction, _expired)
        else:
            await self.pressed(interaction, custom_id)

    async def _answer(
        self, actor: Actor, button: ButtonId | None, custom_id: str, catalogue: Catalogue
    ) -> View | Answer:
        if button is None:
            return await self._desk.forged(actor, ForgedPress(what=custom_id))
        if button.verb in _RESULTS:
            return await self._desk.review(actor, button.case, _RESULTS[button.verb])
        if button.verb is Verb.MORE:
            return await self._desk.more(actor, button.case)
        if button.verb in (Verb.ACT, Verb.PICK):
            show = self._choices if button.verb is Verb.ACT else self._picking
            return await show(actor, button.case, catalogue)
        if button.verb is Verb.CANCEL or button.action is None:
            return text_view(catalogue.say("press.cancelled"))
        return await self._act(actor, button, button.action, catalogue)

    async def _act(self, actor: Actor, button: ButtonId, action: Action, catalogue: Catalogue) -> View | Answer:
        if button.verb is Verb.DO:
            return await self._desk.act(actor, button.case, action, How(seconds=button.seconds))
        if button.verb is Verb.ALL:
            return await self._desk.act_on_all(actor, button.case, action)
        offer = self._desk.offer_all if button.verb is Verb.CHOOSE_ALL else self._desk.offer
        shown = await offer(actor, button.case, action)
        return _confirmation(button, action, shown.card, catalogue) if shown.card is not None else shown

    async def _choices(self, actor: Actor, case: CaseNumber, catalogue: Catalogue) -> View | Answer:
        """Return what this person may do, a button each, and below it what is not possible and why."""
        options = await self._desk.options(actor, case)
        if isinstance(options, Answer):
            return options
        buttons = [button for action in options.allowed for button in _choices_of(action, case, options, catalogue)]
        if options.authors > 1 and Action.BAN in options.allowed:
            ban_all = ButtonId(verb=Verb.CHOOSE_ALL, case=case, action=Action.BAN)
            label = catalogue.say("button.ban_all", count=options.authors)
            buttons.append(DeskButton.make(ban_all, label, discord.ButtonStyle.danger))
        if len(options.wave) > 1 and PICKED & set(options.allowed):
            buttons.append(_plain(Verb.PICK, case, catalogue.say("menu.pick")))
        buttons += [_plain(_VERBS[word], case, catalogue.say(_CHANGED[word])) for word in options.corrections]
        buttons.append(_plain(Verb.UNCLEAR, case, catalogue.say("menu.unclear")))
        question = catalogue.say("menu.what" if options.allowed else "menu.none_allowed")
        return _menu(lines(question, *(catalogue.line(why) for why in options.refused)), buttons)

    async def _picking(self, actor: Actor, case: CaseNumber, catalogue: Catalogue) -> View | Answer:
        options = await self._desk.options(actor, case)
        if isinstance(options, Answer):
            return options
        if not options.wave:
            return text_view(catalogue.say("press.stale"))
        return WavePage(self._desk, actor, case, options, catalogue)


async def _expired(catalogue: Catalogue) -> View:
    return text_view(catalogue.say("press.expired"))


def _choice(action: Action, case: CaseNumber, catalogue: Catalogue) -> DeskButton:
    verb = Verb.CHOOSE if action in HEAVY else Verb.DO
    style = discord.ButtonStyle.danger if action in HEAVY else discord.ButtonStyle.secondary
    code = _LABELS.get(action, f"menu.{action.value}")
    is_known = code in SENTENCES
    label = catalogue.say(code, length=_half_an_hour(catalogue)) if is_known else catalogue.action(action)
    return DeskButton.make(ButtonId(verb=verb, case=case, action=action), label, style)


def _choices_of(action: Action, case: CaseNumber, options: Options, catalogue: Catalogue) -> Iterable[DeskButton]:
    """Return the buttons of one action: of a time-out one for each length."""
    if action is Action.DELETE:
        remove = ButtonId(verb=Verb.DO, case=case, action=action)
        return (DeskButton.make(remove, catalogue.say(options.removal), discord.ButtonStyle.secondary),)
    if action is not Action.TIMEOUT or not options.lengths:
        return (_choice(action, case, catalogue),)
    return (
        DeskButton.make(
            ButtonId(verb=Verb.DO, case=case, action=action, seconds=seconds),
            catalogue.say("menu.timeout_for", length=catalogue.duration(timedelta(seconds=seconds))),
            discord.ButtonStyle.secondary,
        )
        for seconds in options.lengths
    )


def _plain(verb: Verb, case: CaseNumber, label: str) -> DeskButton:
    return DeskButton.make(ButtonId(verb=verb, case=case), label, discord.ButtonStyle.secondary)


def _confirmation(button: ButtonId, action: Action, card: Card, catalogue: Catalogue) -> View:
    """Ask once more, naming whom it hits."""
    is_all = button.verb is Verb.CHOOSE_ALL
    name, channel = card.case.author_name, Said(f"<#{card.case.ref.channel}>")
    code = "confirm.ban_all" if is_all else _QUESTIONS.get(action, f"confirm.{action.value}")
    known = code if code in SENTENCES else "confirm.title"
    count = card.authors if is_all else card.copies
    question = catalogue.say(known, name=name, channel=channel, length=_half_an_hour(catalogue), count=count)
    verb = Verb.ALL if is_all else Verb.DO
    yes = ButtonId(verb=verb, case=button.case, action=action)
    no = ButtonId(verb=Verb.CANCEL, case=button.case)
    return _menu(
        lines(f"**{catalogue.say('confirm.title')}**", question),
        [
            DeskButton.make(yes, catalogue.say("confirm.yes"), discord.ButtonStyle.danger),
            DeskButton.make(no, catalogue.say("confirm.no"), discord.ButtonStyle.secondary),
        ],
    )


def _half_an_hour(catalogue: Catalogue) -> str:
    return catalogue.say("time.minutes", count=LOCKDOWN_MINUTES)


def _menu(text: str, buttons: list[DeskButton]) -> View:
    view = text_view(text)
    for start in range(0, len(buttons), _ROW):
        row: discord.ui.ActionRow[View] = discord.ui.ActionRow()
        for button in buttons[start : start + _ROW]:
            row.add_item(button)
        view.add_item(row)
    return view
