"""Delegations: an approver lets a colleague decide on proposals, from one time until another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Delegation(Base):
    """One approver's delegate; it counts while both hats are worn and the approver is one."""

    __tablename__ = "delegations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("memberships.id"))
    delegate_id: Mapped[UUID] = mapped_column(ForeignKey("memberships.id"))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was ended before its time."""
