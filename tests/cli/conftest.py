"""Every command runs in an empty folder, without settings from the machine, and sees a stand-in where a test asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.ollama.running import running_ollama
from tests.fakes.ollama.server import StandIn

NOBODY = "http://127.0.0.1:9"
"""The discard port: nobody answers there."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the command runs in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLLAMA_HOST", NOBODY)
    for name in ("HALLMOOT_MODEL", "HALLMOOT_DB", "HALLMOOT_CONFIG", "HALLMOOT_POLICIES"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Return a stand-in for Ollama that the command finds at OLLAMA_HOST."""
    with running_ollama() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        yield server
