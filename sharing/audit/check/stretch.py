"""Operation: check one stretch of a shard alone; several processes share the work of a large log."""

from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.verify_entry import PlainEntry, StoredEntry
from crypto.verify_run import Run, check_run
from sharing.audit.check.entries import check_beside, stored_entry
from sharing.audit.check.kept import Kept, list_entries, list_kept
from sharing.audit.check.plain import find_plain
from sharing.audit.erasing import read_erasure
from sharing.reading.driver import among_numbers
from sharing.reading.recount import GrantRow, entries_of_objects, recount_grants


class Stretch(NamedTuple):
    """Which entries: a shard's from first (inclusive) to end (exclusive)."""

    shard: str
    first: int
    end: int


class Placing(Struct, frozen=True):
    """The positions that an entry gave, to be compared with those before it."""

    index: int
    ts_ms: int
    first_position: int
    count: int


@dataclass
class Checked:
    """What a stretch came to; small, so that another process can make it."""

    runs: list[Run] = field(default_factory=list)
    findings: list[tuple[int, str]] = field(default_factory=list)
    """Index, and what is wrong."""
    placings: list[Placing] = field(default_factory=list)
    extras: list[GrantRow] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """Rows of each table beside the entries that belong to one of these."""


def check_stretch(session: Session, stretch: Stretch, upto: int) -> Checked:
    """Everything of these entries and what is kept beside them; grants up to a position."""
    made = Checked(counts=dict.fromkeys(("audit_parts", "audit_subjects", "audit_seals", "disclosures", "objects"), 0))
    entries: list[StoredEntry | PlainEntry] = []
    for kept in list_kept(session, list_entries(session, *stretch)):
        for row in kept.rows:
            plain = find_plain(row, kept)
            if plain is not None:
                entries.append(plain)
            else:
                entries.append(stored_entry(row, kept))
                made.findings += [(row.log_index, fault) for fault in check_beside(row, kept)]
            count = row.object_count + row.regrants
            if count and row.first_position is None:
                made.findings.append((row.log_index, "it publishes objects, but has no position"))
            elif row.first_position is not None and not count:
                made.findings.append((row.log_index, "it has a position, but publishes nothing"))
            elif row.first_position is not None:
                made.placings.append(Placing(row.log_index, row.ts_ms, row.first_position, count))
        _count(made, kept)
        _grants(session, made, kept, upto)
        made.runs += check_run(entries, read_erasure)
        entries = []
    return made


def _count(made: Checked, kept: Kept) -> None:
    for table, rows in (
        ("audit_parts", kept.parts),
        ("audit_subjects", kept.subjects),
        ("audit_seals", kept.seals),
        ("disclosures", kept.disclosures),
        ("objects", kept.objects),
    ):
        made.counts[table] += sum(len(each) for each in rows.values())


def _grants(session: Session, made: Checked, kept: Kept, upto: int) -> None:
    if not kept.objects:
        return
    found = recount_grants(session, among_numbers([row.id for row in kept.rows]), upto)
    made.counts["grants"] = made.counts.get("grants", 0) + found.found
    made.extras += found.extras
    if found.faults:
        index_of = {row.id: row.log_index for row in kept.rows}
        entries = entries_of_objects(session, [ident for ident, _ in found.faults])
        made.findings += [(index_of[entries[ident]], f"object {ident}: {fault}") for ident, fault in found.faults]
