"""Operation: entries of the trail as lines of a history: who, when, what kind, which leaf, under which checkpoint."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.audit import AuditEntry, AuditPart, AuditSubject, SignedCheckpoint
from models.moments import EPOCH
from models.organization import Organization
from sharing.actor import Actor
from sharing.reading.grants import Row

MOST_LINES: Final = 200
"""Entries of one history; no report has had so many."""

_DETAILS: Final = ("number", "kind", "label", "policy", "hour", "items")
"""What of a decision is shown to those who may see its thing."""


class Names(Struct, frozen=True):
    """An organization with its names."""

    id: UUID
    ja: str
    en: str

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.ja if locale == "ja" else self.en


class Covered(Struct, frozen=True):
    """The first signed checkpoint that holds an entry."""

    shard: str
    size: int
    signed_at: datetime


@dataclass(frozen=True)
class TrailLine:
    """One entry, as this reader may know it."""

    tag: str
    at: datetime
    shard: str | None
    index: int | None
    """The place in the log; None while the entry waits to be integrated."""
    leaf_hash: bytes | None = field(repr=False)
    checkpoint: Covered | None
    organization: Names | None = None
    """Who acted, where the reader may know."""
    person: str | None = None
    account: str | None = None
    """The id under which the person's history is found."""
    door: str | None = None
    roles: tuple[str, ...] = ()
    objects: int = 0
    details: tuple[tuple[str, str], ...] = ()
    subjects: tuple[tuple[str, str], ...] = ()
    """What an auditor may follow: kinds and ids."""


def list_entries_about(session: Session, subjects: Iterable[tuple[str, str]]) -> list[AuditEntry]:
    found: dict[int, AuditEntry] = {}
    for kind, subject in subjects:
        query = (
            select(AuditEntry)
            .join(AuditSubject, AuditSubject.entry_id == AuditEntry.id)
            .where(AuditSubject.kind == kind, AuditSubject.subject == subject)
            .order_by(AuditEntry.id)
            .limit(MOST_LINES)
        )
        found |= {entry.id: entry for entry in session.execute(query).scalars()}
    return [found[key] for key in sorted(found)]


def load_entries(session: Session, ids: Iterable[int]) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.id.in_(sorted(ids))).order_by(AuditEntry.id).limit(MOST_LINES)
    return list(session.execute(query).scalars())


def make_lines(
    session: Session,
    entries: Sequence[AuditEntry],
    decisions: Mapping[int, Mapping[str, Any]],
    *,
    subjects: Mapping[int, tuple[tuple[str, str], ...]] | None = None,
) -> list[TrailLine]:
    actors = read_parts(session, [entry.id for entry in entries], "actor")
    organizations = _organizations(session, _idents(actors.values(), "organization"))
    people = _people(session, _idents(actors.values(), "account"))
    return [
        TrailLine(
            tag=entry.tag,
            at=entry.recorded_at if entry.ts_ms is None else EPOCH + timedelta(milliseconds=entry.ts_ms),
            shard=entry.shard,
            index=entry.log_index,
            leaf_hash=entry.leaf_hash,
            checkpoint=_covering(session, entry),
            organization=organizations.get(str(actors.get(entry.id, {}).get("organization"))),
            person=people.get(str(actors.get(entry.id, {}).get("account"))),
            account=text_of(actors.get(entry.id, {}).get("account")),
            door=text_of(actors.get(entry.id, {}).get("door")),
            roles=tuple(map(str, actors.get(entry.id, {}).get("roles", ()))),
            objects=entry.object_count,
            details=_details(decisions.get(entry.id, {})),
            subjects=(subjects or {}).get(entry.id, ()),
        )
        for entry in entries
    ]


def read_parts(session: Session, entries: Iterable[int], name: str) -> dict[int, dict[str, Any]]:
    """One part of each entry; an erased one is simply not there."""
    query = select(AuditPart.entry_id, AuditPart.body).where(
        AuditPart.entry_id.in_(sorted(entries)), AuditPart.name == name
    )
    read = ((entry, json.loads(body)) for entry, body in session.execute(query))
    return {entry: part for entry, part in read if isinstance(part, dict)}


def load_policies(session: Session, entries: Iterable[int]) -> dict[int, str]:
    """The version of the sharing policy that each of these entries was decided by."""
    decisions = read_parts(session, entries, "decision")
    return {entry: version for entry, part in decisions.items() if (version := text_of(part.get("policy")))}


def list_subjects(session: Session, entries: Sequence[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    query = select(AuditSubject).where(AuditSubject.entry_id.in_(entries)).order_by(AuditSubject.kind)
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for row in session.execute(query).scalars():
        found[row.entry_id] = (*found.get(row.entry_id, ()), (row.kind, row.subject))
    return found


def _covering(session: Session, entry: AuditEntry) -> Covered | None:
    if entry.shard is None or entry.log_index is None:
        return None
    found = session.execute(
        select(SignedCheckpoint.size, SignedCheckpoint.signed_at)
        .where(SignedCheckpoint.shard == entry.shard, SignedCheckpoint.size > entry.log_index)
        .order_by(SignedCheckpoint.size)
        .limit(1)
    ).one_or_none()
    return Covered(entry.shard, found[0], found[1]) if found else None


def _organizations(session: Session, ids: set[UUID]) -> dict[str, Names]:
    rows = session.execute(select(Organization).where(Organization.id.in_(ids))).scalars()
    return {str(row.id): Names(row.id, row.name_ja, row.name_en) for row in rows}


def _people(session: Session, ids: set[UUID]) -> dict[str, str]:
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids)))
    return {str(ident): name for ident, name in rows}


def _idents(parts: Iterable[Mapping[str, Any]], name: str) -> set[UUID]:
    return {UUID(text) for part in parts if (text := text_of(part.get(name)))}


def _details(decision: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Plain values of a decision, in a fixed order; texts that people wrote are content and stay out."""
    return tuple((name, str(decision[name])) for name in _DETAILS if isinstance(decision.get(name), str | int))


def author_of(row: Row) -> UUID | None:
    """The organization that the object names as its author."""
    try:
        named = json.loads(row.body).get("created_by_ref", "")
        return UUID(str(named).partition("--")[2])
    except ValueError:
        return None


def with_own_persons(actor: Actor, line: TrailLine) -> TrailLine:
    """Persons are named to their own organization; of others the organization acts."""
    if line.organization is not None and line.organization.id == actor.organization.id:
        return line
    return _without(line, organization=line.organization)


def without_actor(line: TrailLine) -> TrailLine:
    return _without(line, organization=None)


def _without(line: TrailLine, organization: Names | None) -> TrailLine:
    """What remains of a line when its person, door and roles are not the reader's to know."""
    return TrailLine(
        tag=line.tag,
        at=line.at,
        shard=line.shard,
        index=line.index,
        leaf_hash=line.leaf_hash,
        checkpoint=line.checkpoint,
        organization=organization,
        details=line.details,
    )


def text_of(value: object) -> str | None:
    return value if isinstance(value, str) else None
