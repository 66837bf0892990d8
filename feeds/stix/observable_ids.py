"""Rule: the deterministic ids of cyber observables (STIX 2.1 §2.9 and each type's ID Contributing Properties).

The specification asks for them and allows others, so that a difference is a warning. An id of UUID version 5 claims to
be one; where it does not follow from the object, two producers will not find that they speak of the same thing.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid5

from crypto.canonical import canonical_json
from crypto.errors import CryptoError

NAMESPACE: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace that the specification gives."""

CONTRIBUTING: Final[dict[str, tuple[str, ...]]] = {
    "artifact": ("hashes", "payload_bin"),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value",),
    "email-message": ("from_ref", "subject", "body"),
    "file": ("hashes", "name", "parent_directory_ref", "extensions"),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "mutex": ("name",),
    "network-traffic": ("start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"),
    "process": (),
    "software": ("name", "cpe", "swid", "vendor", "version"),
    "url": ("value",),
    "user-account": ("account_type", "user_id", "account_login"),
    "windows-registry-key": ("key", "values"),
    "x509-certificate": ("hashes", "serial_number"),
}
"""By type the properties that an id follows from; a process has none and so no deterministic id."""

_TIMES: Final = frozenset({"start", "end"})
_ZEROS: Final = re.compile(r"(\.\d*?)0+Z$")

_PREFERRED: Final = ("MD5", "SHA-1", "SHA-256", "SHA-512")
"""Of several hashes only one counts, in this order; of others any may have been taken."""


def find_expected_id(value: dict[str, Any]) -> str | None:
    """The id that an observable should have, where its own claims to be deterministic and is not; else None."""
    kind, stated = value.get("type"), value.get("id")
    if not isinstance(kind, str) or not isinstance(stated, str) or stated[-22:-21] != "5":
        return None
    try:
        expected = list(deterministic_ids(value, kind))
    except (CryptoError, ValueError):
        return None  # numbers that have no canonical form have no such id
    return expected[0] if expected and stated.lower() not in expected else None


def deterministic_ids(value: dict[str, Any], kind: str) -> Iterator[str]:
    """The ids that follow from an observable, the preferred first; none where no contributing property is there."""
    chosen = {name: value[name] for name in CONTRIBUTING.get(kind, ()) if name in value}
    if not chosen:
        return
    for hashes in _one_hash(chosen.get("hashes")):
        parts = chosen if hashes is None else {**chosen, "hashes": hashes}
        yield f"{kind}--{uuid5(NAMESPACE, canonical_json(parts).decode())}"
        plain = {name: _plain_time(each) if name in _TIMES else each for name, each in parts.items()}
        if plain != parts:
            yield f"{kind}--{uuid5(NAMESPACE, canonical_json(plain).decode())}"


def _plain_time(text: object) -> object:
    """A time without zeros at the end of its fraction, as libraries write it before they make the id."""
    return _ZEROS.sub(r"\1Z", text).replace(".Z", "Z") if isinstance(text, str) else text


def _one_hash(hashes: object) -> list[dict[str, Any] | None]:
    if not isinstance(hashes, dict) or not hashes:
        return [None]
    preferred = next((name for name in _PREFERRED if name in hashes), None)
    return [{name: hashes[name]} for name in ([preferred] if preferred else sorted(hashes))]
