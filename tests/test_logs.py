"""Log entries: no secret in them, each on its own line, and nothing that steers the terminal they are read on."""

import asyncio
import io
import json
import logging

import pytest

from bot import logs

SLACK = "xoxb-123456789-abcdef"
HOOK = "T000000/B000000/aBcDeFgHiJkLmNoPqRsTuVwX"
TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2"
STEERING = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\ud800\r\nERROR forged=entry"


def logged(*, json_lines: bool, **values: object) -> str:
    """Return what one entry looks like."""
    stream = io.StringIO()
    logs.configure(stream=stream, json_lines=json_lines)
    logs.get_logger("tests").warning("something", **values)
    return stream.getvalue()


def fail(words: str) -> None:
    """Fail with these words."""
    raise ValueError(words)


@pytest.mark.parametrize("json_lines", [False, True])
@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (SLACK, SLACK),
        (ValueError(f"refused {SLACK}"), SLACK),
        ({"inner": [SLACK]}, SLACK),
        ({SLACK}, SLACK),
        (SLACK.encode(), SLACK),
        (f"https://hooks.slack.com/services/{HOOK}", HOOK),
        (f"POST https://discord.com/api/v10/webhooks/123456789012345678/{TOKEN}?wait=true", TOKEN),
        (f"https://discord.com/api/v10/interactions/123456789012345678/{TOKEN}/callback", TOKEN),
        ("wss://wss-primary.slack.com/link/?ticket=0123-abcd&app_id=1", "0123-abcd"),
        ({"api_key": "hunter2"}, "hunter2"),
        ({"install_key": b"hunter2"}, "hunter2"),
    ],
)
def test_no_secret_is_logged_whatever_holds_it(value: object, secret: str, *, json_lines: bool) -> None:
    """In errors, sets, bytes and addresses that let in whoever knows them."""
    entry = logged(json_lines=json_lines, value=value)
    assert secret not in entry
    assert logs.REDACTED in entry


@pytest.mark.parametrize("json_lines", [False, True])
@pytest.mark.parametrize("value", [STEERING, STEERING.replace(" ", ""), [STEERING], ValueError(STEERING)])
def test_an_entry_stays_on_its_line_and_steers_nothing(value: object, *, json_lines: bool) -> None:
    """A member's name forges no entry, and a terminal is left as it was."""
    entry = logged(json_lines=json_lines, value=value)
    assert entry.count("\n") == 1
    assert entry.rstrip("\n").isprintable()
    entry.encode()


def test_the_trace_of_an_error_steers_nothing_and_holds_no_secret() -> None:
    """Its lines are kept: developers read them."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    try:
        fail(f"\x1b[2J{SLACK}")
    except ValueError:
        logs.get_logger("tests").error("failed", exc_info=True)
    assert SLACK not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue().count("\n") > 2


def test_what_libraries_log_becomes_entries_of_ours() -> None:
    """Python's own last resort would have written them to the terminal, secrets and traces and all."""
    stream = io.StringIO()
    logs.configure(stream=stream, json_lines=True)
    try:
        fail(f"no entry for {SLACK}")
    except ValueError:
        logging.getLogger("some.library").exception("it broke with %s", SLACK)
    logging.getLogger("some.library").info("not worth a line")
    [entry] = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (entry["event"], entry["part"]) == ("library", "some.library")
    assert SLACK not in str(entry)
    assert "no entry for" in entry["error"]


async def test_a_task_that_nobody_waited_for_leaves_no_trace_on_the_terminal() -> None:
    """What it died of is logged as a line."""
    stream = io.StringIO()
    logs.configure(stream=stream, json_lines=True)
    loop = asyncio.get_running_loop()
    loop.call_exception_handler({"message": "Task exception was never retrieved", "exception": ValueError(SLACK)})
    [entry] = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert entry["part"] == "asyncio"
    assert SLACK not in stream.getvalue()
