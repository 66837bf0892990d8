"""The trail: entries as recorded, their parts, and the state of the log."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Serial, Word
from models.vocabulary import EntryKind


class AuditEntry(Base):
    """One operation. Recording writes the commitments; integration gives shard, index, time and leaf bytes, once."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("uq_audit_entries_leaf", "shard", "log_index", unique=True),
        Index(
            "ix_audit_entries_waiting",
            "id",
            sqlite_where=text("log_index IS NULL"),
            postgresql_where=text("log_index IS NULL"),
        ),
        Index(
            "ix_audit_entries_first",
            "first_position",
            sqlite_where=text("first_position IS NOT NULL"),
            postgresql_where=text("first_position IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    tag: Mapped[str] = mapped_column(String(60), index=True)
    recorded_at: Mapped[datetime]
    parts_root: Mapped[bytes] = mapped_column(LargeBinary(32))
    objects_root: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    object_count: Mapped[int]
    tree_size: Mapped[int]
    padding: Mapped[bytes | None] = mapped_column(LargeBinary)
    regrants: Mapped[int]
    bridge: Mapped[str | None] = mapped_column(String(300))
    shard: Mapped[str | None] = mapped_column(String(40))
    log_index: Mapped[int | None] = mapped_column(BigInteger)
    ts_ms: Mapped[int | None] = mapped_column(BigInteger)
    leaf: Mapped[bytes | None] = mapped_column(LargeBinary)
    leaf_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    first_position: Mapped[int | None] = mapped_column(BigInteger)


ACTED: Final = {
    "sqlite": "CASE WHEN json_valid(CAST(body AS TEXT)) THEN json_extract(CAST(body AS TEXT), '$.{member}') END",
    "postgresql": "substring(encode(body, 'escape') from '\"{member}\":\"([0-9a-f-]+)\"')",
}
"""Which organization or account acted, read from the part `actor` in the words of each database.

Migration 0017 made indexes over exactly these words (`ix_audit_parts_organization`, `ix_audit_parts_account`): what the
database itself reads from the part cannot differ from it. They stand in no table's definition here, since each database
spells them in its own way.
"""


class AuditPart(Base):
    """One salted part of an entry; erasing it leaves every proof valid."""

    __tablename__ = "audit_parts"

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(12), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class AuditSubject(Base):
    """What an entry is about, so that a history can be found: a report, an object, an organization, an account."""

    __tablename__ = "audit_subjects"
    __table_args__ = (Index("ix_audit_subjects_entry", "entry_id"),)

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(150), primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class AuditSeal(Base):
    """The state in which an entry's operation left a row of another table; the newest of a row keeps its salt."""

    __tablename__ = "audit_seals"
    __table_args__ = (Index("ix_audit_seals_entry", "entry_id"),)

    table_name: Mapped[str] = mapped_column(String(40), primary_key=True)
    row_key: Mapped[str] = mapped_column(String(300), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class LogState(Base):
    """The one row that integration holds: the end of the log and the last position given."""

    __tablename__ = "log_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(String(200))
    shard: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    last_position: Mapped[int] = mapped_column(BigInteger)
    last_ts_ms: Mapped[int] = mapped_column(BigInteger)
    clock_seen: Mapped[int] = mapped_column(BigInteger)


class SignedCheckpoint(Base):
    """A checkpoint that was signed and published."""

    __tablename__ = "checkpoints"

    shard: Mapped[str] = mapped_column(String(40), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]


class Disclosure(Base):
    """The fact that somebody was given a range of a feed, or one object; ranges, not rows."""

    __tablename__ = "disclosures"
    __table_args__ = (
        Index("ix_disclosures_range", "feed", "first_position"),
        Index("ix_disclosures_organization", "organization_id", "at"),
        Index("ix_disclosures_object", "object_id"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    key_id: Mapped[UUID | None]
    door: Mapped[str] = mapped_column(String(10))
    feed: Mapped[int]
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    first_position: Mapped[int] = mapped_column(BigInteger)
    last_position: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]
    highest: Mapped[int]
    filters: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]
