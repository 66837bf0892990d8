"""Moves and mergers of organizations, proposed by one person and confirmed by another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import MoveState


class OrganizationMove(Base):
    """An organization that is to belong to another sector or CEPTOAR."""

    __tablename__ = "organization_moves"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    sector: Mapped[str | None] = mapped_column(String(40))
    ceptoar: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[MoveState] = mapped_column(Word(MoveState))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]


class Merger(Base):
    """An organization that is to go up in another: it leaves, and its people are taken over one by one."""

    __tablename__ = "mergers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    into_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    reports_agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """The approver of the organization that leaves who let the other's reporters read its reports; else nobody does."""
    state: Mapped[MoveState] = mapped_column(Word(MoveState))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
