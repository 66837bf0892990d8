"""Erasures: which entries of the log lost their content, on what ground, by whose wish and with whose consent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Erasure(Base):
    """One person asks for the erasure of an entry's content, another approves; then it is gone."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_leaf", "shard", "log_index"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    shard: Mapped[str] = mapped_column(String(40))
    log_index: Mapped[int] = mapped_column(BigInteger)
    ground: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None]
