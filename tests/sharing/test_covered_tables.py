"""Attack 1, and everything like it: somebody with all rights on the database changes, adds or removes a row anywhere.

The tables are taken from the schema, so a new one must be sealed, derived, or listed with the reason why it is not.
Each change is made inside a transaction, looked at by the check, and taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Table, UniqueConstraint, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.tables import metadata
from models.types import Moment, Word
from models.vocabulary import Label
from sharing.audit.coverage import DERIVED, NOT_COVERED, SEALED
from tests.factory import World
from tests.harness import postgres, sqlite
from tests.sharing.reports.conftest import Scene
from tests.sharing.whole import findings, full_scene

COVERED = sorted({*SEALED, *DERIVED})

NOT_ADDED = {
    "checkpoints": "needs the log's two keys; a note of another log, or a copy at another size, is found as a change",
    "log_state": "the database itself takes one row only",
}
"""Tables to which no row can be added that is not a change as well."""

NOT_MISSED = {
    "checkpoints": "old ones are thinned out on purpose; only who kept a note of the missing one can tell",
}
"""Tables from which a row may be taken without a finding."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One hub for the whole module: every change is taken back."""
    folder: Path = tmp_path_factory.mktemp("covered")
    if request.param == "sqlite":
        made = full_scene(sqlite.copy(sqlite.migrated_template(_upgrade), folder / "hub.sqlite3"), folder)
        yield made
        made.world.close()
        return
    server = request.getfixturevalue("postgres_server")
    with postgres.fresh_database(server, postgres.migrated_template(server, _upgrade)) as url:
        made = full_scene(url, folder)
        yield made
        made.world.close()


def test_every_table_is_covered_or_says_why_not() -> None:
    """No table is forgotten, none is listed twice, and each that is not covered has its reason."""
    assert set(metadata.tables) == {*SEALED, *DERIVED, *NOT_COVERED}
    assert len(metadata.tables) == len(SEALED) + len(DERIVED) + len(NOT_COVERED)
    for name, columns in {**SEALED, **DERIVED}.items():
        assert set(columns) <= {column.name for column in metadata.tables[name].columns}, name


def test_an_honest_log_has_no_findings(scene: Scene) -> None:
    """Every table holds something, and all of it is as the trail says."""
    with scene.world.reading() as session:
        assert findings(scene.world, session) == []
        empty = [
            name
            for name in COVERED
            if not session.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
        ]
    assert empty == []


@pytest.mark.parametrize("name", COVERED)
def test_attack_1_a_changed_row_is_named(scene: Scene, name: str) -> None:
    """Every column of every covered table: the check says what is wrong, and mostly with which entry.

    The other database differs in how its driver gives a value of each type, so there each type is tried once a table.
    """
    table = metadata.tables[name]
    left_out = {*SEALED.get(name, ()), *DERIVED.get(name, ())}
    columns = [column for column in table.columns if column.name not in left_out]
    if not scene.world.hub.units.database.is_sqlite:
        columns = list({type(column.type): column for column in columns}.values())
    assert [column.name for column in columns if not _found(scene.world, table, _change_of(column))] == []


@pytest.mark.parametrize("name", [each for each in COVERED if each not in NOT_MISSED])
def test_attack_1_a_removed_row_is_named(scene: Scene, name: str) -> None:
    """Also the last one of a table."""

    def remove(session: Session, table: Table, row: Any) -> None:
        session.connection().execute(table.delete().where(_is(table, row)))

    assert _found(scene.world, metadata.tables[name], remove)


@pytest.mark.parametrize("name", [each for each in COVERED if each not in NOT_ADDED])
def test_attack_1_an_added_row_is_named(scene: Scene, name: str) -> None:
    """A copy of a row under another key: for grants, the very row by which a rival would read."""

    def add(session: Session, table: Table, row: Any) -> None:
        values = dict(row._mapping)
        keys = [*table.primary_key.columns, *(column for column in table.columns if _is_unique(table, column))]
        for column in keys if len(table.primary_key.columns) == 1 else keys[-1:]:
            values[column.name] = _bent(session, column, values[column.name])
        session.connection().execute(table.insert().values(values))

    assert _found(scene.world, metadata.tables[name], add)


SAME_EDITS = {
    "a row changed": "UPDATE {table} SET tag = 'hub:instance:stop' WHERE id = 5",
    "a row deleted": "DELETE FROM {table} WHERE id = 5",
    "the end cut off": "DELETE FROM {table} WHERE id > 5",
    "dated back": "UPDATE {table} SET recorded_at = (SELECT min(recorded_at) FROM {table}) WHERE id > 5",
}


@pytest.mark.parametrize("edit", SAME_EDITS)
def test_attack_20_the_same_edits_on_a_plain_table_and_on_the_trail(scene: Scene, edit: str) -> None:
    """An ordinary audit table (who, when, what, a row a deed) stays silent: all it can be asked still holds."""
    plain = "CREATE TABLE plain_audit AS SELECT id, recorded_at, tag, kind AS who FROM audit_entries"
    with taken_back(scene.world) as session:
        connection = session.connection()
        connection.exec_driver_sql(plain)
        for table in ("plain_audit", "audit_entries"):
            connection.exec_driver_sql(SAME_EDITS[edit].format(table=table))
        doubled = "SELECT id FROM plain_audit GROUP BY id HAVING count(*) > 1 OR min(tag) IS NULL OR min(who) IS NULL"
        assert connection.exec_driver_sql(doubled).all() == []
        assert findings(scene.world, session) != []


def test_a_grant_by_which_a_rival_would_read_is_named(scene: Scene) -> None:
    """The row alone makes an AMBER object readable; nothing but the check of audiences sees it."""
    with taken_back(scene.world) as session:
        grants, objects, tokens = (metadata.tables[name] for name in ("grants", "objects", "tokens"))
        amber = session.execute(select(objects).where(objects.c.label == Label.AMBER.rank)).first()
        rival = session.execute(
            select(tokens.c.id).where(tokens.c.name == f"organization:{scene.rival.id}")
        ).scalar_one()
        position = session.execute(select(grants.c.position).where(grants.c.object_id == amber.id)).scalars().first()
        row = {"feed": INBOX_FEED, "token_id": rival, "position": position, "object_id": amber.id, "probe": 0}
        row |= {"type": amber.type}
        session.execute(grants.insert().values(row))
        said = findings(scene.world, session)
    assert [what for index, what in said if index is not None] == [
        f"object {amber.id}: nothing grants it to token {rival} in feed {INBOX_FEED} at position {position}"
    ]


def test_a_copy_that_is_no_longer_compared_is_named(scene: Scene) -> None:
    """A reader of both copies would be given two; the mark that makes reading compare them is derived."""
    with taken_back(scene.world) as session:
        grants = metadata.tables["grants"]
        changed = session.execute(grants.update().where(grants.c.probe == 1).values(probe=0))
        assert changed.rowcount
        said = [what for _, what in findings(scene.world, session)]
    assert any("another copy" in what for what in said)
    assert any("given again" in what for what in said)


def test_a_position_moved_by_one_is_named(scene: Scene) -> None:
    """Index and position never disagree: grants follow from their entry's first position, and that from the clock."""
    entries = metadata.tables["audit_entries"]
    for step in (1, -1, 5_000, -5_000):
        with taken_back(scene.world) as session:
            last = session.execute(select(func.max(entries.c.first_position))).scalar_one()
            where = entries.c.first_position == last
            session.execute(entries.update().where(where).values(first_position=last + step))
            said = findings(scene.world, session)
        assert said, step


def _found(world: World, table: Table, change: Any) -> list[Any]:
    """What the check says after a change of some row; the rows are tried until the database takes one change."""
    with taken_back(world) as session:
        rows = session.connection().execute(select(table).limit(30)).all()
        assert rows
        for row in reversed(rows):
            try:
                with session.begin_nested():
                    change(session, table, row)
            except (IntegrityError, _NotHere):
                continue  # the database itself refuses: that row cannot be changed so
            return findings(world, session)
    return ["the database refuses"]


@contextmanager
def taken_back(world: World) -> Iterator[Session]:
    """A unit of work of somebody with all rights, of which nothing stays."""
    with suppress(_Back), world.hub.units.database.writing() as session:
        yield session
        raise _Back


class _Back(Exception):
    """Takes a unit of work back."""


class _NotHere(Exception):
    """This row has no such value to change."""


def _change_of(column: Column[Any]) -> Any:
    def change(session: Session, table: Table, row: Any) -> None:
        value = getattr(row, column.name) if column.name != "count" else row._mapping[column.name]
        bent = {column.name: _bent(session, column, value)}
        session.connection().execute(table.update().where(_is(table, row)).values(bent))

    return change


def _is(table: Table, row: Any) -> Any:
    return and_(*(column == row._mapping[column.name] for column in table.primary_key.columns))


def _is_unique(table: Table, column: Column[Any]) -> bool:
    constraints = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    named = any(column.name in each.columns for each in constraints)
    indexed = any(each.unique and column.name in each.columns for each in table.indexes)
    return bool(column.unique or named or indexed) and not column.foreign_keys


def _bent(session: Session, column: Column[Any], value: Any) -> Any:
    """Another value that the column takes; what points at another table points at another of its rows."""
    for key in column.foreign_keys:
        other = select(key.column).where(key.column != value) if value is not None else select(key.column)
        found = session.connection().execute(other.limit(1)).scalar()
        if found is None:
            raise _NotHere
        return found
    if isinstance(column.type, Word):
        return next(word for word in column.type.vocabulary if word != value)
    for kind, bend in _BENDS:
        if isinstance(value, kind):
            return bend(value)
    return _FIRSTS[datetime if isinstance(column.type, Moment) else column.type.python_type]


_BENDS: tuple[tuple[type, Any], ...] = (
    (bool, lambda value: not value),
    (int, lambda value: value + 1 if value < 30000 else value - 1),
    (UUID, lambda _: uuid4()),
    (datetime, lambda value: value + timedelta(seconds=1)),
    (date, lambda value: value + timedelta(days=1)),
    (bytes, lambda value: bytes((value[0] ^ 1,)) + value[1:] if value else b"x"),
    (str, lambda value: ("y" if value[:1] == "x" else "x") + value[1:]),
    (dict, lambda value: {**value, "bent": 1}),
    (list, lambda value: [*value, "bent"]),
)
_FIRSTS: dict[type, Any] = {
    bool: True,
    int: 1,
    UUID: UUID(int=1),
    datetime: datetime.fromisoformat("2026-11-20T03:00:00+00:00"),
    date: date(2026, 11, 20),
    bytes: bytes(32),
    str: "x",
}


def _upgrade(url: str) -> None:
    from models.session import upgrade

    upgrade(url)
