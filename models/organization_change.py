"""Moves of organizations: where one is to belong from now on, proposed by one person and confirmed by another."""

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
