"""Draft policies, what the past would have looked like under them, and deciding the past again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.types import Word
from models.vocabulary import DraftState, Form, Label, RedecisionState


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


class Redecision(Base):
    """One deciding again of what was published, under the policy in force: what it would change, and who let it."""

    __tablename__ = "redecisions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(ForeignKey("policy_versions.version"))
    state: Mapped[RedecisionState] = mapped_column(Word(RedecisionState))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    total: Mapped[int]
    """Reports and posted objects, as far as they were there when it was proposed."""
    examined: Mapped[int]
    gaining: Mapped[int]
    """Objects that somebody would read who does not."""
    losing: Mapped[int]
    """Objects that somebody reads who would not."""
    cases: Mapped[int]
    previewed_at: Mapped[datetime | None]
    """When all of the past had been looked at."""
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
    applied: Mapped[int]
    """Reports and posted objects that have been decided again since it was confirmed."""
    done_at: Mapped[datetime | None]


class RedecisionCase(Base):
    """A report's form, or the objects of one label in one collection, whose readers change."""

    __tablename__ = "redecision_cases"

    redecision_id: Mapped[UUID] = mapped_column(ForeignKey("redecisions.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(String(12))
    """Of a report; empty where posted objects are meant."""
    collection: Mapped[str] = mapped_column(String(200))
    """Into which the objects were posted; empty where a report is meant."""
    form: Mapped[Form | None] = mapped_column(Word(Form))
    label: Mapped[Label] = mapped_column(Word(Label))
    objects: Mapped[int]
    gains: Mapped[list[Any]]
    losses: Mapped[list[Any]]
