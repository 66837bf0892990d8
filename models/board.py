"""The situation board: what secretariats say of the state of their services."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import Label, ServiceState


class ServiceStatement(Base):
    """One statement about one service; the last one of a service stands, the earlier ones remain."""

    __tablename__ = "service_statements"
    __table_args__ = (Index("ix_service_statements_last", "organization_id", "service", "said_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    sector: Mapped[str] = mapped_column(ForeignKey("sectors.code"))
    ceptoar: Mapped[str] = mapped_column(ForeignKey("ceptoars.code"))
    service: Mapped[str] = mapped_column(String(120))
    """Which of its services; empty: all of them."""
    state: Mapped[ServiceState] = mapped_column(Word(ServiceState))
    forecast: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    word_at: Mapped[datetime]
    """Of when the word is: what was so then may have changed."""
    label: Mapped[Label] = mapped_column(Word(Label))
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    said_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    said_at: Mapped[datetime]
