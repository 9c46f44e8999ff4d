"""The home tab: for moderators health, coverage and open cases, for everybody what is read, kept and done."""

from bot.adapters.slack.api import JSON
from bot.adapters.slack.counter import Asker, Counter
from bot.adapters.slack.drawing import MOST_BLOCKS, header, section
from bot.adapters.slack.pace import Method, Rank
from bot.domain.errors import PlatformError
from bot.domain.people import Permission
from bot.logs import get_logger

_log = get_logger(__name__)


class Home:
    """Draws the tab whenever it is opened."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

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
        status = await self._counter.desk.status(asker.actor)
        blocks = [header(asker.words.say("slack.home_moderator")), *self._counter.blocks(asker, status)]
        open_cases = await self._counter.desk.open_cases(asker.actor)
        blocks += [header(asker.words.say("slack.home_open")), *self._counter.blocks(asker, open_cases)]
        return blocks
