"""Tests that SQLAlchemy's inserts travel with what follows: what is stored, in which order, and how a refusal shows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import JSON, Uuid, delete, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from models.session import Database, say_now
from models.types import Moment
from models.ways import WIRE

SAID = "漢字 ' \" \\ {a,b} \n :name $1 %s %(said)s"


class Base(DeclarativeBase):
    """Tables of this test alone."""


class Note(Base):
    """One row of each kind of value."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    said: Mapped[str | None]
    named: Mapped[UUID | None] = mapped_column(Uuid())
    at: Mapped[datetime | None] = mapped_column(Moment())
    raw: Mapped[bytes | None]
    sure: Mapped[bool | None]
    more: Mapped[Any | None] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    share: Mapped[float | None]


class Counted(Base):
    """A table whose key the database gives."""

    __tablename__ = "counted"
    id: Mapped[int] = mapped_column(primary_key=True)
    said: Mapped[str]


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """A database with these tables."""
    opened = Database(postgres_url)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def notes(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.execute(select(Note.id).order_by(Note.id)).scalars())


def test_an_insert_costs_no_journey_of_its_own(database: Database) -> None:
    """All of it travels with the commit."""
    with database.writing() as session:
        before = session.info[WIRE].journeys
        for number in range(5):
            session.add(Note(id=number))
            session.flush()
        session.execute(insert(Note), [{"id": 10}, {"id": 11}])
        assert session.info[WIRE].journeys == before
    assert session.info[WIRE].journeys == before + 1
    assert notes(database) == [0, 1, 2, 3, 4, 10, 11]


def test_every_value_arrives_as_it_was(database: Database) -> None:
    """Texts that look like parameters, documents, bytes, and nothing."""
    at = datetime(2026, 11, 20, 3, 0, 0, 1, tzinfo=UTC)
    more = {"漢": [1, None, True, "a\\b%(x)s"]}
    whole = {"said": SAID, "named": UUID(int=7), "at": at, "raw": b"\x00\xff", "sure": False, "more": more}
    with database.writing() as session:
        session.add(Note(id=1, **whole, share=0.25))  # what only a cursor writes goes by one
        session.add(Note(id=2, **whole))
        session.add(Note(id=3))
    with database.reading() as session:
        first, second, empty = session.execute(select(Note).order_by(Note.id)).scalars()
        for name, value in whole.items():
            assert getattr(first, name) == getattr(second, name) == value
        assert (first.share, second.share) == (0.25, None)
        assert {getattr(empty, name) for name in whole if name != "more"} == {None}


def test_what_follows_sees_it(database: Database) -> None:
    """A question, a change, and a plain statement come after what was inserted before them."""
    with database.writing() as session:
        session.execute(insert(Note), [{"id": 1, "said": "a"}])
        assert session.info[WIRE].ask("SELECT said FROM notes", {}) == [("a",)]
        session.execute(insert(Note), [{"id": 2, "said": "b"}])
        assert session.execute(select(Note.said).order_by(Note.id)).scalars().all() == ["a", "b"]
        session.execute(insert_postgres(Note).values(id=2, said="c").on_conflict_do_nothing())
        session.execute(delete(Note).where(Note.id == 1))
        row = Counted(said="x")
        session.add(row)
        session.flush()
        assert row.id == 1
    assert notes(database) == [2]


def test_what_is_taken_back_was_never_there(database: Database) -> None:
    """Before it was sent, and after; and the next unit of work begins with nothing of it."""
    for asks in (False, True):
        with pytest.raises(RuntimeError), database.writing() as session:
            session.execute(insert(Note), [{"id": 1}])
            if asks:
                session.execute(select(Note.id)).all()
            raise RuntimeError
    with database.writing() as session:
        session.add(Note(id=2))
    assert notes(database) == [2]


def test_a_refusal_is_told_as_ever(database: Database) -> None:
    """By the next question, by who wants to know at once, and in a savepoint, which leaves the rest as it was."""
    with database.writing() as session:
        session.add(Note(id=1))
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(Note(id=1))
        say_now(session)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(insert(Note), [{"id": 1}])
        session.execute(select(Note.id)).all()
    with database.writing() as session:
        session.add(Note(id=2))
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(Note), [{"id": 1}])
        session.add(Note(id=3))
    assert notes(database) == [1, 2, 3]
