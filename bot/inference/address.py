"""Where an Ollama may be: this machine, or another one that the admin has allowed."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from bot.domain.errors import ConfigError

_USUAL_PORT = 11434
_PORTS = {"http": 80, "https": 443}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a server's word for all addresses, not bound here
"""What OLLAMA_HOST says when the server listens on all addresses, and where a client finds it then."""


def checked_urls(urls: tuple[str, ...], *, allow_remote: bool) -> tuple[str, ...]:
    """Return the addresses in full, such as `http://127.0.0.1:11434`.

    ConfigError names every one that is none, or that is not on this machine while `allow_remote` is off.
    """
    faults: list[str] = []
    checked: list[str] = []
    for url in urls:
        try:
            full, host = _in_full(url)
        except ValueError as error:
            faults.append(
                f"ollama.urls: {url!r} is no address of an Ollama ({error}). Write it as http://127.0.0.1:11434"
            )
            continue
        if not allow_remote and not _is_here(host):
            faults.append(
                f"ollama.urls: {full} is not on this machine. Ollama asks for no password, and messages would leave "
                f"this machine: if you mean that, set ollama.allow_remote: true"
            )
        checked.append(full)
    if not urls:
        faults.append("ollama.urls: no address is given. The usual one is http://127.0.0.1:11434")
    if faults:
        raise ConfigError(tuple(faults))
    return tuple(checked)


def _in_full(url: str) -> tuple[str, str]:
    has_scheme = "://" in url
    parts = urlsplit(url.strip() if has_scheme else f"http://{url.strip()}")
    if parts.scheme not in _PORTS:
        raise ValueError(f"{parts.scheme}:// is neither http:// nor https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("only a host, a port and a path can be given")
    host = _host(parts, has_scheme=has_scheme)
    port = parts.port or (_PORTS[parts.scheme] if has_scheme else _USUAL_PORT)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}{parts.path.rstrip('/')}", host


def _host(parts: SplitResult, *, has_scheme: bool) -> str:
    host = parts.hostname or ("" if has_scheme else "127.0.0.1")
    if not host or any(char.isspace() for char in host):
        raise ValueError("no host")
    return _EVERYWHERE.get(host, host)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
