"""Recalls: what was asked back (取下げ・使用停止依頼), under which ids, and what those who had it answered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import Label, RecallAnswerKind, RecallKind


class Recall(Base):
    """One change of mind about a report: withdrawn, or its sharing range narrowed."""

    __tablename__ = "recalls"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    kind: Mapped[RecallKind] = mapped_column(Word(RecallKind))
    label: Mapped[Label | None] = mapped_column(Word(Label))
    """The label that the report has from now on; none where it was withdrawn."""
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    reminders: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None]


class RecallNotice(Base):
    """The version by which one edition was recalled; by its id those who had the edition find the question."""

    __tablename__ = "recall_notices"
    __table_args__ = (Index("ix_recall_notices_stix", "stix_id"),)

    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recalls.id"), primary_key=True)
    stix_id: Mapped[str] = mapped_column(String(150), primary_key=True)
    version_us: Mapped[int] = mapped_column(BigInteger)
    is_main: Mapped[bool]
    """The object that stands for the report in its form; lists show only this."""


class RecallAnswer(Base):
    """What an organization says it did with what it had; the last word counts."""

    __tablename__ = "recall_answers"

    recall_id: Mapped[UUID] = mapped_column(ForeignKey("recalls.id"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    kind: Mapped[RecallAnswerKind] = mapped_column(Word(RecallAnswerKind))
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None]
