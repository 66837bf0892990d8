"""Rule: make STIX indicators of what others write in tables and lists (of MISP events: `feeds.files.misp`).

The id follows from the organization, the day and what is indicated, so that the same file twice is a repetition.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
from msgspec import Struct

from feeds.files.bundles import FileError
from feeds.stix.extension import NAMESPACE
from feeds.stix.markings import TLP2_IDS
from feeds.stix.timestamps import format_timestamp, microseconds_of
from feeds.stix.writing import pattern_of
from models.vocabulary import Label
from sharing.reports.checks import INDICATOR_CHECKS
from sharing.reports.pasted import refanged

LONGEST_VALUE: Final = 10_000
"""Characters of a value in a list: more are no address that anybody types, and a part of one is another one."""

_NAME_OF_HOST: Final = re.compile(r"[^\s/@:?#\[\]\"'<>\\]+")

_GUESSED: Final = ("sha256", "sha1", "md5", "ipv4-addr", "ipv6-addr", "url", "email-addr", "domain-name")
"""In this order the kind of a bare value is guessed; no value fits two of them but in this order."""

_DEFANGED: Final = re.compile(r"(?i)\bh(?:xx|\*\*)ps?\b|[\[({<\\]")
"""Signs that an address is written so that nobody clicks on it; all other values stay as they are."""

TLP: Final = {
    "red": Label.RED,
    "amber+strict": Label.AMBER_STRICT,
    "amber": Label.AMBER,
    "green": Label.GREEN,
    "clear": Label.CLEAR,
    "white": Label.CLEAR,
}


_COMMENT: Final = re.compile(r"(?:^|(?<=\s))[#;]")
"""Where a comment begins: the fragment of an address has no blank before it."""


class Origin(Struct, frozen=True):
    """Who imports, and what holds for all of a file."""

    organization_id: UUID
    at: datetime
    label: Label | None
    default: Label | None = None
    """What the collection takes for the label of what states none."""


class Skipped(Exception):
    """A line that becomes no object; the message says why."""


def indicator(
    origin: Origin, kind: str, value: str, *, name: str = "", label: Label | None = None, **more: Any
) -> bytes:
    """One indicator.

    Raises:
        Skipped: the value is not of this kind.
    """
    written = value.strip()
    value = _in_ascii(written) if kind == "domain-name" else written
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
        "created": format_timestamp(microseconds_of(_midnight(origin.at))),
        "modified": moment,
        "name": name.strip() or written,
        "pattern": pattern_of(kind, value),
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": moment,
        **more,
        **marked,
    }
    try:
        return orjson.dumps(made)
    except TypeError:
        raise Skipped("half of a surrogate pair, which is no text") from None


def _midnight(at: datetime) -> datetime:
    """When the day began: an id is of one day, and all its versions were created at one time (STIX 2.1 §3.2)."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def guess(value: str) -> str:
    """The kind of a bare value.

    Raises:
        Skipped: it is none that is known.
    """
    for kind in _GUESSED:
        if INDICATOR_CHECKS[kind](_in_ascii(value) if kind == "domain-name" else value):
            return kind
    raise Skipped("neither address, domain, URL, mail address nor hash")


def _in_ascii(value: str) -> str:
    """The name of a host as it is asked for on the wire (RFC 5890), where patterns are held against it."""
    if value.isascii() or _NAME_OF_HOST.fullmatch(value) is None:
        return value
    try:
        return value.encode("idna").decode("ascii")
    except UnicodeError:
        return value


def of_list(lines: Iterable[str], origin: Origin) -> Iterator[bytes | Skipped]:
    """A value a line; blank lines and what follows a # or ; after a blank or at the beginning say nothing."""
    for number, line in enumerate(lines, start=1):
        value = _as_meant(_COMMENT.split(line, maxsplit=1)[0])
        if value:
            try:
                if len(value) > LONGEST_VALUE:
                    raise Skipped(f"a value of more than {LONGEST_VALUE} characters")
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
        FileError: there is no column `value`, or a row is none.
    """
    table = csv.DictReader(lines, strict=True)  # else a quote that nobody closes swallows all lines that follow
    try:
        columns = [((name or "").strip().lower().lstrip("\ufeff"), name) for name in table.fieldnames or ()]
        names = {ours: theirs for ours, theirs in columns if ours}  # spreadsheets end in columns without a name
        if len(names) < sum(bool(ours) for ours, _ in columns):
            raise FileError("a CSV whose first line names each column once", "one of them twice")
        if "value" not in names:
            raise FileError("a CSV with a first line that names the column `value`", "none")
        for row in table:
            try:
                yield _row({ours: str(row.get(theirs) or "") for ours, theirs in names.items()}, origin)
            except Skipped as why:
                yield Skipped(f"line {table.line_num}: {why}")
    except csv.Error:
        raise FileError(
            "a CSV with every quote closed", f"a row that is none, up to line {table.reader.line_num}"
        ) from None


def _row(row: Mapping[str, str], origin: Origin) -> bytes:
    tlp = row.get("tlp", "").strip().lower().removeprefix("tlp:")
    if tlp and tlp not in TLP:
        raise Skipped("unknown TLP label")
    value = _as_meant(row["value"])
    kind = row.get("type", "").strip() or guess(value)
    return indicator(origin, kind, value, name=row.get("name", ""), label=TLP.get(tlp))
