"""Telling the operator: a real web server, a real command, and no secret in the log."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.operator.command import CommandOperator
from bot.adapters.operator.reach import operator_of
from bot.adapters.operator.webhook import WebhookOperator
from bot.domain.notice import AnnouncementCode, OperatorNote
from bot.domain.reasons import reason
from tests.core.run import DEGRADED

NOTE = OperatorNote(
    key="outage:1:began",
    reason=reason(AnnouncementCode.OUTAGE_BEGAN, count=3),
    detail="Nobody answers at\nhttp://127.0.0.1:11434.",
)
TEXT = (
    "Hallmoot: The model does not answer. Messages wait for it and none is removed meanwhile. 3 are waiting. "
    "Nobody answers at http://127.0.0.1:11434."
)


@asynccontextmanager
async def _hook(*statuses: int) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Serve a webhook that answers with these statuses, one after the other; yield its address and what it got."""
    bodies: list[dict[str, Any]] = []
    left = list(statuses)

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.Response(status=left.pop(0))

    app = web.Application()
    app.router.add_post("/secret-path", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/secret-path", bodies
    finally:
        await runner.cleanup()


async def test_a_webhook_gets_the_text_in_the_words_of_discord_and_slack() -> None:
    """Nobody is mentioned by it, whatever stands in an error."""
    async with _hook(204) as (url, bodies):
        assert await WebhookOperator(url).tell(NOTE)
    assert bodies == [
        {
            "text": TEXT,
            "content": TEXT,
            "allowed_mentions": {"parse": []},
            "event": "outage_began",
            "values": {"count": "3"},
            "key": "outage:1:began",
        }
    ]


async def test_a_model_server_s_words_mention_nobody_in_the_operator_s_chat() -> None:
    """They are part of what is told, and Slack reads `<!channel>` in any text."""
    note = replace(NOTE, detail="503: <!channel> <@U1> [click](https://evil.example) <https://a|b>")
    async with _hook(204) as (url, bodies):
        assert await WebhookOperator(url).tell(note)
    for place in ("text", "content"):
        assert not set("<>[]") & set(bodies[0][place])
        assert "!channel" in bodies[0][place]


@pytest.mark.parametrize(("status", "told"), [(503, False), (429, False), (404, True), (302, True)])
async def test_what_may_succeed_later_is_tried_later(status: int, *, told: bool) -> None:
    """A wrong address would stay wrong, and a redirect is not followed."""
    async with _hook(status) as (url, bodies):
        assert await WebhookOperator(url).tell(NOTE) is told
    assert len(bodies) == 1


async def test_a_webhook_that_nobody_serves_is_tried_later_and_never_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The address may hold a secret."""
    assert not await WebhookOperator("http://127.0.0.1:9/secret-path").tell(NOTE)
    assert "secret-path" not in "".join(capsys.readouterr())


async def test_a_command_gets_the_text_as_its_last_word_without_a_shell(tmp_path: Path) -> None:
    """What would be a command to a shell is a word like any other."""
    out = tmp_path / "told"
    script = f"import sys; open({str(out)!r}, 'w').write('|'.join(sys.argv[1:]))"
    note = replace(NOTE, detail="$(touch oops); `id`")
    assert await CommandOperator((sys.executable, "-c", script, "--title", "a b")).tell(note)
    words = await asyncio.to_thread(out.read_text)
    assert words.startswith("--title|a b|Hallmoot: The model does not answer.")
    assert words.endswith("$(touch oops); `id`")


async def test_a_command_that_does_not_exist_or_fails_is_not_tried_again() -> None:
    """It would fail again."""
    assert await CommandOperator(("/nowhere/at-all",)).tell(NOTE)
    assert await CommandOperator((sys.executable, "-c", "raise SystemExit(3)")).tell(NOTE)


async def test_a_command_that_hangs_is_ended() -> None:
    """And tried later."""
    hangs = (sys.executable, "-c", "import time; time.sleep(60)")
    assert not await CommandOperator(hangs, seconds=0.2).tell(NOTE)


async def test_a_redirect_is_not_followed_and_said_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody was told by it; where it led stays unsaid."""
    async with _hook(302) as (url, bodies):
        await WebhookOperator(url).tell(NOTE)
    logged = "".join(capsys.readouterr())
    assert len(bodies) == 1
    assert "operator_not_told" in logged
    assert "302" in logged
    assert "secret-path" not in logged


async def test_a_command_gets_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What else is in the environment it keeps: it may need its own."""
    monkeypatch.setenv("HALLMOOT_DISCORD_TOKEN", "hunter2")
    monkeypatch.setenv("NTFY_TOPIC", "mods")
    out = tmp_path / "told"
    script = f"import os; open({str(out)!r}, 'w').write(repr(dict(os.environ)))"
    assert await CommandOperator((sys.executable, "-c", script)).tell(NOTE)
    environment = await asyncio.to_thread(out.read_text)
    assert "hunter2" not in environment
    assert "'NTFY_TOPIC': 'mods'" in environment


async def test_what_a_hanging_command_started_ends_with_it(tmp_path: Path) -> None:
    """Otherwise each outage would leave one more process behind."""
    out = tmp_path / "started"
    child = f"import os, time; open({str(out)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    hangs = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    telling = asyncio.create_task(CommandOperator((sys.executable, "-c", hangs), seconds=5).tell(NOTE))
    await until(lambda: out.exists() and out.read_text() != "")
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    await until(lambda: not is_running(int(out.read_text())))


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(holds):  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.01)


def is_running(number: int) -> bool:
    """Return whether a process goes on; one that nobody has waited for yet does not."""
    try:
        return ") Z " not in Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False


async def test_a_way_that_was_told_is_not_told_again_for_the_others_sake(tmp_path: Path) -> None:
    """The webhook is down at first; the command runs once."""
    out = tmp_path / "told"
    script = f"open({str(out)!r}, 'a').write('x')"
    async with _hook(500, 204) as (url, bodies):
        settings = replace(DEGRADED, notify_url=url, notify_command=(sys.executable, "-c", script))
        operator = operator_of(settings)
        assert not await operator.tell(NOTE)
        assert await operator.tell(NOTE)
    assert len(bodies) == 2
    assert await asyncio.to_thread(out.read_text) == "x"


async def test_without_any_way_the_log_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is left to try."""
    assert await operator_of(DEGRADED).tell(NOTE)
    assert "outage_began" in "".join(capsys.readouterr())
