"""What the sender of a report told which authority, when, by whom, and under which number of theirs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class AuthorityNotice(Base):
    """One time that an authority was told; the sender's own note, which nobody else reads."""

    __tablename__ = "authority_notices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    authority: Mapped[str] = mapped_column(String(40))
    stage: Mapped[str] = mapped_column(String(20))
    told_at: Mapped[datetime]
    told_by: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(100))
    """Under which number the authority keeps it."""
    what: Mapped[str] = mapped_column(Text)
    next_due: Mapped[date | None]
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    noted_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    """When it was found to be wrong; it stays, struck out."""
