"""Operation: drafts of reports: saved field by field, never over what a colleague wrote unseen, erased when filed.

A draft is its organization's reporters' own: nobody else reads it, no entry of the trail holds a word of it. What was
typed is kept as it was typed; whether it can be filed is judged when it is filed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.draft import Draft, DraftValue
from models.report import Report
from sharing.actor import Actor, Context
from sharing.attachments.forgetting import forget_uploads_of
from sharing.errors import Fault, Invalid, NotPermitted, NotVisible
from sharing.jobs.due import put_due_unseen
from sharing.permissions import Permission
from sharing.reports.draft_values import (
    Values,
    Written,
    check_typed,
    meet,
    read_bases,
    read_some,
    read_standing,
    value_before,
    write_values,
)

DUE_KIND: Final = "draft-forget"
KEPT_FOR: Final = timedelta(days=30)
"""A draft that nobody has saved for so long is erased."""
MOST_DRAFTS: Final = 100
"""Drafts of one organization; more are forgotten ones."""


@dataclass(frozen=True)
class DraftView:
    """A draft as its writers see it."""

    id: UUID
    report_id: UUID | None
    near_miss: bool
    saves: int
    made_at: datetime
    saved_at: datetime
    saved_by: str
    fields: Mapping[str, Written] = field(repr=False)

    @property
    def versions(self) -> dict[str, int]:
        """The version of each field."""
        return {name: each.version for name, each in self.fields.items()}


class SavedDraft(Struct, frozen=True):
    """What became of a save."""

    id: UUID
    versions: Mapping[str, int]
    saved_at: datetime
    taken: Mapping[str, Written]
    """What colleagues wrote meanwhile in fields that this writer had left alone."""
    conflicts: Mapping[str, Written]
    """What colleagues wrote meanwhile in fields that this writer changed too; theirs stands until it is seen."""


class DraftLine(Struct, frozen=True):
    """A draft in a list."""

    id: UUID
    report_id: UUID | None
    reference: str | None
    near_miss: bool
    summary: str
    label: str
    saved_at: datetime
    saved_by: str


def list_drafts(session: Session, actor: Actor) -> list[DraftLine]:
    """The drafts of the actor's organization, the last saved first.

    Raises:
        NotPermitted: the actor files no reports.
    """
    _must_write(actor)
    rows = session.execute(
        select(Draft, Account.display_name, Report.reference)
        .join(Account, Account.id == Draft.saved_by)
        .outerjoin(Report, Report.id == Draft.report_id)
        .where(Draft.organization_id == actor.organization.id)
        .order_by(Draft.saved_at.desc(), Draft.id)
        .limit(MOST_DRAFTS)
    ).all()
    shown = read_some(session, [row.id for row, _, _ in rows], ("summary", "label"))
    return [
        DraftLine(
            row.id,
            row.report_id,
            reference,
            row.near_miss,
            shown.get((row.id, "summary"), ""),
            shown.get((row.id, "label"), ""),
            row.saved_at,
            name,
        )
        for row, name, reference in rows
    ]


def count_drafts(session: Session, actor: Actor) -> int:
    """How many drafts the actor's organization has.

    Raises:
        NotPermitted: the actor files no reports.
    """
    _must_write(actor)
    query = select(func.count()).select_from(Draft).where(Draft.organization_id == actor.organization.id)
    return session.execute(query).scalar_one()


def load_draft(session: Session, actor: Actor, draft_id: UUID) -> DraftView:
    """A draft with what stands in each field.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is none of the actor's organization.
    """
    _must_write(actor)
    return _view(session, _row(session, actor, draft_id))


def save_draft(
    session: Session,
    actor: Actor,
    values: Values,
    seen: Mapping[str, int],
    *,
    draft_id: UUID | None = None,
    report_id: UUID | None = None,
    near_miss: bool = False,
    context: Context,
) -> SavedDraft:
    """Save what stands in a form; `seen` is the version of each field that its writer began with.

    A field that a colleague changed meanwhile is not written over: it is taken, or where both changed it a conflict.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such draft or report of the actor's organization.
        Invalid: too much for a draft, or too many drafts.
    """
    writer = _must_write(actor)
    typed = check_typed(values)
    draft = (
        _begun(session, actor, report_id, near_miss, context) if draft_id is None else _locked(session, actor, draft_id)
    )
    stands = read_standing(session, draft.id)
    met = meet(typed, stands, read_bases(session, draft.id, seen), seen)
    write_values(session, draft, met.wanted, stands, writer=writer, now=context.now)
    versions = {name: each.version for name, each in stands.items()}
    versions |= {name: versions.get(name, 0) + 1 for name in met.wanted}
    return SavedDraft(draft.id, versions, draft.saved_at, met.taken, met.conflicts)


def undo_save(session: Session, actor: Actor, draft_id: UUID, *, context: Context) -> bool:
    """Take back the actor's own last save that still stands; fields that a colleague changed since stay.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such draft of the actor's organization.
    """
    writer = _must_write(actor)
    draft = _locked(session, actor, draft_id)
    rows = session.execute(select(DraftValue).where(DraftValue.draft_id == draft.id)).scalars().all()
    undone = {row.undoes for row in rows if row.undoes is not None}
    mine = {row.save for row in rows if row.saved_by == writer and row.undoes is None}
    stands = read_standing(session, draft.id)
    for save in sorted(mine - undone, reverse=True):
        earlier = {
            row.name: value_before(rows, row)
            for row in rows
            if row.save == save and stands[row.name].value == tuple(row.value)
        }
        if earlier:
            write_values(session, draft, earlier, stands, writer=writer, now=context.now, undoes=save)
            return True
    return False


def erase_draft(session: Session, actor: Actor, draft_id: UUID, *, context: Context) -> None:
    """Erase a draft: it was filed, or its writers do not want it any more.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is none of the actor's organization.
    """
    _must_write(actor)
    _erase(session, _locked(session, actor, draft_id).id, context.now)


def handle_forgetting(session: Session, payload: Mapping[str, Any], context: Context) -> None:
    """Erase a draft that nobody has saved for long; one that was saved since is asked about again later."""
    draft = session.get(Draft, UUID(payload["draft"]))
    if draft is None:
        return
    if draft.saved_at + KEPT_FOR > context.now:
        _ask_later(session, draft)
        return
    _erase(session, draft.id, context.now)


def _must_write(actor: Actor) -> UUID:
    """Who writes: a person who files reports."""
    actor.must(Permission.REPORT_FILE)
    if actor.account_id is None:
        raise NotPermitted("a draft is written by a person")
    return actor.account_id


def _row(session: Session, actor: Actor, draft_id: UUID, *, lock: bool = False) -> Draft:
    query = select(Draft).where(Draft.id == draft_id, Draft.organization_id == actor.organization.id)
    row = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if row is None:
        raise NotVisible("no such draft")
    return row


def _locked(session: Session, actor: Actor, draft_id: UUID) -> Draft:
    return _row(session, actor, draft_id, lock=True)


def _begun(session: Session, actor: Actor, report_id: UUID | None, near_miss: bool, context: Context) -> Draft:
    if report_id is not None:
        owner = session.execute(select(Report.organization_id).where(Report.id == report_id)).scalar_one_or_none()
        if owner != actor.organization.id:
            raise NotVisible("no such report")
    if count_drafts(session, actor) >= MOST_DRAFTS:
        raise Invalid(Fault("draft", "too-many-drafts", f"at most {MOST_DRAFTS}", str(MOST_DRAFTS)))
    writer = _must_write(actor)
    draft = Draft(
        id=context.new_id(),
        organization_id=actor.organization.id,
        report_id=report_id,
        near_miss=near_miss,
        saves=0,
        made_by=writer,
        made_at=context.now,
        saved_by=writer,
        saved_at=context.now,
    )
    session.add(draft)
    session.flush()
    _ask_later(session, draft)
    return draft


def _ask_later(session: Session, draft: Draft) -> None:
    put_due_unseen(session, DUE_KIND, f"{draft.id}/{draft.saves}", draft.saved_at + KEPT_FOR, {"draft": str(draft.id)})


def _view(session: Session, row: Draft) -> DraftView:
    saved_by = session.execute(select(Account.display_name).where(Account.id == row.saved_by)).scalar_one()
    return DraftView(
        row.id,
        row.report_id,
        row.near_miss,
        row.saves,
        row.made_at,
        row.saved_at,
        saved_by,
        read_standing(session, row.id),
    )


def _erase(session: Session, draft_id: UUID, now: datetime) -> None:
    forget_uploads_of(session, draft_id, now)
    session.execute(delete(DraftValue).where(DraftValue.draft_id == draft_id))
    session.execute(delete(Draft).where(Draft.id == draft_id))
