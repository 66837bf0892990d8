"""People: accounts, the hats they wear, invitations, sign-ins, and what needs a second person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import AccountState, Role


class Account(Base):
    """A person who may sign in; what they may do depends on the hat."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(100), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="ja")
    state: Mapped[AccountState] = mapped_column(Word(AccountState))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    agreement_version: Mapped[str | None] = mapped_column(String(40))
    agreement_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """A hat: one account in one organization with its roles, from when until when."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("ix_memberships_account", "account_id"),
        Index("ix_memberships_organization", "organization_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    roles: Mapped[list[Any]]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def role_set(self) -> frozenset[Role]:
        """The roles of this hat."""
        return frozenset(Role(role) for role in self.roles)


class Invitation(Base):
    """A printed code with which a person joins, or gets back in after a reset."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    display_name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[Any]]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    waits_for_second: Mapped[bool | None]
    """A letter to a first manager or a further administrator: it opens nothing until an administrator confirms it."""
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class SignIn(Base):
    """A signed-in browser; the cookie holds a random token, this row its digest and the current hat."""

    __tablename__ = "sign_ins"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    membership_id: Mapped[UUID | None] = mapped_column(ForeignKey("memberships.id"))
    second_factor_at: Mapped[datetime | None]
    letter_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ResetRequest(Base):
    """A password or second-factor reset: one person asks, another approves."""

    __tablename__ = "reset_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    why: Mapped[str] = mapped_column(Text)
    keep_keys: Mapped[bool | None]
    """Whether who asked holds it to be safe that the person's API keys go on; empty where nobody was asked."""
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    requested_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None]


class ApiKey(Base):
    """A key for machines; only its keyed digest is stored, and its state is read on every request."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    membership_id: Mapped[UUID] = mapped_column(ForeignKey("memberships.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    hint: Mapped[str] = mapped_column(String(12))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
