"""Named lists: whom a sender names again and again; an organization's own, dated, never erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Serial


class SharingList(Base):
    """A list of one organization. Closed, it is chosen no more; what was filed with it stands."""

    __tablename__ = "sharing_lists"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class SharingListMember(Base):
    """An organization, desk, person or group on a list, by its token, from when until when."""

    __tablename__ = "sharing_list_members"
    __table_args__ = (Index("ix_sharing_list_members_list", "list_id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("sharing_lists.id"))
    token: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
