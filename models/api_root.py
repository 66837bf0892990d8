"""API roots that an administrator added: doors to some of the collections, beside the root `hub`."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ApiRoot(Base):
    """An API root, named as its address ends."""

    __tablename__ = "api_roots"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    title_ja: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    max_content_length: Mapped[int | None]
    """Bytes that a post through it may hold; nothing: as many as the hub takes anywhere."""
    created_at: Mapped[datetime]


class ApiRootCollection(Base):
    """A collection that is reached through an added root."""

    __tablename__ = "api_root_collections"

    root: Mapped[str] = mapped_column(ForeignKey("api_roots.name"), primary_key=True)
    feed: Mapped[int] = mapped_column(ForeignKey("collections.feed"), primary_key=True)
