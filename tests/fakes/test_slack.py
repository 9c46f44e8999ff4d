"""The stand-in for Slack refuses what Slack refuses, as the real slack_sdk hears it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import Channel, Team, User, World

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}


class Cast:
    """A workspace, a channel, a member, an admin."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.team: Team = world.team()
        self.general: Channel = world.channel(self.team, "general")
        self.anna: User = world.user(self.team, "Anna")
        self.elrond: User = world.user(self.team, "Elrond", is_admin=True)
        self.bot = self.client(world.bot_token(self.team).value)

    def client(self, token: str) -> AsyncWebClient:
        """Return the real client, with a token."""
        return AsyncWebClient(token=token, base_url=self.world.url, retry_handlers=[])


@pytest.fixture
async def cast() -> AsyncIterator[Cast]:
    """Return a running stand-in with people in it."""
    async with World().running() as world:
        yield Cast(world)


async def refused(call: Any) -> dict[str, Any]:
    """Return the answer of a call that is refused."""
    with pytest.raises(SlackApiError) as raised:
        await call
    data: dict[str, Any] = raised.value.response.data
    return data


async def test_a_missing_scope_names_what_is_needed_and_provided(cast: Cast) -> None:
    """As Slack does, so that a log tells what to add."""
    token = cast.world.bot_token(cast.team)
    token.scopes = frozenset({"chat:write"})
    answer = await refused(cast.bot.users_info(user=cast.anna.id))
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")


async def test_a_bot_deletes_its_own_messages_alone(cast: Cast) -> None:
    """An admin's token deletes others' too, a member's does not."""
    post = await cast.world.say(cast.general, cast.anna, "hello")
    own = await cast.bot.chat_postMessage(channel=cast.general.id, text="ours")
    gone = {"channel": cast.general.id, "ts": post["ts"]}
    member = cast.client(cast.world.user_token(cast.world.user(cast.team, "Bert"), cast.team).value)
    assert (await refused(cast.bot.chat_delete(**gone)))["error"] == "cant_delete_message"
    assert (await refused(member.chat_delete(**gone)))["error"] == "cant_delete_message"
    await cast.bot.chat_delete(channel=cast.general.id, ts=str(own["ts"]))
    await cast.client(cast.world.user_token(cast.elrond, cast.team).value).chat_delete(**gone)
    await cast.world.until(lambda: cast.general.posts == {})


async def test_channels_are_seen_and_read_by_their_members(cast: Cast) -> None:
    """`not_in_channel` for a public one, `channel_not_found` for a private one."""
    public = cast.world.channel(cast.team, "public", watched="no")
    private = cast.world.channel(cast.team, "private", kind="group", watched="no")
    assert (await refused(cast.bot.conversations_history(channel=public.id)))["error"] == "not_in_channel"
    assert (await refused(cast.bot.conversations_history(channel=private.id)))["error"] == "channel_not_found"


async def test_unknown_and_revoked_tokens(cast: Cast) -> None:
    """Each with its own word."""
    assert (await refused(cast.client("xoxb-x").auth_test()))["error"] == "invalid_auth"
    cast.world.bot_token(cast.team).revoked = True
    assert (await refused(cast.bot.auth_test()))["error"] == "token_revoked"


async def test_tokens_are_of_kinds(cast: Cast) -> None:
    """A bot's opens no sockets, an app's posts nothing."""
    app = cast.client(cast.team.app.token)
    assert (await refused(cast.bot.apps_connections_open(app_token=cast.bot.token or "")))["error"] == (
        "not_allowed_token_type"
    )
    post = app.chat_postMessage(channel=cast.general.id, text="x")
    assert (await refused(post))["error"] == "not_allowed_token_type"


async def test_limits_are_counted_for_each_method_and_workspace(cast: Cast) -> None:
    """The second call in a minute is told how long to wait; another workspace is not concerned."""
    cast.world.limits["users.list"] = (1, 60.0)
    await cast.bot.users_list()
    with pytest.raises(SlackApiError) as raised:
        await cast.bot.users_list()
    assert raised.value.response.status_code == 429
    assert 1 <= int(raised.value.response.headers["Retry-After"]) <= 60
    other = cast.world.team("Shire")
    await cast.client(cast.world.bot_token(other).value).users_list()


async def test_a_ticket_is_good_for_one_handshake(cast: Cast) -> None:
    """The second is refused."""
    answer = await cast.client(cast.team.app.token).apps_connections_open(app_token=cast.team.app.token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(str(answer["url"])) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(str(answer["url"]))
    assert len(cast.world.sockets.reused) == 1


async def test_a_modal_needs_a_trigger_of_the_last_three_seconds() -> None:
    """And each opens one."""
    now = [1_764_000_000.0]
    async with World(lambda: now[0]).running() as world:
        cast = Cast(world)
        world.triggers = dict.fromkeys(("first", "second"), (now[0], cast.anna.id))
        await cast.bot.views_open(trigger_id="first", view=MODAL)
        assert (await refused(cast.bot.views_open(trigger_id="first", view=MODAL)))["error"] == "invalid_trigger_id"
        now[0] += 3.5
        assert (await refused(cast.bot.views_open(trigger_id="second", view=MODAL)))["error"] == "expired_trigger_id"


async def test_a_view_that_changed_meanwhile_refuses_an_old_hash(cast: Cast) -> None:
    """Two updates race; one loses."""
    cast.world.triggers = {"first": (cast.world.now(), cast.anna.id)}
    opened = (await cast.bot.views_open(trigger_id="first", view=MODAL))["view"]
    await cast.bot.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    lost = cast.bot.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert (await refused(lost))["error"] == "hash_conflict"


async def test_blocks_beyond_slacks_limits_are_refused(cast: Cast) -> None:
    """A header of 151 characters."""
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]
    post = cast.bot.chat_postMessage(channel=cast.general.id, text="x", blocks=blocks)
    assert (await refused(post))["error"] == "invalid_blocks"


async def test_an_event_goes_only_to_an_app_that_may_have_it(cast: Cast) -> None:
    """Without the scope, or without the bot in the channel, nothing is sent."""
    unwatched = cast.world.channel(cast.team, "elsewhere", watched="no")
    await cast.world.say(unwatched, cast.anna, "unheard")
    assert cast.world.sockets.lost == []
    await cast.world.say(cast.general, cast.anna, "nobody is linked")
    assert len(cast.world.sockets.lost) == 1
