"""Drafts of reports: what the sender's people have typed and not sent, field by field with its last versions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Document


class Draft(Base):
    """A report that is being written; erased when it is filed, or when nobody has touched it for a month."""

    __tablename__ = "drafts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    """The report that it goes on with; none for a new one."""
    near_miss: Mapped[bool]
    """Written on the shorter form."""
    saves: Mapped[int]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    saved_at: Mapped[datetime]


class DraftValue(Base):
    """One version of one control of the form, as it was typed."""

    __tablename__ = "draft_values"

    draft_id: Mapped[UUID] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    save: Mapped[int]
    """With which save it came; what came together is undone together."""
    undoes: Mapped[int | None]
    """The save that this one took back."""
    value: Mapped[list[str]] = mapped_column(Document)
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    saved_at: Mapped[datetime]
