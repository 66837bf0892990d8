"""Operation: bind the rows that an operation wrote to its entry, so that a row changed by hand is found.

Whatever a session writes to a sealed table is noted as it happens. `record` seals those rows with its entry; what is
written after it, before the unit of work ends, is added to the same entry. Only the newest seal of a row keeps its
salt: an earlier state, such as an erased one, cannot be guessed from what remains.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, and_, event, false, inspect, or_, select, true
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from crypto.beside import GONE, SALT_BYTES, RowSeal, commit_row
from crypto.canonical import canonical_json
from models.bulk import SQLITE_MOMENT, insert_rows
from models.tables import metadata
from models.ways import Statement
from sharing.audit.coverage import SEALED
from sharing.audit.placing import Waiting
from sharing.reading.driver import fetch_all, is_sqlite, run_many

RandomBytes = Callable[[int], bytes]

_NOTED: Final = "rows noted"
_ENTRY: Final = "entry recorded"
_ENTRIES: Final = "entries recorded"

_AT_ONCE: Final = 200
"""Rows read with one question."""

_KEPT_KEYS: Final = 2
"""Rows by whose number a question is told from others, and kept; questions for more of them are too many to keep."""

COLUMNS: Final = (
    ("table_name", "text"),
    ("row_key", "text"),
    ("number", "int4"),
    ("entry_id", "int8"),
    ("salt", "bytea"),
    ("digest", "bytea"),
)


class SealedTable(Struct, frozen=True):
    """How the rows of a sealed table are named and read: raw values as the driver gives them, on both databases."""

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def key_of(self, values: Sequence[Any]) -> str:
        """A row's name in its seals, from the values of its key."""
        return "/".join(str(plain(value)) for value in values)

    def row_json(self, row: Sequence[Any]) -> bytes:
        """The row in one form: columns that hold nothing are left out, so that a column may be added later."""
        named = zip(self.columns, row, strict=True)
        documents = self.documents
        said = {name: _document(value) if name in documents else plain(value) for name, value in named}
        return canonical_json({name: value for name, value in said.items() if value is not None})

    @property
    def documents(self) -> frozenset[str]:
        """Columns that hold JSON."""
        return _documents(self.table)

    @property
    def selected(self) -> str:
        """The key's columns and then all that is sealed, for SQL."""
        return ", ".join((*self.key, *self.columns))


@cache
def sealed_table(name: str) -> SealedTable:
    """A sealed table by its name."""
    table = metadata.tables[name]
    columns = tuple(column.name for column in table.columns if column.name not in SEALED[name])
    return SealedTable(table, columns, tuple(column.name for column in table.primary_key.columns))


@cache
def _documents(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns if "JSON" in str(column.type).upper())


def plain(value: Any) -> str | None:
    """A driver's value as both databases would give it; never fails, whatever somebody wrote there."""
    if value is None or isinstance(value, str):
        return value
    for kind, spell in _SPELLINGS:
        if isinstance(value, kind):
            return spell(value)
    return repr(value)


_SPELLINGS: Final[tuple[tuple[Any, Callable[[Any], str]], ...]] = (
    (int, lambda value: str(int(value))),
    ((bytes, memoryview), lambda value: bytes(value).hex()),
    (UUID, lambda value: value.hex),
    (datetime, lambda value: value.astimezone(UTC).strftime(SQLITE_MOMENT)),
    (date, lambda value: value.isoformat()),
)


def moment_text(spelled: object) -> str | None:
    """A time that a part of an entry tells, spelled as `plain` spells the column that repeats it."""
    try:
        return plain(datetime.fromisoformat(str(spelled)))
    except ValueError:
        return None


def _document(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@dataclass(frozen=True)
class Recorded:
    """An entry of this unit of work: what its place will be made of, and when it was recorded."""

    waiting: Waiting
    at: datetime
    parts: Mapping[str, tuple[bytes, bytes]]
    """Name to salt and body, as they were written."""
    seals: Sequence[RowSeal]
    """The rows that it commits to."""

    @property
    def entry_id(self) -> int:
        """Its number."""
        return self.waiting.id

    @property
    def parts_root(self) -> bytes:
        """What it commits to."""
        return self.waiting.parts_root


def note_entry(session: Session, entry: Recorded) -> None:
    """Remember an entry that this unit of work has recorded, in the form that it has now."""
    session.info[_ENTRY] = entry
    session.info.setdefault(_ENTRIES, {})[entry.entry_id] = entry.waiting


def list_recorded(session: Session) -> list[Waiting]:
    """The entries that this unit of work has recorded, in their order."""
    return list(session.info.get(_ENTRIES, {}).values())


def last_recorded(session: Session) -> Recorded | None:
    """The entry that this unit of work has recorded last; also after it was committed."""
    entry: Recorded | None = session.info.get(_ENTRY)
    return entry


def note_rows(session: Session, table: str, **values: Any) -> None:
    """Note rows that were written past SQLAlchemy: those of a sealed table that hold these values."""
    _note(session, table, values)


def note_keys(session: Session, table: str, *keys: tuple[Any, ...]) -> None:
    """Note rows that were written past SQLAlchemy by their keys, as the driver takes them."""
    if keys:
        _note(session, table, *keys)


def notes_rows(session: Session) -> bool:
    """Whether this unit of work has written to sealed tables since the last entry."""
    return bool(session.info.get(_NOTED))


def take_seals(session: Session, random_bytes: RandomBytes) -> list[tuple[RowSeal, bytes]]:
    """Seal every row that was written since the last time, each with its salt; nothing is stored yet."""
    session.flush()
    noted: dict[str, list[Any]] = session.info.pop(_NOTED, {})
    parts: list[tuple[SealedTable, list[tuple[Any, ...]]]] = []
    for name, wanted in sorted(noted.items()):
        sealed = sealed_table(name)
        keys = _resolve(session, sealed, wanted)
        parts += [(sealed, keys[start : start + _AT_ONCE]) for start in range(0, len(keys), _AT_ONCE)]
    session.info.pop(_NOTED, None)
    asked = [question for each in parts for question in (_ask_rows(*each), _ask_numbers(session, *each))]
    answers = iter(fetch_all(session, asked) if asked else ())
    return [made for each in parts for made in _seal(*each, next(answers), next(answers), random_bytes)]


def store_seals(session: Session, entry_id: int, made: Sequence[tuple[RowSeal, bytes]]) -> None:
    """Keep seals with their entry; the salts of the states before are forgotten."""
    older = [{"name": seal.table, "row": seal.key} for seal, _ in made if seal.number > 1]
    if older:
        run_many(session, _FORGET, older)
    rows = [(seal.table, seal.key, seal.number, entry_id, salt, seal.digest) for seal, salt in made]
    insert_rows(session, "audit_seals", COLUMNS, rows)


_FORGET: Final = "UPDATE audit_seals SET salt = NULL WHERE table_name = :name AND row_key = :row AND salt IS NOT NULL"


def _seal(
    sealed: SealedTable,
    keys: Sequence[tuple[Any, ...]],
    found: Sequence[tuple[Any, ...]],
    numbered: Sequence[tuple[Any, ...]],
    random_bytes: RandomBytes,
) -> Iterator[tuple[RowSeal, bytes]]:
    """The seals of these rows, from the answers to `_ask_rows` and `_ask_numbers`."""
    width = len(sealed.key)
    rows = {sealed.key_of(row[:width]): row[width:] for row in found}
    numbers = {row[0]: row[1] for row in numbered}
    for key in _named(sealed, keys):
        row, number = rows.get(key), numbers.get(key, 0)
        if row is None and not number:
            continue  # it never came to be
        salt = random_bytes(SALT_BYTES)
        digest = commit_row(salt, sealed.name, GONE if row is None else sealed.row_json(row))
        yield RowSeal(sealed.name, key, number + 1, digest), salt


def _named(sealed: SealedTable, keys: Iterable[Sequence[Any]]) -> list[str]:
    return sorted({sealed.key_of(key) for key in keys})


def _ask_rows(sealed: SealedTable, keys: Sequence[tuple[Any, ...]]) -> Statement:
    """The question for the rows themselves: what is sealed is what the database says that it holds."""
    marks: list[str] = []
    values: dict[str, Any] = {}
    for place, key in enumerate(keys):
        each = [f"{column} = :k{place}_{n}" for n, column in enumerate(sealed.key)]
        marks.append(f"({' AND '.join(each)})")
        values |= {f"k{place}_{n}": value for n, value in enumerate(key)}
    sql = f"SELECT {sealed.selected} FROM {sealed.name} WHERE {' OR '.join(marks)}"
    return Statement(sql, values, kept=len(keys) <= _KEPT_KEYS)


def _ask_numbers(session: Session, sealed: SealedTable, keys: Sequence[tuple[Any, ...]]) -> Statement:
    """The question for how many states of these rows were sealed before."""
    named = _named(sealed, keys)
    if is_sqlite(session):
        return Statement(_NUMBERS_SQLITE, {"name": sealed.name, "keys": json.dumps(named)})
    return Statement(_NUMBERS_POSTGRES, {"name": sealed.name, "keys": named}, kept=True)


_NUMBERS_SQLITE: Final = (
    "SELECT row_key, max(number) FROM audit_seals"
    " WHERE table_name = :name AND row_key IN (SELECT value FROM json_each(:keys)) GROUP BY row_key"
)
_NUMBERS_POSTGRES: Final = """
    SELECT k.value, s.number FROM unnest((:keys)::text[]) AS k(value)
    CROSS JOIN LATERAL (
        SELECT number FROM audit_seals WHERE table_name = :name AND row_key = k.value ORDER BY number DESC LIMIT 1
    ) s
"""


# Noting what is written. Keys are kept as the database's driver takes them; a row whose key the database gives itself
# is looked for by what was written into it.


def _resolve(session: Session, sealed: SealedTable, wanted: Iterable[Any]) -> list[tuple[Any, ...]]:
    keys: dict[tuple[Any, ...], None] = {}
    written: list[Mapping[str, Any]] = []
    for each in wanted:
        if isinstance(each, tuple):
            keys[each] = None
        else:
            written.append(each)
    columns = [sealed.table.c[name] for name in sealed.key]
    for start in range(0, len(written), _AT_ONCE):
        query = select(*columns).where(_any_of(sealed.table, written[start : start + _AT_ONCE]))
        keys |= {_bound(session, sealed, tuple(row)): None for row in session.execute(query)}
    return list(keys)


def _any_of(table: Table, written: Sequence[Mapping[str, Any]]) -> ColumnElement[bool]:
    """Rows that hold what was written into one of them; where that is one column, as a plain list."""
    names = {name for each in written for name in each}
    if len(names) == 1 and all(each.get(next(iter(names))) is not None for each in written):
        (name,) = names
        return table.c[name].in_([each[name] for each in written])
    return or_(false(), *(and_(true(), *(table.c[name] == value for name, value in each.items())) for each in written))


def _bound(session: Session, sealed: SealedTable, key: Sequence[Any]) -> tuple[Any, ...]:
    """A key's values as the driver takes them."""
    dialect = session.get_bind().dialect
    made = []
    for name, value in zip(sealed.key, key, strict=True):
        process = sealed.table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        made.append(value if process is None or isinstance(value, bytes) else process(value))
    return tuple(made)


def _note(session: Session, table: str, *wanted: Any) -> None:
    session.info.setdefault(_NOTED, {}).setdefault(table, []).extend(wanted)


@event.listens_for(Session, "after_flush")
def _note_flushed(session: Session, _context: UOWTransaction) -> None:
    """What was added, changed or deleted as objects."""
    for row in {*session.new, *session.dirty, *session.deleted}:
        state = inspect(row)
        name = state.mapper.local_table.name
        if name not in SEALED:
            continue
        if row in session.dirty and row not in session.deleted and not _changed(state, SEALED[name]):
            continue
        sealed = sealed_table(name)
        values = [getattr(row, state.mapper.get_property_by_column(sealed.table.c[key]).key) for key in sealed.key]
        _note(session, name, _bound(session, sealed, values))


def _changed(state: Any, left_out: frozenset[str]) -> bool:
    return any(each.key not in left_out and each.history.has_changes() for each in state.attrs)


@event.listens_for(Session, "do_orm_execute")
def _note_executed(state: ORMExecuteState) -> None:
    """What a statement inserts, changes or deletes."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    statement: Any = state.statement
    table: Table = statement.table
    if table.name not in SEALED:
        return
    sealed = sealed_table(table.name)
    if state.is_insert:
        for values in _inserted(state, statement):
            named = {column: values[column] for column in sealed.key if column in values}
            whole = len(named) == len(sealed.key)
            _note(
                state.session,
                table.name,
                _bound(state.session, sealed, list(named.values())) if whole else _given(sealed, values),
            )
        return
    columns = [table.c[name] for name in sealed.key]
    where = and_(*statement._where_criteria) if statement._where_criteria else None
    query = select(*columns) if where is None else select(*columns).where(where)
    if state.is_update and not _touches(statement, SEALED[table.name]):
        return
    with state.session.no_autoflush:
        rows = state.session.execute(query, state.parameters or {}).all()
    _note(state.session, table.name, *(_bound(state.session, sealed, tuple(row)) for row in rows))


def _inserted(state: ORMExecuteState, statement: Any) -> Iterable[Mapping[str, Any]]:
    given: Any = state.parameters
    if given:
        return given if isinstance(given, list) else [given]
    return [statement.compile(dialect=state.session.get_bind().dialect).params]


def _given(sealed: SealedTable, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in sealed.table.c and name not in sealed.documents}


def _touches(statement: Any, left_out: frozenset[str]) -> bool:
    names = {column if isinstance(column, str) else column.key for column in statement._values or {}}
    return not names or bool(names - left_out)
