"""Operation: what the trail says: the history of a report or an object for who may see it, and metadata for auditors.

- Of a report: its sender's people and its own secretariat, each only the versions that it may see, and by name only
  those whom it may know: readers act on a report too, when they answer a recall.
- Of an object: whoever sees it, and only the entries that published what it sees. Who acted is named where it is the
  reader's own organization, or the one that the object itself names as its author: the entry of an anonymised edition
  is its sender's doing, and must not say so.
- For an auditor: every entry with who, when and what kind; never a word of content.

Each line says which leaf of the log it is, and which signed checkpoint covers it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from crypto.errors import BadReference
from crypto.tokens import parse_reference
from models.audit import AuditEntry, AuditSubject
from models.moments import moment_at
from models.organization import Organization
from models.report import Report, ReportVersion
from models.vocabulary import Tier
from sharing.actor import Actor
from sharing.audiences import facts_of
from sharing.audit.acted import NEWEST, Member, list_acted_or_about
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reading.grants import Row
from sharing.reading.why import list_grounds, list_recorded
from sharing.reports.visible import ReportView, load_visible_report, visible_versions
from sharing.rules.knowing import knows
from sharing.trail.lines import (
    TrailLine,
    author_of,
    list_entries_about,
    list_subjects,
    load_entries,
    make_lines,
    read_parts,
    text_of,
    with_own_persons,
    without_actor,
)

PAGE_LINES: Final = 30
"""Entries on one page of a list that goes on."""

WIDE: Final = 200
"""Entries of one portion of a download."""

_ACTING: Final[dict[str, Member]] = {"organization": "organization", "account": "account"}
"""Subjects that also act: their history holds what they did, too."""


class TrailPage(Struct, frozen=True):
    """Entries, newest first, and where older ones begin."""

    lines: tuple[TrailLine, ...]
    next: int | None


class Reason(Struct, frozen=True):
    """Why a reader sees an object: a token that it holds, the rule that let it in, and since when."""

    token: str
    rule: str | None
    policy_version: str | None
    since: datetime


def list_reasons(session: Session, reader: Reader, feed: int, row: Row) -> list[Reason]:
    """Why this reader sees this object, the first reason first; only what it holds itself."""
    grounds = list_grounds(session, reader, feed, row.object_id)
    parts = read_parts(session, {each.entry_id for each in grounds}, "decision")
    return [
        Reason(
            each.token,
            each.rule,
            text_of(parts.get(each.entry_id, {}).get("policy")),
            moment_at(each.position),
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
    entries = list_entries_about(session, [("report", str(report.id))])
    decisions = read_parts(session, [entry.id for entry in entries], "decision")
    if not report.is_own:
        seen = {str(version.id) for version in report.versions}
        entries = [entry for entry in entries if decisions.get(entry.id, {}).get("version") in seen]
    lines = make_lines(session, entries, decisions)
    # Persons are known inside their own organization; a reader who answers a recall is not to be known by its name.
    known = _list_known(session, actor) | _list_public(session, actor, lines) | {report.organization_id}
    return report, [
        with_own_persons(actor, line)
        if line.organization is not None and line.organization.id in known
        else without_actor(line)
        for line in lines
    ]


def list_object_history(session: Session, reader: Reader, feed: int, rows: Sequence[Row]) -> list[TrailLine]:
    """The entries that published these versions, the oldest first; `rows` are what the reader was given.

    Raises:
        NotPermitted: the actor does not look at the trail.
    """
    actor = reader.actor
    actor.must(Permission.TRAIL_OWN)
    recorded = list_recorded(session, reader, feed, [row.object_id for row in rows])
    entries = load_entries(session, {each.entry_id for each in recorded})
    named = {actor.organization.id} | {author for row in rows if (author := author_of(row)) is not None}
    lines = make_lines(session, entries, {})
    return [
        with_own_persons(actor, line)
        if line.organization is not None and line.organization.id in named
        else without_actor(line)
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
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE_LINES + 1)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if tag is not None:
        query = query.where(AuditEntry.tag == tag)
    if subject is not None and subject[0] in _ACTING:
        member = _ACTING[subject[0]]
        start = NEWEST if before is None else before
        found = list_acted_or_about(session, member, subject[1], before=start, tag=tag, most=PAGE_LINES + 1)
        query = query.where(AuditEntry.id.in_(found))
    elif subject is not None:
        query = query.join(AuditSubject, AuditSubject.entry_id == AuditEntry.id).where(
            AuditSubject.kind == subject[0], AuditSubject.subject == subject[1]
        )
    entries = list(session.execute(query).scalars())
    shown = entries[:PAGE_LINES]
    subjects = list_subjects(session, [entry.id for entry in shown])
    lines = make_lines(session, shown, {}, subjects=subjects)
    return TrailPage(tuple(lines), shown[-1].id if len(entries) > PAGE_LINES else None)


def find_report_for_auditor(session: Session, actor: Actor, reference: str) -> UUID:
    """The id of a report by its reference number, under which its entries are found; nothing else of it.

    Raises:
        NotPermitted: the actor is no auditor.
        NotVisible: there is no such report.
    """
    actor.must(Permission.TRAIL_METADATA)
    try:
        query = select(Report.id).where(Report.reference == parse_reference(reference))
    except BadReference:
        raise NotVisible("no such report") from None
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotVisible("no such report")
    return found


def list_own_history(
    session: Session,
    actor: Actor,
    *,
    whole: bool,
    before: int | None = None,
    tag: str | None = None,
    most: int = PAGE_LINES,
) -> TrailPage:
    """What the hub noted: of the actor's organization as a whole, or of the actor alone; the newest first.

    That is what they did, and what others did about them, but for reports that the actor may not see. Of these others
    only those are named whom they know anyway: their own secretariat, and the operator of the hub.

    Raises:
        NotPermitted: the actor does not look at the trail, or not at that of the whole organization.
    """
    actor.must(Permission.TRAIL_ORGANIZATION if whole else Permission.TRAIL_OWN)
    member: Member = "organization" if whole else "account"
    who = str(actor.organization.id if whole else actor.account_id)
    start = NEWEST if before is None else before
    found = list_acted_or_about(session, member, who, before=start, tag=tag, most=most + 1)
    subjects = list_subjects(session, found[:most])
    hidden = _list_hidden(session, actor, subjects)
    entries = load_entries(session, [entry for entry in found[:most] if entry not in hidden])[::-1]
    lines = make_lines(session, entries, {}, subjects=subjects)
    known = _list_known(session, actor)
    if not whole:  # under this hat; what the same person does for another organization is that one's
        lines = [line for line in lines if line.organization is None or line.organization.id in known]
    shown = [_as_own(actor, line, known) for line in lines]
    return TrailPage(tuple(shown), found[most - 1] if len(found) > most else None)


def _list_hidden(session: Session, actor: Actor, subjects: Mapping[int, Sequence[tuple[str, str]]]) -> set[int]:
    """Entries about reports that the actor may not see: not all of an organization know of all of its reports."""
    reports = {entry: UUID(it) for entry, about in subjects.items() for kind, it in about if kind == "report"}
    query = (
        select(ReportVersion.report_id)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(ReportVersion.report_id.in_(set(reports.values())), visible_versions(actor))
    )
    seen = set(session.execute(query).scalars()) if reports else set()
    return {entry for entry, report in reports.items() if report not in seen}


def _list_public(session: Session, actor: Actor, lines: Sequence[TrailLine]) -> frozenset[UUID]:
    """Of the organizations that acted those of which the actor may know that they take part."""
    acted = {line.organization.id for line in lines if line.organization is not None}
    rows = session.execute(select(Organization).where(Organization.id.in_(acted))).scalars()
    return frozenset(row.id for row in rows if knows(actor.organization, facts_of(row)))


def _list_known(session: Session, actor: Actor) -> frozenset[UUID]:
    """Whom every organization knows: itself, its own secretariat, the operator of the hub."""
    ceptoar = actor.organization.ceptoar
    secretariat = and_(Organization.tier == Tier.CEPTOAR, Organization.ceptoar == ceptoar, Organization.ceptoar != "")
    query = select(Organization.id).where(or_(Organization.tier == Tier.HUB, secretariat))
    return frozenset([actor.organization.id, *session.execute(query).scalars()])


def _as_own(actor: Actor, line: TrailLine, known: frozenset[UUID]) -> TrailLine:
    if line.organization is not None and line.organization.id == actor.organization.id:
        return line
    told = replace(without_actor(line), details=())
    if line.organization is not None and line.organization.id in known:
        return replace(told, organization=line.organization)
    return told
