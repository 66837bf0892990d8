"""Collections: the feeds that readers page through."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import CollectionKind, Label


class Collection(Base):
    """A named feed. `feed` is the small number that grants carry."""

    __tablename__ = "collections"

    feed: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    alias: Mapped[str | None] = mapped_column(String(60), unique=True)
    kind: Mapped[CollectionKind] = mapped_column(Word(CollectionKind))
    title: Mapped[str] = mapped_column(String(200))
    title_ja: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    sector: Mapped[str | None] = mapped_column(ForeignKey("sectors.code"))
    default_label: Mapped[Label | None] = mapped_column(Word(Label))
    highest_label: Mapped[Label] = mapped_column(Word(Label))
    lenient: Mapped[bool] = mapped_column(default=False)
    types: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The types of objects that it takes, with commas between; empty takes all."""
    ceptoar_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Only coordinators of CEPTOARs post here, whoever else the writers may be."""
    needs_signature: Mapped[bool] = mapped_column(default=False)
    """Only what its publisher signed is taken in, under a signed manifest."""
    outside_hub: Mapped[bool | None]
    """True: only added API roots lead to it. Never False, so that collections of before stay as they were sealed."""
    created_at: Mapped[datetime]

    @property
    def allowed_types(self) -> frozenset[str]:
        """The types that it takes; empty takes all."""
        return frozenset(self.types.split(",")) if self.types else frozenset()


class CollectionRight(Base):
    """Who may read or write a collection at all; readers narrow what the sharing rules allow, never widen it."""

    __tablename__ = "collection_rights"

    feed: Mapped[int] = mapped_column(ForeignKey("collections.feed"), primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id"), primary_key=True)
    writes: Mapped[bool] = mapped_column(primary_key=True)


class PostStatus(Base):
    """The status resource of one post; its owner alone may ask for it."""

    __tablename__ = "post_statuses"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(ForeignKey("memberships.id"))
    entry_id: Mapped[int | None]
    feed: Mapped[int | None]
    """Where it was posted: the status stands under the API roots of that collection."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class PostKey(Base):
    """An `Idempotency-Key` that a poster sent, with the post that it named; kept as long as that post's status."""

    __tablename__ = "post_keys"

    membership_id: Mapped[UUID] = mapped_column(ForeignKey("memberships.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    feed: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    status_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(index=True)


INBOX_FEED = 1
"""The feed of everything that a reader may see; made first."""

EXERCISE_FEED = 2
"""The feed of exercises (訓練), which never enter a live feed."""
