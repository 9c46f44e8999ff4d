"""A pause that a platform's answer asks for, whatever its header says: read by both adapters, kept within a day."""

from types import SimpleNamespace
from typing import cast

import discord
import pytest
from aiohttp import ClientResponse
from slack_sdk.errors import SlackApiError

from bot.adapters.discord.outgoing.refusals import platform_error
from bot.adapters.slack.outgoing.refusals import error_of
from bot.domain.actions import Action
from bot.domain.decision import StoredEffect
from bot.domain.errors import PlatformBusy
from bot.domain.put_off import failed, put_off, why_of
from tests.factories import effect, later

HOSTILE = ("9" * 400, "1e400", "inf", "nan", "-1", "²", "٣", "", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "0.25")


def next_try(error: Exception) -> float:
    """Return in how many seconds a card is tried again that met this error."""
    assert isinstance(error, PlatformBusy)
    waits = put_off(StoredEffect(effect=effect(Action.FLAG), result=None), failed(why_of(error)), later(0))
    assert waits is not None
    return (waits.next_at - later(0)).total_seconds()


@pytest.mark.parametrize("value", HOSTILE)
def test_slacks_pause_may_have_any_form(value: str) -> None:
    """At least the first pause of our own, and a day at most."""
    answer = SimpleNamespace(status_code=429, data={"error": "ratelimited"}, headers={"Retry-After": value})
    error: SlackApiError = SlackApiError("no", answer)  # type: ignore[no-untyped-call]
    assert 5 <= next_try(error_of(error, "chat.postMessage")) <= 86_400


@pytest.mark.parametrize("value", HOSTILE)
def test_discords_pause_may_have_any_form(value: str) -> None:
    """The same for its answers."""
    answer = SimpleNamespace(status=429, reason="Too Many Requests", headers={"Retry-After": value})
    error = discord.HTTPException(cast("ClientResponse", answer), {"code": 0, "message": "slower"})
    assert 5 <= next_try(platform_error(error, "post", "Wait.")) <= 86_400


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), -1.0, 1e300, 45.5])
def test_discord_pys_own_pause_may_be_any_number(seconds: float) -> None:
    """It is taken from Discord's body as it is."""
    assert 5 <= next_try(platform_error(discord.RateLimited(seconds), "post", "Wait.")) <= 86_400
