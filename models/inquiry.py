"""Questions about reports (照会): who asks about what, and every message in its exact words."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import AskerShown, InquiryEnd, InquiryState, InquiryWords, Label


class Inquiry(Base):
    """One question about an edition by one of its readers; or, without an edition, the secretariat asks back."""

    __tablename__ = "inquiries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    stix_id: Mapped[str | None] = mapped_column(String(150))
    """The edition that its asker reads."""
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime]
    label: Mapped[Label] = mapped_column(Word(Label))
    """Who of the asking organization reads it follows from this."""
    shown: Mapped[AskerShown] = mapped_column(Word(AskerShown))
    state: Mapped[InquiryState] = mapped_column(Word(InquiryState))
    passed_at: Mapped[datetime | None]
    """When the sender first got to know of it."""
    released_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    ending: Mapped[InquiryEnd | None] = mapped_column(Word(InquiryEnd))


class InquiryMessage(Base):
    """One message, in its exact words; who reads it follows from what it is."""

    __tablename__ = "inquiry_messages"
    __table_args__ = (UniqueConstraint("inquiry_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column(ForeignKey("inquiries.id"))
    number: Mapped[int]
    words: Mapped[InquiryWords] = mapped_column(Word(InquiryWords))
    label: Mapped[Label] = mapped_column(Word(Label))
    text: Mapped[str] = mapped_column(Text)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    written_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    written_at: Mapped[datetime]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of a proposed answer: what an approval names."""
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
    is_approved: Mapped[bool] = mapped_column(default=False)
