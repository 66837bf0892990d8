"""定型文: phrases that a secretariat keeps for its editions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Phrases(Base):
    """The phrases of one secretariat, in its order; its coordinators read and change them, nobody else."""

    __tablename__ = "phrases"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    texts: Mapped[list[Any]]
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    saved_at: Mapped[datetime]
