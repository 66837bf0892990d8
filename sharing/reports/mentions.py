"""Operation: hold texts against what their author may see that is stricter than they are to be."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from models.report import Report, ReportVersion
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.errors import Fault, Invalid
from sharing.readers import load_reader
from sharing.reading.driver import as_uuid
from sharing.reading.editions import MOST_LISTED
from sharing.reading.newest import Look, newest_editions
from sharing.reading.references import find_labels
from sharing.reports.fields import ReportFields, said_in
from sharing.reports.visible import OWN_ROLES, visible_versions
from sharing.rules.mentions import Known, Mention, MentionKind, find_mentions, list_ids, list_references

MOST_TITLES: Final = 300
"""Reports whose titles are looked for, the newest first."""


def find_stricter(
    session: Session, actor: Actor, contents: Sequence[ReportFields], label: Label, *, of: UUID | None
) -> tuple[Mention, ...]:
    """What the texts of these contents name that fewer may read, each once, as far as the actor may see it.

    The titles of the report `of` are its own.
    """
    if label is Label.RED:
        return ()
    every = [said_in(each) for each in contents]
    known = _load_known(session, actor, [text for texts in every for text in texts.values()], label, of)
    return tuple(dict.fromkeys(found for texts in every for found in find_mentions(texts, label, known)))


def find_stricter_in(
    session: Session, actor: Actor, texts: Mapping[str, str], label: Label, *, of: UUID | None
) -> tuple[Mention, ...]:
    """As `find_stricter`, of texts by any names."""
    if label is Label.RED:
        return ()
    known = _load_known(session, actor, list(texts.values()), label, of)
    return tuple(dict.fromkeys(find_mentions(texts, label, known)))


def _load_known(session: Session, actor: Actor, texts: Sequence[str], label: Label, of: UUID | None) -> list[Known]:
    """What the actor may see that is stricter than a label, by names that could stand in these texts."""
    reader = load_reader(session, actor)
    stricter = [each for each in Label if each.rank > label.rank]
    ids = [ident for text in texts for ident in list_ids(text)]
    known = [Known(MentionKind.OBJECT, ident, seen) for ident, seen in find_labels(session, reader, ids).items()]
    numbers = find_report_labels(session, actor, [number for text in texts for number in list_references(text)])
    known += [Known(MentionKind.REFERENCE, number, seen) for number, seen in numbers.items()]
    listed = tuple(each.rank for each in stricter if each is not Label.RED)
    if listed:
        editions, _ = newest_editions(session, reader, Look(labels=listed), most=MOST_LISTED)
        known += [
            Known(MentionKind.TITLE, title, Label.of_rank(row.label))
            for row, title in editions
            if as_uuid(row.report_id) != of
        ]
    return [*known, *_titles_of_reports(session, actor, stricter, of)]


def refuse_mentions(session: Session, actor: Actor, fields: ReportFields, *, of: UUID | None) -> None:
    """Ask about what a report names that is stricter than it is to be.

    Raises:
        Invalid: each place with what it names; whoever means it says so, and is not asked again.
    """
    found = find_stricter(session, actor, [fields], fields.label, of=of)
    if found:
        raise Invalid(*faults_of(found, fields.label))


def faults_of(found: Iterable[Mention], label: Label) -> list[Fault]:
    """What a door says of each place."""
    return [Fault(each.field, "names-stricter", f"nothing stricter than {label}", each.words) for each in found]


def find_report_labels(session: Session, actor: Actor, references: Iterable[str]) -> dict[str, Label]:
    """The label of each report by its number, as its last version that the actor may see has it."""
    wanted = sorted(set(references))
    if not wanted:
        return {}
    rows = session.execute(
        select(Report.reference, ReportVersion.label)
        .join(ReportVersion, ReportVersion.report_id == Report.id)
        .where(Report.reference.in_(wanted), visible_versions(actor))
        .order_by(ReportVersion.number)
    )
    return {row.reference: row.label for row in rows}


def _titles_of_reports(session: Session, actor: Actor, stricter: Sequence[Label], of: UUID | None) -> list[Known]:
    """What the stricter ones of the reports that the actor may read as filed are called, by their last versions."""
    later = aliased(ReportVersion)
    # A later version that the actor cannot see does not hide the one that it sees.
    hidden = [] if actor.roles & OWN_ROLES else [Label.RED]
    newer = exists().where(
        later.report_id == ReportVersion.report_id,
        later.number > ReportVersion.number,
        later.label.not_in(hidden),
    )
    rows = session.execute(
        select(ReportVersion.report_id, ReportVersion.label, ReportVersion.fields)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(visible_versions(actor), ReportVersion.label.in_(stricter), ~newer)
        .order_by(ReportVersion.filed_at.desc())
        .limit(MOST_TITLES)
    )
    return [Known(MentionKind.TITLE, row.fields["summary"], row.label) for row in rows if row.report_id != of]
