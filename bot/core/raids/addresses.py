"""The addresses in a text, in a form in which two ways of writing one page are the same."""

import re
from collections.abc import Iterator
from itertools import islice

MOST = 50
"""Addresses that are read of one text."""
_MOST_QUESTIONS = 100
# A bare host is tried from its beginning only: from each label of a long chain it would cost time by its square.
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)(?:[^\s/@?#]{0,256}@)?(?P<host>[^\s/:?#<>\"'()\[\]|]+)(?::\d{1,5})?"
    r"(?P<rest>[/?#][^\s<>\"'()\[\]|]*)?"
    r"|(?:(?<![\w.-])[.-]*+|(?<=\.\.)-*+)(?P<bare>(?:[\w-]++\.)+[a-z]{2,24})(?P<path>/[^\s<>\"'()\[\]|]*)"
)
_AROUND = ".,;:!*_~`\\"
"""What stands around an address rather than in it: marks of the sentence, bold and the like."""
_NEEDLESS_ESCAPE = re.compile(r"%(2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f|7e)")
"""Escapes of letters, digits and `-._~`, which RFC 3986 (section 2.3) calls the same as these."""
_WHERE_FROM = re.compile(
    r"(?:utm_\w*|mtm_\w*|pk_\w*|[a-z]*clid|mc_[ce]id|_ga|_gl|igshid?|si|s_?kwcid|mkt_tok|oly_\w*|vero_\w*"
    r"|ref|ref_(?:src|url)|referr?er|source|feature|share(?:d|_id|_source)?|spm|scm|cmpid|campaign)(?:=|$)"
)
"""Questions in an address that only tell where somebody came from."""


def addresses(text: str) -> frozenset[str]:
    """Return the addresses in a text in lower case: host, path, and the questions that make another page of it.

    Without scheme, port, name, `www.` and the place on the page.
    """
    return frozenset(islice(_addresses(text), MOST))


def site_and_section(address: str) -> str:
    """Return an address's host and the first step of its path: `chat.example/channels/`. Nothing without both."""
    host, _, path = next(iter(addresses(address.casefold())), "").partition("/")
    section = path.partition("/")[0]
    return f"{host}/{section}/" if section else ""


def _addresses(text: str) -> Iterator[str]:
    for found in _ADDRESS.finditer(text):
        host = (found["host"] or found["bare"]).strip(_AROUND).removeprefix("www.").strip(_AROUND)
        if host:
            yield host + _page(found["rest"] or found["path"] or "")


def _page(rest: str) -> str:
    """Return the path and the questions of an address, without what makes no other page."""
    path, _, asked = rest.partition("#")[0].rstrip(_AROUND).partition("?")
    steps: list[str] = []
    for step in _plainly(path).split("/"):
        if step == "..":
            del steps[-1:]
        elif step.strip(".*"):
            steps.append(step)
    questions = sorted({part for part in _plainly(asked).split("&", _MOST_QUESTIONS) if _tells_page(part)})
    page = "".join(f"/{step}" for step in steps)
    return (page + ("?" + "&".join(questions) if questions else "")).rstrip(_AROUND)


def _tells_page(question: str) -> bool:
    return bool(question) and _WHERE_FROM.match(question) is None


def _plainly(text: str) -> str:
    return _NEEDLESS_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
