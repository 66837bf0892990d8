"""Audiences: interned sets of tokens; and the windows through which holders read."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Token(Base):
    """A name for a group of readers, such as `members` or `secretariat:water`; interned to a small number."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)


class Audience(Base):
    """A set of (token, reason), stored once however many objects it serves."""

    __tablename__ = "audiences"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)


class AudienceToken(Base):
    """One token of an audience, and the rule of the policy that let it in."""

    __tablename__ = "audience_tokens"

    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(100))


class TokenWindow(Base):
    """A holder reads what was granted to a token while its window is open: after `opened`, never once closed."""

    __tablename__ = "token_windows"
    __table_args__ = (
        Index("ix_token_windows_organization", "organization_id"),
        Index("ix_token_windows_account", "account_id"),
        Index("ix_token_windows_token", "token_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id"))
    opened: Mapped[int] = mapped_column(BigInteger)
    closed: Mapped[int | None] = mapped_column(BigInteger)
