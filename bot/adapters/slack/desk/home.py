"""The home tab: for moderators what to do next, open cases and health, for everybody what is read and kept."""

from collections.abc import Mapping

from bot.adapters.slack.api import JSON
from bot.adapters.slack.desk.counter import Asker, Counter
from bot.adapters.slack.incoming.joining import Joining
from bot.adapters.slack.outgoing.cards import OPEN_MESSAGE
from bot.adapters.slack.outgoing.drawing import MOST_BLOCKS, header, link_button, section
from bot.adapters.slack.pace import Method, Rank
from bot.domain.errors import PlatformError
from bot.domain.ids import CommunityId
from bot.domain.people import Permission
from bot.logs import get_logger

_log = get_logger(__name__)


class Home:
    """Draws the tab whenever it is opened."""

    def __init__(self, counter: Counter, joinings: Mapping[CommunityId, Joining]) -> None:
        self._counter = counter
        self._joinings = joinings

    async def show(self, asker: Asker) -> None:
        """Publish the tab for whoever opened it; a lost race with another opening changes nothing."""
        await self._counter.learn_language(asker.workspace.community)
        blocks = [section(asker.words.say("slack.home_member"))]
        if await self._counter.directory.may(asker.actor, Permission.MODERATE):
            blocks += await self._for_moderators(asker)
        desk, actor = self._counter.desk, asker.actor
        blocks += [header(asker.words.say("slack.home_yours")), *self._counter.blocks(asker, await desk.mine(actor))]
        privacy = self._counter.blocks(asker, await desk.privacy(actor))
        blocks += [header(asker.words.say("slack.home_privacy")), *privacy]
        view = {"type": "home", "blocks": blocks[:MOST_BLOCKS]}
        try:
            await asker.workspace.api.call(Method.VIEWS_PUBLISH, rank=Rank.PEOPLE, user_id=actor.person, view=view)
        except PlatformError as error:
            _log.info("home_not_shown", community=actor.community, error=str(error))

    async def _for_moderators(self, asker: Asker) -> list[JSON]:
        desk, words = self._counter.desk, asker.words
        log = (await desk.settings(asker.actor.community)).mod_log
        status, open_cases = await desk.status(asker.actor), await desk.open_cases(asker.actor)
        waits = [line.code for line in open_cases.lines] != ["status_of.no_open_cases"]
        blocks = [header(words.say("slack.home_next")), *self._next(asker, log, waits="yes" if waits else "no")]
        if log is not None:
            url = f"{asker.workspace.identity.url}archives/{log}"
            button = link_button(words.say("slack.home_to_log"), OPEN_MESSAGE, url)
            blocks.append({"type": "actions", "elements": [button]})
        blocks += [header(words.say("slack.home_open")), *self._counter.blocks(asker, open_cases)]
        return [*blocks, header(words.say("slack.home_moderator")), *self._counter.blocks(asker, status)]

    def _next(self, asker: Asker, log: str | None, *, waits: str) -> list[JSON]:
        """Return what somebody has to do, the most pressing first, and what only takes its time."""
        words, lines = asker.words, []
        if log is None:
            lines.append(words.say("slack.home_next_setup", command="/mod setup"))
        elif waits == "yes":
            lines.append(words.say("slack.home_next_cases"))
        else:
            lines.append(words.say("slack.home_next_nothing"))
        joining = self._joinings.get(asker.actor.community)
        if joining is not None and joining.waiting:
            lines.append(words.say("slack.home_joining", count=joining.waiting))
        return [section("\n".join(lines))]
