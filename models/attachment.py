"""Files of reports: those that arrive or wait on a draft, and those that were filed. Their bytes are kept as files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import AttachmentState, Label


class Upload(Base):
    """A file that is not filed yet: its sender's own, erased with its draft, or filed and then an attachment."""

    __tablename__ = "uploads"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    draft_id: Mapped[UUID | None] = mapped_column(ForeignKey("drafts.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    """The case without a reporter that it belongs to; such a file is its secretariat's own, and never filed."""
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    """As it was announced, and once it is all here as it is."""
    announced: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The SHA-256 that the sender announced."""
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[Label | None] = mapped_column(Word(Label))
    """Its own label; None where it is the report's."""
    sample: Mapped[bool]
    """A sample of malware."""
    state: Mapped[AttachmentState] = mapped_column(Word(AttachmentState), index=True)
    found: Mapped[str] = mapped_column(String(200), default="")
    scan_at: Mapped[datetime | None]
    """When it is to be scanned, or scanned again after a failure."""
    scan_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    put_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    put_at: Mapped[datetime]


class Attachment(Base):
    """A file that was filed with a version of a report; only its state changes, and erasing empties it."""

    __tablename__ = "attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("report_versions.id"))
    object_id: Mapped[int] = mapped_column(BigInteger, index=True)
    """The original of that version as it was published: who may see it may see the file, unless its label says no."""
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))
    """Whom the label of the file admits, as decided when it was filed."""
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[Label] = mapped_column(Word(Label))
    sample: Mapped[bool]
    state: Mapped[AttachmentState] = mapped_column(Word(AttachmentState), index=True)
    found: Mapped[str] = mapped_column(String(200), default="")
    scan_at: Mapped[datetime | None]
    scan_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    put_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    put_at: Mapped[datetime]
