"""Operation: what stands in each field of a draft, version by version, and where two people wrote at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.account import Account
from models.draft import Draft, DraftValue
from sharing.errors import Fault, Invalid

MOST_NAMES: Final = 400
"""Controls of one form."""
LONGEST_NAME: Final = 80
"""Characters of a control's name."""
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


def check_typed(values: Values) -> dict[str, tuple[str, ...]]:
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


def read_standing(session: Session, draft_id: UUID) -> dict[str, Written]:
    """What stands in each field now."""
    rows = session.execute(
        select(DraftValue, Account.display_name)
        .join(Account, Account.id == DraftValue.saved_by)
        .where(DraftValue.draft_id == draft_id)
        .order_by(DraftValue.version)
    )
    return {row.name: Written(tuple(row.value), row.version, name, row.saved_at) for row, name in rows}


def read_bases(session: Session, draft_id: UUID, seen: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """What stood in each field when the writer began."""
    query = select(DraftValue.name, DraftValue.version, DraftValue.value).where(DraftValue.draft_id == draft_id)
    rows = session.execute(query).all()
    found: dict[str, tuple[str, ...]] = {row.name: () for row in rows if seen.get(row.name, 0) == 0}
    return found | {row.name: tuple(row.value) for row in rows if seen.get(row.name) == row.version}


class Met(Struct, frozen=True):
    """Where what one person typed meets what colleagues wrote meanwhile, field by field."""

    wanted: Mapping[str, tuple[str, ...]]
    """What is written: nobody else changed it since this writer began."""
    taken: Mapping[str, Written]
    """What only colleagues changed."""
    conflicts: Mapping[str, Written]
    """What both changed."""


def meet(
    typed: Mapping[str, tuple[str, ...]],
    stands: Mapping[str, Written],
    bases: Mapping[str, tuple[str, ...]],
    seen: Mapping[str, int],
) -> Met:
    """A field that a colleague changed is not written over: it is taken, or where both changed it a conflict."""
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
    return Met(wanted, taken, conflicts)


def write_values(
    session: Session,
    draft: Draft,
    wanted: Mapping[str, tuple[str, ...]],
    stands: Mapping[str, Written],
    *,
    writer: UUID,
    now: datetime,
    undoes: int | None = None,
) -> None:
    """Write the next version of each of these fields, as one save; versions beyond those kept are forgotten."""
    if not wanted:
        return
    draft.saves += 1
    draft.saved_by, draft.saved_at = writer, now
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
                saved_by=writer,
                saved_at=now,
            )
        )
        session.execute(
            delete(DraftValue).where(
                DraftValue.draft_id == draft.id, DraftValue.name == name, DraftValue.version <= version - VERSIONS_KEPT
            )
        )
    session.flush()


def value_before(rows: Sequence[DraftValue], row: DraftValue) -> tuple[str, ...]:
    """What stood in the field of this row before it, among the rows of its draft."""
    found = [each for each in rows if each.name == row.name and each.version < row.version]
    return tuple(max(found, key=lambda each: each.version).value) if found else ()


def read_some(session: Session, drafts: Sequence[UUID], names: Sequence[str]) -> dict[tuple[UUID, str], str]:
    """What stands now in some fields of several drafts, by draft and field."""
    rows = session.execute(
        select(DraftValue.draft_id, DraftValue.name, DraftValue.value)
        .where(DraftValue.draft_id.in_(drafts), DraftValue.name.in_(names))
        .order_by(DraftValue.version)
    )
    return {(row.draft_id, row.name): row.value[0] if row.value else "" for row in rows}
