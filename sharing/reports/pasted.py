"""Rule: what of an attacker stands in a text that somebody pasted: found however it is written, nothing chosen yet.

Wide characters, defanged forms (hxxp, [.], (at)) and Japanese without blanks around are read. What belongs to the
sender itself, and addresses that mean nothing outside one network, are found too, and set apart with the reason.
A library for this (iocextract) was looked at: it splits at blanks, which Japanese does not write, and fetches nothing
that these few patterns do not.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from typing import Final

from msgspec import Struct

from sharing.reports.checks import INDICATOR_CHECKS, INDICATOR_LIMIT

LONGEST_PASTE: Final = 100_000
"""Characters of a pasted text that are looked at."""
MOST_FOUND: Final = 1_000
"""Things of one text; a text with more is a feed."""
MOST_MATCHES: Final = 2 * MOST_FOUND
"""Places of one kind that are looked at, the same thing at several of them too."""
VULNERABILITY: Final = "vulnerability"
WALLET: Final = "bitcoin"
"""Like the other, no kind of indicator: what is found of it goes into a text of the report."""


class Apart(StrEnum):
    """Why something that was found is not proposed."""

    OWN = "own"
    INTERNAL = "internal"


class Found(Struct, frozen=True):
    """One thing that was found, as a report writes it."""

    kind: str
    value: str
    apart: Apart | None = None

    @property
    def key(self) -> str:
        """What a form sends back where somebody chose it."""
        return f"{self.kind} {self.value}"


_REFANGED: Final = (
    (re.compile(r"(?i)\bh(?:xx|\*\*|tt)ps?(?=\[?:)"), lambda match: "https" if match[0][-1] in "sS" else "http"),
    (re.compile(r"(?i)\[:(?://)?\]|\(:\)"), lambda match: match[0][1:-1]),
    (re.compile(r"(?i)\s?[\[({<](?:\.|dot|ドット)[\])}>]\s?|\\\."), lambda _match: "."),
    (re.compile(r"(?i)\s?[\[({<](?:@|at|アット)[\])}>]\s?"), lambda _match: "@"),
    (re.compile(r"\[/\]"), lambda _match: "/"),
)
"""Ways in which people write an address so that nobody clicks on it."""

_EDGE: Final = r"(?<![A-Za-z0-9_.\-])"
_END: Final = r"(?![A-Za-z0-9_\-])"
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,61}[A-Za-z0-9])?"
_PATTERNS: Final = (
    ("url", re.compile(r"(?i)(?<![a-z])(?:https?|ftp|sftp|ldaps?|tcp|udp|wss?)://[!-~]{3,2000}")),
    ("email-addr", re.compile(rf"{_EDGE}[A-Za-z0-9._%+\-]{{1,64}}@(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,24}}{_END}")),
    ("sha256", re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])")),
    ("sha1", re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{40}(?![0-9A-Za-z])")),
    ("md5", re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])")),
    (
        "windows-registry-key",
        re.compile(r"(?<![A-Za-z])(?:HKEY_[A-Z_]{4,20}|HK(?:LM|CU|CR|U|CC))(?:\\[A-Za-z0-9_.{}\-]{1,100}){1,20}"),
    ),
    (VULNERABILITY, re.compile(r"(?i)(?<![A-Za-z0-9])CVE-[0-9]{4}-[0-9]{4,7}(?![0-9])")),
    (WALLET, re.compile(r"(?<![A-Za-z0-9])(?:bc1[a-z0-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?![A-Za-z0-9])")),
    (
        "ipv6-addr",
        re.compile(r"(?<![A-Za-z0-9_:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:/[0-9]{1,3})?(?![A-Za-z0-9_:])"),
    ),
    ("ipv4-addr", re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:/[0-9]{1,2})?(?![0-9]|\.[0-9])")),
    ("domain-name", re.compile(rf"{_EDGE}(?:{_LABEL}\.){{1,8}}[A-Za-z][A-Za-z0-9\-]{{0,22}}[A-Za-z0-9]{_END}")),
)
"""In this order, each taking its place out of the text: the address in a URL is not found a second time."""

_FILES: Final = frozenset(
    {
        *("exe", "dll", "sys", "bat", "cmd", "ps1", "vbs", "js", "jse", "hta", "lnk", "msi", "scr", "jar", "py", "sh"),
        *("php", "asp", "aspx", "jsp", "html", "htm", "css", "txt", "log", "csv", "json", "xml", "pdf", "rtf"),
        *("doc", "docx", "docm", "xls", "xlsx", "xlsm", "ppt", "pptx", "zip", "rar", "7z", "gz", "tar", "iso", "img"),
        *("eml", "msg", "png", "jpg", "jpeg", "gif", "svg", "tmp", "dat", "bin", "cfg", "conf", "ini"),
        *("local", "localdomain", "internal", "lan"),
    }
)
"""What stands after the last point of a file's name, or of a name that means nothing outside one network."""


def find_pasted(text: str, own: Iterable[str] = ()) -> tuple[Found, ...]:
    """Everything in a text, each once, in the order of its kinds; `own` are the sender's domains and networks."""
    mine = _Own(own)
    found: dict[Found, None] = {}
    for kind, value in _all(refanged(text[:LONGEST_PASTE])):
        found[Found(kind, value, mine.apart(kind, value))] = None
        if len(found) >= MOST_FOUND:
            break
    return tuple(found)


def refanged(text: str) -> str:
    """The text in narrow signs, with every address as a machine writes it."""
    plain = unicodedata.normalize("NFKC", text)
    for pattern, instead in _REFANGED:
        plain = pattern.sub(instead, plain)
    return plain


def _all(text: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in _PATTERNS:
        first = islice(pattern.finditer(text), MOST_MATCHES)
        matches = [(match.span(), value) for match in first if (value := _value(kind, match[0]))]
        for _span, value in matches:
            yield kind, value
        signs = list(text)
        for (begin, end), _written in matches:
            signs[begin:end] = " " * (end - begin)
        text = "".join(signs)


def _value(kind: str, written: str) -> str:
    """The value as a report writes it; empty where it only looks like one."""
    value = written
    if kind == "url":
        value = _without_end(value)
    elif kind in {"md5", "sha1", "sha256"}:
        value = value.lower()
    elif kind == VULNERABILITY:
        return value.upper()
    elif kind == WALLET:
        return value if value.startswith("bc1") or _is_base58(value) else ""
    elif kind == "domain-name":
        value = value.lower()
        if value.rpartition(".")[2] in _FILES or value.replace(".", "").isdigit():
            return ""
    elif kind == "email-addr":
        value = value.rpartition("@")[0] + "@" + value.rpartition("@")[2].lower()
    return value if len(value) <= INDICATOR_LIMIT and INDICATOR_CHECKS[kind](value) else ""


def _without_end(url: str) -> str:
    """A URL without the signs of the sentence around it; a bracket that it opened itself stays."""
    value = url
    for sign in "\"'<>`":
        value = value.partition(sign)[0]
    while value and (
        value[-1] in ".,;:!?*" or (value[-1] in ")]}" and value.count(value[-1]) > value.count(_PAIR[value[-1]]))
    ):
        value = value[:-1]
    return value


_PAIR: Final = {")": "(", "]": "[", "}": "{"}
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _is_base58(text: str) -> bool:
    """Whether a wallet's own checksum is right: many words look like one."""
    number = 0
    for sign in text:
        number = number * 58 + _BASE58.index(sign)
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return sha256(sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


class _Own:
    """The sender's own domains and networks."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._domains: list[str] = []
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for line in lines:
            try:
                self._networks.append(ipaddress.ip_network(line, strict=False))
            except ValueError:
                self._domains.append(line.lower().removeprefix("*.").strip("."))

    def apart(self, kind: str, value: str) -> Apart | None:
        """Why a value is set apart; None where it is not."""
        host = _host(kind, value)
        if not host:
            return None
        try:
            network = ipaddress.ip_network(host, strict=False)
        except ValueError:
            name = host.lower()
            return Apart.OWN if any(name == each or name.endswith(f".{each}") for each in self._domains) else None
        if any(each.version == network.version and network.subnet_of(each) for each in self._networks):  # type: ignore[arg-type]
            return Apart.OWN
        return Apart.INTERNAL if _is_internal(network) else None


_DOCUMENTATION: Final = tuple(
    ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
"""Kept for examples: an exercise uses them, so they are not set apart."""


def _is_internal(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    if any(each.version == network.version and network.subnet_of(each) for each in _DOCUMENTATION):  # type: ignore[arg-type]
        return False
    return network.is_private or network.is_loopback or network.is_link_local or network.is_unspecified


def _host(kind: str, value: str) -> str:
    if kind in {"ipv4-addr", "ipv6-addr", "domain-name"}:
        return value
    if kind == "email-addr":
        return value.rpartition("@")[2]
    if kind == "url":
        place = value.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]
    return ""


def read_own(text: str) -> tuple[Sequence[str], Sequence[int]]:
    """The lines of a list of own systems, and the numbers of those that are neither a domain nor a network."""
    good: list[str] = []
    wrong: list[int] = []
    for number, line in enumerate(refanged(text).splitlines(), start=1):
        value = line.strip()
        if not value:
            continue
        bare = value.removeprefix("*.")
        if any(INDICATOR_CHECKS[kind](bare) for kind in ("ipv4-addr", "ipv6-addr", "domain-name")):
            good.append(value.lower())
        else:
            wrong.append(number)
    return tuple(dict.fromkeys(good)), tuple(wrong)
