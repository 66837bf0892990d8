"""Rule: the facts of a STIX object that intake, reading and filters need, taken from the parsed value in one pass.

Nothing here judges: a missing or ill-typed property gives None or nothing, and `feeds.stix.schema` says what is wrong.
"""

from typing import Any

import msgspec

from feeds.errors import TimestampError
from feeds.stix.timestamps import parse_timestamp

OBSERVABLE_TYPES = frozenset(
    [
        "artifact",
        "autonomous-system",
        "directory",
        "domain-name",
        "email-addr",
        "email-message",
        "file",
        "ipv4-addr",
        "ipv6-addr",
        "mac-addr",
        "mutex",
        "network-traffic",
        "process",
        "software",
        "url",
        "user-account",
        "windows-registry-key",
        "x509-certificate",
    ]
)
"""Cyber observables: objects of their own only since STIX 2.1, where `spec_version` is optional for them."""


class ObjectFacts(msgspec.Struct, frozen=True, gc=False):
    """What is known of an object without looking at its bytes again."""

    stix_id: str
    type: str
    spec_version: str
    version_text: str | None
    """`modified`, else `created`, as written; None for observables."""
    version_us: int | None
    """The same in microseconds since the epoch; None also when it is no timestamp."""
    created_by_ref: str | None
    marking_refs: tuple[str, ...]
    granular_markings: bool
    granular_marking_refs: tuple[str, ...]
    labels: tuple[str, ...]
    refs: tuple[str, ...]
    """Ids that any `_ref` or `_refs` names at any depth, markings and its own author excepted; each once, in order."""
    definition_refs: tuple[str, ...]
    """Marking- and extension-definitions that the object names; each once, in order."""


_NONE: tuple[str, ...] = ()


def facts_of(value: dict[str, Any]) -> ObjectFacts:
    """Take the facts from a parsed object."""
    get = value.get
    version_text = get("modified") or get("created")
    marking_refs = _texts(get("object_marking_refs"))
    granular, extensions, labels = get("granular_markings"), get("extensions"), get("labels")
    granular_refs = _granular_refs(granular) if granular else _NONE
    definitions = marking_refs
    if granular_refs or extensions:
        definitions = tuple(dict.fromkeys((*marking_refs, *granular_refs, *_extension_ids(extensions))))
    elif len(marking_refs) > 1:
        definitions = tuple(dict.fromkeys(marking_refs))
    return ObjectFacts(
        _text(get("id")) or "",
        _text(get("type")) or "",
        spec_version_of(value),
        _text(version_text),
        _microseconds(version_text),
        _text(get("created_by_ref")),
        marking_refs,
        bool(granular),
        granular_refs,
        _texts(labels) if labels else _NONE,
        _refs_of(value),
        definitions,
    )


def spec_version_of(value: dict[str, Any]) -> str:
    """Tell the STIX version: as stated; unstated means 2.0, but 2.1 for observables, which 2.0 had not."""
    stated = value.get("spec_version")
    if stated.__class__ is str:
        return stated
    kind = value.get("type")
    return "2.1" if kind.__class__ is str and kind in OBSERVABLE_TYPES else "2.0"


def _microseconds(text: Any) -> int | None:
    if text.__class__ is not str:
        return None
    try:
        return parse_timestamp(text)
    except TimestampError:
        return None


def _text(value: Any) -> str | None:
    return value if value.__class__ is str else None


def _texts(value: Any) -> tuple[str, ...]:
    if value.__class__ is not list:
        return _NONE
    if len(value) == 1 and value[0].__class__ is str:
        return (value[0],)
    return tuple([each for each in value if each.__class__ is str])


def _granular_refs(granular: Any) -> tuple[str, ...]:
    if granular.__class__ is not list:
        return _NONE
    refs = (each.get("marking_ref") for each in granular if each.__class__ is dict)
    return tuple(dict.fromkeys(ref for ref in refs if ref.__class__ is str))


def _extension_ids(extensions: Any) -> list[str]:
    if extensions.__class__ is not dict:
        return []
    return [key for key in extensions if key[:22] == "extension-definition--"]


def _refs_of(value: dict[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    _collect(value, found)
    if not found:
        return _NONE
    author = value.get("created_by_ref")
    if author.__class__ is str and "--" in author:
        found.remove(author)  # its own; where another property names the same, that stays
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _collect(value: dict[str, Any], found: list[str]) -> None:
    for key, each in value.items():
        kind = each.__class__
        if kind is str:
            # An id always holds "--"; STIX 2.0 wrote mere numbers into some `_ref` properties.
            if key not in _PLAIN and key[-4:] == "_ref" and key != "marking_ref" and "--" in each:
                found.append(each)
        elif kind is list:
            if key != "object_marking_refs":
                _collect_list(each, found, key[-5:] == "_refs")
        elif kind is dict:
            _collect(each, found)


def _collect_list(values: list[Any], found: list[str], are_refs: bool) -> None:
    for each in values:
        kind = each.__class__
        if kind is str:
            if are_refs and "--" in each:
                found.append(each)
        elif kind is dict:
            _collect(each, found)
        elif kind is list:
            _collect_list(each, found, are_refs)


_PLAIN = frozenset(
    [
        "type",
        "spec_version",
        "id",
        "created",
        "modified",
        "name",
        "description",
        "lang",
        "pattern",
        "pattern_type",
        "pattern_version",
        "valid_from",
        "relationship_type",
        "first_seen",
        "last_seen",
        "published",
        "identity_class",
        "contact_information",
        "source_name",
        "external_id",
        "url",
        "kill_chain_name",
        "phase_name",
        "extension_type",
        "determination",
        "investigation_status",
        "recoverability",
        "value",
    ]
)
"""Frequent names of texts that are no references; only a short cut, since looking at each ending costs more."""
