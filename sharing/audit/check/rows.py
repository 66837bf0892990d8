"""Operation: every row of the sealed tables against the newest seal of it; one table after the other."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from crypto.beside import GONE, commit_row
from crypto.errors import BadEntry
from sharing.audit.check.kept import as_bytes
from sharing.audit.coverage import SEALED
from sharing.audit.seals import SealedTable, sealed_table
from sharing.reading.driver import fetch, is_sqlite

AT_ONCE: Final = 500
"""Rows compared with one question."""

Seal = tuple[int, int, bytes, bytes]
"""Number, entry, salt (empty where it was forgotten) and digest."""


def check_sealed_rows(session: Session) -> Iterator[tuple[int | None, str]]:
    """Entry (where one is known) and words for each row that is not as the trail says."""
    for name in sorted(SEALED):
        yield from _check_table(session, sealed_table(name))
    for entry, table, key in fetch(session, _ORPHANS, {}):
        yield None, f"a seal of {table} {key} belongs to entry number {entry}, which does not exist"


_ORPHANS: Final = """
    SELECT s.entry_id, s.table_name, s.row_key FROM audit_seals s
    WHERE NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.id = s.entry_id) LIMIT 100
"""


def _check_table(session: Session, sealed: SealedTable) -> Iterator[tuple[int | None, str]]:
    width, matched, last = len(sealed.key), 0, None
    while rows := _next_rows(session, sealed, last):
        named = [(sealed.key_of(row[:width]), row[width:]) for row in rows]
        seals = _newest(session, sealed.name, [key for key, _ in named])
        for key, row in named:
            seal = seals.get(key)
            fault = _fault(sealed, row, seal)
            matched += seal is not None and not _says_gone(sealed, seal)
            if fault:
                yield (seal[1] if seal else None), f"{sealed.name} {_shown(sealed, key)}: {fault}"
        last = rows[-1][:width]
    alive = sum(1 for key, seal in _stream_newest(session, sealed.name) if not _says_gone(sealed, seal))
    if alive != matched:
        yield from _missing(session, sealed)


def _missing(session: Session, sealed: SealedTable) -> Iterator[tuple[int | None, str]]:
    """Rows that an entry left there and that are gone; only looked for where some are."""
    keys, last, width = set(), None, len(sealed.key)
    while rows := _next_rows(session, sealed, last):
        keys |= {sealed.key_of(row[:width]) for row in rows}
        last = rows[-1][:width]
    for key, seal in _stream_newest(session, sealed.name):
        if key not in keys and not _says_gone(sealed, seal):
            yield seal[1], f"{sealed.name} {_shown(sealed, key)}: this row was deleted, and no entry says so"


def _fault(sealed: SealedTable, row: Sequence[Any], seal: Seal | None) -> str:
    if seal is None:
        return "this row was written without an entry of the trail"
    salt, digest = seal[2:]
    if not salt:
        return "the salt of its newest seal is gone, so nobody can tell what it was"
    try:
        found = commit_row(salt, sealed.name, sealed.row_json(row))
    except (BadEntry, ValueError):
        found = b""
    if found == digest:
        return ""
    return (
        "this row was deleted by an entry, and is there again" if _says_gone(sealed, seal) else "this row was changed"
    )


def _says_gone(sealed: SealedTable, seal: Seal) -> bool:
    return len(seal[2]) == 32 and commit_row(seal[2], sealed.name, GONE) == seal[3]


def _shown(sealed: SealedTable, key: str) -> str:
    """Digests of sign-ins are secrets of a kind: the beginning is enough to find the row."""
    return f"{key[:16]}…" if sealed.name == "sign_ins" else key


def _next_rows(session: Session, sealed: SealedTable, last: Sequence[Any] | None) -> list[tuple[Any, ...]]:
    keys = ", ".join(sealed.key)
    where, values = "", {}
    if last is not None:
        marks = ", ".join(f":k{place}" for place in range(len(last)))
        where, values = f"WHERE ({keys}) > ({marks})", {f"k{place}": value for place, value in enumerate(last)}
    sql = f"SELECT {sealed.selected} FROM {sealed.name} {where} ORDER BY {keys} LIMIT {AT_ONCE}"
    return fetch(session, sql, values)


_NEWEST: Final = """
    SELECT s.row_key, s.number, s.entry_id, s.salt, s.digest FROM audit_seals s
    WHERE s.table_name = :name AND s.row_key IN {keys} ORDER BY s.row_key, s.number
"""
_STREAM: Final = """
    SELECT s.row_key, s.number, s.entry_id, s.salt, s.digest FROM audit_seals s
    WHERE s.table_name = :name AND s.row_key > :last AND NOT EXISTS (
        SELECT 1 FROM audit_seals n WHERE n.table_name = s.table_name AND n.row_key = s.row_key AND n.number > s.number)
    ORDER BY s.row_key LIMIT :limit
"""


def _stream_newest(session: Session, table: str) -> Iterator[tuple[str, Seal]]:
    last = ""
    while rows := fetch(session, _STREAM, {"name": table, "last": last, "limit": AT_ONCE}):
        for key, number, entry, salt, digest in rows:
            yield key, (number, entry, as_bytes(salt), as_bytes(digest))
        last = rows[-1][0]


def _newest(session: Session, table: str, keys: Sequence[str]) -> dict[str, Seal]:
    wanted: Any
    if is_sqlite(session):
        sql, wanted = _NEWEST.format(keys="(SELECT value FROM json_each(:keys))"), json.dumps(keys)
    else:
        sql, wanted = _NEWEST.format(keys="(SELECT unnest((:keys)::text[]))"), list(keys)
    rows = fetch(session, sql, {"name": table, "keys": wanted})
    return {key: (number, entry, as_bytes(salt), as_bytes(digest)) for key, number, entry, salt, digest in rows}
