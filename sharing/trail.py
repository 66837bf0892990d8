"""Operation: what the trail says: the history of a report or an object for who may see it, and metadata for auditors.

- Of a report: its sender's people and its own secretariat, each only the versions that it may see.
- Of an object: whoever sees it, and only the entries that published what it sees. Who acted is named where it is the
  reader's own organization, or the one that the object itself names as its author: the entry of an anonymised edition
  is its sender's doing, and must not say so.
- For an auditor: every entry with who, when and what kind; never a word of content.

Each line says which leaf of the log it is, and which signed checkpoint covers it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.audit import AuditEntry, AuditPart, AuditSubject, SignedCheckpoint
from models.organization import Organization
from sharing.actor import Actor
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reading.grants import Row
from sharing.reading.why import list_grounds, list_recorded
from sharing.reports.visible import ReportView, load_visible_report

MOST_LINES: Final = 200
"""Entries of one history; no report has had so many."""

AUDITOR_LINES: Final = 30
"""Entries on one page of the auditor's list."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DETAILS: Final = ("number", "kind", "label", "policy", "hour", "items")
"""What of a decision is shown to those who may see its thing."""


@dataclass(frozen=True)
class Names:
    """An organization with its names."""

    id: UUID
    ja: str
    en: str

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.ja if locale == "ja" else self.en


@dataclass(frozen=True)
class Covered:
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
    door: str | None = None
    roles: tuple[str, ...] = ()
    objects: int = 0
    details: tuple[tuple[str, str], ...] = ()
    subjects: tuple[tuple[str, str], ...] = ()
    """What an auditor may follow: kinds and ids."""


@dataclass(frozen=True)
class TrailPage:
    """Entries, newest first, and where older ones begin."""

    lines: tuple[TrailLine, ...]
    next: int | None


@dataclass(frozen=True)
class Reason:
    """Why a reader sees an object: a token that it holds, the rule that let it in, and since when."""

    token: str
    rule: str | None
    policy_version: str | None
    since: datetime


def list_reasons(session: Session, reader: Reader, feed: int, row: Row) -> list[Reason]:
    """Why this reader sees this object, the first reason first; only what it holds itself."""
    grounds = list_grounds(session, reader, feed, row.object_id)
    parts = _parts(session, {each.entry_id for each in grounds}, "decision")
    return [
        Reason(
            each.token,
            each.rule,
            _text(parts.get(each.entry_id, {}).get("policy")),
            _EPOCH + timedelta(microseconds=each.position),
        )
        for each in grounds
    ]


def list_report_history(session: Session, actor: Actor, ref: UUID | str) -> tuple[ReportView, list[TrailLine]]:
    """What happened to a report, the oldest first.

    Raises:
        NotVisible: there is no such report, or it is not open to this actor.
        NotPermitted: the actor does not look at the trail.
    """
    actor.must(Permission.TRAIL_OWN)
    report = load_visible_report(session, actor, ref)
    entries = _entries_about(session, [("report", str(report.id))])
    decisions = _parts(session, [entry.id for entry in entries], "decision")
    if not report.is_own:
        seen = {str(version.id) for version in report.versions}
        entries = [entry for entry in entries if decisions.get(entry.id, {}).get("version") in seen]
    lines = _lines(session, entries, decisions)
    # Sender and secretariat know each other; persons are known inside their own organization.
    return report, [_persons_of(actor, line) for line in lines]


def list_object_history(session: Session, reader: Reader, feed: int, rows: Sequence[Row]) -> list[TrailLine]:
    """The entries that published these versions, the oldest first; `rows` are what the reader was given.

    Raises:
        NotPermitted: the actor does not look at the trail.
    """
    actor = reader.actor
    actor.must(Permission.TRAIL_OWN)
    recorded = list_recorded(session, reader, feed, [row.object_id for row in rows])
    entries = _entries(session, {each.entry_id for each in recorded})
    named = {actor.organization.id} | {author for row in rows if (author := _author(row)) is not None}
    lines = _lines(session, entries, {})
    return [
        _persons_of(actor, line) if line.organization is not None and line.organization.id in named else _nobody(line)
        for line in lines
    ]


def list_entries_for_auditor(
    session: Session,
    actor: Actor,
    *,
    before: int | None = None,
    tag: str | None = None,
    subject: tuple[str, str] | None = None,
) -> TrailPage:
    """Every entry, newest first: who, when, what kind; no content.

    Raises:
        NotPermitted: the actor is no auditor.
    """
    actor.must(Permission.TRAIL_METADATA)
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(AUDITOR_LINES + 1)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if tag is not None:
        query = query.where(AuditEntry.tag == tag)
    if subject is not None:
        query = query.join(AuditSubject, AuditSubject.entry_id == AuditEntry.id).where(
            AuditSubject.kind == subject[0], AuditSubject.subject == subject[1]
        )
    entries = list(session.execute(query).scalars())
    shown = entries[:AUDITOR_LINES]
    subjects = _subjects(session, [entry.id for entry in shown])
    lines = _lines(session, shown, {}, subjects=subjects)
    return TrailPage(tuple(lines), shown[-1].id if len(entries) > AUDITOR_LINES else None)


def _entries_about(session: Session, subjects: Iterable[tuple[str, str]]) -> list[AuditEntry]:
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


def _entries(session: Session, ids: Iterable[int]) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.id.in_(sorted(ids))).order_by(AuditEntry.id).limit(MOST_LINES)
    return list(session.execute(query).scalars())


def _lines(
    session: Session,
    entries: Sequence[AuditEntry],
    decisions: Mapping[int, Mapping[str, Any]],
    *,
    subjects: Mapping[int, tuple[tuple[str, str], ...]] | None = None,
) -> list[TrailLine]:
    actors = _parts(session, [entry.id for entry in entries], "actor")
    organizations = _organizations(session, _idents(actors.values(), "organization"))
    people = _people(session, _idents(actors.values(), "account"))
    return [
        TrailLine(
            tag=entry.tag,
            at=entry.recorded_at if entry.ts_ms is None else _EPOCH + timedelta(milliseconds=entry.ts_ms),
            shard=entry.shard,
            index=entry.log_index,
            leaf_hash=entry.leaf_hash,
            checkpoint=_covering(session, entry),
            organization=organizations.get(str(actors.get(entry.id, {}).get("organization"))),
            person=people.get(str(actors.get(entry.id, {}).get("account"))),
            door=_text(actors.get(entry.id, {}).get("door")),
            roles=tuple(map(str, actors.get(entry.id, {}).get("roles", ()))),
            objects=entry.object_count,
            details=_details(decisions.get(entry.id, {})),
            subjects=(subjects or {}).get(entry.id, ()),
        )
        for entry in entries
    ]


def _parts(session: Session, entries: Iterable[int], name: str) -> dict[int, dict[str, Any]]:
    """One part of each entry; an erased one is simply not there."""
    query = select(AuditPart.entry_id, AuditPart.body).where(
        AuditPart.entry_id.in_(sorted(entries)), AuditPart.name == name
    )
    read = ((entry, json.loads(body)) for entry, body in session.execute(query))
    return {entry: part for entry, part in read if isinstance(part, dict)}


def load_policies(session: Session, entries: Iterable[int]) -> dict[int, str]:
    """The version of the sharing policy that each of these entries was decided by."""
    decisions = _parts(session, entries, "decision")
    return {entry: version for entry, part in decisions.items() if (version := _text(part.get("policy")))}


def _subjects(session: Session, entries: Sequence[int]) -> dict[int, tuple[tuple[str, str], ...]]:
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
    return {UUID(text) for part in parts if (text := _text(part.get(name)))}


def _details(decision: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Plain values of a decision, in a fixed order; texts that people wrote are content and stay out."""
    return tuple((name, str(decision[name])) for name in _DETAILS if isinstance(decision.get(name), str | int))


def _author(row: Row) -> UUID | None:
    """The organization that the object names as its author."""
    try:
        named = json.loads(row.body).get("created_by_ref", "")
        return UUID(str(named).partition("--")[2])
    except ValueError:
        return None


def _persons_of(actor: Actor, line: TrailLine) -> TrailLine:
    """Persons are named to their own organization; of others the organization acts."""
    if line.organization is not None and line.organization.id == actor.organization.id:
        return line
    return _without(line, organization=line.organization)


def _nobody(line: TrailLine) -> TrailLine:
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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
