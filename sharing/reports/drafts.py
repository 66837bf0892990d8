"""Operation: drafts of reports: saved field by field, never over what a colleague wrote unseen, erased when filed.

A draft is its organization's reporters' own: nobody else reads it, no entry of the trail holds a word of it. What was
typed is kept as it was typed; whether it can be filed is judged when it is filed.
"""

from collections.abc import Mapping, Sequence
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
from sharing.people.lookup import new_id
from sharing.permissions import Permission

DUE_KIND: Final = "draft-forget"
KEPT_FOR: Final = timedelta(days=30)
"""A draft that nobody has saved for so long is erased."""
MOST_DRAFTS: Final = 100
"""Drafts of one organization; more are forgotten ones."""
MOST_NAMES: Final = 400
"""Controls of one form."""
LONGEST_NAME: Final = 80
LONGEST_VALUE: Final = 200_000
"""Characters of one control: far more than any field takes, so that a text that is too long is not lost either."""
LONGEST_DRAFT: Final = 1_000_000
"""Characters of a draft."""
VERSIONS_KEPT: Final = 40
"""Versions of one field that can be undone or compared with; earlier ones are forgotten."""

Values = Mapping[str, Sequence[str]]


class Written(Struct, frozen=True):
    """What stands in one field, since when and by whom."""

    value: tuple[str, ...]
    version: int
    saved_by: str
    saved_at: datetime


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
    shown = _some_values(session, [row.id for row, _, _ in rows], ("summary", "label"))
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
    _must_write(actor)
    typed = _checked(values)
    draft = (
        _begun(session, actor, report_id, near_miss, context) if draft_id is None else _locked(session, actor, draft_id)
    )
    stands = _stands(session, draft.id)
    bases = _bases(session, draft.id, seen)
    wanted: dict[str, tuple[str, ...]] = {}
    taken: dict[str, Written] = {}
    conflicts: dict[str, Written] = {}
    for name in sorted(typed.keys() | stands.keys()):
        mine, theirs = typed.get(name, ()), stands.get(name)
        if mine == (theirs.value if theirs else ()):
            continue
        if theirs is None or seen.get(name, 0) >= theirs.version:
            wanted[name] = mine
        elif bases.get(name) == mine:
            taken[name] = theirs
        else:
            conflicts[name] = theirs
    _write(session, actor, draft, wanted, stands, context=context)
    versions = {name: each.version for name, each in stands.items()}
    versions |= {name: versions.get(name, 0) + 1 for name in wanted}
    return SavedDraft(draft.id, versions, draft.saved_at, taken, conflicts)


def undo_save(session: Session, actor: Actor, draft_id: UUID, *, context: Context) -> bool:
    """Take back the actor's own last save that still stands; fields that a colleague changed since stay.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such draft of the actor's organization.
    """
    _must_write(actor)
    draft = _locked(session, actor, draft_id)
    rows = session.execute(select(DraftValue).where(DraftValue.draft_id == draft.id)).scalars().all()
    undone = {row.undoes for row in rows if row.undoes is not None}
    mine = {row.save for row in rows if row.saved_by == actor.account_id and row.undoes is None}
    stands = _stands(session, draft.id)
    for save in sorted(mine - undone, reverse=True):
        earlier = {
            row.name: _value_before(rows, row)
            for row in rows
            if row.save == save and stands[row.name].value == tuple(row.value)
        }
        if earlier:
            _write(session, actor, draft, earlier, stands, context=context, undoes=save)
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


def _must_write(actor: Actor) -> None:
    actor.must(Permission.REPORT_FILE)
    if actor.account_id is None:
        raise NotPermitted("a draft is written by a person")


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
    account = _account(actor)
    draft = Draft(
        id=new_id(context),
        organization_id=actor.organization.id,
        report_id=report_id,
        near_miss=near_miss,
        saves=0,
        made_by=account,
        made_at=context.now,
        saved_by=account,
        saved_at=context.now,
    )
    session.add(draft)
    session.flush()
    _ask_later(session, draft)
    return draft


def _account(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise NotPermitted("a draft is written by a person")
    return actor.account_id


def _ask_later(session: Session, draft: Draft) -> None:
    put_due_unseen(session, DUE_KIND, f"{draft.id}/{draft.saves}", draft.saved_at + KEPT_FOR, {"draft": str(draft.id)})


def _checked(values: Values) -> dict[str, tuple[str, ...]]:
    """What was typed, without what a database cannot hold.

    Raises:
        Invalid: more than a draft holds.
    """
    if len(values) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in values):
        raise Invalid(Fault("draft", "too-many", f"at most {MOST_NAMES}", str(len(values))))
    found = {
        name: tuple(each.replace("\r\n", "\n").replace("\0", "\ufffd") for each in value)
        for name, value in values.items()
    }
    for name, value in found.items():
        length = sum(map(len, value))
        if length > LONGEST_VALUE:
            raise Invalid(Fault(name, "too-long", f"at most {LONGEST_VALUE} characters", str(length)))
    total = sum(len(each) for value in found.values() for each in value)
    if total > LONGEST_DRAFT:
        raise Invalid(Fault("draft", "too-long", f"at most {LONGEST_DRAFT} characters", str(total)))
    return {name: value for name, value in found.items() if any(value)}


def _stands(session: Session, draft_id: UUID) -> dict[str, Written]:
    rows = session.execute(
        select(DraftValue, Account.display_name)
        .join(Account, Account.id == DraftValue.saved_by)
        .where(DraftValue.draft_id == draft_id)
        .order_by(DraftValue.version)
    )
    return {row.name: Written(tuple(row.value), row.version, name, row.saved_at) for row, name in rows}


def _bases(session: Session, draft_id: UUID, seen: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """What stood in each field when the writer began."""
    query = select(DraftValue.name, DraftValue.version, DraftValue.value).where(DraftValue.draft_id == draft_id)
    rows = session.execute(query).all()
    found: dict[str, tuple[str, ...]] = {row.name: () for row in rows if seen.get(row.name, 0) == 0}
    return found | {row.name: tuple(row.value) for row in rows if seen.get(row.name) == row.version}


def _write(
    session: Session,
    actor: Actor,
    draft: Draft,
    wanted: Mapping[str, tuple[str, ...]],
    stands: Mapping[str, Written],
    *,
    context: Context,
    undoes: int | None = None,
) -> None:
    if not wanted:
        return
    account = _account(actor)
    draft.saves += 1
    draft.saved_by, draft.saved_at = account, context.now
    for name, value in wanted.items():
        version = stands[name].version + 1 if name in stands else 1
        session.add(
            DraftValue(
                draft_id=draft.id,
                name=name,
                version=version,
                save=draft.saves,
                undoes=undoes,
                value=list(value),
                saved_by=account,
                saved_at=context.now,
            )
        )
        session.execute(
            delete(DraftValue).where(
                DraftValue.draft_id == draft.id, DraftValue.name == name, DraftValue.version <= version - VERSIONS_KEPT
            )
        )
    session.flush()


def _value_before(rows: Sequence[DraftValue], row: DraftValue) -> tuple[str, ...]:
    found = [each for each in rows if each.name == row.name and each.version < row.version]
    return tuple(max(found, key=lambda each: each.version).value) if found else ()


def _some_values(session: Session, drafts: Sequence[UUID], names: Sequence[str]) -> dict[tuple[UUID, str], str]:
    rows = session.execute(
        select(DraftValue.draft_id, DraftValue.name, DraftValue.value)
        .where(DraftValue.draft_id.in_(drafts), DraftValue.name.in_(names))
        .order_by(DraftValue.version)
    )
    return {(row.draft_id, row.name): row.value[0] if row.value else "" for row in rows}


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
        _stands(session, row.id),
    )


def _erase(session: Session, draft_id: UUID, now: datetime) -> None:
    forget_uploads_of(session, draft_id, now)
    session.execute(delete(DraftValue).where(DraftValue.draft_id == draft_id))
    session.execute(delete(Draft).where(Draft.id == draft_id))
