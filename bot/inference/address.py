"""Which addresses are asked: each one in full, and none of another machine that the admin has not allowed."""

from bot.domain.address import HoldsPassword, full_address, is_this_machine
from bot.domain.errors import ConfigError


def checked_urls(urls: tuple[str, ...], *, allow_remote: bool) -> tuple[str, ...]:
    """Return the addresses in full, such as `http://127.0.0.1:11434`, each of them once.

    ConfigError names every one that is none, or that is not on this machine while `allow_remote` is off.
    """
    faults: list[str] = []
    checked: list[str] = []
    for number, url in enumerate(urls, start=1):
        try:
            full = full_address(url)
        except HoldsPassword as error:
            faults.append(f"ollama.urls, number {number}, is no address of an Ollama ({error}). {_FORM}")
            continue
        except ValueError as error:
            faults.append(f"ollama.urls: {url!r} is no address of an Ollama ({error}). {_FORM}")
            continue
        if not allow_remote and not is_this_machine(full):
            faults.append(
                f"ollama.urls: {full} is not on this machine. Ollama asks for no password, and messages would leave "
                f"this machine: if you mean that, set ollama.allow_remote: true"
            )
        checked.append(full)
    if not urls:
        faults.append("ollama.urls: no address is given. The usual one is http://127.0.0.1:11434")
    if faults:
        raise ConfigError(tuple(faults))
    return tuple(dict.fromkeys(checked))


_FORM = "Write it as http://127.0.0.1:11434"
