"""Draft policies: what two persons put in force, and what the past would have looked like under it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import DraftState, Form, Label


class PolicyDraft(Base):
    """A policy that is not in force: who brought it, how far it has been tried on the past, who decided."""

    __tablename__ = "policy_drafts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40), unique=True)
    base: Mapped[int] = mapped_column(BigInteger)
    """The number of the policy in force with which it was compared."""
    body: Mapped[dict[str, Any]]
    state: Mapped[DraftState] = mapped_column(Word(DraftState))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    total: Mapped[int]
    examined: Mapped[int]
    changed: Mapped[int]
    tried_at: Mapped[datetime | None]
    """When all of the past had been tried."""
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]


class PolicyChange(Base):
    """A case of the past whose readers would have been others under a draft."""

    __tablename__ = "policy_changes"

    draft_id: Mapped[UUID] = mapped_column(ForeignKey("policy_drafts.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(String(12))
    number: Mapped[int]
    form: Mapped[Form] = mapped_column(Word(Form))
    label: Mapped[Label] = mapped_column(Word(Label))
    gains: Mapped[list[Any]]
    losses: Mapped[list[Any]]
