"""Finding what is wrong before users do."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from bot.storage.sqlite.store import open_store
from tests.cli.conftest import NOBODY
from tests.cli.running import hallmoot
from tests.factories import AT, decision_record, message, put_off
from tests.fakes.ollama.faults import Fault
from tests.fakes.ollama.models import StoredModel
from tests.fakes.ollama.running import running_ollama
from tests.fakes.ollama.server import StandIn


def test_a_working_installation_is_told_how_fast_it_is(ollama: StandIn) -> None:
    """Exit status 0, with the measured seconds for a verdict."""
    del ollama
    ended = hallmoot("doctor")
    assert ended.status == 0
    assert "seconds for a verdict" in ended.out


def test_each_of_several_addresses_is_told(folder: Path, ollama: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is off is no fault as long as another one works; other weights are worth a word."""
    monkeypatch.delenv("OLLAMA_HOST")
    with running_ollama() as reserve:
        urls = json.dumps([NOBODY, ollama.url, reserve.url])
        (folder / "config.yaml").write_text(f"ollama:\n  urls: {urls}\n")
        told = {each["check"]: each for each in hallmoot("doctor", "--json").json}
        assert [told[f"address {number}"]["grade"] for number in (1, 2, 3)] == ["advice", "fine", "fine"]
        assert "in use" in told["address 2"]["found"]
        assert reserve.url in told["address 3"]["found"]
        reserve.models.add(StoredModel("gpt-oss-safeguard:20b", weights="others"))
        ended = hallmoot("doctor", "--json")
        assert "other weights" in {each["check"]: each for each in ended.json}["address 3"]["found"]
        assert ended.status == 0


def test_without_a_model_it_fails_with_the_remedy() -> None:
    """Exit status 1; everything else was checked all the same."""
    ended = hallmoot("doctor")
    assert ended.status == 1
    assert "FAIL model" in ended.out
    assert "policies" in ended.out


def test_every_fault_of_the_settings_is_told_at_once(folder: Path) -> None:
    """With its place, and the nearest key."""
    (folder / "config.yaml").write_text("olama:\n  slots: 1\nlog_levl: info\n")
    findings = hallmoot("doctor", "--json").json
    assert {finding["grade"] for finding in findings} == {"fault"}
    assert len(findings) >= 2
    assert any("ollama" in finding["found"] for finding in findings)


def test_a_model_that_answers_nonsense_is_found(ollama: StandIn) -> None:
    """It answers, but no verdict can be read."""
    ollama.faults.on(Fault.SPREAD)
    ended = hallmoot("doctor")
    assert (ended.status, "FAIL verdict" in ended.out) == (1, True)


@pytest.mark.parametrize(
    "outside",
    [
        '{"violation":0}',
        '```json\n{"violation":1,"category":"SP1","evidence":["x"],"rationale":"y"}\n```',
        '{"violation":1,"category":"SP1","evidence":["x"],"rationale":"y","severity":"low"}',
    ],
)
def test_a_server_that_holds_no_answer_to_its_form_is_found(ollama: StandIn, outside: str) -> None:
    """All samples are judged, yet what breaks a rule would reach people without a reason."""
    ollama.faults.outside = outside
    ollama.faults.on(Fault.OUTSIDE_SCHEMA)
    ended = hallmoot("doctor", "--json")
    told = {each["check"]: each for each in ended.json}
    assert (ended.status, told["explanation"]["grade"], told["verdict"]["grade"]) == (1, "fault", "fine")
    ollama.faults.off()
    assert {each["check"]: each for each in hallmoot("doctor", "--json").json}["explanation"]["grade"] == "fine"


def test_why_the_model_fails_is_told_in_ollamas_own_words(ollama: StandIn) -> None:
    """Not only that it stopped."""
    ollama.faults.on(Fault.NO_MEMORY)
    ended = hallmoot("doctor")
    assert (ended.status, "requires more system memory (13.1 GiB)" in " ".join(ended.out.split())) == (1, True)


def test_another_programs_context_window_is_told(ollama: StandIn) -> None:
    """Both numbers are named, and once the model is loaded as we ask for it there is nothing to tell."""
    body = {"model": "gpt-oss-safeguard:20b", "prompt": "hello", "raw": True, "options": {"num_ctx": 16_384}}
    httpx.post(f"{ollama.url}/api/generate", json={**body, "stream": False}).raise_for_status()
    found = {each["check"]: each for each in hallmoot("doctor", "--json").json}["context window"]
    assert found["grade"] == "advice"
    assert "16384" in found["found"]
    assert "8192" in found["found"]
    assert "num_ctx 8192" in found["remedy"]
    assert "context window" not in {each["check"] for each in hallmoot("doctor", "--json").json}


@pytest.mark.parametrize(("slots", "said"), [(1, "1 slot for 12 policies"), (2, "2 slots for 12 policies")])
def test_one_slot_is_one_slot(folder: Path, ollama: StandIn, slots: int, said: str) -> None:
    """Not "1 slots"."""
    del ollama
    (folder / "config.yaml").write_text(f"ollama:\n  slots: {slots}\n")
    assert {each["check"]: each for each in hallmoot("doctor", "--json").json}["slots"]["found"] == said


def test_every_fault_has_a_remedy() -> None:
    """What is wrong is never told without what to do."""
    for finding in hallmoot("doctor", "--json").json:
        assert finding["remedy"] or finding["grade"] == "fine"


def test_a_platform_that_is_expected_and_has_no_token_is_a_fault(ollama: StandIn) -> None:
    """Otherwise it is only advice: the demo needs none."""
    del ollama
    assert hallmoot("doctor").status == 0
    ended = hallmoot("doctor", "--discord")
    assert (ended.status, "docs/discord.md" in ended.out) == (1, True)


def test_what_platforms_put_off_is_listed_with_its_reason(folder: Path, ollama: StandIn) -> None:
    """It is no fault: a run tries it again by itself."""
    del ollama

    async def put_one_off() -> None:
        store = await open_store(folder / "records.db", exclusive=True)
        await store.inbox.accept(message(), AT)
        record = decision_record()
        await store.inbox.claim(record.key)
        await store.cases.record_decision(record)
        await store.cases.postpone(record.effects[0].key, put_off(next_at=AT))
        await store.close()

    asyncio.run(put_one_off())
    ended = hallmoot("doctor", "--db", "records.db", "--json")
    [waiting] = [each for each in ended.json if each["check"] == "waiting"]
    assert waiting["grade"] == "advice"
    assert waiting["found"] == (
        "console:demo: 1 x removing the message (the platform did not answer); next try 2026-11-23 12:00 UTC"
    )
