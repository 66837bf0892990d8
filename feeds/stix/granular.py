"""Rule: the redacted forms of an object whose parts are marked stricter than the whole (STIX 2.1 §7.2.3).

A property is as strict as the strictest of the object, of itself, of everything above it and of everything below it;
so a property goes as a whole or stays as a whole. Each distinct set of visible properties is a form of its own, with an
id that nobody can join to another form without the hub's key. Only the fuller form names the lesser: by a relationship
that goes where the fuller one goes.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from crypto.hashing import keyed_hash, keyed_uuid
from feeds.errors import TimestampError
from feeds.stix.facts import OBSERVABLE_TYPES
from feeds.stix.markings import TLP2_IDS, label_of
from feeds.stix.schema import validate
from feeds.stix.timestamps import format_timestamp, parse_timestamp
from models.vocabulary import Label

SHIFT_MS: Final = 600_000
"""A form's times lie up to ten minutes before those of the object, each form's by its own steady step: two forms are
not joined by their times, and versions stay in order."""

NEVER_REDACTED: Final = frozenset(
    ["relationship", "sighting", "marking-definition", "extension-definition", "language-content", "bundle"]
)
"""Types that are held whole at their strictest: without a part they say something else, or nothing."""

_NEVER_HIDDEN: Final = frozenset(["type", "id", "spec_version", "created", "modified", "created_by_ref"])
"""A mark on one of these means the whole object: nothing is left of it without them."""

Value = dict[str, Any]


class Part(Struct, frozen=True):
    """One object that goes out beside the one that was posted."""

    label: Label
    value: Value


def levels_of(value: Value, whole: Label, strictness_of: Callable[[str], Label | None]) -> dict[str, Label]:
    """How strict each marked property is; `strictness_of` reads a marking, None where it says nothing about readers."""
    levels: dict[str, Label] = {}
    for marking in value.get("granular_markings", ()):
        label = strictness_of(marking.get("marking_ref", "")) if isinstance(marking, dict) else None
        if label is None or label.rank <= whole.rank:
            continue
        for selector in marking.get("selectors", ()):
            name = str(selector).partition(".")[0]
            levels[name] = Label.strictest(label, levels.get(name, label))
    return levels


def lesser_forms(value: Value, whole: Label, levels: Mapping[str, Label], key: bytes) -> list[Part]:
    """The forms below the strictest one, the fullest last, with what joins each to the next fuller.

    A form that would not be valid STIX is left out: then only those who may see the next fuller one see the object.
    """
    if value.get("type") in NEVER_REDACTED or levels.keys() & _NEVER_HIDDEN:
        return []
    strictest = Label.strictest(whole, *levels.values())
    steps = sorted({whole, *levels.values()} - {strictest}, key=lambda label: label.rank)
    forms = [form for step in steps if not validate((form := Part(step, _form(value, step, levels, key))).value)]
    if not forms:
        return []
    fuller = [*forms[1:], Part(strictest, value)]
    return [*forms, *(link for each, next_ in zip(forms, fuller, strict=True) for link in _links(each, next_, key))]


def _form(value: Value, label: Label, levels: Mapping[str, Label], key: bytes) -> Value:
    kept = {name: each for name, each in value.items() if levels.get(name, label).rank <= label.rank}
    kept.pop("granular_markings", None)
    kept["id"] = _form_id(key, _series(value), label)
    for name in ("created", "modified"):
        if name in kept:
            kept[name] = _shifted(kept[name], _shift(key, _series(value), label))
    statements = [ref for ref in value.get("object_marking_refs", ()) if label_of((ref,)).label is None]
    kept["object_marking_refs"] = [TLP2_IDS[label], *statements]
    remaining = list(_remaining_markings(value, kept))
    if remaining:
        kept["granular_markings"] = remaining
    return kept


def _remaining_markings(value: Value, kept: Value) -> Iterator[Value]:
    """Languages and statements of the parts that are left; labels are said by the whole."""
    for marking in value["granular_markings"]:
        ref = marking.get("marking_ref")
        if ref is not None and label_of((ref,)).label is not None:
            continue
        selectors = [each for each in marking["selectors"] if each.partition(".")[0] in kept]
        if selectors:
            yield {**marking, "selectors": selectors}


def _links(lesser: Part, fuller: Part, key: bytes) -> Iterator[Part]:
    """The relationship by which the readers of the fuller form find the lesser; observables have no times for one."""
    if lesser.value["type"] in OBSERVABLE_TYPES or "created" not in fuller.value:
        return
    made = {
        "type": "relationship",
        "spec_version": "2.1",
        "id": _link_id(key, _series(fuller.value), lesser.label),
        "created": fuller.value["created"],
        "modified": fuller.value["modified"],
        "relationship_type": "derived-from",
        "source_ref": lesser.value["id"],
        "target_ref": fuller.value["id"],
        "object_marking_refs": [TLP2_IDS[fuller.label]],
    }
    if "created_by_ref" in fuller.value:
        made["created_by_ref"] = fuller.value["created_by_ref"]
    yield Part(fuller.label, made)


_SAID_AT_THE_END: Final = _NEVER_HIDDEN | {"object_marking_refs", "labels", "revoked"}
"""What even the last word on a form says; `labels` tell an exercise."""
_MOST_TRIED: Final = 60
"""Properties of which each is tried whether the last word needs it; no type of STIX has so many."""


def ended_form(value: Value, version_us: int, needed: dict[frozenset[str], frozenset[str]] | None = None) -> Value:
    """The last word on a form, given its last version: revoked, and nothing else that need not be said.

    Whoever asks for many keeps what is `needed` of which properties, which mostly are the same ones.
    """
    ended = {name: each for name, each in value.items() if name != "granular_markings" and name[:2] != "x_"}
    ended |= {"modified": format_timestamp(version_us), "revoked": True}
    if len(ended) > _MOST_TRIED:
        return ended
    known = {} if needed is None else needed
    names = frozenset([*ended, str(value.get("type"))])
    if names in known:
        short = {name: each for name, each in ended.items() if name in known[names]}
        if not validate(short):
            return short
    for name in [name for name in ended if name not in _SAID_AT_THE_END]:
        shorter = {key: each for key, each in ended.items() if key != name}
        if not validate(shorter):
            ended = shorter
    known[names] = frozenset(ended)
    return ended


class Made(Struct, frozen=True):
    """What may have been made of an object: an id, and by how much its versions lie before those of the object."""

    stix_id: str
    shift_us: int


def list_forms(stix_id: str, creator: str | None, key: bytes) -> dict[Label, Made]:
    """Every form that an object of this id can have; most were never made."""
    series = _series({"id": stix_id, "created_by_ref": creator or ""})
    return {label: Made(_form_id(key, series, label), _shift(key, series, label)) for label in Label}


def list_made(stix_id: str, creator: str | None, key: bytes) -> list[Made]:
    """Every form that an object of this id can have, and what joins them; most were never made."""
    forms = list(list_forms(stix_id, creator, key).values())
    links = [
        Made(_link_id(key, _series({"id": fuller.stix_id, "created_by_ref": creator or ""}), label), fuller.shift_us)
        for fuller in (Made(stix_id, 0), *forms)
        for label in Label
    ]
    return [*forms, *links]


def _form_id(key: bytes, series: bytes, label: Label) -> str:
    kind = series.decode().partition("--")[0]
    return f"{kind}--{keyed_uuid(key, 'granular-form', series, label.value.encode())}"


def _link_id(key: bytes, series: bytes, label: Label) -> str:
    return f"relationship--{keyed_uuid(key, 'granular-link', series, label.value.encode())}"


def _shift(key: bytes, series: bytes, label: Label) -> int:
    step = int.from_bytes(keyed_hash(key, "granular-time", series, label.value.encode())[:8], "big")
    return 1_000 * (1 + step % SHIFT_MS)


def _series(value: Value) -> bytes:
    """The object over all its versions, by its creator: two creators' copies of one id get forms of their own."""
    return f"{value['id']} {value.get('created_by_ref', '')}".encode()


def _shifted(text: str, microseconds: int) -> str:
    try:
        return format_timestamp(parse_timestamp(text) - microseconds)
    except TimestampError:
        return text
