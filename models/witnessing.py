"""Who watches the log: witnesses and what they signed, the log's own keys, and losses that were declared."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Serial


class Witness(Base):
    """A program of somebody else's that cosigns checkpoints, and how it answered last."""

    __tablename__ = "witnesses"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    vkey: Mapped[str] = mapped_column(String(2200))
    url: Mapped[str] = mapped_column(String(500))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    shard: Mapped[str | None] = mapped_column(String(40))
    size: Mapped[int | None] = mapped_column(BigInteger)
    cosigned_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(500))
    problem_at: Mapped[datetime | None]


class KeptCosignature(Base):
    """A witness's verified line under a checkpoint."""

    __tablename__ = "cosignatures"

    shard: Mapped[str] = mapped_column(String(40), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    witness_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line: Mapped[bytes] = mapped_column(LargeBinary)
    cosigned_at: Mapped[datetime]


class LogKey(Base):
    """A public key that the log signs or signed with; checkpoints of then are checked with the key of then."""

    __tablename__ = "log_keys"

    public: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    algorithm: Mapped[int]
    from_shard: Mapped[str] = mapped_column(String(40))
    added_at: Mapped[datetime]
    until_shard: Mapped[str | None] = mapped_column(String(40))
    retired_at: Mapped[datetime | None]


class LogRecovery(Base):
    """A loss that somebody declared, to be confirmed by a second person: the way on in a new shard."""

    __tablename__ = "log_recoveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shard: Mapped[str] = mapped_column(String(40))
    stored_size: Mapped[int] = mapped_column(BigInteger)
    witnessed: Mapped[str] = mapped_column(String(400))
    reason: Mapped[str] = mapped_column(String(1000))
    requested_by: Mapped[str] = mapped_column(String(200))
    requested_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(200))
    approved_at: Mapped[datetime | None]
    opened: Mapped[str | None] = mapped_column(String(40))
