"""Where an Ollama may be: an address in full, and whether it is this machine's own."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

USUAL_PORT = 11434
"""Where Ollama listens unless told otherwise."""
_PORTS = {"http": 80, "https": 443}
_THIS_MACHINE = "127.0.0.1"
_EVERYWHERE = {"0.0.0.0": _THIS_MACHINE, "::": "::1"}  # noqa: S104 - a server's word for all addresses, not bound here
"""What OLLAMA_HOST says when the server listens on all addresses, and where a client finds it then."""
_HOST = re.compile(r"[\w.:%-]+", re.ASCII)


class HoldsPassword(ValueError):
    """An address with a name or a password in it; it is not repeated in what is said of it."""


def full_address(written: str) -> str:
    """Return an address in full, filled in as Ollama's own tools do: http, port 11434, this machine for 0.0.0.0.

    ValueError says what is wrong with one that is none; HoldsPassword is the one that must not be shown.
    """
    text = written.strip()
    has_scheme = "://" in text
    parts = urlsplit(text if has_scheme else f"http://{text}")
    if parts.username is not None or parts.password is not None:
        raise HoldsPassword("an address may not hold a password")
    if parts.scheme not in _PORTS:
        raise ValueError(f"{parts.scheme}:// is neither http:// nor https://")
    if parts.query or parts.fragment or not parts.path.isprintable():
        raise ValueError("only a host, a port and a path can be given")
    host = _host(parts, has_scheme=has_scheme)
    port = parts.port or (_PORTS[parts.scheme] if has_scheme else USUAL_PORT)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}{parts.path.rstrip('/')}"


def is_this_machine(address: str) -> bool:
    """Return whether an address in full is this machine's own: loopback, whatever a name server may say."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(parts: SplitResult, *, has_scheme: bool) -> str:
    host = parts.hostname or ("" if has_scheme else _THIS_MACHINE)
    if not _HOST.fullmatch(host):
        raise ValueError("no host")
    return _EVERYWHERE.get(host, host)
