"""Published objects: the exact bytes once, beside what can be filtered on."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Serial


class StixObject(Base):
    """One version of one object by one publisher. Rows are never changed after recording, but for `superseded`.

    No foreign keys here or on grants: they would cost more than the insert, and nothing they name is ever deleted.
    """

    __tablename__ = "objects"
    __table_args__ = (
        Index("uq_objects_series", "stix_id", "publisher_id", "version_us", unique=True),
        Index("ix_objects_entry", "entry_id"),
        # A UUID has no case: what was posted in capitals is found by its small letters. Mostly there is none.
        Index(
            "ix_objects_capitals",
            text("lower(stix_id)"),
            sqlite_where=text("stix_id <> lower(stix_id)"),
            postgresql_where=text("stix_id <> lower(stix_id)"),
        ),
        Index(
            "ix_objects_report",
            "report_id",
            sqlite_where=text("report_id IS NOT NULL"),
            postgresql_where=text("report_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    stix_id: Mapped[str] = mapped_column(String(150))
    publisher_id: Mapped[UUID]
    version_us: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(100))
    spec_version: Mapped[str] = mapped_column(String(5))
    created_by_ref: Mapped[str | None] = mapped_column(String(150))
    label: Mapped[int] = mapped_column(SmallInteger)
    exercise: Mapped[bool]
    superseded: Mapped[bool]
    feed: Mapped[int]
    audience_id: Mapped[int]
    entry_id: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[int]
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    report_id: Mapped[UUID | None]
    fullness: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class EditionFacts(Base):
    """What lists, counts and trends need of a report's edition, taken out when it was published."""

    __tablename__ = "edition_facts"

    object_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    report_id: Mapped[UUID] = mapped_column(index=True)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    sector: Mapped[str] = mapped_column(String(40))
    event_type: Mapped[str] = mapped_column(String(10))
    service_impact: Mapped[str] = mapped_column(String(10))
    noticed_on: Mapped[date]
    title: Mapped[str] = mapped_column(String(500))
