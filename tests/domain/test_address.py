"""Where an Ollama may be, whoever asks: the settings, the command line and the classifier read it alike."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.address import HoldsPassword, full_address, is_this_machine


@given(st.text(max_size=60))
@example("http://[::1")
@example("http://\uff10")
@example("[::1%25eth0]:5")
def test_an_address_in_full_is_read_as_itself(written: str) -> None:
    """Whatever is written either is refused, or comes to one form that stays as it is."""
    try:
        full = full_address(written)
    except ValueError:
        return
    assert full_address(full) == full
    assert full.startswith(("http://", "https://"))


@pytest.mark.parametrize("written", ["http://me:pw@localhost", "me@localhost", "https://:pw@[::1]:5"])
def test_a_password_is_refused_and_not_repeated(written: str) -> None:
    """It would end in the log."""
    with pytest.raises(HoldsPassword) as caught:
        full_address(written)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("here", ["localhost", "127.0.0.1", "127.8.8.8:1", "[::1]", "0.0.0.0", "[::]"])  # noqa: S104 - as above
def test_loopback_is_this_machine(here: str) -> None:
    """And so is what a server that listens everywhere says."""
    assert is_this_machine(full_address(here))


@pytest.mark.parametrize("elsewhere", ["192.168.1.5", "gpu.example", "localhost.example", "x.localhost", "[fe80::1]"])
def test_every_other_name_may_be_another_machine(elsewhere: str) -> None:
    """A name that only ends like this one is answered by whoever runs the name server."""
    assert not is_this_machine(full_address(elsewhere))
