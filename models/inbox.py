"""The secretariat's inbox: what waits there and how it is handled, what came by telephone, and what nobody reported."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import CaseSource, Handled, Label, Status


class InboxItem(Base):
    """One report on its secretariat's inbox: the last version that the secretariat sees, and how it is handled."""

    __tablename__ = "inbox_items"
    __table_args__ = (
        Index("ix_inbox_items_handling", "ceptoar", "state", "priority", "hint", "filed_at"),
        Index("ix_inbox_items_filed", "ceptoar", "filed_at"),
        Index("ix_inbox_items_label", "ceptoar", "label", "filed_at", "report_id", "number"),
        Index("ix_inbox_items_status", "ceptoar", "status", "filed_at", "exercise"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    ceptoar: Mapped[str] = mapped_column(ForeignKey("ceptoars.code"))
    exercise: Mapped[bool]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("report_versions.id"))
    number: Mapped[int]
    label: Mapped[Label] = mapped_column(Word(Label))
    first_at: Mapped[datetime]
    """When the first version that the secretariat sees was filed."""
    filed_at: Mapped[datetime]
    hint: Mapped[int] = mapped_column(SmallInteger)
    """How urgent it looks by what it says: see `sharing.rules.urgency`."""
    unconfirmed: Mapped[bool] = mapped_column(server_default=false())
    """Registered by telephone on its sender's behalf, and not confirmed by it."""
    state: Mapped[Handled] = mapped_column(Word(Handled))
    status: Mapped[Status] = mapped_column(Word(Status), server_default=Status.NEW.value)
    """Where that version stands on its way to others; follows its proposals, see `sharing.inbox.standing`."""
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    priority: Mapped[int] = mapped_column(SmallInteger, default=0)
    tags: Mapped[str] = mapped_column(Text, default="")
    """Words with commas between."""
    waiting_for: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was closed."""
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"), index=True)
    changed_at: Mapped[datetime]


class InboxRead(Base):
    """Up to which version a person has opened a report in the inbox."""

    __tablename__ = "inbox_reads"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    number: Mapped[int]
    read_at: Mapped[datetime]


class InboxFilter(Base):
    """A view of the inbox that a person saved under a name."""

    __tablename__ = "inbox_filters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class InboxRelation(Base):
    """Two reports that belong together, as their secretariat sees it."""

    __tablename__ = "inbox_relations"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    ceptoar: Mapped[str] = mapped_column(ForeignKey("ceptoars.code"))
    made_at: Mapped[datetime]


class ShiftNote(Base):
    """引き継ぎ: what one shift tells the next."""

    __tablename__ = "shift_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    written_at: Mapped[datetime]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    taken_at: Mapped[datetime | None]


class Call(Base):
    """代理登録: who called, from where and in which words. The secretariat's own note, apart from the report."""

    __tablename__ = "calls"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("report_versions.id"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    """The secretariat that took the call."""
    caller: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(60))
    words: Mapped[str] = mapped_column(Text)
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    taken_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime | None]


class Case(Base):
    """Something that no operator reported: known from the press, the police, JPCERT/CC or a partner."""

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    """The secretariat that keeps it; nobody else sees it."""
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    sector: Mapped[str] = mapped_column(ForeignKey("sectors.code"))
    source: Mapped[CaseSource] = mapped_column(Word(CaseSource))
    source_detail: Mapped[str] = mapped_column(Text)
    event_type: Mapped[str] = mapped_column(String(10))
    service_impact: Mapped[str] = mapped_column(String(10))
    summary: Mapped[str] = mapped_column(Text)
    heard_at: Mapped[datetime]
    registered_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    registered_at: Mapped[datetime]
    joined_report: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    joined_at: Mapped[datetime | None]
