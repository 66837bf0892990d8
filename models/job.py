"""Due, done, once: due rows, leases, digests and their deliveries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Serial, Word
from models.vocabulary import DueState


class Due(Base):
    """Something to be done at a time, once: the key is unique, so a double tick does nothing."""

    __tablename__ = "due"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_due_waiting", "state", "due_at"))

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    state: Mapped[DueState] = mapped_column(Word(DueState))
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]


class Lease(Base):
    """Which process holds a duty, such as the scheduler, and until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime]


class DigestSubscription(Base):
    """A hat that wants the daily digest, and at which hour (Asia/Tokyo)."""

    __tablename__ = "digest_subscriptions"
    __table_args__ = (UniqueConstraint("membership_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(ForeignKey("memberships.id"))
    hour: Mapped[int]
    began_at: Mapped[datetime]
    began: Mapped[int] = mapped_column(BigInteger)
    """The position at which it began: what came before is no news."""
    ended_at: Mapped[datetime | None]


class Digest(Base):
    """One window of one subscription: positions from (inclusive) to (exclusive)."""

    __tablename__ = "digests"
    __table_args__ = (
        UniqueConstraint("subscription_id", "window_from"),
        UniqueConstraint("subscription_id", "window_to"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("digest_subscriptions.id"), index=True)
    window_from: Mapped[int] = mapped_column(BigInteger)
    window_to: Mapped[int] = mapped_column(BigInteger)
    items: Mapped[int]
    made_at: Mapped[datetime]


class Delivery(Base):
    """A digest handed to one recipient by one way, once."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("digest_id", "account_id", "way"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    digest_id: Mapped[UUID] = mapped_column(ForeignKey("digests.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    way: Mapped[str] = mapped_column(String(10))
    delivered_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
