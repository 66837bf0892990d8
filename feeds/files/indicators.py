"""Rule: make STIX indicators of what others write in tables, lists and MISP events.

The id follows from the organization, the day and what is indicated, so that the same file twice is a repetition.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
from msgspec import Struct

from feeds.files.bundles import FileError
from feeds.stix.build import pattern_of
from feeds.stix.extension import NAMESPACE
from feeds.stix.markings import TLP2_IDS
from feeds.stix.timestamps import format_timestamp, microseconds_of
from models.vocabulary import Label
from sharing.reports.checks import INDICATOR_CHECKS
from sharing.reports.pasted import refanged

LONGEST_LINE: Final = 10_000
LARGEST_EVENT: Final = 64 * 1024 * 1024
"""Bytes of one MISP event."""

MISP_KINDS: Final[Mapping[str, str]] = {
    "ip-src": "ipv4-addr",
    "ip-dst": "ipv4-addr",
    "domain": "domain-name",
    "hostname": "domain-name",
    "url": "url",
    "uri": "url",
    "email-src": "email-addr",
    "email-dst": "email-addr",
    "email": "email-addr",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
}
"""Attributes of MISP that compare one value; others have no indicator here."""

_GUESSED: Final = ("sha256", "sha1", "md5", "ipv4-addr", "ipv6-addr", "url", "email-addr", "domain-name")
"""In this order the kind of a bare value is guessed; no value fits two of them but in this order."""

_DEFANGED: Final = re.compile(r"(?i)\bh(?:xx|\*\*)ps?\b|[\[({<\\]")
"""Signs that an address is written so that nobody clicks on it; all other values stay as they are."""

_TLP: Final = {
    "red": Label.RED,
    "amber+strict": Label.AMBER_STRICT,
    "amber": Label.AMBER,
    "green": Label.GREEN,
    "clear": Label.CLEAR,
    "white": Label.CLEAR,
}


class Origin(Struct, frozen=True):
    """Who imports, and what holds for all of a file."""

    organization_id: UUID
    at: datetime
    label: Label | None


class Skipped(Exception):
    """A line that becomes no object; the message says why."""


def indicator(
    origin: Origin, kind: str, value: str, *, name: str = "", label: Label | None = None, **more: Any
) -> bytes:
    """One indicator.

    Raises:
        Skipped: the value is not of this kind.
    """
    value = value.strip()
    if kind == "ipv4-addr" and ":" in value:
        kind = "ipv6-addr"
    check = INDICATOR_CHECKS.get(kind)
    if check is None or not check(value):
        raise Skipped(f"no value of kind {kind}" if check else f"unknown kind {kind[:40]}")
    stated = label or origin.label
    moment = format_timestamp(microseconds_of(origin.at))
    marked = {"object_marking_refs": [TLP2_IDS[stated]]} if stated else {}
    key = f"import:{origin.organization_id}:{origin.at.date()}:{stated}:{kind}:{value}"
    made = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid5(NAMESPACE, key)}",
        "created": moment,
        "modified": moment,
        "name": name.strip() or value,
        "pattern": pattern_of(kind, value),
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": moment,
        **more,
        **marked,
    }
    return orjson.dumps(made)


def guess(value: str) -> str:
    """The kind of a bare value.

    Raises:
        Skipped: it is none that is known.
    """
    for kind in _GUESSED:
        if INDICATOR_CHECKS[kind](value):
            return kind
    raise Skipped("neither address, domain, URL, mail address nor hash")


def of_list(lines: Iterable[str], origin: Origin) -> Iterator[bytes | Skipped]:
    """A value a line; blank lines and those that begin with # say nothing."""
    for number, line in enumerate(lines, start=1):
        value = _as_meant(line[:LONGEST_LINE])
        if value and not value.startswith("#"):
            try:
                yield indicator(origin, guess(value), value)
            except Skipped as why:
                yield Skipped(f"line {number}: {why}")


def _as_meant(value: str) -> str:
    """A value as machines write it: nothing would ever match hxxp or [.]."""
    value = value.strip()
    return refanged(value) if _DEFANGED.search(value) else value


def of_table(lines: Iterable[str], origin: Origin) -> Iterator[bytes | Skipped]:
    """A CSV with the columns `value`, and perhaps `type`, `name`, `tlp`.

    Raises:
        FileError: there is no column `value`.
    """
    table = csv.DictReader(lines)
    names = {(name or "").strip().lower().lstrip("\ufeff"): name for name in table.fieldnames or ()}
    if "value" not in names:
        raise FileError("a CSV with a first line that names the column `value`", "none")
    try:
        for row in table:
            try:
                yield _row({ours: str(row.get(theirs) or "") for ours, theirs in names.items()}, origin)
            except Skipped as why:
                yield Skipped(f"line {table.line_num}: {why}")
    except csv.Error:
        raise FileError("a CSV", "a line that is none") from None


def _row(row: Mapping[str, str], origin: Origin) -> bytes:
    tlp = row.get("tlp", "").strip().lower().removeprefix("tlp:")
    if tlp and tlp not in _TLP:
        raise Skipped("unknown TLP label")
    value = _as_meant(row["value"])
    kind = row.get("type", "").strip() or guess(value)
    return indicator(origin, kind, value, name=row.get("name", ""), label=_TLP.get(tlp))


def of_misp(raw: bytes, origin: Origin) -> Iterator[bytes | Skipped]:
    """The attributes of a MISP event (or of a list of them) that are marked for detection.

    An event's TLP tags hold for its attributes; of several the strictest. Attributes within objects count too.

    Raises:
        FileError: it is no MISP event.
    """
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError):
        raise FileError("a MISP event in JSON", "something else") from None
    answers = given.get("response", given) if isinstance(given, dict) else given
    events = answers if isinstance(answers, list) else [answers]
    for each in events:
        event = each.get("Event") if isinstance(each, dict) else None
        if not isinstance(event, dict):
            raise FileError("a MISP event with `Event`", "something else")
        yield from _event(event, origin)


def _event(event: dict[str, Any], origin: Origin) -> Iterator[bytes | Skipped]:
    label = _label(event) or origin.label
    name = str(event.get("info") or "")[:200]
    attributes = _dicts(event.get("Attribute"))
    for each in _dicts(event.get("Object")):
        attributes += _dicts(each.get("Attribute"))
    for attribute in attributes:
        if attribute.get("to_ids") is not True:
            yield Skipped("not marked for detection")
            continue
        kind = MISP_KINDS.get(str(attribute.get("type")))
        if kind is None:
            yield Skipped(f"no indicator for the type {str(attribute.get('type'))[:40]}")
            continue
        own = [each for each in (_label(attribute), label) if each]
        found = Origin(origin.organization_id, _moment(attribute.get("timestamp")) or origin.at, None)
        try:
            strictest = Label.strictest(*own) if own else None
            yield indicator(found, kind, str(attribute.get("value") or ""), name=name, label=strictest)
        except Skipped as why:
            yield why


def _label(tagged: dict[str, Any]) -> Label | None:
    names = [str(tag.get("name") or "").lower() for tag in _dicts(tagged.get("Tag"))]
    found = [_TLP[name[4:]] for name in names if name.startswith("tlp:") and name[4:] in _TLP]
    return Label.strictest(*found) if found else None


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(text)[:12]), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
