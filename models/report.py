"""Reports, their versions, and proposals to share them wider."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import Form, Label, ProposalState, ReportKind, ReportState


class Report(Base):
    """What an organization says about one incident, over its versions."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_sender", "organization_id", "updated_at"),
        Index("ix_reports_sender_state", "organization_id", "state", "updated_at"),
        Index("ix_reports_sender_label", "organization_id", "label", "updated_at", "id", "versions"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    sector: Mapped[str] = mapped_column(ForeignKey("sectors.code"))
    ceptoar: Mapped[str] = mapped_column(ForeignKey("ceptoars.code"), index=True)
    exercise: Mapped[bool]
    state: Mapped[ReportState] = mapped_column(Word(ReportState))
    label: Mapped[Label] = mapped_column(Word(Label))
    versions: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class ReportVersion(Base):
    """第n報: one version as its sender filed it, kept for ever as it was."""

    __tablename__ = "report_versions"
    __table_args__ = (UniqueConstraint("report_id", "number"), UniqueConstraint("submission"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    number: Mapped[int]
    kind: Mapped[ReportKind] = mapped_column(Word(ReportKind))
    label: Mapped[Label] = mapped_column(Word(Label))
    form_version: Mapped[str] = mapped_column(String(20))
    fields: Mapped[dict[str, Any]]
    submission: Mapped[UUID]
    filed_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    filed_at: Mapped[datetime]


class Proposal(Base):
    """The secretariat's wish to share a version wider; the sender approves exactly these bytes."""

    __tablename__ = "proposals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("report_versions.id"), index=True)
    label: Mapped[Label] = mapped_column(Word(Label))
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    policy_version: Mapped[str] = mapped_column(String(40))
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")


class ProposalObject(Base):
    """One object of a proposed form, as the exact bytes that will go out."""

    __tablename__ = "proposal_objects"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    form: Mapped[Form] = mapped_column(Word(Form), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class PolicyVersion(Base):
    """A version of the sharing policy as it was in force; decisions name it."""

    __tablename__ = "policy_versions"

    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    body: Mapped[dict[str, Any]]
    in_force_at: Mapped[datetime]
