"""Grants: (feed, token, position) to object. Position is the only key of reading."""

from sqlalchemy import BigInteger, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Grant(Base):
    """Holders of the token may read the object in the feed from this position on.

    `probe` is 1 where the same object, or another publisher's copy of the same version, may stand at a lower position:
    only such rows are compared with the reader's other grants.
    """

    __tablename__ = "grants"
    __table_args__ = (
        Index("ix_grants_object", "object_id"),
        # Unique, as the primary key is: so SQLite knows that positions keep the order, and merges without sorting.
        Index("uq_grants_type", "feed", "token_id", "type", "position", unique=True),
        {"sqlite_with_rowid": False},
    )

    feed: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    object_id: Mapped[int] = mapped_column(BigInteger)
    probe: Mapped[int] = mapped_column(SmallInteger)
    type: Mapped[str] = mapped_column(String(100))
    """The object's type once more, so that a page of one type is a range of an index like any other."""


class ClosedGrant(Base):
    """A grant that its publisher closed by DELETE: no reader meets it any more, the ledger still does.

    Kept as long as the objects themselves; `entry_id` names the entry of the deletion.
    """

    __tablename__ = "closed_grants"
    __table_args__ = (Index("ix_closed_grants_object", "object_id"),)

    feed: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    object_id: Mapped[int] = mapped_column(BigInteger)
    entry_id: Mapped[int] = mapped_column(BigInteger)


class Regrant(Base):
    """A wish, recorded with its entry, to grant an object that is published already to a further audience."""

    __tablename__ = "regrants"
    __table_args__ = (Index("ix_regrants_object", "object_id"),)

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    object_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    feed: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audience_id: Mapped[int]
