"""Rule: what can be said of another server: an address, a proxy, the fingerprint of its certificate, how often."""

import re
from typing import Final
from urllib.parse import urlsplit

from sharing.errors import Fault

SHORTEST_MINUTES: Final = 1
LONGEST_MINUTES: Final = 7 * 24 * 60
"""How often another server may be asked."""

_PIN: Final = re.compile(r"[0-9a-f]{64}")


def list_faults(url: str, proxy: str, pin: str, every_minutes: int) -> list[Fault]:
    """What is wrong with how a server is to be reached."""
    faults = []
    for field, given in (("url", url), ("proxy", proxy)):
        if (given or field == "url") and not _is_address(given):
            expected = "http:// or https:// and a host, without a password"
            faults.append(Fault(field, "not-an-address", expected, given[:80]))
    if pin and not _PIN.fullmatch(plain_pin(pin)):
        faults.append(Fault("pin", "not-a-fingerprint", "64 hexadecimal digits (SHA-256)", pin[:80]))
    if not SHORTEST_MINUTES <= every_minutes <= LONGEST_MINUTES:
        expected = f"from {SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes"
        faults.append(Fault("every", "out-of-range", expected, str(every_minutes)))
    return faults


def plain_pin(pin: str) -> str:
    """A fingerprint without its colons, in small letters."""
    return pin.replace(":", "").lower()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and port != 0 and len(url) < 500
