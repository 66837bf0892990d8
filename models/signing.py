"""Publishers' signing keys, and the manifests of what they submitted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SigningKey(Base):
    """The public half of a key with which an organization signs; each change of it is a leaf of the log."""

    __tablename__ = "signing_keys"
    __table_args__ = (UniqueConstraint("organization_id", "thumbprint"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    key: Mapped[str] = mapped_column(String(3000))
    thumbprint: Mapped[str] = mapped_column(String(100))
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    """Since it was replaced: until when it may still sign."""
    revoked_at: Mapped[datetime | None]
    revoked_from: Mapped[datetime | None]
    """From when on it was no longer its owner's alone."""


class SubmissionManifest(Base):
    """A signed manifest as it was received: who submitted what, for whom, once."""

    __tablename__ = "submission_manifests"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(32), primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
