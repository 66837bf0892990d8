"""Pushes: other servers to which the hub sends what an organization may read, and what became of it there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.remote import RemoteServer
from models.types import Serial, Word
from models.vocabulary import Label


class Push(RemoteServer, Base):
    """A collection of another server, and the organization whose it is: what that may read is sent there."""

    __tablename__ = "pushes"
    __table_args__ = (Index("ix_pushes_due", "due_at"),)

    highest: Mapped[Label] = mapped_column(Word(Label))
    """Nothing stricter is sent."""
    agreed_at: Mapped[datetime | None]
    """When the organization agreed to the address; before that nothing is sent."""
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    """Everything up to here was sent and answered."""
    sending_until: Mapped[int] = mapped_column(BigInteger, default=0)
    """How far the batch reaches that is on its way; 0 between two. After a crash exactly that batch is sent again."""
    sent_at: Mapped[datetime | None]
    """When the last round ended well."""


class PushReceipt(Base):
    """What the other server answered to one batch."""

    __tablename__ = "push_receipts"
    __table_args__ = (Index("ix_push_receipts_push", "push_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    push_id: Mapped[UUID] = mapped_column(ForeignKey("pushes.id"))
    first_position: Mapped[int] = mapped_column(BigInteger)
    last_position: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the body that was sent."""
    count: Mapped[int]
    accepted: Mapped[int]
    refused: Mapped[int]
    pending: Mapped[int]
    """Not decided there yet; the next batch waits for it."""
    status_id: Mapped[str] = mapped_column(String(100), default="")
    answered_at: Mapped[datetime]


class PushRefusal(Base):
    """One object that the other server did not take, in its own words."""

    __tablename__ = "push_refusals"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    receipt_id: Mapped[int] = mapped_column(Serial, ForeignKey("push_receipts.id"), index=True)
    stix_id: Mapped[str] = mapped_column(String(150))
    version: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    reason_codes: Mapped[str | None] = mapped_column(Text)
    """The same in codes, where the other server gave ours."""
