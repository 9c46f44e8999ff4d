"""The first thing a stranger sees."""

from collections import Counter
from pathlib import Path

from bot.cli.demo import shipped_conversation
from bot.domain.events import Delete, Edit, Message, Report
from tests.cli.running import hallmoot
from tests.fakes.ollama.faults import Fault, Step
from tests.fakes.ollama.requests import Recorded
from tests.fakes.ollama.server import StandIn


def test_the_shipped_conversation_has_everything_that_a_chat_has() -> None:
    """At least 60 messages, with edits, deletions, reports, forwards, polls, files and programs."""
    events = shipped_conversation()
    kinds = Counter(type(event) for event in events)
    messages = [event for event in events if isinstance(event, Message)]
    assert kinds[Message] >= 60
    assert min(kinds[Edit], kinds[Delete], kinds[Report]) >= 1
    assert {part.kind.value for message in messages for part in message.parts} >= {"text", "reply", "forward", "poll"}
    assert any(message.attachments for message in messages)
    assert any(message.author.is_bot for message in messages)


def test_without_a_model_it_says_so_and_ends_well() -> None:
    """Nothing is presented as a model's judgement, and every message is accounted for."""
    ended = hallmoot("demo")
    assert (ended.status, ended.err) == (0, "")
    assert "No model answered, so nothing here is a model's judgement." in ended.out
    assert "67 messages came in." in ended.out
    assert "golden:spam-001" in ended.out


def test_without_a_model_every_message_ends_somewhere() -> None:
    """The states add up to what came in."""
    found = hallmoot("demo", "--json").json
    assert found["model"] is None
    assert sum(found["coverage"]["states"].values()) == found["coverage"]["seen"] == 67
    assert all(case["action"] == "flag" for case in found["cases"])


def _warms(request: Recorded) -> bool:
    return request.step is Step.REASON and request.body["options"]["num_predict"] == 1


def test_with_a_model_a_safe_message_costs_two_requests_and_a_violation_three(ollama: StandIn) -> None:
    """Each policy is asked by itself, and warmed with two requests of one token before."""
    found = hallmoot("demo", "--json").json
    assert found["model"] == "gpt-oss-safeguard:20b"
    warming = [request for request in ollama.generates if _warms(request)]
    steps = Counter(request.step for request in ollama.generates if not _warms(request))
    assert steps[Step.REASON] == steps[Step.WEIGH] > steps[Step.EXPLAIN] >= 8
    prefixes = {request.prompt.partition("<|start|>user")[0] for request in ollama.generates}
    assert len(warming) == 2 * len(prefixes)
    assert len(warming) + steps.total() == len(ollama.generates)


def test_two_runs_send_byte_identical_prompts(ollama: StandIn) -> None:
    """Nothing of the clock or of chance gets into a prompt, so that the server's cache holds."""
    hallmoot("demo")
    first = [request.prompt for request in ollama.generates]
    ollama.requests.clear()
    hallmoot("demo")
    assert [request.prompt for request in ollama.generates] == first


def test_its_records_can_be_looked_at_afterwards(folder: Path) -> None:
    """The commands that it suggests work on what it wrote."""
    hallmoot("demo")
    database = str(folder / "data" / "demo.db")
    listed = hallmoot("cases", "list", "--json", "--db", database).json
    assert [case["case"] for case in listed] == list(range(len(listed), 0, -1))
    shown = hallmoot("cases", "show", "1", "--db", database)
    assert (shown.status, "selling handmade keycaps" in shown.out) == (0, True)
    verified = hallmoot("audit", "verify", "--db", database)
    assert (verified.status, "nothing was changed" in verified.out) == (0, True)


def test_a_demo_after_a_demo_begins_anew_and_leaves_the_first_ones_records(folder: Path) -> None:
    """It does not count the same messages twice, and takes nothing from whoever looks at the first: also at work."""
    first = hallmoot("demo", "--json").json
    before = (folder / "data" / "demo.db").read_bytes()
    second = hallmoot("demo")
    assert "Everything is on record in " in second.out
    assert "cases show 1 --db " + str(folder / "data" / "demo-2.db") in second.out
    assert (folder / "data" / "demo.db").read_bytes() == before
    stats = hallmoot("stats", "--db", str(folder / "data" / "demo-2.db"), "--json").json
    assert stats["coverage"] == first["coverage"]


def test_a_model_that_goes_away_meanwhile_is_waited_for(ollama: StandIn, folder: Path) -> None:
    """Nothing is thrown away: a break in the middle leaves every message judged, and the heading tells the truth."""
    (folder / "config.yaml").write_text("degraded:\n  probe_every: 1s\n")
    ollama.faults.on(Fault.MISSING, step=Step.WEIGH, times=3)
    ended = hallmoot("demo")
    assert ended.status == 0
    assert "The model answers again." in ended.err
    assert "Judged by gpt-oss-safeguard:20b" in ended.out
    assert "No model answered" not in ended.out
