"""Every part of the benchmark runs, small; the simulated ones meet their marks, the timed ones only run."""

import asyncio
import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from aiohttp import web

from bot.bench.measures.cache import Traffic, simulate
from bot.bench.measures.verdict import VERDICT
from bot.bench.parts import Mark, Measure, Options, Part, percentile
from bot.bench.registry import chosen
from bot.bench.stand_ins.generators import VIOLATION, messages, policies, texts
from bot.bootstrap.benchmarks import PARTS
from bot.cli.main import run
from bot.domain.errors import InputError
from tests.factories import AT
from tests.fakes.ollama import running_ollama


def _options(folder: Path) -> Options:
    return Options(seed=3, folder=folder, scale=0.004)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
async def test_a_part_measures_what_it_says(part: Part, tmp_path: Path) -> None:
    """Every value is a number, and one of them has a mark; nothing is left behind."""
    measures = await part.run(_options(tmp_path))
    assert any(measure.mark is not None for measure in measures)
    assert all(measure.value >= 0 for measure in measures)
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


def test_the_docket_keeps_prefixes_in_the_cache() -> None:
    """Twenty policies in random order on four slots: hardly more than each message's own tokens is read."""
    ratios = sorted(each.ratio for each in simulate(5, 800, Traffic())[20:])
    assert ratios[len(ratios) // 2] <= 1.1
    assert sum(ratios) / len(ratios) <= 1.5


@pytest.mark.parametrize("traffic", [Traffic(), Traffic(policies=3, slots=1, under_all=True, queue=1)])
def test_the_fence_and_warming_again_each_keep_lanes_warm(traffic: Traffic) -> None:
    """With hex fences, whose first tokens are one of a hundred, and nothing warmed again, most lanes end up cold."""

    def cold(**changes: object) -> float:
        asked = simulate(5, 3_000, replace(traffic, **changes))  # type: ignore[arg-type]
        return sum(each.cold for each in asked) / len(asked)

    assert cold(fences=100, warms_again=False) > 0.25
    assert cold(fences=100) < 0.03
    assert cold() < 0.005


async def test_verdicts_through_the_stand_in_are_verdicts(tmp_path: Path) -> None:
    """Else their cost would say nothing."""
    failed = [measure for measure in await VERDICT.run(_options(tmp_path)) if measure.what == "verdicts that failed"]
    assert [measure.value for measure in failed] == [0]


async def test_messages_of_many_servers_come_through_the_real_client_and_none_is_lost(tmp_path: Path) -> None:
    """Else their speed would say nothing."""
    measures = await chosen(["guilds"], PARTS)[0].run(Options(seed=3, folder=tmp_path, scale=0.02))
    found = {measure.what: measure.value for measure in measures}
    assert found["messages"] == 600
    assert found["messages lost"] == found["messages out of their channel's order"] == 0


async def test_slacks_events_come_through_the_real_client_and_each_is_acknowledged(tmp_path: Path) -> None:
    """Else their speed would say nothing."""
    measures = await chosen(["slack"], PARTS)[0].run(Options(seed=3, folder=tmp_path, scale=0.03))
    found = {measure.what: measure.value for measure in measures}
    assert found["events"] == 300
    assert found["events not acknowledged"] == found["messages not on disk"] == 0
    assert found["until acknowledged, median"] > 0


def test_the_same_seed_makes_the_same_messages() -> None:
    """And another seed others; the share of violations is about what was asked for."""
    assert list(messages(1, 20, AT)) == list(messages(1, 20, AT))
    assert list(messages(1, 20, AT)) != list(messages(2, 20, AT))
    assert policies(1, 3) == policies(1, 3)
    listed = texts(1, violating=0.2)
    assert 150 < sum(VIOLATION in next(listed) for _ in range(1_000)) < 250


def test_marks_and_percentiles() -> None:
    """At most, at least, and the value that a share does not exceed."""
    assert Measure(what="a", value=2.0, unit="ms", mark=Mark(limit=2.0)).holds is True
    assert Measure(what="a", value=2.1, unit="ms", mark=Mark(limit=2.0)).holds is False
    assert Measure(what="a", value=2.1, unit="1/s", mark=Mark(limit=2.0, at_least=True)).holds is True
    assert Measure(what="a", value=2.1, unit="ms").holds is None
    assert percentile([float(number) for number in range(1, 101)], 0.99) == 100.0
    assert percentile([], 0.5) == 0.0


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    """So that the next try is right."""
    assert chosen([], PARTS) == PARTS
    assert [part.name for part in chosen(["idle", "cpu"])] == ["cpu", "idle"]
    with pytest.raises(InputError, match=r"no part called speed\. The parts are: intake, guilds, slack, cpu"):
        chosen(["speed"], PARTS)


def test_the_command_prints_json_and_tells_by_its_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The simulated part holds everywhere."""
    assert run(["bench", "cache", "--json", "--scale", "0.05", "--folder", str(tmp_path)]) == 0
    (part,) = json.loads(capsys.readouterr().out)
    assert part["part"] == "cache"
    assert [measure["holds"] for measure in part["measures"]] == [True, True, None, True, True]


def test_the_command_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the mark beside the value; an unknown part is exit status 2."""
    assert run(["bench", "cache", "--scale", "0.05", "--folder", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "≤ 1.1" in shown
    assert "holds" in shown
    assert run(["bench", "speed"]) == 2


async def test_a_small_raid_is_collapsed_and_nobody_else_drawn_in(tmp_path: Path) -> None:
    """Marks included: 400 variants of five texts, eight ordinary messages."""
    measures = await chosen(["raid"])[0].run(Options(seed=3, folder=tmp_path, scale=0.04))
    found = {measure.what: measure for measure in measures}
    assert all(measure.holds is not False for measure in measures)
    assert 10 <= found["judgements for the raid"].value <= 25
    assert 5 <= found["cards"].value <= 6


def test_the_docket_can_be_run_on_an_ollama(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is asked through the bot's own classifier, and tells only how long reading took."""
    with running_ollama() as server:
        status = run(["bench", "cache", "--json", "--scale", "0.03", "--folder", str(tmp_path), "--ollama", server.url])
    (part,) = json.loads(capsys.readouterr().out)
    found = {measure["what"]: measure["value"] for measure in part["measures"]}
    assert status == 0
    assert found["without a verdict"] == 0
    assert found["time spent on reading prompts, median of a verdict"] > 0


async def test_the_docket_can_be_run_on_a_llama_server(tmp_path: Path) -> None:
    """It tells how many tokens it read: here always as many as the message has of its own, times two."""
    bodies = []

    async def complete(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.json_response({"content": "x", "timings": {"prompt_n": 60, "cache_n": 600}})

    app = web.Application()
    app.router.add_get("/props", _props)
    app.router.add_post("/completion", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        options = Options(seed=3, folder=tmp_path, scale=0.1, llama_server=url)
        measures = await chosen(["cache"])[0].run(options)
    finally:
        await runner.cleanup()
    found = {measure.what: measure.value for measure in measures}
    assert found["the server's slots"] == 4
    assert 0 < found["tokens read per own token, median"] < 3
    warming = [body for body in bodies if body["n_predict"] == 1]
    assert len(bodies) == 20 + len(warming)
    assert all(body["prompt"].endswith("<|channel|>analysis<|message|>") for body in bodies)


class _Forgetful(BaseHTTPRequestHandler):
    """A llama.cpp server that reads every prompt anew."""

    def do_GET(self) -> None:
        """Tell the number of slots."""
        self._say({"total_slots": 4})

    def do_POST(self) -> None:
        """Complete."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say({"content": "x", "timings": {"prompt_n": 700, "cache_n": 0}})

    def _say(self, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


def test_a_missed_mark_is_exit_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a real server too: one without a prompt cache reads ten times what it would have to."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Forgetful)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        status = run(["bench", "cache", "--scale", "0.1", "--folder", str(tmp_path), "--llama-server", url])
    finally:
        server.shutdown()
        server.server_close()
    assert status == 1
    assert "MISSED" in capsys.readouterr().out


async def test_an_address_that_is_no_llama_server_is_told(tmp_path: Path) -> None:
    """With what to start instead."""
    options = Options(seed=3, folder=tmp_path, llama_server="http://127.0.0.1:9")
    with pytest.raises(InputError, match="llama-server -m"):
        await chosen(["cache"])[0].run(options)


async def _props(_: web.Request) -> web.Response:
    return web.json_response({"total_slots": 4})
