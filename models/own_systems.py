"""Which domains and networks an organization calls its own, so that they are not taken for an attacker's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class OwnSystems(Base):
    """The list of one organization; its reporters read and change it, nobody else."""

    __tablename__ = "own_systems"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    lines: Mapped[str] = mapped_column(Text)
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    saved_at: Mapped[datetime]
