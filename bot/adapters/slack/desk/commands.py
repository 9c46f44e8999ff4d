"""The slash command: the same verbs as elsewhere, where they make sense on Slack, answered to whoever typed them."""

import re
from collections.abc import Awaitable, Callable

from bot.adapters.slack.api import JSON
from bot.adapters.slack.desk.arguments import change_in, link_in, number_in, person_in
from bot.adapters.slack.desk.counter import Asker, Counter
from bot.adapters.slack.desk.setup import Setup
from bot.adapters.slack.incoming.files import word
from bot.adapters.slack.incoming.translate import ref_of
from bot.adapters.slack.outgoing.drawing import section, sections
from bot.adapters.slack.outgoing.uploads import send_file
from bot.adapters.slack.workspace import Workspace
from bot.domain.answer import Answer, AnswerKind, Listed, TextFile
from bot.domain.errors import PlatformError
from bot.domain.ids import CaseNumber, PolicyId
from bot.domain.people import Permission
from bot.domain.reasons import reason
from bot.logs import get_logger

_log = get_logger(__name__)
Reader = Callable[[Asker, list[str]], Awaitable[Answer] | None]
_MOST_TRIED = 500
_LONGEST_TEXT = 4_000
_COMMAND = re.compile(r"/[\w-]{1,40}")
_ADMINS, _MODERATORS, _EVERYBODY = Permission.ADMINISTER, Permission.MODERATE, None
USAGE: tuple[tuple[str, str, str, Permission | None], ...] = (
    ("setup", "", "verb.setup", _ADMINS),
    ("status", "", "verb.status", _MODERATORS),
    ("case", "12", "verb.case", _MODERATORS),
    ("history", "@name", "verb.history", _MODERATORS),
    ("explain", "link", "verb.explain", _MODERATORS),
    ("try", "text", "verb.try", _MODERATORS),
    ("policies", "", "verb.policies_list", _MODERATORS),
    ("policies", "on|off policy #channel", "verb.policies_switch", _ADMINS),
    ("policies", "try policy 100", "verb.policies_dry_run", _ADMINS),
    ("exempt", "on|off @name|#channel|@group", "verb.exempt", _ADMINS),
    ("mode", "shadow|live policy/rule", "verb.mode", _ADMINS),
    ("mode", "live policy/rule flag|escalate|warn|delete|policy", "option.action", _ADMINS),
    ("limits", "per_author_minute|per_community_hour|per_incident 10", "verb.limits", _ADMINS),
    ("backlog", "", "verb.backlog", _MODERATORS),
    ("backlog", "forget yes", "option.forget", _ADMINS),
    ("stop", "", "verb.stop", _MODERATORS),
    ("stop", "policy/rule", "slack.verb_stop_rule", _MODERATORS),
    ("start", "policy/rule", "slack.verb_start", _ADMINS),
    ("places", "", "slack.verb_places", _MODERATORS),
    ("log", "#channel", "slack.verb_log", _ADMINS),
    ("moderators", "on|off @group", "slack.verb_moderators", _ADMINS),
    ("call", "@group|nobody", "slack.verb_call", _ADMINS),
    ("language", "en", "slack.verb_language", _ADMINS),
    ("export", "", "verb.export", _ADMINS),
    ("privacy", "", "verb.privacy", _EVERYBODY),
    ("mine", "", "verb.mine", _EVERYBODY),
)
"""Each verb, what follows it, the sentence that tells of it, and the right that it takes: help shows one's own."""


class Commands:
    """Reads a command and puts it to the desk. Who may ask is the desk's to decide."""

    def __init__(self, counter: Counter, setup: Setup) -> None:
        self._counter = counter
        self._setup = setup
        desk = counter.desk
        self._verbs: dict[str, Reader] = {
            "status": lambda asker, rest: desk.status(asker.actor) if not rest else None,
            "privacy": lambda asker, rest: desk.privacy(asker.actor) if not rest else None,
            "mine": lambda asker, rest: desk.mine(asker.actor) if not rest else None,
            "export": lambda asker, rest: desk.export(asker.actor) if not rest else None,
            "backlog": self._backlog,
            "policies": lambda asker, rest: desk.listed(asker.actor, Listed.POLICIES) if not rest else None,
            "exempt": lambda asker, rest: desk.listed(asker.actor, Listed.EXEMPTIONS) if not rest else None,
            "limits": lambda asker, rest: desk.listed(asker.actor, Listed.LIMITS) if not rest else None,
            "places": lambda asker, rest: desk.listed(asker.actor, Listed.PLACES) if not rest else None,
            "case": self._case,
            "history": self._history,
            "explain": self._explain,
            "try": self._try,
        }

    def commanded(self, workspace: Workspace, body: JSON) -> None:
        """Answer a command in the background."""
        asker = self._counter.asker(workspace, body)
        typed = word(body, "text").split()
        verb = typed[0].lower() if typed else "help"
        if verb == "setup":
            self._counter.work(asker, self._setup.open(asker))
            return
        self._counter.work(asker, self._answer(asker, verb, typed[1:], word(body, "command")))

    async def _answer(self, asker: Asker, verb: str, rest: list[str], command: str) -> None:
        asked = self._asked(asker, verb, rest)
        if asked is not None:
            await self._tell(asker, await asked)
            return
        command = command if _COMMAND.fullmatch(command) else "/mod"
        await self._counter.respond(asker, sections(tuple(await self._help(asker, verb, command))))

    async def _help(self, asker: Asker, verb: str, command: str) -> list[str]:
        """Return the commands that somebody may use; one alone where it is named, all where there is none of it."""
        directory, actor = self._counter.directory, asker.actor
        may = {None: True} | {right: await directory.may(actor, right) for right in (_MODERATORS, _ADMINS)}
        own = [(name, form, code) for name, form, code, right in USAGE if may[right]]
        named = [each for each in own if each[0] == verb]
        lines = [
            f"{command} {name} {form}".rstrip() + f": {asker.words.say(code)}" for name, form, code in named or own
        ]
        return lines if may[_MODERATORS] or named else [asker.words.say("slack.mentioned", command=command), *lines]

    async def _tell(self, asker: Asker, answer: Answer) -> None:
        blocks = self._counter.blocks(asker, answer)
        if answer.download is not None:
            blocks.append(section(asker.words.say(await _handed_over(asker, answer.download))))
        await self._counter.respond(asker, blocks)

    def _asked(self, asker: Asker, verb: str, rest: list[str]) -> Awaitable[Answer] | None:
        reader = self._verbs.get(verb)
        asked = reader(asker, rest) if reader is not None else None
        if asked is not None:
            return asked
        tried = self._dry_run(asker, verb, rest)
        if tried is not None:
            return tried
        change = change_in(verb, rest)
        return self._counter.desk.change(asker.actor, change) if change is not None else None

    def _backlog(self, asker: Asker, rest: list[str]) -> Awaitable[Answer] | None:
        """Letting go takes two words more, so that it never happens by a slip."""
        if not rest:
            return self._counter.desk.backlog(asker.actor)
        sure = [word.lower() for word in rest] == ["forget", "yes"]
        return self._counter.desk.forget_backlog(asker.actor) if sure else None

    def _case(self, asker: Asker, rest: list[str]) -> Awaitable[Answer] | None:
        number = number_in(rest[0].lstrip("#")) if len(rest) == 1 else None
        return self._counter.desk.case(asker.actor, CaseNumber(number)) if number else None

    def _history(self, asker: Asker, rest: list[str]) -> Awaitable[Answer] | None:
        person = person_in(rest[0]) if len(rest) == 1 else None
        return self._counter.desk.history(asker.actor, person) if person is not None else None

    def _explain(self, asker: Asker, rest: list[str]) -> Awaitable[Answer] | None:
        if len(rest) != 1:
            return None
        found = link_in(rest[0])
        if found is None:
            return _said("command.unknown_message")
        return self._counter.desk.explain(asker.actor, ref_of(asker.workspace.place, *found))

    def _try(self, asker: Asker, rest: list[str]) -> Awaitable[Answer] | None:
        text = " ".join(rest)[:_LONGEST_TEXT]
        return self._counter.desk.try_text(asker.actor, text) if text else None

    def _dry_run(self, asker: Asker, verb: str, rest: list[str]) -> Awaitable[Answer] | None:
        if verb != "policies" or len(rest) not in (2, 3) or rest[0].lower() != "try":
            return None
        number = number_in(rest[2]) if len(rest) > 2 else 100  # noqa: PLR2004 - try, policy, number
        if not number or number > _MOST_TRIED:
            return None
        return self._counter.desk.dry_run(asker.actor, PolicyId(rest[1]), number)


async def _handed_over(asker: Asker, download: TextFile) -> str:
    """Send a file to whoever asked for it; return the sentence that says how that went."""
    try:
        await send_file(asker.workspace, asker.actor.person, download)
    except PlatformError as error:
        _log.warning("file_not_sent", community=asker.workspace.community, error=str(error))
        return "slack.file_not_sent"
    return "slack.file_sent"


async def _said(code: str) -> Answer:
    return Answer(kind=AnswerKind.REFUSED, lines=(reason(code),))
