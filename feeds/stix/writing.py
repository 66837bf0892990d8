"""Rule: write a value as the bytes that go out, and a plain indicator as a STIX pattern."""

from typing import Any

import orjson

from feeds.errors import EditionError
from feeds.stix.parse import holds_nul

Object = dict[str, Any]

PATTERN_PATHS = {
    "ipv4-addr": "ipv4-addr:value",
    "ipv6-addr": "ipv6-addr:value",
    "domain-name": "domain-name:value",
    "url": "url:value",
    "email-addr": "email-addr:value",
    "md5": "file:hashes.MD5",
    "sha1": "file:hashes.'SHA-1'",
    "sha256": "file:hashes.'SHA-256'",
    "windows-registry-key": "windows-registry-key:key",
}
"""Kinds of indicators of a report, and what each compares in a STIX pattern."""


_HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKCC": "HKEY_CURRENT_CONFIG",
    "HKU": "HKEY_USERS",
}
"""Hives as people shorten them; what is observed names them in full (STIX 2.1 §6.17), and only that is matched."""


def to_bytes(value: Object) -> bytes:
    """Write an object as compact UTF-8, keys in the order of building.

    Raises:
        EditionError: a text holds what JSON or a database cannot carry (U+0000, half of a surrogate pair).
    """
    try:
        written = orjson.dumps(value)
    except TypeError:
        raise EditionError("values that JSON can carry", "others") from None
    if b"\\u0000" in written and holds_nul(value):
        raise EditionError("text without the character U+0000", "U+0000")
    return written


def pattern_of(kind: str, value: str) -> str:
    """Write an indicator as a STIX pattern.

    Raises:
        EditionError: a kind that is not in the list.
    """
    path = PATTERN_PATHS.get(kind)
    if path is None:
        raise EditionError("one of " + ", ".join(PATTERN_PATHS), kind)
    if kind == "windows-registry-key":
        hive, stroke, rest = value.partition("\\")
        value = f"{_HIVES.get(hive, hive)}{stroke}{rest}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{path} = '{escaped}']"
