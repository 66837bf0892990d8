"""Rule: which mail addresses are taken: plain ones of RFC 5321, so that nothing of them can become a header or command.

Quoted names, comments, addresses of machines and letters beyond ASCII are refused: few people have them, every mail
server reads them differently, and whoever has one can name another.
"""

import re
import unicodedata
from typing import Final

from sharing.errors import Fault, Invalid

LONGEST: Final = 254
"""RFC 5321 4.5.3.1.3: a path of 256 with its angle brackets."""

LONGEST_NAME: Final = 64
"""RFC 5321 4.5.3.1.1: what stands before the @."""

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN: Final = re.compile(rf"(?P<name>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>(?:{_LABEL}\.)+(?=[^.]*[A-Za-z]){_LABEL})")


def parse_address(text: str) -> str:
    """The address that somebody typed, in half-width letters, its domain in small ones.

    Raises:
        Invalid: it is missing, too long, or no plain address; the fault says which.
    """
    typed = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).strip()
    if not typed:
        raise Invalid(Fault("address", "missing", "an address such as name@example.jp"))
    if len(text) > 4 * LONGEST or len(typed) > LONGEST:
        raise Invalid(Fault("address", "too_long", f"at most {LONGEST} characters"))
    found = _PLAIN.fullmatch(typed)
    if found is None or len(found["name"]) > LONGEST_NAME:
        raise Invalid(Fault("address", "bad_address", "a plain address such as name@example.jp", typed[:40]))
    return f"{found['name']}@{found['domain'].lower()}"
