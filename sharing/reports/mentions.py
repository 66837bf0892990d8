"""Operation: hold texts against what their author may see that is stricter than they are to be."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.report import Report, ReportVersion
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.errors import Fault, Invalid
from sharing.readers import load_reader
from sharing.reading.editions import EditionFilter, list_editions, visible_position
from sharing.reading.references import find_labels
from sharing.reports.fields import TEXTS, ReportFields, from_document
from sharing.reports.visible import visible_versions
from sharing.rules.mentions import Known, Mention, MentionKind, find_mentions, list_ids, list_references

MOST_TITLES: Final = 300
"""Versions of reports whose titles are looked for, the newest first."""


def texts_of(fields: ReportFields) -> dict[str, str]:
    """The free texts of a report, without those that are empty."""
    return {name: getattr(fields, name) for name in TEXTS if getattr(fields, name)}


def find_stricter(
    session: Session, actor: Actor, texts: Mapping[str, str], label: Label, *, of: UUID | None
) -> tuple[Mention, ...]:
    """What these texts name that fewer may read, as far as the actor may see it; the titles of `of` are its own."""
    if label is Label.RED:
        return ()
    reader = load_reader(session, actor)
    ids = [ident for text in texts.values() for ident in list_ids(text)]
    known = [Known(MentionKind.OBJECT, ident, seen) for ident, seen in find_labels(session, reader, ids).items()]
    references = [number for text in texts.values() for number in list_references(text)]
    numbers = find_report_labels(session, actor, references)
    known += [Known(MentionKind.REFERENCE, number, seen) for number, seen in numbers.items()]
    stricter = tuple(each.rank for each in Label if each.rank > label.rank)
    editions = list_editions(
        session, reader, as_of=visible_position(session, reader), wanted=EditionFilter(labels=stricter)
    )
    known += [
        Known(MentionKind.TITLE, each.title, Label.of_rank(each.label)) for each in editions if each.report_id != of
    ]
    return find_mentions(texts, label, [*known, *_titles_of_reports(session, actor, of)])


def refuse_mentions(session: Session, actor: Actor, fields: ReportFields, *, of: UUID | None) -> None:
    """Ask about what a report names that is stricter than it is to be.

    Raises:
        Invalid: each place with what it names; whoever means it says so, and is not asked again.
    """
    found = find_stricter(session, actor, texts_of(fields), fields.label, of=of)
    if found:
        raise Invalid(*faults_of(found, fields.label))


def faults_of(found: Iterable[Mention], label: Label) -> list[Fault]:
    """What a door says of each place."""
    return [Fault(each.field, "names-stricter", f"nothing stricter than {label}", each.words) for each in found]


def find_report_labels(session: Session, actor: Actor, references: Iterable[str]) -> dict[str, Label]:
    """The label of each report by its number, as its last version that the actor may see has it."""
    wanted = sorted(set(references))
    rows = session.execute(
        select(Report.reference, ReportVersion.label)
        .join(ReportVersion, ReportVersion.report_id == Report.id)
        .where(Report.reference.in_(wanted), visible_versions(actor))
        .order_by(ReportVersion.number)
    )
    return {row.reference: row.label for row in rows}


def _titles_of_reports(session: Session, actor: Actor, of: UUID | None) -> list[Known]:
    """What the reports that the actor may read as filed are called, by their last versions."""
    rows = session.execute(
        select(ReportVersion)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(visible_versions(actor))
        .order_by(ReportVersion.filed_at.desc(), ReportVersion.number.desc())
        .limit(MOST_TITLES)
    ).scalars()
    newest: dict[UUID, ReportVersion] = {}
    for row in rows:
        newest.setdefault(row.report_id, row)
    return [
        Known(MentionKind.TITLE, from_document(row.fields).summary, row.label)
        for report, row in newest.items()
        if report != of
    ]
