"""Common events: what hits several sectors at once, named by one secretariat, to which each links its own reports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CommonEvent(Base):
    """An event that secretariats of all CEPTOARs may link reports to."""

    __tablename__ = "common_events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    """The secretariat that named it."""
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    exercise: Mapped[bool]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CommonEventLink(Base):
    """A report that its own secretariat holds to belong to an event."""

    __tablename__ = "common_event_links"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("common_events.id"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    linked_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    linked_at: Mapped[datetime]
