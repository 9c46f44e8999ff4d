"""Where an Ollama may be."""

import pytest

from bot.domain.errors import ConfigError
from bot.inference.address import checked_urls


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("127.0.0.1:11435", "http://127.0.0.1:11435"),
        ("localhost", "http://localhost:11434"),
        ("http://localhost", "http://localhost:80"),
        ("https://localhost:8443/ollama/", "https://localhost:8443/ollama"),
        (":11500", "http://127.0.0.1:11500"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - what OLLAMA_HOST often holds
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("[::1]:11434", "http://[::1]:11434"),
        ("http://[::]:11434", "http://[::1]:11434"),
        (" 127.0.0.2 ", "http://127.0.0.2:11434"),
    ],
)
def test_addresses_of_this_machine_are_written_in_full(written: str, full: str) -> None:
    """As OLLAMA_HOST may have them, what a server listens on included."""
    assert checked_urls((written,), allow_remote=False) == (full,)


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1:11434", "gpu.example", "http://localhost.evil.example", "127.0.0.1.nip.example", "[fe80::1]"],
)
def test_another_machine_needs_the_admins_word(url: str) -> None:
    """The error says why, and which setting allows it."""
    with pytest.raises(ConfigError, match=r"not on this machine.*ollama\.allow_remote: true"):
        checked_urls((url,), allow_remote=False)
    assert len(checked_urls((url,), allow_remote=True)) == 1


@pytest.mark.parametrize(
    "url",
    ["ftp://localhost", "http://", "http://localhost:99999", "http://me:pw@localhost", "http://[::1", "a b", "x?y"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """Whether remote ones are allowed or not."""
    with pytest.raises(ConfigError, match=r"no address of an Ollama.*http://127\.0\.0\.1:11434"):
        checked_urls((url,), allow_remote=True)


def test_all_faults_are_named_at_once() -> None:
    """Two wrong ones of three."""
    with pytest.raises(ConfigError) as caught:
        checked_urls(("localhost", "ftp://x", "http://192.0.2.1"), allow_remote=False)
    assert len(caught.value.faults) == 2


def test_at_least_one_address_is_needed() -> None:
    """None at all is a fault too."""
    with pytest.raises(ConfigError, match="no address is given"):
        checked_urls((), allow_remote=False)
