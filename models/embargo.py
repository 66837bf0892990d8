"""Embargoes (公表まで): until when nothing of a report goes further than to those who read it as filed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Embargo(Base):
    """One organization's embargo on a report; several may hold at once, and the last to end counts."""

    __tablename__ = "embargoes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    until_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """Who ended it before its time; nobody where its time came, or another one took its place."""
